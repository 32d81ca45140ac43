"""What was spoken of last, so that "and for my back?" can be understood."""

from typing import Final

from rasa_sdk.events import EventType, SlotSet

from actions.turn import Turn

_SLOT: Final = "last_topic"


def remember(topic: str) -> list[EventType]:
    """Keep the label that was answered or owned up to, or the intent that went to staff."""
    return [SlotSet(_SLOT, topic)]


def last_topic(turn: Turn) -> str | None:
    """Return what `remember` kept last."""
    topic: str | None = turn.tracker.get_slot(_SLOT)
    return topic
