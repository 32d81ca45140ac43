"""The draft of a booking between Rasa's slots and `clinic.booking`."""

from typing import Any, Final

import msgspec
from rasa_sdk.events import EventType, SlotSet

from actions.turn import Turn, clinic
from clinic.booking.draft import ANSWERS, Draft, details, next_question
from clinic.contract import BookingDetails, Contact, ForWhom, Preferences

_ASIDE: Final = (
    "booking_relation", "booking_skipped", "booking_manner", "booking_misses", "booking_problem",
    "booking_helped", "booking_end", "booking_confirm",
)  # fmt: skip
EMPTY: Final[list[EventType]] = [SlotSet(slot, None) for slot in (*ANSWERS, *_ASIDE)]
"""What makes the form forget everything."""
_NOTHING: Final = (None, ForWhom(), Preferences(), Contact())


def draft_of(turn: Turn) -> Draft:
    """Read the draft from the slots."""
    slots: dict[str, Any] = turn.tracker.slots
    relation = slots.get("booking_relation") or {}
    return Draft(
        details(slots),
        relation.get("word"),
        bool(relation.get("of_unknown_age")),
        bool(relation.get("own")),
        frozenset(slots.get("booking_skipped") or ()),
    )


def changed_slots(before: Draft, after: Draft) -> list[EventType]:
    """Return the events that bring the slots from one draft to the other."""
    events = [
        SlotSet(slot, _builtins(field(after.details, slot)))
        for slot in ANSWERS
        if field(before.details, slot) != field(after.details, slot)
    ]
    events += [SlotSet("booking_relation", _relation(after))]
    return [*events, SlotSet("booking_skipped", sorted(after.skipped))]


def field(known: BookingDetails, slot: str) -> object:
    """Return the value of the details that stands in a slot."""
    name = ANSWERS[slot]
    return getattr(known, "for_" if name == "for" else name)


def without(draft: Draft, slot: str) -> Draft:
    """Return the draft without what stands in a slot."""
    name = ANSWERS[slot]
    empty = getattr(BookingDetails(), "for_" if name == "for" else name)
    known = msgspec.structs.replace(draft.details, **{"for_" if name == "for" else name: empty})
    return msgspec.structs.replace(draft, details=known, skipped=draft.skipped - {slot})


def next_slot(draft: Draft) -> str:
    """Return the slot to ask for next."""
    return next_question(draft, clinic().booking.fields)


def _relation(draft: Draft) -> dict[str, Any]:
    return {"word": draft.relation, "of_unknown_age": draft.of_unknown_age, "own": draft.own}


def _builtins(value: object) -> object:
    return None if value in _NOTHING else msgspec.to_builtins(value)
