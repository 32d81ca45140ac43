"""How small talk is answered, in the middle of a booking and outside."""

from typing import Final

from actions.handover import hand_over, person_reason
from actions.turn import Turn
from clinic.smalltalk import Kind, kind_of

_SMALLTALK: Final = "utter_smalltalk"
# Said in the middle of the booking too; for the rest there the question that follows is enough.
_OF_THEIR_OWN: Final = ("abuse", "frustration", "bot", "help", "thanks")
_UNMISTAKABLE: Final = ("frustration", "abuse")
OFFER_PERSON: Final = tuple(f"{_SMALLTALK}/{kind}" for kind in ("frustration", "abuse", "bot"))
"""The answers that offer a person."""


def unmistakable(text: str) -> Kind | None:
    """Return the kind that is told by its words alone, whatever the model takes it for."""
    kind = kind_of(text)
    return kind if kind in _UNMISTAKABLE else None


def answer_smalltalk(turn: Turn, kind: Kind | None) -> None:
    """Say what fits; who is not understood a second time is brought to a person."""
    if kind == "frustration" and f"{_SMALLTALK}/frustration" in turn.said_before():
        hand_over(turn, person_reason(turn), turn.text)
    elif turn.tracker.active_loop_name and kind not in _OF_THEIR_OWN:
        turn.say(f"{_SMALLTALK}/in_booking/{kind or 'other'}")
    else:
        turn.say(f"{_SMALLTALK}/{kind}" if kind else _SMALLTALK)
