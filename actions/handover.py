"""What staff answer: the patient's words go to them, and the patient learns when they answer."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from rasa_sdk.events import EventType

from actions.memory import remember
from actions.times import clock, day
from actions.turn import ClinicAction, Turn, clinic
from clinic.areas import find_area
from clinic.contract import Handover, HandoverReason
from clinic.hours import closes_at

_REASONS: dict[str, HandoverReason] = {
    "clinical": "clinical_question",
    "admin": "administrative",
}


class PassOn(ClinicAction):
    """Hands over the question that the assistant could not answer."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_pass_on"

    def act(self, turn: Turn) -> list[EventType]:
        """Hand over the patient's latest own words."""
        pass_on(turn)
        return []


def pass_on(turn: Turn) -> None:
    """Hand the last question over, or ask for it when there was none."""
    if question := turn.last_question():
        hand_over(turn, "not_answered", question)
    else:
        turn.say("utter_nothing_to_pass_on")


def for_staff(turn: Turn, intent: str) -> list[EventType]:
    """Hand the message over because of what it is, and keep that for follow-ups.

    A wish for a person in the booking is about that; of a choice between topics, the question is
    what the patient had written before.
    """
    reason = person_reason(turn) if intent == "human" else _REASONS[intent]
    chosen = turn.last_question() if turn.tapped and turn.was_asked_which() else None
    hand_over(turn, reason, chosen or turn.text)
    return [] if intent == "human" else remember(intent)


def person_reason(turn: Turn) -> HandoverReason:
    """Return why a person is asked for: in the booking it is about that."""
    return "booking_help" if turn.tracker.active_loop_name else "person_requested"


def hand_over(
    turn: Turn, reason: HandoverReason, question: str, more: Mapping[str, str] | None = None
) -> None:
    """Say what happens and when, and tell the front desk; `more` are details beside the names."""
    turn.say(f"utter_handover_{reason}")
    _say_when(turn)
    if reason == "clinical_question":
        turn.say("utter_if_worse")
    details = {**_details(turn, question), **(more or {})}
    turn.effect(Handover(reason=reason, priority="normal", question=question, details=details))


def _details(turn: Turn, question: str) -> dict[str, str]:
    """Return what the question names, by its canonical names: `{"medicine": "warfarin"}`."""
    found = turn.names_in(question)
    # "Right" alone is seldom a side: only beside a part of the body is it one.
    area = find_area(question)
    side = {"side": area.side} if area and area.side else {}
    return {**{kind: ", ".join(names) for kind, names in found.items()}, **side}


def _say_when(turn: Turn) -> None:
    """Say when staff answer: never more than the clinic's hours and settings hold."""
    opens = _opening(turn)
    if turn.context.staff_available:
        closes = closes_at(clinic(), turn.now)
        within = turn.now + timedelta(minutes=clinic().response_minutes)
        if closes and within > closes and opens:
            turn.say("utter_answered_closing", closing_time=clock(closes), **opens)
        else:
            turn.say("utter_answered_soon")
    elif not opens:
        turn.say("utter_answered_later")
    elif turn.now.date() in clinic().holidays:
        turn.say("utter_answered_after_holiday", **opens)
    else:
        turn.say("utter_answered_after_opening", **opens)


def _opening(turn: Turn) -> dict[str, str]:
    """Return when the clinic opens next, in words; nothing when that is not known."""
    written = turn.context.next_opening
    if written is None:
        return {}
    opening = datetime.fromisoformat(written).astimezone(clinic().zone)
    today = opening.date() == turn.now.date()
    on = (
        turn.piece("utter_piece_today") if today else turn.piece("utter_piece_on", day=day(opening))
    )
    return {"opening_day": on, "opening_time": clock(opening)}
