"""What a message asks, part by part, as the assistant read it. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec

FAQ: Final = "faq"
UNANSWERED: Final = "unanswered"
CLARIFY: Final = "clarify"
BOOKING: Final = "booking"
MOST_ANSWERS: Final = 3
"""Answers in one turn: more is not read."""
# The riskiest first: of several matters for staff in one message, this is why they get it.
_FOR_STAFF: Final = ("clinical", "human", "admin")
_NO_QUESTIONS: Final = frozenset({"smalltalk", "affirm", "deny", "inform", "follow_up", BOOKING})


class Part(msgspec.Struct, frozen=True):
    """One question of a message; with `options`, which of those labels was meant is uncertain."""

    label: str
    options: list[str] = []


class Asked(msgspec.Struct, frozen=True):
    """What a message asks.

    `answers` are labels with words of their own, each once and at most `MOST_ANSWERS`; `staff` is
    the intent for which staff get it; `choices` are what the patient should choose from, and
    `vague` is the label of a question that has its own choices. `rest` says that something else
    was asked that none of these covers.
    """

    answers: list[str]
    staff: str | None
    choices: list[str]
    vague: str | None
    rest: bool


def intent_of(label: str) -> str:
    """Return the intent of a label: `faq` for `faq/pain`."""
    return label.partition("/")[0]


def parts_of(message: Mapping[str, Any]) -> list[Part]:
    """Return the parts of a message; of a quick reply, the one that it stands for."""
    if found := message.get("parts"):
        return msgspec.convert(found, list[Part])
    intent = (message.get("intent") or {}).get("name") or ""
    selected = (message.get("response_selector") or {}).get(intent) or {}
    return [Part((selected.get("response") or {}).get("intent_response_key") or intent)]


def asked(parts: Sequence[Part], responses: Collection[str]) -> Asked:
    """Sort out what a message asks; what has no words among `responses` cannot be answered."""
    sure = [part.label for part in parts if not part.options]
    known = list(dict.fromkeys(label for label in sure if f"utter_{label}" in responses))
    answers = [label for label in known if intent_of(label) in (FAQ, UNANSWERED)]
    vague = [label for label in known if intent_of(label) == CLARIFY]
    staff = [intent for intent in _FOR_STAFF if intent in sure]
    covered = {*answers[:MOST_ANSWERS], *vague[:1], *_FOR_STAFF, *_NO_QUESTIONS}
    return Asked(
        answers=answers[:MOST_ANSWERS],
        staff=next(iter(staff), None),
        choices=_choices(parts, sure),
        vague=next(iter(vague), None),
        rest=len(sure) + 1 < len(parts) or any(label not in covered for label in sure),
    )


def _choices(parts: Sequence[Part], sure: Sequence[str]) -> list[str]:
    uncertain = [part.options for part in parts if part.options]
    wish = [BOOKING] if uncertain and BOOKING in sure else []
    return list(dict.fromkeys([*next(iter(uncertain), []), *wish]))
