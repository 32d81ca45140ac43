"""Follow-ups: "and for my back?" asks the question before once more, of something else."""

from typing import Final

from rasa_sdk.events import EventType, FollowupAction

from actions.booking_known import hand_over_change
from actions.clarify import ask_which
from actions.digression import FORM, opens_booking
from actions.fallback import own_up
from actions.handover import for_staff, hand_over
from actions.memory import last_topic, remember
from actions.parts import FAQ, UNANSWERED, intent_of
from actions.turn import ClinicAction, Turn
from clinic.booking.answers import corrects

SAME: Final = "utter_follow_up_same"
_MOST_ASKED: Final = ("faq/session_count", "faq/conditions", "faq/recovery", "faq/pain")
_ANSWERS: Final = ("utter_faq/", "utter_unanswered/", SAME)
_MOST_WORDS: Final = 4
# Whether a part of the body is treated was not answered for one part, and may be for another.
_OF_AREAS: Final = "unanswered/conditions"


class FollowUp(ClinicAction):
    """For a message in which only a part of the body or a person is new."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_follow_up"

    def act(self, turn: Turn) -> list[EventType]:
        """Answer the question before anew."""
        return _follow_up(turn)


class Inform(ClinicAction):
    """For an answer that nobody asked for, which may be a follow-up: "lower back"."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_inform"

    def act(self, turn: Turn) -> list[EventType]:
        """Take a part of the body right after an answer for a follow-up."""
        if turn.known_bookings and corrects(turn.text):
            hand_over_change(turn)
            return []
        if opens_booking(turn):
            return [FollowupAction(FORM)]
        if _names_an_area(turn) and any(said.startswith(_ANSWERS) for said in turn.said_before()):
            return _follow_up(turn)
        own_up(turn)
        return []


def _names_an_area(turn: Turn) -> bool:
    return "area" in turn.entities and len(turn.text.split()) <= _MOST_WORDS


def _follow_up(turn: Turn) -> list[EventType]:
    topic = last_topic(turn)
    if topic is None:
        ask_which(turn, _MOST_ASKED)
        return []
    if intent_of(topic) not in (FAQ, UNANSWERED):
        return for_staff(turn, topic)
    if answer := _other_answer(turn, topic):
        turn.say(f"utter_{answer}")
        return remember(answer)
    if intent_of(topic) == UNANSWERED:
        hand_over(turn, "not_answered", turn.text)
    else:
        own_up(turn, SAME)
    return []


def _other_answer(turn: Turn, topic: str) -> str | None:
    """Return what to answer now, unless it would be the same words again."""
    if "area" not in turn.entities:
        return None
    if topic == _OF_AREAS:
        return f"{FAQ}/{topic.partition('/')[2]}"
    response = f"utter_{topic}"
    return topic if turn.words(response) != turn.last_words(response) else None
