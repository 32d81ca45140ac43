"""Emergencies: the advice and nothing else, whatever was going on."""

from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet

from actions.turn import ClinicAction, Turn, clinic
from clinic.contract import Emergency
from clinic.triage import ANY, advice, language_of


class GiveEmergencyAdvice(ClinicAction):
    """Gives the advice of the red flag, and leaves the booking where it was."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_emergency"

    def act(self, turn: Turn) -> list[EventType]:
        """Give the advice and end the turn."""
        category = str(turn.message.get("red_flag") or ANY)
        turn.say_words(advice(category, clinic().emergency_number, language_of(turn.text)))
        turn.effect(Emergency(category=category))
        return [*_form_goes_on(turn), FollowupAction("action_listen")]


def _form_goes_on(turn: Turn) -> list[EventType]:
    # The form rejected this message. Activating it anew takes that mark away, so that the next
    # answer is the form's again instead of falling through to the rules.
    loop = turn.tracker.active_loop_name
    if not loop:
        return []
    return [ActiveLoop(loop), SlotSet("requested_slot", turn.tracker.get_slot("requested_slot"))]
