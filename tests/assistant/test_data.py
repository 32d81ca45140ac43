"""The training data is large enough, and no message stands in it twice in other clothes.

What judges the assistant was written apart from what it learns from; that is guarded here too.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.labels import intent_of
from tests.assistant.likeness import nearest, pairs, words

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
LEAST = {
    "faq": 120,
    "clinical": 400,
    **dict.fromkeys(("booking", "admin", "human", "smalltalk", "out_of_scope"), 250),
}


def training() -> dict[str, list[str]]:
    """Return the examples of each label."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "data").glob("*.yml")):
        content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        for block in content.get("nlu", []):
            lines = block["examples"].splitlines()
            found.setdefault(block["intent"], []).extend(line.removeprefix("- ") for line in lines)
    return found


def apart(name: str) -> list[dict[str, Any]]:
    """Return the lines of a file that was written apart."""
    text = (HERE / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


DATA = training()
TOPICS = sorted(label for label in DATA if intent_of(label) == "faq")


def test_there_are_sixteen_topics_each_in_its_file() -> None:
    files = {f"faq/{path.stem.removeprefix('faq_')}" for path in (ROOT / "data").glob("faq_*.yml")}
    assert set(TOPICS) == files
    assert len(TOPICS) == 16


@pytest.mark.parametrize("label", [*TOPICS, *list(LEAST)[1:]])
def test_there_are_enough_examples(label: str) -> None:
    assert len(DATA[label]) >= LEAST[intent_of(label)]


@pytest.mark.parametrize("label", sorted(DATA))
def test_no_two_examples_of_a_label_are_nearly_the_same(label: str) -> None:
    assert list(pairs(DATA[label])) == []


def test_no_message_has_two_labels() -> None:
    labels: dict[str, set[str]] = {}
    for label, texts in DATA.items():
        for text in texts:
            labels.setdefault(" ".join(words(text)) or text, set()).add(label)
    assert {said: sorted(those) for said, those in labels.items() if len(those) > 1} == {}


@pytest.mark.parametrize("name", ["evaluation.jsonl", "everyday.jsonl", "tuning.jsonl"])
def test_what_judges_was_not_learned(name: str) -> None:
    learned = [text for texts in DATA.values() for text in texts]
    asked = [str(line["text"]) for line in apart(name)]
    assert list(nearest(asked, learned)) == []


@pytest.mark.parametrize(("name", "least"), [("evaluation.jsonl", 400), ("everyday.jsonl", 300)])
def test_what_judges_did_not_help_to_choose(name: str, least: int) -> None:
    chosen, asked = ([str(line["text"]) for line in apart(file)] for file in ("tuning.jsonl", name))
    assert list(nearest(asked, chosen)) == []
    assert len(asked) >= least


def test_the_evaluation_covers_every_label() -> None:
    asked = Counter(
        label
        for line in apart("evaluation.jsonl")
        for label in line.get("labels", [line.get("label")])
    )
    assert set(asked) == {*TOPICS, "emergency", *list(LEAST)[1:]}
    assert min(asked.values()) >= 12


def test_the_guard_sees_a_swapped_word_and_a_changed_order() -> None:
    said = ["how many sessions does a knee need", "how many sessions does a hip need"]
    assert len(list(pairs(said))) == 1
    assert len(list(pairs(["knee, left", "left knee"]))) == 1
    assert list(pairs(["does it hurt", "does it work"])) == []
    assert list(nearest(["Do you use the ultrasound??"], ["do you use an ultrasound"])) != []
