"""What the assistant does not know, and what is none of its business."""

from rasa_sdk.events import EventType

from actions.turn import ClinicAction, Turn

NOT_ANSWERED = "utter_not_answered"
OUT_OF_SCOPE = "utter_out_of_scope"


def say_not_answered(turn: Turn) -> None:
    """Say that there is no answer, and offer a person."""
    turn.say(NOT_ANSWERED)


class NotAnswered(ClinicAction):
    """For a message that was not understood."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_not_answered"

    def act(self, turn: Turn) -> list[EventType]:
        """Offer a person."""
        say_not_answered(turn)
        return []


class SayOutOfScope(ClinicAction):
    """For a message that has nothing to do with the clinic."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_out_of_scope"

    def act(self, turn: Turn) -> list[EventType]:
        """Say what the assistant is for."""
        turn.say(OUT_OF_SCOPE)
        return []
