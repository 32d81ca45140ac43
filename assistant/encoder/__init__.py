"""The sentence encoder: all-MiniLM-L6-v2 in int8, run by onnxruntime (`PROVENANCE.md`)."""

import functools
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

DIMENSION: Final = 384
MAX_TOKENS: Final = 96
"""Of a longer text its beginning and its end are read: a question often comes last."""
_MANY: Final = 100

_HERE: Final = Path(__file__).parent


class SentenceEncoder:
    """Turns sentences into vectors of length one, so that their product is their likeness."""

    def __init__(self, folder: Path = _HERE) -> None:
        """Load `model.int8.onnx` and `tokenizer.json` from `folder`."""
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.int8.onnx"),
            _session_options(),
            providers=["CPUExecutionProvider"],
        )

    def encode(self, sentences: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return a (sentences, 384) array; an empty sentence gets a vector like any other.

        One sentence at a time: int8 scales depend on everything in a batch, so a sentence would
        get other vectors in training than later (cosines down to 0.98), for no gain in time.
        """
        if len(sentences) < _MANY:
            vectors = [self._run(sentence) for sentence in sentences]
        else:
            with ThreadPoolExecutor(os.cpu_count()) as workers:
                vectors = list(workers.map(self._run, sentences))
        return np.vstack(vectors) if vectors else np.zeros((0, DIMENSION), dtype=np.float32)

    def _run(self, sentence: str) -> npt.NDArray[np.float32]:
        tokens = self._tokenizer.encode(sentence).ids
        if len(tokens) > MAX_TOKENS:
            tokens = tokens[: MAX_TOKENS // 2] + tokens[-MAX_TOKENS // 2 :]
        read = np.array([tokens], dtype=np.int64)
        inputs = {"input_ids": read, "attention_mask": np.ones_like(read)}
        (vector,) = self._session.run(None, inputs)
        return np.asarray(vector, dtype=np.float32)


def _session_options() -> onnxruntime.SessionOptions:
    # One thread: a question takes 2 ms on one, and more of them only take cores from the others.
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return options


@functools.cache
def shared_encoder() -> SentenceEncoder:
    """Return the one encoder of this process, loaded when first asked for."""
    return SentenceEncoder()
