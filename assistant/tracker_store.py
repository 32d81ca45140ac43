"""Where each dialogue stands: Rasa's table `events`, shared by all assistant processes.

Rasa's own SQL store finds the session by the clock and saves by counting, so a clock that is set
back, or a second process, loses events (docs/decisions/0017). Here instead:

- Events are ordered and sessions found by `id` alone.
- A loaded tracker knows its conversation's newest event. It is saved only while that still is the
  newest; else `Overtaken` is raised and nothing is written. The check and the events are one
  transaction, in which nobody else writes to the conversation.
- A turn's id is a key, beside the event of its message: no conversation holds a turn twice.
- Loading and saving never wait within the event loop, so a turn can be cancelled (for its time is
  up, or who asked is gone) before it is saved or not at all.
"""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa  # type: ignore[import-untyped]
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.database import Connection, Database
from assistant.sessions import KEPT_TURNS

EVENTS: Final = SQLTrackerStore.SQLEvent.__table__
_NAME: Final = sa.String(255)
TURNS: Final = sa.Table(
    "processed_turns",
    sa.MetaData(),
    sa.Column("sender_id", _NAME, primary_key=True),
    sa.Column("turn_id", _NAME, primary_key=True),
    sa.Column("event_id", sa.Integer, nullable=False),
)
_INDEXES: Final = (
    "CREATE INDEX IF NOT EXISTS ix_events_conversation ON events (sender_id, id)",
    "CREATE INDEX IF NOT EXISTS ix_events_kind ON events (sender_id, type_name, id)",
)
# Files from before this table: SQLite's, for there were no others.
_FILL: Final = """
    INSERT OR IGNORE INTO processed_turns (sender_id, turn_id, event_id)
    SELECT sender_id, json_extract(data, '$.message_id'), id FROM events
    WHERE type_name = 'user' AND json_extract(data, '$.message_id') IS NOT NULL ORDER BY id
"""


# SQLAlchemy 1.4 has no types.
Query = Any


class Overtaken(Exception):
    """Somebody else wrote to the conversation since it was loaded; nothing was saved."""


class StoredTracker(DialogueStateTracker):
    """A tracker that knows how much of it is stored."""

    newest: int | None = None
    """The id of the conversation's newest event when it was loaded or saved."""
    stored: int = 0
    """How many of the tracker's events, from its first, are stored."""


class SharedTrackerStore(TrackerStore):
    """Keeps trackers in a SQLite file or in PostgreSQL; see the module."""

    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        event_broker: EventBroker | None = None,
        **_: Any,
    ) -> None:
        """Take the database's address, which Rasa calls `host`, and make its tables.

        Waits for a server that does not answer; raises `RasaException` for what cannot be used.
        """
        super().__init__(domain, event_broker)
        self._database = Database(str(host))
        self._database.prepare(self._make_tables)

    async def retrieve(self, sender_id: str) -> StoredTracker | None:
        """Load the current session and the last turns before it; `None` if nothing is stored."""
        with self._database.reading() as connection:
            first = _first_loaded(connection, sender_id)
            return self._tracker(sender_id, _rows(connection, sender_id, first))

    async def retrieve_full_tracker(self, conversation_id: str) -> StoredTracker | None:
        """Load everything that was ever said; `None` if nothing is stored."""
        with self._database.reading() as connection:
            return self._tracker(conversation_id, _rows(connection, conversation_id))

    async def retrieve_turn(self, sender_id: str, turn_id: str) -> StoredTracker | None:
        """Load the session of a turn up to that turn's end; `None` if the turn is not stored.

        However long ago it was, it costs no more than a session.
        """
        with self._database.reading() as connection:
            place = _place(connection, sender_id, turn_id)
            if place is None:
                return None
            first = _newest(connection, sender_id, SessionStarted, EVENTS.c.id <= place)
            after = _next_message(connection, sender_id, place)
            return self._tracker(sender_id, _rows(connection, sender_id, first or 0, after))

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store what was added to the tracker since it was loaded; raises `Overtaken`."""
        known = tracker if isinstance(tracker, StoredTracker) else StoredTracker("", [])
        added = list(islice(tracker.events, known.stored, None))
        if not added:
            return
        with self._database.writing(tracker.sender_id) as connection:
            if _newest(connection, tracker.sender_id) != known.newest:
                raise Overtaken
            newest = [_insert(connection, tracker.sender_id, event) for event in added][-1]
        known.newest, known.stored = newest, len(tracker.events)
        if self.event_broker is not None:
            await self._stream_new_events(self.event_broker, added, tracker.sender_id)

    async def keys(self) -> Iterable[str]:
        """Return the ids of all conversations."""
        with self._database.reading() as connection:
            return [row[0] for row in connection.execute(sa.select(EVENTS.c.sender_id).distinct())]

    def init_tracker(self, sender_id: str) -> StoredTracker:
        """Return a tracker of which nothing is stored."""
        return StoredTracker(sender_id, self.domain.slots)

    def check(self) -> None:
        """Raise SQLAlchemy's error when the database does not answer or has no tables."""
        with self._database.reading() as connection:
            connection.execute(sa.select(EVENTS.c.id).limit(1)).first()

    def close(self) -> None:
        """Give all connections back."""
        self._database.close()

    def _make_tables(self) -> None:
        # Several processes may start at once.
        with self._database.writing(EVENTS.name) as connection:
            is_older = sa.inspect(connection).has_table(EVENTS.name)
            knows_turns = sa.inspect(connection).has_table(TURNS.name)
            EVENTS.create(connection, checkfirst=True)
            TURNS.create(connection, checkfirst=True)
            for index in _INDEXES:
                connection.exec_driver_sql(index)
            if is_older and not knows_turns and connection.dialect.name == "sqlite":
                connection.exec_driver_sql(_FILL)

    def _tracker(self, sender_id: str, rows: Sequence[Any]) -> StoredTracker | None:
        if not rows:
            return None
        events = [_event(json.loads(row.data)) for row in rows]
        tracker = StoredTracker.from_events(sender_id, events, self.domain.slots)
        assert isinstance(tracker, StoredTracker)
        tracker.newest, tracker.stored = rows[-1].id, len(tracker.events)
        return tracker


# Rasa looks through all its kinds of events anew for each one, which is most of what loading costs.
_kind: Final = cache(Event.resolve_by_type)


def _event(data: dict[str, Any]) -> Event:
    kind = _kind(data["event"])
    event = kind._from_parameters(data) if kind else None
    assert event is not None
    return event


def _rows(
    connection: Connection, sender_id: str, first: int = 0, after: int | None = None
) -> Sequence[Any]:
    """Return a conversation's events from the id `first` to before the id `after`."""
    here = sa.and_(EVENTS.c.sender_id == sender_id, EVENTS.c.id >= first)
    until = sa.true() if after is None else EVENTS.c.id < after
    chosen = sa.select(EVENTS.c.id, EVENTS.c.data).where(here, until).order_by(EVENTS.c.id)
    rows: Sequence[Any] = connection.execute(chosen).all()
    return rows


def _first_loaded(connection: Connection, sender_id: str) -> int:
    start = _newest(connection, sender_id, SessionStarted)
    if start is None:
        return 0
    said = _of(sender_id, UserUttered).where(EVENTS.c.id < start)
    kept = said.order_by(EVENTS.c.id.desc()).offset(KEPT_TURNS - 1).limit(1)
    return connection.scalar(kept) or 0


def _newest(
    connection: Connection, sender_id: str, kind: type[Event] | None = None, *more: Any
) -> int | None:
    chosen = _of(sender_id, kind).where(*more).order_by(EVENTS.c.id.desc()).limit(1)
    newest: int | None = connection.scalar(chosen)
    return newest


def _next_message(connection: Connection, sender_id: str, place: int) -> int | None:
    later = _of(sender_id, UserUttered).where(EVENTS.c.id > place)
    following: int | None = connection.scalar(later.order_by(EVENTS.c.id).limit(1))
    return following


def _of(sender_id: str, kind: type[Event] | None) -> Query:
    chosen = sa.select(EVENTS.c.id).where(EVENTS.c.sender_id == sender_id)
    return chosen if kind is None else chosen.where(EVENTS.c.type_name == kind.type_name)


def _place(connection: Connection, sender_id: str, turn_id: str) -> int | None:
    here = (TURNS.c.sender_id == sender_id, TURNS.c.turn_id == turn_id)
    place: int | None = connection.scalar(sa.select(TURNS.c.event_id).where(*here))
    return place


def _insert(connection: Connection, sender_id: str, event: Event) -> int:
    written = connection.execute(EVENTS.insert().values(_values(sender_id, event)))
    place: int = written.inserted_primary_key[0]
    if isinstance(event, UserUttered) and event.message_id:
        turn = {"sender_id": sender_id, "turn_id": event.message_id, "event_id": place}
        connection.execute(TURNS.insert().values(turn))
    return place


def _values(sender_id: str, event: Event) -> dict[str, Any]:
    """Return the columns as Rasa fills them."""
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": ((data.get("parse_data") or {}).get("intent") or {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }
