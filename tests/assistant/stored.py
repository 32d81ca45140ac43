"""Dialogues put into the assistant's store by a test, and looked up or moved in time there."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2  # type: ignore[import-untyped]
import sqlalchemy as sa  # type: ignore[import-untyped]
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered

from assistant.database import Connection, Database
from assistant.sessions import begun_anew
from assistant.tracker_store import EVENTS, SharedTrackerStore, StoredTracker

DOMAIN = Domain.from_dict(
    {
        "slots": {
            "area": {"type": "text", "mappings": [{"type": "custom"}]},
            "last_topic": {"type": "text", "mappings": [{"type": "custom"}]},
            "requested_slot": {"type": "text", "mappings": [{"type": "custom"}]},
        },
        "forms": {"booking_form": {"required_slots": []}},
    }
)


def a_turn(number: int, topic: str = "faq/pain") -> list[Event]:
    """One question and its answer; its id is `turn-{number}`."""
    return [
        UserUttered("does it hurt?", {"name": "faq"}, message_id=f"turn-{number}"),
        ActionExecuted("action_answer"),
        BotUttered("A little.", metadata={"utter_action": f"utter_{topic}"}),
        SlotSet("last_topic", topic),
        ActionExecuted("action_listen"),
    ]


async def loaded(store: SharedTrackerStore, conversation: str) -> StoredTracker:
    """A conversation as the processor loads it."""
    tracker = await store.get_or_create_tracker(conversation, append_action_listen=False)
    assert isinstance(tracker, StoredTracker)
    return tracker


async def take(store: SharedTrackerStore, conversation: str, number: int) -> int:
    """Take a turn as the processor does: load, begin a session if it is time, add, save.

    Returns how many events were loaded.
    """
    tracker = await loaded(store, conversation)
    length = len(tracker.events)
    tracker.update_with_events([*begun_anew(tracker), *a_turn(number)], DOMAIN)
    await store.save(tracker)
    return length


async def fill(url: str, conversation: str, count: int) -> None:
    """Make a conversation's only session at least `count` events long."""
    store = SharedTrackerStore(DOMAIN, host=url)
    tracker = await loaded(store, conversation)
    for number in range(count // 5 + 1):
        tracker.update_with_events(a_turn(number), DOMAIN)
    await store.save(tracker)
    store.close()


def count(url: str, conversation: str, kind: type[Event] | None = None) -> int:
    """How many events, or events of a kind, a conversation holds in the store."""
    chosen = sa.select(sa.func.count()).where(EVENTS.c.sender_id == conversation)
    if kind is not None:
        chosen = chosen.where(EVENTS.c.type_name == kind.type_name)
    with _connected(url) as connection:
        return int(connection.scalar(chosen))


def move(url: str, conversation: str, days: float) -> None:
    """Write all that was said so many days later than it was; earlier, if negative."""
    here = EVENTS.c.sender_id == conversation
    with _connected(url) as connection:
        for row in connection.execute(sa.select(EVENTS).where(here)).all():
            moved = row.timestamp + days * 86_400
            data = json.dumps({**json.loads(row.data), "timestamp": moved})
            changed = EVENTS.update().where(EVENTS.c.id == row.id)
            connection.execute(changed.values(timestamp=moved, data=data))


@contextmanager
def postgresql_database(server: str) -> Iterator[str]:
    """An empty database on a server, gone afterwards."""
    name = f"assistant_{secrets.token_hex(6)}"
    drop_or_make(server, f'CREATE DATABASE "{name}"')
    yield f"{server.rsplit('/', 1)[0]}/{name}"
    drop_or_make(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def drop_or_make(server: str, statement: str) -> None:
    """Carry out what PostgreSQL allows in no transaction."""
    connection = psycopg2.connect(server)
    connection.autocommit = True
    connection.cursor().execute(statement)
    connection.close()


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    database = Database(url)
    with database.writing("tests") as connection:
        yield connection
    database.close()
