"""Make `model.int8.onnx` and `tokenizer.json` from the published all-MiniLM-L6-v2 weights.

A tool, not part of the assistant: it needs torch, onnx and safetensors, which `.venv` does not
have. `PROVENANCE.md` holds the commands, and the figures that this prints.
"""

import argparse
import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.torch import load_file
from tokenizers import Tokenizer

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LAYERS, HEADS, WIDTH, NORM_EPSILON = 6, 12, 384, 1e-12
MATRICES = ("dense.weight", "query.weight", "key.weight", "value.weight")
MAX_TOKENS = 128
HERE = Path(__file__).parent
SENTENCES = (
    "does it hurt?",
    "how many sessions would a knee need",
    "I'm on warfarin, can I have this?",
    "my chest hurts and I can't breathe",
    "I'd like to come in next Thursday afternoon if that works for you",
    "what is in the injection",
    "who are you",
    "the weather is lovely today",
)


class Encoder(torch.nn.Module):
    """BERT with six layers, then the mean over the tokens, scaled to length one."""

    def __init__(self, weights: dict[str, torch.Tensor]) -> None:
        """Take the weights under their published names.

        They become named buffers, matrices turned over beforehand: the quantiser only sees those.
        """
        super().__init__()
        for name, value in weights.items():
            turned = value.T.contiguous() if name.endswith(MATRICES) else value
            self.register_buffer(name.replace(".", "_"), turned)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Encode (sentences, tokens) of int64 ids and mask as (sentences, 384) float32."""
        mask = attention_mask.to(torch.float32)
        hidden = self._embedded(input_ids)
        for layer in range(LAYERS):
            hidden = self._layer(hidden, mask, f"encoder.layer.{layer}.")
        summed = (hidden * mask.unsqueeze(-1)).sum(1)
        mean = summed / mask.sum(1, keepdim=True)
        return mean / mean.norm(dim=1, keepdim=True)

    def _embedded(self, ids: torch.Tensor) -> torch.Tensor:
        words = torch.nn.functional.embedding(ids, self._of("embeddings.word_embeddings.weight"))
        places = self._of("embeddings.position_embeddings.weight")[: ids.shape[1]]
        kind = self._of("embeddings.token_type_embeddings.weight")[0]
        return self._normed(words + places + kind, "embeddings.LayerNorm")

    def _layer(self, hidden: torch.Tensor, mask: torch.Tensor, name: str) -> torch.Tensor:
        query, key, value = (
            self._heads(self._linear(hidden, f"{name}attention.self.{part}"))
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(-1, -2) / (WIDTH // HEADS) ** 0.5
        scores = scores + (1 - mask)[:, None, None, :] * -1e4
        mixed = (scores.softmax(-1) @ value).transpose(1, 2).flatten(2)
        attended = self._linear(mixed, f"{name}attention.output.dense")
        hidden = self._normed(hidden + attended, f"{name}attention.output.LayerNorm")
        wide = torch.nn.functional.gelu(self._linear(hidden, f"{name}intermediate.dense"))
        narrow = self._linear(wide, f"{name}output.dense")
        return self._normed(hidden + narrow, f"{name}output.LayerNorm")

    def _of(self, name: str) -> torch.Tensor:
        return self.get_buffer(name.replace(".", "_"))

    def _heads(self, hidden: torch.Tensor) -> torch.Tensor:
        return hidden.unflatten(-1, (HEADS, WIDTH // HEADS)).transpose(1, 2)

    def _linear(self, hidden: torch.Tensor, name: str) -> torch.Tensor:
        return hidden @ self._of(f"{name}.weight") + self._of(f"{name}.bias")

    def _normed(self, hidden: torch.Tensor, name: str) -> torch.Tensor:
        weight, bias = self._of(f"{name}.weight"), self._of(f"{name}.bias")
        return torch.nn.functional.layer_norm(hidden, (WIDTH,), weight, bias, NORM_EPSILON)


def sha256(path: Path) -> str:
    """Return the file's SHA-256 in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tokens(tokenizer: Tokenizer) -> tuple[torch.Tensor, torch.Tensor]:
    """Return ids and mask of the sample sentences, padded to one length."""
    encoded = tokenizer.encode_batch(list(SENTENCES))
    ids = torch.tensor([one.ids for one in encoded])
    return ids, torch.tensor([one.attention_mask for one in encoded])


def export(model: Encoder, sample: tuple[torch.Tensor, torch.Tensor], target: Path) -> None:
    """Write the model in float as ONNX, then its int8 form (per channel) to `target`."""
    axes = {0: "sentences", 1: "tokens"}
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "model.onnx"
        torch.onnx.export(
            model,
            sample,
            str(full),
            input_names=["input_ids", "attention_mask"],
            output_names=["vector"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "vector": {0: "sentences"}},
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(full, target, per_channel=True, weight_type=QuantType.QInt8)


def main() -> None:
    """Check the weights, export, and print how near int8 is to float."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="folder with model.safetensors and tokenizer.json")
    source = parser.parse_args().model
    found = sha256(source / "model.safetensors")
    if found != WEIGHTS_SHA256:
        raise SystemExit(f"model.safetensors has SHA-256 {found}, expected {WEIGHTS_SHA256}")
    weights = load_file(source / "model.safetensors")
    model = Encoder({name.removeprefix("bert."): value for name, value in weights.items()}).eval()
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding()
    sample = tokens(tokenizer)
    target = HERE / "model.int8.onnx"
    export(model, sample, target)
    shutil.copyfile(source / "tokenizer.json", HERE / "tokenizer.json")
    session = onnxruntime.InferenceSession(str(target))
    inputs = {"input_ids": sample[0].numpy(), "attention_mask": sample[1].numpy()}
    small = np.asarray(session.run(None, inputs)[0])
    cosines = (small * model(*sample).detach().numpy()).sum(1)
    nearness = f"least {cosines.min():.4f}, mean {cosines.mean():.4f}"
    sys.stdout.write(f"cosine of int8 to float: {nearness}\n")
    for path in (target, HERE / "tokenizer.json"):
        size = path.stat().st_size
        sys.stdout.write(f"{path.name}: {size} bytes, SHA-256 {sha256(path)}\n")


if __name__ == "__main__":
    main()
