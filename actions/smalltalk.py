"""Greetings, thanks, and a yes or no that answers nothing in particular."""

from rasa_sdk.events import EventType

from actions.answer import REST
from actions.fallback import NOT_ANSWERED, OUT_OF_SCOPE
from actions.follow_up import SAME
from actions.handover import hand_over, pass_on, person_reason
from actions.manners import OFFER_PERSON, answer_smalltalk
from actions.turn import ClinicAction, Turn
from clinic.smalltalk import kind_of

_OFFERS = (NOT_ANSWERED, OUT_OF_SCOPE, REST, SAME)


class Smalltalk(ClinicAction):
    """Answers a greeting, thanks, "are you a bot?", and somebody who has had enough."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_smalltalk"

    def act(self, turn: Turn) -> list[EventType]:
        """Say what fits."""
        answer_smalltalk(turn, kind_of(turn.text))
        return []


class Affirm(ClinicAction):
    """Takes a yes to "shall staff answer it?" at its word."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_affirm"

    def act(self, turn: Turn) -> list[EventType]:
        """Pass the question on if that was offered."""
        said = turn.last_said() or ""
        if said in _OFFERS or said.startswith("utter_unanswered/"):
            pass_on(turn)
        elif said in OFFER_PERSON:
            hand_over(turn, person_reason(turn), turn.text)
        elif turn.known_bookings and said.startswith("utter_booking_"):
            # The second tap on "send it", or a yes after it: nothing is sent twice.
            turn.say("utter_booking_already_sent", reference=turn.known_bookings[-1].reference)
        else:
            turn.say("utter_alright")
        return []


class Deny(ClinicAction):
    """Takes a no for what it is."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_deny"

    def act(self, turn: Turn) -> list[EventType]:
        """Leave it at that."""
        turn.say("utter_alright")
        return []
