"""Asking back, when it is uncertain which of a few things was meant."""

from collections.abc import Sequence
from typing import Final

from actions.handover import hand_over
from actions.turn import CLARIFY, Turn

_SOMETHING_ELSE: Final = "/pass_on"


def ask_which(turn: Turn, choices: Sequence[str], vague: str | None = None) -> None:
    """Ask which of the labels `choices`, or what `vague` asks; the second time, staff answer."""
    if turn.was_asked_which():
        hand_over(turn, "not_answered", turn.text)
    elif choices:
        turn.say_with(CLARIFY, _buttons(turn, choices))
    else:
        turn.say(f"utter_{vague}")


def _buttons(turn: Turn, choices: Sequence[str]) -> list[dict[str, str]]:
    payloads: dict[str, str] = {}
    for label in choices:
        payloads.setdefault(_title(turn, label), f"/{label}")
    payloads[_title(turn, "something_else")] = _SOMETHING_ELSE
    return [{"title": title, "payload": payload} for title, payload in payloads.items()]


def _title(turn: Turn, label: str) -> str:
    return turn.piece(f"utter_title/{label.rpartition('/')[2]}")
