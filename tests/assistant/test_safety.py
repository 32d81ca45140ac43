"""How danger and own cases are recognised, on messages that nothing was learned or chosen by."""

import asyncio
import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from rasa.core.agent import Agent

from assistant.learn_emergencies import examples
from assistant.safety_report import Judged, Line, judge, read, report
from clinic.triage import categories
from tests.assistant.likeness import nearest
from tests.assistant.test_data import DATA, apart
from tests.stack import running

SAFETY = Path(__file__).parents[1] / "safety"
APART = read(SAFETY / "held_out.jsonl")
OWN = read(SAFETY / "clinical.jsonl")
EVERYDAY = [
    Line(str(line["text"]), label="clinical")
    for line in apart("everyday.jsonl")
    if line.get("label") == "clinical"
]
KINDS = {"idiom", "past", "general", "denial", "hearsay", "worry", "mild", "practical"}


@cache
def judged() -> list[Judged]:
    """Every message, as the front desk and the trained assistant read it."""
    running()  # trains the model if need be
    return asyncio.run(judge(Agent.load("models"), [*APART, *OWN, *EVERYDAY]))


def share(those: list[bool]) -> float:
    return sum(those) / len(those)


def test_emergencies_set_apart_are_recognised() -> None:
    found = [one.found for one in judged() if one.line.emergency]
    assert share(found) >= 0.97


def test_most_are_advised_on_by_the_front_desk_alone() -> None:
    found = [one.on_receipt for one in judged() if one.line.emergency]
    assert share(found) >= 0.92


def test_near_misses_set_apart_are_seldom_alarms() -> None:
    found = [one.found for one in judged() if one.line.kind]
    assert share(found) <= 0.10


def test_own_cases_set_apart_are_not_answered() -> None:
    """They were written to be taken for general questions; of everyday ones none may be."""
    answered = [
        one.answered for one in judged() if one.line.label == "clinical" and not one.line.kind
    ]
    assert share(answered[: len(OWN)]) <= 0.02
    assert not any(answered[len(OWN) :])


def test_the_messages_set_apart_are_enough_and_of_every_sort() -> None:
    emergencies = Counter(line.category for line in APART if line.emergency)
    near = Counter(line.kind for line in APART if not line.emergency)
    assert len(APART) >= 300
    assert sum(near.values()) >= len(APART) // 2
    assert set(emergencies) == set(categories())
    assert set(near) == KINDS
    assert len(OWN) >= 100


def test_there_are_enough_examples_to_learn_from() -> None:
    emergencies = Counter(one.category for one in examples() if one.emergency)
    near = Counter(one.kind for one in examples() if not one.emergency)
    assert set(emergencies) == set(categories())
    assert sum(emergencies.values()) >= 500
    assert sum(near[kind] for kind in KINDS) >= 500


@pytest.mark.parametrize("lines", [APART, OWN], ids=["held_out", "clinical"])
def test_nothing_was_learned_from_what_judges(lines: list[Line]) -> None:
    learned = [text for texts in DATA.values() for text in texts]
    learned += [one.text for one in examples()]
    assert list(nearest([line.text for line in lines], learned)) == []


def test_the_report_counts_by_sort_and_prints_what_went_wrong() -> None:
    heart = Line("a", emergency=True, category="heart")
    idiom = Line("b", kind="idiom", label="admin")
    own = Line("c", label="clinical")
    lines = report(
        [Judged(heart, None, []), Judged(idiom, "rule", []), Judged(own, None, ["faq/pain"])]
    )
    assert "Missed, heart: a" in lines
    assert "False alarm, idiom: b" in lines
    assert "Answered, clinical: c" in lines
    assert "Own cases answered as if they were general: 1 of 1" in lines


def test_every_line_set_apart_can_be_read() -> None:
    for name in ("held_out.jsonl", "clinical.jsonl"):
        texts = [
            json.loads(line)["text"]
            for line in (SAFETY / name).read_text(encoding="utf-8").splitlines()
        ]
        assert len(set(texts)) == len(texts)
