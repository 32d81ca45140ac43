"""The pure parts of the benchmark against stock Rasa: what counts as right, and the table."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import stock_rasa
from benchmarks._labels import accuracy, predicted
from benchmarks.stock_rasa import Measured


def answer(intent: str, selector: str = "", key: str = "", *options: str) -> dict[str, Any]:
    """A parse output."""
    selected = {selector: {"response": {"intent_response_key": key}}} if selector else {}
    parts = [{"label": intent, "options": list(options)}]
    return {"intent": {"name": intent}, "response_selector": selected, "parts": parts}


@pytest.mark.parametrize(
    ("given", "label"),
    [
        (answer("faq", "faq", "faq/pain"), "faq/pain"),
        (answer("faq", "default", "faq/pain"), "faq/pain"),
        (answer("unanswered", "unanswered", "unanswered/pain"), "faq/pain"),
        (answer("faq", "default", "unanswered/pain"), "faq/pain"),
        (answer("clinical"), "clinical"),
        (answer("cancel_form"), "booking"),
        (answer("nlu_fallback"), "out_of_scope"),
        (answer("clarify", "clarify", "clarify/how_long"), "clarify"),
    ],
)
def test_both_kinds_of_parse_output_are_read_alike(given: dict[str, Any], label: str) -> None:
    assert predicted(given) == label


def test_a_question_back_is_wrong_but_shown_when_it_offers_the_right_one() -> None:
    answers = [
        answer("faq", "faq", "faq/pain"),
        answer("clarify", "", "", "unanswered/pain", "clinical"),
        answer("clarify", "", "", "faq/risks", "clinical"),
        answer("booking"),
    ]
    assert accuracy(["unanswered/pain", *["faq/pain"] * 3], answers) == (0.25, 0.25)


def test_lines_with_several_labels_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.jsonl"
    lines = [{"text": "one", "label": "human"}, {"text": "two", "labels": ["human", "admin"]}]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    assert stock_rasa.evaluation_lines(path) == [("one", "human")]


def test_epochs_change_only_where_rasa_names_some() -> None:
    settings = {"pipeline": [{"name": "A", "epochs": 100}, {"name": "B"}], "policies": []}
    assert stock_rasa.with_epochs(settings, None)["pipeline"][0]["epochs"] == 100
    assert stock_rasa.with_epochs(settings, 1)["pipeline"] == [
        {"name": "A", "epochs": 1},
        {"name": "B"},
    ]


def test_the_table_shows_both_and_how_often_the_one_goes_into_the_other() -> None:
    theirs = Measured(training=60.0, disk=2_500_000_000)
    mine = Measured(training=20.0, disk=1_000_000_000)
    lines = stock_rasa.table(theirs, mine, 10, 5).splitlines()
    assert lines[3].split() == ["training", "(s)", "60.0", "20.0", "3.0"]
    assert lines[-1].split()[-3:] == ["2500.0", "1000.0", "2.5"]
