"""Bookings that were asked for before: read back, and changes of them handed to staff."""

from rasa_sdk.events import EventType

from actions.booking_words import time_words
from actions.handover import hand_over
from actions.turn import Turn
from clinic.booking import answers
from clinic.contract import KnownBooking


def is_about_known(turn: Turn) -> bool:
    """Whether the message asks about, or wants to change, a booking that the clinic holds."""
    return bool(turn.known_bookings) and not turn.tapped and answers.is_about_booking(turn.text)


def see_to_known(turn: Turn) -> list[EventType]:
    """Say what was asked for; a wish to change it goes to staff."""
    turn.say("utter_booking_known", **known_words(turn))
    if answers.wants_change(turn.text):
        hand_over_change(turn)
    return []


def hand_over_change(turn: Turn) -> None:
    """Let staff change the latest booking; nothing of it changes by itself."""
    hand_over(turn, "booking_help", turn.text, {"booking": turn.known_bookings[-1].reference})


def known_words(turn: Turn) -> dict[str, str]:
    """Return the words for the latest known booking, for a response's braces."""
    latest = turn.known_bookings[-1]
    return {"reference": latest.reference, "details": _in_short(turn, latest)}


def _in_short(turn: Turn, booking: KnownBooking) -> str:
    known = booking.details
    when = time_words(turn, known.preferences) or turn.piece("utter_piece_any_time")
    return ", ".join(one for one in (known.name, when) if one)
