"""Greetings, thanks, and a yes or no that answers nothing in particular."""

from rasa_sdk.events import EventType

from actions.answer import REST
from actions.fallback import NOT_ANSWERED, OUT_OF_SCOPE
from actions.follow_up import SAME
from actions.handover import pass_on
from actions.turn import ClinicAction, Turn

_OFFERS = (NOT_ANSWERED, OUT_OF_SCOPE, REST, SAME)


class Smalltalk(ClinicAction):
    """Says who is speaking, and what it can do."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_smalltalk"

    def act(self, turn: Turn) -> list[EventType]:
        """Introduce the assistant."""
        turn.say("utter_smalltalk")
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
