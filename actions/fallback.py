"""What the assistant does not know, and what is none of its business."""

from rasa_sdk.events import EventType, FollowupAction

from actions.digression import FORM, opens_booking
from actions.handover import hand_over
from actions.manners import answer_smalltalk, unmistakable
from actions.turn import ClinicAction, Turn

NOT_ANSWERED = "utter_not_answered"
OUT_OF_SCOPE = "utter_out_of_scope"


def own_up(turn: Turn, response: str = NOT_ANSWERED) -> None:
    """Say that there is no answer and offer a person; the second time in a row, fetch one."""
    if kind := unmistakable(turn.text):
        answer_smalltalk(turn, kind)
    elif response in turn.said_before():
        hand_over(turn, "not_answered", turn.text)
    else:
        turn.say(response)


class NotAnswered(ClinicAction):
    """For a message that was not understood."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_not_answered"

    def act(self, turn: Turn) -> list[EventType]:
        """Open the booking where a visit is meant; else offer a person, or fetch one."""
        if opens_booking(turn):
            return [FollowupAction(FORM)]
        own_up(turn)
        return []


class SayOutOfScope(ClinicAction):
    """For a message that has nothing to do with the clinic."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_out_of_scope"

    def act(self, turn: Turn) -> list[EventType]:
        """Say what the assistant is for."""
        if opens_booking(turn):
            return [FollowupAction(FORM)]
        if kind := unmistakable(turn.text):
            answer_smalltalk(turn, kind)
        else:
            turn.say(OUT_OF_SCOPE)
        return []
