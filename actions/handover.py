"""What staff answer: the patient's words go to them, and the patient learns when they answer."""

from datetime import datetime

from rasa_sdk.events import EventType

from actions.memory import remember
from actions.times import clock, day
from actions.turn import ClinicAction, Turn, clinic
from clinic.areas import find_area
from clinic.contract import Handover, HandoverReason

_REASONS: dict[str, HandoverReason] = {
    "clinical": "clinical_question",
    "human": "person_requested",
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
    reason = _REASONS[intent]
    if reason == "person_requested" and turn.tracker.active_loop_name:
        reason = "booking_help"
    chosen = turn.last_question() if turn.tapped and turn.was_asked_which() else None
    hand_over(turn, reason, chosen or turn.text)
    return [] if intent == "human" else remember(intent)


def hand_over(turn: Turn, reason: HandoverReason, question: str) -> None:
    """Say what happens and when, and tell the front desk."""
    turn.say(f"utter_handover_{reason}")
    _say_when(turn)
    if reason == "clinical_question":
        turn.say("utter_if_worse")
    details = _details(turn, question)
    turn.effect(Handover(reason=reason, priority="normal", question=question, details=details))


def _details(turn: Turn, question: str) -> dict[str, str]:
    """Return what the question names, by its canonical names: `{"medicine": "warfarin"}`."""
    found = turn.names_in(question)
    # "Right" alone is seldom a side: only beside a part of the body is it one.
    area = find_area(question)
    side = {"side": area.side} if area and area.side else {}
    return {**{kind: ", ".join(names) for kind, names in found.items()}, **side}


def _say_when(turn: Turn) -> None:
    if turn.context.staff_available:
        turn.say("utter_answered_soon")
    elif turn.context.next_opening:
        opening = datetime.fromisoformat(turn.context.next_opening).astimezone(clinic().zone)
        opens = {"opening_day": day(opening), "opening_time": clock(opening)}
        turn.say("utter_answered_after_opening", **opens)
    else:
        turn.say("utter_answered_later")
