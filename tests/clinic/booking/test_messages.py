"""Whole messages of patients and all that they say of a booking, one a line in two files.

`messages.jsonl`: what was asked, the message, and everything that is read from it. `times.jsonl`:
wishes for a time, as the answer to "when would you like to come?", or why none can be taken.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from clinic.booking.facts import Facts, read
from clinic.booking.times import find_times
from clinic.contract import Preferences
from tests.clinic.booking.clinic import CLINIC

HERE = Path(__file__).parent
# Which of several days, and which hour, are both asked back.
ASKED_BACK = {"hour": "ambiguous", "vague": "ambiguous"}


def lines(name: str) -> list[Any]:
    """Return the lines of a file as parameters, named by their texts."""
    text = (HERE / name).read_text(encoding="utf-8")
    found = [json.loads(line) for line in text.splitlines()]
    return [pytest.param(one, id=str(n)) for n, one in enumerate(found, 1)]


def wishes(found: Preferences) -> dict[str, Any]:
    """Write the wishes without what is empty."""
    written = msgspec.to_builtins(found)
    sides = {
        side: [{key: value for key, value in one.items() if value} for one in written[side]]
        for side in ("options", "not")
    }
    said = {"options": sides["options"]} | ({"not": sides["not"]} if sides["not"] else {})
    return said | ({"soonest": True} if written["soonest"] else {})


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two wishes are the same, in whatever order."""

    def plainly(said: dict[str, Any]) -> Any:
        return [
            sorted(json.dumps(wish, sort_keys=True) for wish in said.get(side, []))
            for side in ("options", "not")
        ] + [bool(said.get("soonest"))]

    return bool(plainly(one) == plainly(other))


def facts(found: Facts) -> dict[str, Any]:
    """Write what was found in the form of `messages.jsonl`."""
    person, area = found.person, found.area
    said = {
        "name": found.name,
        "phone": found.phone,
        "email": found.email,
        "area": [area.part, area.side] if area else None,
        "patient": found.status,
        "for": [person.who, person.patient_name] if person else None,
    }
    return {key: value for key, value in said.items() if value}


@pytest.mark.parametrize("line", lines("messages.jsonl"))
def test_what_a_message_says(line: dict[str, Any]) -> None:
    found = read(line["text"], line["asked"], datetime.fromisoformat(line["now"]), CLINIC)
    said = facts(found)
    wanted = dict(line["says"])
    times = wanted.pop("times", None)
    if line["asked"] == "for_whom" and "name" not in wanted:
        said.pop("name", None)
    assert said == wanted, line["text"]
    if times is None:
        assert found.wishes is None, line["text"]
    else:
        assert found.wishes is not None, line["text"]
        assert same(wishes(found.wishes), times), line["text"]


@pytest.mark.parametrize("line", lines("times.jsonl"))
def test_when_a_patient_would_like_to_come(line: dict[str, Any]) -> None:
    found = find_times(line["text"], datetime.fromisoformat(line["now"]), CLINIC, asked=True)
    if problem := line.get("problem"):
        kinds = {ASKED_BACK.get(one.kind, one.kind) for one in found.problems}
        assert (found.preferences, problem in kinds) == (None, True), line["text"]
    elif line.get("nothing"):
        assert (found.preferences, found.problems) == (None, []), line["text"]
    else:
        assert found.preferences is not None, line["text"]
        assert same(wishes(found.preferences), line), line["text"]
