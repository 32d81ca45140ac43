"""Pictures of what was understood: which labels are confused, and how far it can be trusted."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl

mpl.use("Agg")  # no screen is needed

import matplotlib.pyplot as plt
import numpy as np

_BINS = 10


class Outcome(NamedTuple):
    """One message: what was meant, what was understood, and how sure it was (0 to 1)."""

    label: str
    got: str
    confidence: float


def draw(outcomes: Iterable[Outcome], folder: Path) -> list[Path]:
    """Write `confusions.png` and `calibration.png` into the folder; return their paths."""
    outcomes = list(outcomes)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "confusions.png", folder / "calibration.png"]
    _confusions(outcomes, paths[0])
    _calibration(outcomes, paths[1])
    return paths


def _confusions(outcomes: list[Outcome], path: Path) -> None:
    names = sorted({one.label for one in outcomes} | {one.got for one in outcomes})
    counted = Counter((one.label, one.got) for one in outcomes)
    matrix = np.array([[counted[(label, got)] for got in names] for label in names])
    figure, axes = plt.subplots(figsize=(11, 10))
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("understood")
    axes.set_ylabel("meant")
    for (row, column), count in np.ndenumerate(matrix):
        if count:
            color = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=color, size=7)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def calibration(outcomes: Iterable[Outcome]) -> list[tuple[float, float, int]]:
    """Return (mean confidence, share that was right, messages) for each tenth of confidence."""
    bins: list[list[Outcome]] = [[] for _ in range(_BINS)]
    for one in outcomes:
        bins[min(int(one.confidence * _BINS), _BINS - 1)].append(one)
    return [
        (
            float(np.mean([one.confidence for one in some])),
            float(np.mean([one.label == one.got for one in some])),
            len(some),
        )
        for some in bins
        if some
    ]


def _calibration(outcomes: list[Outcome], path: Path) -> None:
    points = calibration(outcomes)
    figure, axes = plt.subplots(figsize=(6, 6))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    axes.plot([point[0] for point in points], [point[1] for point in points], marker="o")
    for confidence, right, count in points:
        axes.annotate(str(count), (confidence, right), (4, -10), textcoords="offset points", size=8)
    axes.set_xlabel("how sure the assistant was")
    axes.set_ylabel("share that was right")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)
