"""Whether a message costs more in a long conversation, or beside many others that are stored.

    frontdesk/.venv/bin/python -m benchmarks.growth --database sqlite:////tmp/growth.db

Calls the service layer on an empty database of its own: stores a message, leases its turn and
stores the answer, in a conversation of 10 to 10,000 messages, and then beside 100 to 100,000 other
conversations of ten messages. Prints the milliseconds of each step (median of fifty).
"""

import argparse
import asyncio
import json
import statistics
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, create_engine, insert

from clinic.contract import decode_response
from clinic.settings import Clinic, load_clinic
from frontdesk import intake
from frontdesk.conversations import service as conversations
from frontdesk.conversations.feed import Feed
from frontdesk.conversations.models import Conversation, Message, Turn
from frontdesk.conversations.views import view_message, view_state
from frontdesk.database import Database
from frontdesk.intake import Incoming
from frontdesk.migrating import migrate
from frontdesk.turns import queue, service

_LENGTHS: Final = (10, 100, 1_000, 10_000)
_OTHERS: Final = (100, 1_000, 10_000, 100_000)
_EACH: Final = 50
_MESSAGES_OF_OTHERS: Final = 10
_NOW: Final = datetime(2026, 11, 26, 12, tzinfo=UTC)
_STEPS: Final = ("store", "lease", "answer", "read")


class Measured:
    """The times of the steps, in seconds."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {step: [] for step in _STEPS}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a block."""
        began = time.perf_counter()
        yield
        self.times[name].append(time.perf_counter() - began)

    def line(self) -> str:
        """The medians in milliseconds."""
        medians = (f"{statistics.median(self.times[step]) * 1e3:8.1f}" for step in _STEPS)
        return "".join(medians)


async def measure(database: Database, clinic: Clinic, conversation_id: str) -> str:
    """Take fifty messages all the way; gives a line of medians."""
    measured = Measured()
    for _ in range(_EACH):
        await _one(database, clinic, conversation_id, measured)
    return measured.line()


async def _one(
    database: Database, clinic: Clinic, conversation_id: str, measured: Measured
) -> None:
    incoming = Incoming(client_id=str(uuid.uuid4()), text="does it hurt?")
    with measured.step("store"):
        async with database.transaction() as session:
            got = await intake.receive(session, clinic, conversation_id, incoming, _NOW)
    with measured.step("lease"):
        async with database.transaction() as session:
            lease = await queue.lease_next(session, _NOW)
            if lease is None:
                raise SystemExit("The database was not empty: a turn of another waits in it.")
            await service.request_for(session, clinic, lease, _NOW)
    outcome = decode_response(_answer(lease.turn_id))
    with measured.step("answer"):
        async with database.transaction() as session:
            await service.apply(session, clinic, lease, outcome, _NOW)
    with measured.step("read"):
        async with database.reading() as session:
            conversation = await conversations.find(session, conversation_id)
            news = await conversations.messages_after(
                session, conversation_id, got.message.number - 1
            )
            await view_state(session, conversation, Feed(), waiting=False)
            for message in news:
                view_message(message)


def _answer(turn_id: str) -> bytes:
    reply = {"text": "Here is what our pages say.", "choices": [], "topic": "faq/pain"}
    understanding = {"route": "faq", "topics": []}
    body = {"turn_id": turn_id, "understanding": understanding, "replies": [reply], "effects": []}
    return json.dumps({**body, "form": None}).encode()


def fill(connection: Connection, conversation_id: str, first: int, last: int) -> None:
    """Store messages of before, half of them the patient's with finished turns."""
    rows = [_message(conversation_id, number) for number in range(first, last + 1)]
    connection.execute(insert(Message), rows)
    turns = [_turn(row) for row in rows if row["author"] == "patient"]
    if turns:
        connection.execute(insert(Turn), turns)


def _message(conversation_id: str, number: int) -> dict[str, Any]:
    is_patients = number % 2 == 0
    return {
        "id": f"{conversation_id}-{number}",
        "conversation_id": conversation_id,
        "number": number,
        "author": "patient" if is_patients else "assistant",
        "kind": "text",
        "text": "does it hurt?" if is_patients else "Here is what our pages say.",
        "created_at": _NOW,
        "client_id": f"{conversation_id}-{number}" if is_patients else None,
    }


def _turn(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"t-{message['id']}",
        "conversation_id": message["conversation_id"],
        "message_id": message["id"],
        "number": message["number"],
        "created_at": _NOW,
        "not_before": _NOW,
        "finished_at": _NOW,
        "outcome": "faq",
    }


def conversation(conversation_id: str, messages: int) -> dict[str, Any]:
    """A conversation's row."""
    return {
        "id": conversation_id,
        "channel": "web",
        "created_at": _NOW,
        "last_number": messages,
        "last_message_at": _NOW,
    }


async def grow(url: str) -> None:
    """Print both curves."""
    migrate(url)
    clinic, engine = load_clinic(), create_engine(url)
    print(" " * 28 + "".join(f"{step:>8}" for step in _STEPS))
    for length in _LENGTHS:
        name = f"long-{length}"
        with engine.begin() as connection:
            connection.execute(insert(Conversation), [conversation(name, length)])
            for first in range(1, length + 1, 1_000):
                fill(connection, name, first, min(first + 999, length))
        print(f"{length:>7} messages before    " + await _measured(url, clinic, name), flush=True)
    stored = 0
    for others in _OTHERS:
        for first in range(stored, others, 1_000):
            ids = [f"other-{number}" for number in range(first, min(first + 1_000, others))]
            with engine.begin() as connection:
                rows = [conversation(one, _MESSAGES_OF_OTHERS) for one in ids]
                connection.execute(insert(Conversation), rows)
                for one in ids:
                    fill(connection, one, 1, _MESSAGES_OF_OTHERS)
        stored = others
        name = f"beside-{others}"
        with engine.begin() as connection:
            connection.execute(insert(Conversation), [conversation(name, 10)])
            fill(connection, name, 1, 10)
        print(f"{others:>7} other conversations" + await _measured(url, clinic, name), flush=True)
    engine.dispose()


async def _measured(url: str, clinic: Clinic, name: str) -> str:
    database = Database(url)
    await measure(database, clinic, name)  # warms up
    line = await measure(database, clinic, name)
    await database.close()
    return line


def main() -> None:
    """Measure on a database that is empty, or not there yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", required=True, help="as in DATABASE_URL; empty")
    url = parser.parse_args().database
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite") and path.exists():
        raise SystemExit(f"{path} exists; name a file that does not.")
    asyncio.run(grow(url))


if __name__ == "__main__":
    main()
