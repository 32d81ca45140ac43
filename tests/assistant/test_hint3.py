"""The pure parts of the HINT3 benchmark: what is trained on, and how it is scored."""

from pathlib import Path

import pytest
import yaml
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

from assistant.rasa_data import as_rasa_yaml
from benchmarks._labels import SPACY
from benchmarks.hint3 import (
    LEFT_OUT,
    NOTHING,
    Guess,
    Row,
    at_best,
    in_one_piece,
    labels_only,
    likeliest,
    mcnemar,
    scored,
)

ROOT = Path(__file__).parents[2]
LABELS = ["COST", "COST", "EMI", NOTHING, NOTHING]
GUESSES = [Guess("COST", 0.9), Guess("EMI", 0.8), Guess("EMI", 0.3), Guess("EMI", 0.2)]
GUESSES += [Guess("COST", 0.7)]


def read(rows: list[Row]) -> list[tuple[str, str, list[dict[str, str]]]]:
    """What Rasa reads of the rows: text, intent and entities."""
    data = RasaYAMLReader().reads(as_rasa_yaml(rows))
    return [
        (example.get("text"), example.get("intent"), example.get("entities", []))
        for example in data.intent_examples
    ]


def test_rasa_reads_the_sentences_under_their_own_labels() -> None:
    rows = [Row(" 78/72/6: how much? ", "COST"), Row('72"×48" #2', "100_NIGHT_TRIAL")]
    assert read(rows) == [("78/72/6: how much?", "COST", []), ('72"×48" #2', "100_NIGHT_TRIAL", [])]


def test_brackets_in_a_sentence_mark_no_entity() -> None:
    assert read([Row("a [king](size)\nbed {big}", "COST")]) == [
        ("a (king)(size) bed (big)", "COST", [])
    ]


def test_a_label_that_rasa_would_split_is_refused() -> None:
    with pytest.raises(ValueError, match="A/B"):
        in_one_piece([Row("hello", "A/B")])


def test_the_pipeline_is_the_project_s_but_for_what_is_said() -> None:
    settings = yaml.safe_load((ROOT / "config.yml").read_text())
    made = labels_only(settings, Path("elsewhere"))
    names = [one["name"] for one in settings["pipeline"]]
    assert set(LEFT_OUT) < set(names)
    assert [one["name"] for one in made["pipeline"]] == [n for n in names if n not in LEFT_OUT]
    differing = [one for one in made["pipeline"] if one not in settings["pipeline"]]
    assert [(one["name"], one["model"]) for one in differing] == [(SPACY, "elsewhere")]


def test_the_likeliest_label_counts_also_where_nothing_would_be_answered() -> None:
    ranking = [{"name": "nlu_fallback"}, {"name": "EMI"}, {"name": "COST"}]
    assert likeliest({"intent_ranking": ranking, "evidence": 0.4}) == Guess("EMI", 0.4)
    assert likeliest({"intent_ranking": ranking[:1], "evidence": 0.0}) == Guess(NOTHING, 0.0)


def test_scores_tell_the_two_kinds_of_rows_apart() -> None:
    scores = scored(LABELS, GUESSES, 0.5)
    assert scores.accuracy == pytest.approx(1 / 3)
    assert scores.accuracy_without == pytest.approx(2 / 3)
    assert scores.recall_outside == pytest.approx(1 / 2)
    assert scored(LABELS, [Guess(label, 1.0) for label in LABELS], 0.5).correlation == 1.0


def test_a_platform_gets_its_best_threshold(tmp_path: Path) -> None:
    rows = [Row(str(number), label) for number, label in enumerate(LABELS)]
    guesses = [Guess("COST", 0.9), Guess("COST", 0.8), Guess("EMI", 0.6), Guess("EMI", 0.5)]
    guesses += [Guess("COST", 0.1)]
    lines = [f"{n},{LABELS[n]},{one.label},{one.score}" for n, one in enumerate(guesses)]
    path = tmp_path / "rival.csv"
    path.write_text("\n".join(["sentence,label,predicted_node,predicted_node_score", *lines]))
    rival = at_best("rival", rows, path)
    assert rival.answers == LABELS
    assert rival.scores == (1.0, 1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="order"):
        at_best("rival", rows[::-1], path)


def test_mcnemar_looks_only_at_the_rows_on_which_the_two_differ() -> None:
    labels = ["A"] * 10
    assert mcnemar(labels, ["A"] * 10, ["A"] * 4 + ["B"] * 6) == (6, 0, 2 / 2**6)
    assert mcnemar(labels, labels, labels) == (0, 0, 1.0)
