"""General questions: the approved answer of the topic."""

from rasa_sdk.events import EventType

from actions.fallback import say_not_answered
from actions.turn import ClinicAction, Turn


class AnswerFaq(ClinicAction):
    """Utters `utter_faq/<topic>`; its variants are chosen by the slot `area`."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_answer_faq"

    def act(self, turn: Turn) -> list[EventType]:
        """Answer the topic, or own up that there is no answer."""
        answers = (turn.message.get("response_selector") or {}).get("faq") or {}
        topic = (answers.get("response") or {}).get("intent_response_key")
        if topic and turn.has(f"utter_{topic}"):
            turn.say(f"utter_{topic}")
        else:
            say_not_answered(turn)
        return []
