"""`python -m assistant.evaluate`: lines in, lines and a report out."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.evaluate import Line, Report
from assistant.labels import topic_of
from assistant.pictures import Outcome, calibration, draw
from tests.stack import ROOT, trained


def parsed(intent: str, *topics: str) -> dict[str, Any]:
    keys = {"response": {"intent_response_key": topics[0]}} if topics else {}
    return {
        "intent": {"name": intent, "confidence": 0.9},
        "response_selector": {intent: keys},
        "topics": [{"name": topic_of(topic), "confidence": 0.9} for topic in topics],
    }


def test_the_report_counts_confusions_and_what_they_do() -> None:
    report = Report()
    for label, one in [
        ("faq/pain", parsed("faq", "faq/pain")),
        ("faq/recovery", parsed("unanswered", "unanswered/recovery")),
        ("faq/pain", parsed("clinical")),
        ("clinical", parsed("faq", "faq/risks")),
        ("human", parsed("human")),
    ]:
        report.add(Line("words", label), one)
    assert str(report).splitlines() == [
        "accuracy 0.600 (3 of 5)",
        "answered with another topic's answer: 1 of 5",
        "clinical answered as an FAQ: 1 of 1",
        "emergency answered as an FAQ: 0 of 0",
        "out_of_scope answered as an FAQ: 0 of 0",
        "   0 of   1  clinical",
        "   1 of   2  faq/pain",
        "   1 of   1  faq/recovery",
        "   1 of   1  human",
        "   1  faq/pain -> clinical",
        "   1  clinical -> faq/risks",
    ]


def test_the_report_counts_the_parts_that_were_found() -> None:
    report = Report()
    several = Line("words", labels=["faq/pain", "clinical"])
    report.add(several, parsed("clinical", "clinical", "faq/risks"))
    assert str(report) == "parts found 0.500 (1 of 2), and 1 that are not there"


def test_every_line_gets_its_understanding(tmp_path: Path) -> None:
    texts = ["does it hurt?", "/restart", "I can't breathe", ""]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    files = ["--input", str(tmp_path / "in.jsonl"), "--output", str(tmp_path / "out.jsonl")]
    model = trained(dict(os.environ))
    command = [sys.executable, "-m", "assistant.evaluate", *files, "--model", model]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [one["text"] for one in found] == texts
    assert (found[0]["route"], found[0]["topics"][0]) == ("faq", "faq/pain")
    assert found[1]["route"] == found[3]["route"] == "out_of_scope"
    assert found[2]["route"] == "emergency"
    assert "breathe" not in done.stdout + done.stderr


def test_the_pictures_are_drawn(tmp_path: Path) -> None:
    outcomes = [Outcome("faq/pain", "faq/pain", 0.9), Outcome("faq/pain", "clinical", 0.4)]
    for path in draw(outcomes, tmp_path / "reports"):
        assert path.read_bytes().startswith(b"\x89PNG")


def test_the_calibration_sets_confidence_beside_what_was_right() -> None:
    outcomes = [Outcome("a", "a", 0.92), Outcome("a", "b", 0.98), Outcome("a", "a", 0.31)]
    first, second = calibration(outcomes)
    assert first == (0.31, 1.0, 1)
    assert second[0] == pytest.approx(0.95)
    assert second[1:] == (0.5, 2)


def test_lines_become_rasa_s_own_data(tmp_path: Path) -> None:
    lines = [
        {"text": "does it [really] hurt", "label": "faq/pain"},
        {"text": "can i drive after", "label": "faq/recovery", "silent": True},
        {"text": "cost? pain?", "labels": ["admin", "faq/pain"]},
    ]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    files = ["--input", str(tmp_path / "in.jsonl"), "--as-rasa", str(tmp_path / "new/nlu.yml")]
    command = [sys.executable, "-m", "assistant.evaluate", *files]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    blocks = yaml.safe_load((tmp_path / "new/nlu.yml").read_text())["nlu"]
    assert [(one["intent"], one["examples"].splitlines()) for one in blocks] == [
        ("faq/pain", ["- does it (really) hurt"]),
        ("unanswered/recovery", ["- can i drive after"]),
    ]


def test_rasa_itself_judges_the_model_by_them(tmp_path: Path) -> None:
    model = trained(dict(os.environ))
    lines = (ROOT / "tests/assistant/evaluation.jsonl").read_text(encoding="utf-8").splitlines()
    (tmp_path / "in.jsonl").write_text("\n".join(lines[:60]) + "\n", encoding="utf-8")
    nlu, results = str(tmp_path / "nlu.yml"), tmp_path / "results"
    files = ["--input", str(tmp_path / "in.jsonl"), "--as-rasa", nlu]
    judged = ["--nlu", nlu, "--model", model, "--out", str(results), "--no-plot", "--no-errors"]
    for words in (["assistant.evaluate", *files], ["rasa", "test", "nlu", *judged]):
        command = [sys.executable, "-m", *words]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    report = json.loads((results / "intent_report.json").read_text(encoding="utf-8"))
    assert report["weighted avg"]["support"] >= 50
    # How good the model is, is judged below; guesses would be right one time in twenty.
    assert report["accuracy"] > 0.5


def test_it_understands_what_it_was_never_taught() -> None:
    """A floor under what is measured, so that a change that costs understanding is seen."""
    model = trained(dict(os.environ))
    files = ["--input", "tests/assistant/everyday.jsonl", "--report", "--model", model]
    command = [sys.executable, "-m", "assistant.evaluate", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    said = re.search(r"accuracy (\S+)", done.stdout)
    answered = re.search(r"another topic's answer: (\d+) of (\d+)", done.stdout)
    parts = re.search(r"parts found (\S+)", done.stdout)
    assert said is not None
    assert float(said[1]) >= 0.9
    assert answered is not None
    assert int(answered[1]) <= 0.03 * int(answered[2])
    assert parts is not None
    assert float(parts[1]) >= 0.85
    assert "emergency answered as an FAQ: 0" in done.stdout
