"""The booking's questions that depend on what was said: the time, the summary, another visit."""

import msgspec
from rasa_sdk.events import EventType

from actions.booking import CONSENT
from actions.booking_draft import draft_of
from actions.booking_known import known_words
from actions.booking_problems import ask_about
from actions.booking_words import lines
from actions.turn import ClinicAction, Turn


class AskTime(ClinicAction):
    """Asks when the patient would like to come, or says why a day is not possible."""

    def name(self) -> str:
        """Return the name under which the form calls it."""
        return "action_ask_booking_time"

    def act(self, turn: Turn) -> list[EventType]:
        """Ask."""
        if problem := turn.tracker.get_slot("booking_problem"):
            ask_about(turn, problem)
        elif turn.tracker.get_slot("booking_manner") == "again":
            turn.say("utter_ask_booking_time/again")
        else:
            turn.say("utter_ask_booking_time/first")
        return []


class AskHour(AskTime):
    """Asks whether a bare number is an hour or a day."""

    def name(self) -> str:
        """Return the name under which the form calls it."""
        return "action_ask_booking_hour"


class AskConfirm(ClinicAction):
    """Reads the draft back, or asks what is to change after a no."""

    def name(self) -> str:
        """Return the name under which the form calls it."""
        return "action_ask_booking_confirm"

    def act(self, turn: Turn) -> list[EventType]:
        """Ask whether it is right."""
        manner = turn.tracker.get_slot("booking_manner")
        if manner == "change":
            turn.say("utter_booking_what_to_change")
        elif manner == "again":
            turn.say("utter_booking_confirm_again")
        else:
            draft = draft_of(turn)
            known = draft.details
            if turn.by_text_message:
                known = msgspec.structs.replace(known, reason=None)
            facts = lines(turn, known, draft.relation)
            turn.say("utter_booking_summary", facts=facts, consent=turn.piece(CONSENT))
        return []


class AskAnother(ClinicAction):
    """Asks whether a second wish for a visit is another visit or a change of the first."""

    def name(self) -> str:
        """Return the name under which the form calls it."""
        return "action_ask_booking_another"

    def act(self, turn: Turn) -> list[EventType]:
        """Ask, and name the one that is known."""
        turn.say("utter_ask_another_booking", **known_words(turn))
        return []
