"""What staff answer: the patient's words go to them, and the patient learns when they answer."""

from datetime import datetime

from rasa_sdk.events import EventType

from actions.times import clock, day
from actions.turn import ClinicAction, Turn, clinic
from clinic.contract import Handover, HandoverReason

_REASONS: dict[str | None, HandoverReason] = {
    "clinical": "clinical_question",
    "human": "person_requested",
    "admin": "administrative",
}


class HandOver(ClinicAction):
    """Hands a message to staff because of what it is."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_handover"

    def act(self, turn: Turn) -> list[EventType]:
        """Hand the patient's words over; a wish for a person in the booking is about that."""
        reason = _REASONS.get(turn.intent, "not_answered")
        if reason == "person_requested" and turn.tracker.active_loop_name:
            reason = "booking_help"
        hand_over(turn, reason, turn.text)
        return []


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


def hand_over(turn: Turn, reason: HandoverReason, question: str) -> None:
    """Say what happens and when, and tell the front desk."""
    turn.say(f"utter_handover_{reason}")
    _say_when(turn)
    if reason == "clinical_question":
        turn.say("utter_if_worse")
    turn.effect(Handover(reason=reason, priority="normal", question=question))


def _say_when(turn: Turn) -> None:
    if turn.context.staff_available:
        turn.say("utter_answered_soon")
    elif turn.context.next_opening:
        opening = datetime.fromisoformat(turn.context.next_opening).astimezone(clinic().zone)
        opens = {"opening_day": day(opening), "opening_time": clock(opening)}
        turn.say("utter_answered_after_opening", **opens)
    else:
        turn.say("utter_answered_later")
