"""A kernel classifier with exact cross-validation: likeness to every example decides.

Kernel ridge regression on one-against-all targets. Two things that a product for patients needs
come in closed form, without training again: what the model would say of an example that it has
not seen, and how near a message is to anything that it has seen (`familiarity`).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix

Matrix = npt.NDArray[np.float64]
_FOLDS = 10
_SHARES = 1000
_SEED = 0
_SLICE = 512
_JUDGED = 4000
"""Examples that are cross-validated; the time for it grows with their number to the third."""


class Features(NamedTuple):
    """(messages, dimensions) sentence vectors and (messages, grams) n-grams, rows of length one."""

    dense: npt.NDArray[np.float32]
    grams: csr_matrix


class Shape(msgspec.Struct, frozen=True):
    """The kernel: exp(`sharpness` · (cosine - 1)) of the vectors, plus `grams` · their cosine.

    `ridge` is the regularisation: the larger, the less a single example counts.
    """

    sharpness: float
    grams: float
    ridge: float

    def between(self, some: Features, others: "Examples") -> npt.NDArray[np.float32]:
        """Return the (some, others) likeness of messages."""
        likeness = some.dense @ others.dense.T
        likeness -= 1.0
        likeness *= self.sharpness
        np.exp(likeness, out=likeness)
        # In slices, because the letters' likeness of all to all would take gigabytes on its way.
        for start in range(0, len(likeness), _SLICE):
            rows = slice(start, start + _SLICE)
            letters = (some.grams[rows] @ others.columns).toarray()
            likeness[rows] += self.grams * letters
        return likeness


class Examples(NamedTuple):
    """Features kept for comparison: the n-grams lie (grams, messages), to be found quickly."""

    dense: npt.NDArray[np.float32]
    columns: csr_matrix

    @classmethod
    def of(cls, features: Features) -> "Examples":
        """Turn features over."""
        return cls(features.dense, features.grams.T.tocsr())


class Judged(NamedTuple):
    """(messages, labels) scores around -1 and 1, and each message's likeness to the nearest."""

    scores: Matrix
    familiarity: npt.NDArray[np.float64]

    def evidence(self) -> npt.NDArray[np.float64]:
        """Return for each message how much speaks for its best label: its score and likeness."""
        return np.asarray(self.scores.max(axis=1) + self.familiarity)


class KernelModel(msgspec.Struct, frozen=True):
    """The examples, what each says for each label, and what cross-validation found.

    `steepness` turns scores into calibrated probabilities; `evidence` holds the quantiles of the
    evidence for the examples that the model gets right without having seen them.
    """

    labels: list[str]
    shape: Shape
    examples: Examples
    duals: npt.NDArray[np.float32]
    steepness: float
    evidence: npt.NDArray[np.float64]

    @classmethod
    def fitted(cls, examples: Features, labels: Sequence[str], shape: Shape) -> "KernelModel":
        """Fit to the examples; the cross-validation is part of it."""
        names, targets = _targets(labels)
        unseen, truth = _cross_validated(examples, targets, shape)
        right = unseen.scores.argmax(axis=1) == truth
        ridged = shape.between(examples, Examples.of(examples))
        ridged += 1.0
        ridged[np.diag_indices_from(ridged)] += _ridge(shape, targets)
        factor = cho_factor(ridged, lower=True, overwrite_a=True, check_finite=False)
        return cls(
            names,
            shape,
            Examples.of(examples),
            cho_solve(factor, targets.astype(np.float32), check_finite=False),
            _steepness(unseen.scores, truth),
            np.quantile(unseen.evidence()[right], np.linspace(0, 1, _SHARES + 1)),
        )

    def judge(self, messages: Features) -> Judged:
        """Score the messages; a label that fits is near 1."""
        likeness = self.shape.between(messages, self.examples)
        return Judged(np.asarray((likeness + 1.0) @ self.duals, float), likeness.max(axis=1))

    def probabilities(self, scores: Matrix) -> Matrix:
        """Turn (messages, labels) scores into calibrated probabilities."""
        return _softmax(self.steepness * scores)

    def least_evidence(self, known: float) -> float:
        """Return the evidence that all but the `known` share of recognised messages exceed."""
        return float(self.evidence[round((1.0 - known) * _SHARES)])

    def save(self, path: Path) -> None:
        """Write plain arrays; nothing in the file can run when it is read."""
        columns = self.examples.columns.astype(np.float32)
        np.savez(
            path,
            labels=np.array(self.labels),
            shape=np.array([self.shape.sharpness, self.shape.grams, self.shape.ridge]),
            dense=self.examples.dense.astype(np.float32),
            grams=columns.data,
            places=columns.indices,
            rows=columns.indptr,
            size=np.array(columns.shape),
            duals=self.duals,
            steepness=np.array(self.steepness),
            evidence=self.evidence,
        )

    @classmethod
    def read(cls, path: Path) -> "KernelModel":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as kept:
            columns = csr_matrix((kept["grams"], kept["places"], kept["rows"]), tuple(kept["size"]))
            return cls(
                [str(label) for label in kept["labels"]],
                Shape(*map(float, kept["shape"])),
                Examples(kept["dense"], columns),
                kept["duals"],
                float(kept["steepness"]),
                kept["evidence"],
            )


def _cross_validated(
    examples: Features, targets: Matrix, shape: Shape
) -> tuple["Judged", npt.NDArray[np.intp]]:
    """Return what is said of examples by a model without their fold, and their labels' numbers.

    Leaving a block out of ridge regression needs only that block of the inverse:
    prediction = target - inverse[block, block]⁻¹ · dual[block].
    """
    some = np.sort(np.random.default_rng(_SEED).permutation(len(targets))[:_JUDGED])
    chosen = Features(examples.dense[some], examples.grams[some])
    truth = targets[some]
    likeness = shape.between(chosen, Examples.of(chosen)).astype(np.float64)
    inverse = np.linalg.inv(likeness + 1.0 + np.diag(_ridge(shape, truth)))
    duals = inverse @ truth
    judged = Judged(np.zeros_like(truth), np.zeros(len(truth)))
    for fold in _folds(len(truth)):
        inside = inverse[np.ix_(fold, fold)]
        judged.scores[fold] = truth[fold] - np.linalg.solve(inside, duals[fold])
        others = likeness[fold]
        others[:, fold] = -np.inf
        judged.familiarity[fold] = others.max(axis=1)
    return judged, truth.argmax(axis=1)


def _ridge(shape: Shape, targets: Matrix) -> Matrix:
    """Return each example's ridge: a rare label's examples weigh more, by the root of it."""
    counts = np.maximum((targets > 0).sum(axis=0), 1)
    rareness = np.sqrt(counts * targets.shape[1] / len(targets))
    return np.asarray(shape.ridge * rareness[targets.argmax(axis=1)])


def _targets(labels: Sequence[str]) -> tuple[list[str], Matrix]:
    names = sorted(set(labels))
    return names, np.where(np.array(labels)[:, np.newaxis] == np.array(names), 1.0, -1.0)


def _folds(count: int) -> Iterator[npt.NDArray[np.intp]]:
    shuffled = np.random.default_rng(_SEED).permutation(count)
    folds = max(2, min(_FOLDS, count))
    return (shuffled[start::folds] for start in range(folds))


def _steepness(scores: Matrix, truth: npt.NDArray[np.intp]) -> float:
    rows = np.arange(len(truth))

    def surprise(logarithm: float) -> float:
        likely = _softmax(np.exp(logarithm) * scores)[rows, truth]
        return float(-np.log(np.maximum(likely, 1e-12)).mean())

    return float(np.exp(minimize_scalar(surprise, bounds=(-1.0, 4.0), method="bounded").x))


def _softmax(scores: Matrix) -> Matrix:
    grown = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))
