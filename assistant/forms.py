"""Closing a form from outside: staff dropped it, or its patient went for help."""

from typing import Final

from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.events import ActiveLoop, Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

_DRAFT: Final = "booking_"
_SENT: Final = "booking_last"


def dropping_form(tracker: DialogueStateTracker) -> list[Event]:
    """Return the events that close an open form and empty it; what was sent before stays known."""
    if not tracker.active_loop_name:
        return []
    slots = [name for name in tracker.slots if name.startswith(_DRAFT) and name != _SENT]
    return [ActiveLoop(None), *(SlotSet(name, None) for name in (*slots, REQUESTED_SLOT))]
