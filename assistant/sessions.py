"""Sessions end by size, never by time, so that a turn costs the same in a long conversation.

Rasa replays a whole session in every turn. Where one has grown too long, the next turn begins a new
one that carries the slots over. Why nothing of the dialogue is lost by it:

- an open form is never cut: its questions and answers are state beyond the slots;
- outside a form the state is the slots, which are all carried over, and the rules look at nothing
  but the message (data/rules.yml);
- what actions look back for (what was said, asked or offered last, the patient's last own words)
  they read from the tracker's events, and the store loads the last `KEPT_TURNS` turns before a
  session with it;
- a turn that is asked for again is found by its id, however long ago it was.
"""

from typing import Final

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

LONGEST: Final = 300
"""Events of a session after which the next turn begins a new one; a turn makes five to twenty."""
KEPT_TURNS: Final = 8
"""How many turns before the session are loaded with it."""


def begun_anew(tracker: DialogueStateTracker) -> list[Event]:
    """Return the events that begin a new session, if it is time and no form is open."""
    if tracker.active_loop_name or _length(tracker) <= LONGEST:
        return []
    return [
        ActionExecuted(ACTION_SESSION_START_NAME),
        SessionStarted(),
        *_carried_over(tracker),
        ActionExecuted(ACTION_LISTEN_NAME),
    ]


def _length(tracker: DialogueStateTracker) -> int:
    events = list(tracker.events)
    starts = [place for place, event in enumerate(events) if isinstance(event, SessionStarted)]
    return len(events) - (starts[-1] if starts else 0)


def _carried_over(tracker: DialogueStateTracker) -> list[Event]:
    # Rasa carries every change of every slot over, and so more of them into each session.
    slots = tracker.slots.values()
    return [SlotSet(slot.name, slot.value) for slot in slots if slot.value != slot.initial_value]
