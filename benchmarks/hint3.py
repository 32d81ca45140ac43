"""How well the pipeline learns another trade's questions, and sees what it was never taught.

    .venv/bin/python -m benchmarks.hint3 --data DIR

DIR holds the SOFMattress part of HINT3 (Arora and others, 2020; licence ODbL), twice: `train/`,
`test/` and `preds/` with what five platforms answered to the same sentences. The pipeline is that
of config.yml without the two components that are not about labels: clauses, which take messages
apart, and triage. What counts is the likeliest label of the whole message.

Below a threshold of evidence a sentence counts as `NO_NODES_DETECTED`. Ours comes from the training
file alone: what 95 in 100 of its sentences that are recognised in cross-validation exceed. Each
platform gets the threshold with which it does best on the test set, which favours the platforms.
"""

import argparse
import asyncio
import csv
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import yaml
from rasa.core.agent import Agent
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.model_training import train_nlu
from rasa.utils.log_utils import configure_structlog
from scipy.stats import binomtest
from sklearn.metrics import matthews_corrcoef

from assistant.kernel import KernelModel
from assistant.labels import FALLBACK
from assistant.rasa_data import as_rasa_yaml
from benchmarks._labels import SPACY

ROOT: Final = Path(__file__).resolve().parent.parent
NOTHING: Final = "NO_NODES_DETECTED"
KNOWN: Final = 0.95
"""The share of recognised training sentences that a threshold must let through."""

SETS: Final = {"full": "sofmattress", "subset": "sofmattress_subset"}
LEFT_OUT: Final = ("assistant.components.clauses.Clauses", "assistant.components.triage.Triage")
# In-scope accuracy without a threshold and best MCC, for full and subset, as HINT3 published them.
PUBLISHED: Final = {
    "rasa": {"full": (0.693, 0.526), "subset": (0.563, 0.433)},
    "dialogflow": {"full": (0.732, 0.638), "subset": (0.654, 0.555)},
    "luis": {"full": (0.593, 0.581), "subset": (0.494, 0.492)},
    "haptik": {"full": (0.723, 0.588), "subset": (0.641, 0.496)},
    "bert": {"full": (0.736, 0.617), "subset": (0.571, 0.492)},
}


class Row(NamedTuple):
    """A sentence and its label."""

    sentence: str
    label: str


class Guess(NamedTuple):
    """The likeliest label of a sentence, and how much speaks for it."""

    label: str
    score: float

    def above(self, threshold: float) -> str:
        """Return the label, or that nothing was found."""
        return self.label if self.score >= threshold else NOTHING


class Scores(NamedTuple):
    """Shares of 1, and the Matthews correlation over all rows."""

    accuracy: float
    accuracy_without: float
    recall_outside: float
    correlation: float


class Rival(NamedTuple):
    """A platform at its best threshold: what it answers, and how it does."""

    name: str
    answers: list[str]
    scores: Scores


def main() -> None:
    """Train on both sets, and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the data set")
    data = parser.parse_args().data.resolve()
    configure_structlog(logging.WARNING)
    logging.disable(logging.WARNING)
    os.chdir(ROOT)  # the pipeline's own files are named from here
    for name, file in SETS.items():
        with tempfile.TemporaryDirectory() as folder:
            print("\n".join(compare(name, file, data, Path(folder))), flush=True)


def compare(name: str, file: str, data: Path, folder: Path) -> Iterator[str]:
    """Train in `folder` on one set, and describe how ours and the platforms do on the test set."""
    train, test = (
        rows(data / "train" / f"{file}_train.csv"),
        rows(data / "test/sofmattress_test.csv"),
    )
    labels = [row.label for row in test]
    guesses, threshold = ours(train, [row.sentence for row in test], folder)
    answers = [guess.above(threshold) for guess in guesses]
    yield f"\n{name}: {len(train)} training sentences, {len(test)} test sentences"
    yield f"Our threshold, from the training file: evidence {threshold:.3f}"
    yield from HEADER
    yield line("ours", scored(labels, guesses, threshold))
    for platform in PUBLISHED:
        rival = at_best(platform, test, data / "preds" / f"{platform}_{file}.csv")
        versus = mcnemar(labels, answers, rival.answers)
        yield line(platform, rival.scores, versus, PUBLISHED[platform][name])


HEADER: Final = (
    "            in-scope accuracy   out-of-scope        ours against it (McNemar)   published",
    "            threshold  without  recall        MCC   only ours  only it       p  without   MCC",
)


def line(
    name: str,
    scores: Scores,
    versus: tuple[int, int, float] | None = None,
    published: tuple[float, float] | None = None,
) -> str:
    """Return one line under `HEADER`; `versus` is what `mcnemar` returns."""
    text = (
        f"{name:10} {scores.accuracy:10.3f} {scores.accuracy_without:8.3f}"
        f" {scores.recall_outside:7.3f} {scores.correlation:10.3f}"
    )
    if versus:
        text += f" {versus[0]:11} {versus[1]:8} {versus[2]:7.2g}"
    return text + (f" {published[0]:8.3f} {published[1]:5.3f}" if published else "")


def rows(path: Path) -> list[Row]:
    """Read a file of sentences and labels."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Row(row["sentence"], row["label"]) for row in csv.DictReader(file)]


def ours(train: Sequence[Row], sentences: Iterable[str], folder: Path) -> tuple[list[Guess], float]:
    """Train the pipeline on the rows, and return what it makes of the sentences; the threshold."""
    data, language = folder / "data", folder / "language"
    data.mkdir()
    (data / "nlu.yml").write_text(as_rasa_yaml(in_one_piece(train)), encoding="utf-8")
    make = [sys.executable, "-m", "assistant.language", str(language), "--data", str(data)]
    subprocess.run(make, check=True)
    settings = yaml.safe_load(Path("config.yml").read_text(encoding="utf-8"))
    config = folder / "config.yml"
    config.write_text(yaml.safe_dump(labels_only(settings, language)), encoding="utf-8")
    # Rasa's cache of trained parts does not see a change in our own modules.
    os.environ["RASA_CACHE_DIRECTORY"] = str(folder / "cache")
    made = train_nlu(str(config), str(data), str(folder / "models"))
    if not made:
        raise SystemExit("The training failed (see above).")
    LocalModelStorage.from_model_archive(folder / "model", made)
    (kept,) = (folder / "model").rglob("labels.npz")
    threshold = KernelModel.read(kept).least_evidence(KNOWN)
    return asyncio.run(_parsed(Agent.load(made), sentences)), threshold


async def _parsed(agent: Agent, sentences: Iterable[str]) -> list[Guess]:
    return [likeliest(await agent.parse_message(sentence)) for sentence in sentences]


def likeliest(parsed: Mapping[str, Any]) -> Guess:
    """Return the best label of a parse output, whatever the cost of acting on it would be."""
    named = (one["name"] for one in parsed["intent_ranking"] if one["name"] != FALLBACK)
    return Guess(next(named, NOTHING), parsed["evidence"])


def in_one_piece(train: Iterable[Row]) -> list[Row]:
    """Return the rows as they are; raises `ValueError` for a label that Rasa would take for two."""
    kept = list(train)
    if split := sorted({row.label for row in kept if "/" in row.label}):
        raise ValueError(f"Rasa cannot keep the labels {split}: they hold a slash.")
    return kept


def labels_only(settings: Mapping[str, Any], language: Path) -> dict[str, Any]:
    """Return the configuration for labels alone, with the language model in that folder."""
    kept = [dict(one) for one in settings["pipeline"] if one["name"] not in LEFT_OUT]
    for component in kept:
        if component["name"] == SPACY:
            component["model"] = str(language)
    return {**settings, "pipeline": kept}


def scored(labels: Sequence[str], guesses: Sequence[Guess], threshold: float) -> Scores:
    """Score the guesses, as HINT3 does."""
    truth, likely = np.array(labels), np.array([guess.label for guess in guesses])
    answers = np.array([guess.above(threshold) for guess in guesses])
    outside = truth == NOTHING
    return Scores(
        float((answers == truth)[~outside].mean()),
        float((likely == truth)[~outside].mean()),
        float((answers == truth)[outside].mean()),
        float(matthews_corrcoef(truth, answers)),
    )


def at_best(name: str, test: Sequence[Row], path: Path) -> Rival:
    """Read a platform's predictions, and choose the threshold with which its MCC is best."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    if [Row(line["sentence"], line["label"]) for line in lines] != list(test):
        raise ValueError(f"{path} does not hold the test sentences in their order.")
    guesses = [Guess(one["predicted_node"], float(one["predicted_node_score"])) for one in lines]
    labels = [row.label for row in test]
    thresholds = sorted({guess.score for guess in guesses})
    best = max(thresholds, key=lambda least: scored(labels, guesses, least).correlation)
    answers = [guess.above(best) for guess in guesses]
    return Rival(name, answers, scored(labels, guesses, best))


def mcnemar(
    labels: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> tuple[int, int, float]:
    """Return the rows that only ours, and only theirs, gets right, and the exact p-value."""
    rows_of_three = list(zip(labels, ours, theirs, strict=True))
    only_ours = sum(a == label != b for label, a, b in rows_of_three)
    only_theirs = sum(b == label != a for label, a, b in rows_of_three)
    different = only_ours + only_theirs
    chance = float(binomtest(only_ours, different).pvalue) if different else 1.0
    return only_ours, only_theirs, chance


if __name__ == "__main__":
    main()
