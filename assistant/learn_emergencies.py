"""Learns `clinic/emergencies.bin` from `clinic/emergencies.jsonl`: a command for developers.

`python -m assistant.learn_emergencies` takes the emergencies and near-misses of that file, the
examples of `clinic/red_flags.yml`, and everything in `data/` as messages that are none, and writes
a linear model that needs only Python to be read (`clinic.likeness`). The same files give the same
model. The threshold lies where `NEAR_MISSES` of the near-misses are taken for emergencies by models
that have not seen them.
"""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import yaml
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from assistant.labels import EMERGENCY
from clinic.likeness import CATEGORY_SIZE, EXAMPLES_FILE, MODEL_FILE, SIZE, grams, pack, plainly
from clinic.phrases import clean, words
from clinic.triage import load

NEAR_MISSES: Final = 0.04
"""So many of the near-misses may be taken for an emergency."""
ORDINARY: Final = "ordinary"
"""The kind of messages that are not even near: easily told apart by the assistant, but not here."""
_FOLDS: Final = 5
# Weak regularisation: the n-grams are many and each message has few. Chosen on held-out files.
_DANGER: Final = {"C": 100.0, "class_weight": "balanced"}
_CATEGORY: Final = {"C": 30.0}
# A category is named from this share on; self-harm sooner, because its advice differs most.
_SURE: Final = {"": 0.6, "suicide": 0.5}
_ANY: Final = "emergency"
_STRETCH: Final = 24
"""Words of a stretch in which `clinic.likeness` reads a long message."""
Single = npt.NDArray[np.float64]


class Example(msgspec.Struct, frozen=True):
    """One line of the file: an emergency of a `category`, or a near-miss of a `kind`."""

    text: str
    emergency: bool
    category: str | None = None
    kind: str | None = None
    label: str | None = None


def examples(path: Path = EXAMPLES_FILE) -> list[Example]:
    """Read the file."""
    decoder = msgspec.json.Decoder(Example)
    return [decoder.decode(line) for line in path.read_bytes().splitlines()]


def of_rules() -> list[Example]:
    """Read the examples that stand beside the rules."""
    found: list[Example] = []
    for category in load().categories.values():
        found += [Example(text, True, category.name) for text in category.must_fire]
        found += [Example(text, False, kind="rule") for text in category.must_not_fire]
    return found


def others(folder: Path = Path("data")) -> list[str]:
    """Read the messages of `data/` that are no emergencies."""
    found: list[str] = []
    for path in sorted(folder.glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu", []):
            if block["intent"] != EMERGENCY:
                found += [line.removeprefix("- ") for line in block["examples"].splitlines()]
    return found


def stretches(texts: Sequence[str]) -> list[str]:
    """Return pieces of long messages, as a long message is read: each as harmless as the whole."""
    found: list[str] = []
    for text in texts:
        said = text.split()
        starts = range(0, max(0, len(said) - _STRETCH), _STRETCH // 2)
        found += [" ".join(said[start : start + _STRETCH]) for start in starts]
    return found


def fingerprint(path: Path = EXAMPLES_FILE) -> str:
    """Return what tells whether the model was learned from the file as it is."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _features(texts: Sequence[str], size: int) -> csr_matrix:
    rows = [grams(plainly(words(clean(text)))) for text in texts]
    counts = [len(row) for row in rows]
    return csr_matrix(
        (
            [value for row in rows for value in row.values()],
            [place % size for row in rows for place in row],
            np.cumsum([0, *counts]),
        ),
        shape=(len(rows), size),
    )


def _fitted(features: csr_matrix, truth: npt.NDArray[Any], **shape: Any) -> LogisticRegression:
    model = LogisticRegression(solver="liblinear", max_iter=300, random_state=0, **shape)
    return model.fit(features, truth)


def _unseen(features: csr_matrix, truth: npt.NDArray[np.bool_]) -> Single:
    """Return the logit of each example by a model that has not seen it."""
    fold = np.random.default_rng(0).permutation(len(truth)) % _FOLDS
    logits = np.zeros(len(truth))
    for one in range(_FOLDS):
        model = _fitted(features[fold != one], truth[fold != one], **_DANGER)
        logits[fold == one] = model.decision_function(features[fold == one])
    return logits


def _eight_bits(name: str, weights: Single, bias: float) -> tuple[dict[str, Any], bytes]:
    scale = float(np.abs(weights).max() / 127) or 1.0
    line = {"name": name, "scale": scale, "bias": float(bias)}
    return line, np.round(weights / scale).astype(np.int8).tobytes()


def learn(safety: Sequence[Example], rest: Sequence[str], learned_from: str) -> tuple[bytes, str]:
    """Return the model's bytes, and a sentence with what it found of what it had not seen."""
    known = {one.text for one in safety}
    ordinary = [one.text for one in safety if one.kind == ORDINARY]
    rest = [*rest, *stretches([*ordinary, *rest])]
    texts = [*(one.text for one in safety), *(text for text in rest if text not in known)]
    truth = np.array([one.emergency for one in safety] + [False] * (len(texts) - len(safety)))
    features = _features(texts, SIZE)
    unseen = _unseen(features, truth)
    is_near = np.array([not one.emergency and one.kind != ORDINARY for one in safety])
    near = unseen[: len(safety)][is_near]
    threshold = float(np.quantile(near, 1 - NEAR_MISSES))
    danger = _fitted(features, truth, **_DANGER)
    lines = [_eight_bits("danger", danger.coef_[0], danger.intercept_[0])]
    named = [one for one in safety if one.emergency and one.category != _ANY]
    categories = _fitted(
        _features([one.text for one in named], CATEGORY_SIZE),
        np.array([one.category for one in named]),
        **_CATEGORY,
    )
    lines += [
        _eight_bits(str(name), weights, bias)
        for name, weights, bias in zip(
            categories.classes_, categories.coef_, categories.intercept_, strict=True
        )
    ]
    header = {
        "learned_from": learned_from,
        "threshold": threshold,
        "sure": _SURE,
        "lines": [line for line, _ in lines],
    }
    found = float((unseen[truth] >= threshold).mean())
    false = float((unseen[len(safety) :] >= threshold).mean())
    told = (
        f"of emergencies it had not seen it finds {found:.3f}; of near-misses it takes "
        f"{NEAR_MISSES:.3f} for one, of other messages {false:.3f}"
    )
    return pack(header, [weights for _, weights in lines]), told


def main() -> None:
    """Learn, write the model, and say how well it does."""
    model, told = learn([*examples(), *of_rules()], others(), fingerprint())
    MODEL_FILE.write_bytes(model)
    sys.stdout.write(f"{MODEL_FILE}: {told}\n")


if __name__ == "__main__":
    main()
