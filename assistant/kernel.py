"""A kernel classifier with exact cross-validation: likeness to every example decides.

Kernel ridge regression on one-against-all targets. Two things that a product for patients needs
come in closed form, without training again: what the model would say of an example that it has
not seen, and how near a message is to anything that it has seen (`familiarity`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_solve, cholesky
from scipy.linalg.lapack import strtri
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix

Matrix = npt.NDArray[np.float64]
Vector = npt.NDArray[np.float64]
Single = npt.NDArray[np.float32]
_SHARES = 1000
_SLICE = 512


class Features(NamedTuple):
    """(messages, dimensions) sentence vectors and (messages, grams) n-grams, rows of length one."""

    dense: Single
    grams: csr_matrix


class Shape(msgspec.Struct, frozen=True):
    """The kernel: exp(`sharpness` · (cosine - 1)) of the vectors, plus `grams` · their cosine.

    `ridge` is the regularisation: the larger, the less a single example counts.
    """

    sharpness: float
    grams: float
    ridge: float

    def between(self, some: Features, others: "Examples") -> Single:
        """Return the (some, others) likeness of messages."""
        likeness = some.dense @ others.dense.T
        likeness -= 1.0
        likeness *= self.sharpness
        np.exp(likeness, out=likeness)
        # In slices, because the letters' likeness of all to all would take gigabytes on its way.
        for start in range(0, len(likeness), _SLICE):
            rows = slice(start, start + _SLICE)
            grams = some.grams if len(likeness) <= _SLICE else some.grams[rows]
            letters = grams @ others.columns
            letters.data *= self.grams
            likeness[rows] += letters.toarray()
        return likeness


class Examples(NamedTuple):
    """Features kept for comparison: the n-grams lie (grams, messages), to be found quickly."""

    dense: Single
    columns: csr_matrix

    @classmethod
    def of(cls, features: Features) -> "Examples":
        """Turn features over."""
        return cls(features.dense, features.grams.T.tocsr())


class Judged(NamedTuple):
    """(messages, labels) scores around -1 and 1, and each message's likeness to the nearest."""

    scores: Matrix
    familiarity: npt.NDArray[np.floating[Any]]

    def evidence(self) -> npt.NDArray[np.float64]:
        """Return for each message how much speaks for its best label: its score and likeness."""
        return np.asarray(self.scores.max(axis=1) + self.familiarity)


class KernelModel(msgspec.Struct, frozen=True):
    """The examples, what each says for each label, and what cross-validation found.

    `steepness` turns scores into calibrated probabilities. Of the examples as judged without having
    been seen: `evidence` holds the quantiles of the evidence for those that are judged right, and
    `claims` for each label the quantiles of its score among the examples of all other labels.
    """

    labels: list[str]
    shape: Shape
    examples: Examples
    duals: Single
    steepness: float
    evidence: npt.NDArray[np.float64]
    claims: npt.NDArray[np.float64]

    @classmethod
    def fitted(cls, examples: Features, labels: Sequence[str], shape: Shape) -> "KernelModel":
        """Fit to the examples; the cross-validation is part of it.

        The time for both grows with the number of examples to the third.
        """
        names, targets = _targets(labels)
        columns = Examples.of(examples)
        likeness = shape.between(examples, columns)
        itself = np.diag_indices_from(likeness)
        alone, likeness[itself] = likeness[itself], -np.inf
        nearest = likeness.max(axis=1)
        likeness[itself] = alone + _ridge(shape, targets)
        likeness += 1.0
        # Turned over, it lies as LAPACK wants it, so it is not copied.
        factor = cholesky(likeness.T, lower=True, overwrite_a=True, check_finite=False)
        duals = cho_solve((factor, True), targets, check_finite=False)
        unseen = Judged(_left_out(factor, duals, targets), nearest)
        truth = targets.argmax(axis=1)
        right = unseen.scores.argmax(axis=1) == truth
        shares = np.linspace(0, 1, _SHARES + 1)
        return cls(
            names,
            shape,
            columns,
            duals,
            _steepness(unseen.scores, truth),
            np.quantile(unseen.evidence()[right], shares),
            np.array(
                [
                    np.quantile(unseen.scores[truth != label, label], shares)
                    for label in range(len(names))
                ]
            ),
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

    def least_claim(self, label: str, others: float) -> float:
        """Return the label's score that only this share of the `others`' examples reaches.

        What reaches it may well be meant so, also where another label is likelier.
        """
        return float(self.claims[self.labels.index(label), round((1.0 - others) * _SHARES)])

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
            claims=self.claims,
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
                kept["claims"],
            )


def _left_out(factor: Single, duals: Single, targets: Single) -> Matrix:
    """Return what is said of each example by a model that was fitted to all others.

    Leaving one out of ridge regression needs only the inverse's diagonal: prediction = target -
    dual / diagonal. The `factor` L is used up; the inverse is L⁻ᵀ L⁻¹.
    """
    inverted, _ = strtri(factor, lower=1, overwrite_c=1)
    diagonal = np.einsum("ij,ij->j", inverted, inverted)
    return np.asarray(targets - duals / diagonal[:, np.newaxis], float)


def _ridge(shape: Shape, targets: Single) -> Single:
    """Return each example's ridge: a rare label's examples weigh more, by the root of it."""
    counts = np.maximum((targets > 0).sum(axis=0), 1)
    rareness = np.sqrt(counts * targets.shape[1] / len(targets))
    return np.asarray(shape.ridge * rareness[targets.argmax(axis=1)], np.float32)


def _targets(labels: Sequence[str]) -> tuple[list[str], Single]:
    names = sorted(set(labels))
    same = np.array(labels)[:, np.newaxis] == np.array(names)
    return names, np.where(same, np.float32(1.0), np.float32(-1.0))


def _steepness(scores: Matrix, truth: npt.NDArray[np.intp]) -> float:
    rows = np.arange(len(truth))

    def surprise(logarithm: float) -> float:
        likely = _softmax(np.exp(logarithm) * scores)[rows, truth]
        return float(-np.log(np.maximum(likely, 1e-12)).mean())

    return float(np.exp(minimize_scalar(surprise, bounds=(-1.0, 4.0), method="bounded").x))


def _softmax(scores: Matrix) -> Matrix:
    grown = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))
