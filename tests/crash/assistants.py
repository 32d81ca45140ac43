"""Kills the real assistant while patients book, and compares their talks with an undisturbed one.

    frontdesk/.venv/bin/python -m tests.crash.assistants --kills 300

Two assistants (`rasa run`) share one store, behind a front desk that is left alone; they are killed
in turn, at random moments, and now and then both at once. Every patient says the same, so every
talk must read like the one that was held before the first kill, word for word but for the
reference, and end in a booking.
"""

import argparse
import asyncio
import os
import random
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx2
from sqlalchemy import create_engine, select

from deploy import postgresql
from frontdesk.bookings.models import Booking
from frontdesk.migrating import migrate
from tests.crash.processes import ROOT, Desk
from tests.frontdesk.conftest import new_database
from tests.processes import free_port

PYTHON: Final = str(ROOT / ".venv" / "bin" / "python")
SAID: Final = (
    "I would like to book an appointment",
    "Maria Lopez, 602 555 0142",
    "does it hurt?",
    "my left knee",
    "any weekday morning",
    "yes",
    "how long does an appointment take?",
)
_REFERENCE: Final = re.compile(r"\b[A-Z0-9]{3}-[A-Z0-9]{3}\b")
_AT_ONCE: Final = 6
_READY_SECONDS: Final = 120
_TALK_SECONDS: Final = 600


@dataclass
class Assistants:
    """Two assistants at fixed ports, in one life after another."""

    environment: dict[str, str]
    log: Path
    model: str
    ports: list[int] = field(default_factory=lambda: [free_port(), free_port()])
    pids: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start what they are forked from."""
        self._asking = threading.Lock()
        self._host = subprocess.Popen(
            [PYTHON, "-W", "ignore", "-m", "tests.assistant.host", self.model],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log.open("ab"),
            text=True,
        )

    @property
    def urls(self) -> list[str]:
        """Their addresses."""
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    def start(self, port: int) -> None:
        """Begin a life."""
        assert self._host.stdin is not None
        assert self._host.stdout is not None
        with self._asking:
            self._host.stdin.write(f"start {port}\n")
            self._host.stdin.flush()
            self.pids[port] = int(self._host.stdout.readline())

    def kill(self, port: int) -> None:
        """End it, without a word."""
        os.kill(self.pids[port], signal.SIGKILL)

    def wait_until_ready(self, port: int) -> None:
        """Return when it has loaded its model."""
        until = time.monotonic() + _READY_SECONDS
        while time.monotonic() < until:
            try:
                url = f"http://127.0.0.1:{port}/webhooks/frontdesk/health"
                if httpx2.get(url, timeout=1, trust_env=False).status_code == 200:
                    return
            except httpx2.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError(self.log.read_text(errors="replace")[-3000:])

    def end(self) -> None:
        """Kill all of them."""
        for port in list(self.pids):
            self.kill(port)
        self._host.kill()


@dataclass
class Talks:
    """What patients were told."""

    texts: list[list[str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    told_of_delay: int = 0
    kills: int = 0
    over: bool = False


async def talk(http: httpx2.AsyncClient, talks: Talks) -> list[str]:
    """One patient's talk; gives what was said in it, without notices of delay."""
    visit = (await http.post("/api/v1/visits", json={})).json()
    path = f"/api/v1/conversations/{visit['conversation']['id']}"
    headers = {"Authorization": f"Bearer {visit['token']}"}
    for text in SAID:
        body = {"client_id": secrets.token_hex(16), "text": text}
        (await http.post(f"{path}/messages", json=body, headers=headers)).raise_for_status()
        talks.waits.append(await _answered(http, path, headers))
    found = (await http.get(f"{path}/messages", headers=headers)).json()["messages"]
    talks.ids.append(visit["conversation"]["id"])
    talks.told_of_delay += any(message["kind"] == "notice" for message in found)
    return [
        f"{message['author']}: {_REFERENCE.sub('REFERENCE', message['text'])}"
        for message in found
        if message["kind"] != "notice"
    ]


async def _answered(http: httpx2.AsyncClient, path: str, headers: dict[str, str]) -> float:
    began = time.monotonic()
    while time.monotonic() < began + _TALK_SECONDS:
        answer = await http.get(f"{path}/messages?after=1000", headers=headers)
        if not answer.json()["state"]["thinking"]:
            return time.monotonic() - began
        await asyncio.sleep(0.1)
    raise AssertionError("a question was not answered")


async def campaign(desk: Desk, assistants: Assistants, kills: int, talks: Talks) -> None:
    """Talk once undisturbed; then talk and kill until it is enough."""
    async with httpx2.AsyncClient(base_url=desk.url, timeout=30, trust_env=False) as http:
        talks.texts.append(await talk(http, talks))

        async def keep_talking() -> None:
            while not talks.over:
                talks.texts.append(await talk(http, talks))

        async with asyncio.TaskGroup() as tasks:
            for _ in range(_AT_ONCE):
                tasks.create_task(keep_talking())
            tasks.create_task(asyncio.to_thread(_kill, assistants, kills, talks))


def _kill(assistants: Assistants, kills: int, talks: Talks) -> None:
    """Kill one after the other; every tenth time both at once."""
    chance = random.Random(kills)
    for number in range(kills):
        port = assistants.ports[number % 2]
        assistants.kill(port)
        assistants.start(port)
        if number % 10:
            assistants.wait_until_ready(port)
            time.sleep(chance.uniform(0, 2))
        talks.kills += 1
    talks.over = True


def judge(talks: Talks, bookings: Counter[str]) -> list[str]:
    """Every talk that does not read like the first, and every booking too many or too few."""
    first = talks.texts[0]
    broken = [
        f"talk {number}: {_difference(first, texts)}"
        for number, texts in enumerate(talks.texts)
        if texts != first
    ]
    return broken + [f"{one}: {bookings[one]} bookings" for one in talks.ids if bookings[one] != 1]


def _difference(first: list[str], texts: list[str]) -> str:
    pairs = zip(first, texts, strict=False)
    place = next((n for n, (one, other) in enumerate(pairs) if one != other), len(first))
    return f"at {place}: {texts[place : place + 1]} for {first[place : place + 1]}"


def main() -> int:
    """Run on each kind of store; status 1 where a promise was broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    broken = 0
    for kind in ("sqlite", "postgresql"):
        if options.only in (None, kind):
            broken += _on(kind, options.kills)
    return 1 if broken else 0


def _on(kind: str, kills: int) -> int:
    folder = Path(tempfile.mkdtemp(prefix=f"preconsult-assistants-{kind}-"))
    print(f"{kind}, two assistants, logs in {folder} …", flush=True)
    started, talks = time.monotonic(), Talks()
    with _databases(kind, folder) as (desks, dialogues):
        with _running(folder, desks, dialogues) as (desk, assistants):
            asyncio.run(campaign(desk, assistants, kills, talks))
        engine = create_engine(desks)
        with engine.connect() as connection:
            bookings = Counter(connection.scalars(select(Booking.conversation_id)))
        engine.dispose()
    broken = judge(talks, bookings)
    waits = sorted(talks.waits)
    print(f"{talks.kills} kills of an assistant, {len(talks.texts)} talks of {len(SAID)} messages,")
    print(f"{sum(bookings.values())} bookings, {talks.told_of_delay} talks with a delay told, in")
    minutes, median = (time.monotonic() - started) / 60, waits[len(waits) // 2]
    print(
        f"{minutes:.0f} minutes; answers after {median:.1f} s (median), {waits[-1]:.1f} s at most"
    )
    print("\n".join(broken) or "every promise was kept", flush=True)
    return len(broken)


@contextmanager
def _running(folder: Path, desks: str, dialogues: str) -> Iterator[tuple[Desk, Assistants]]:
    actions = free_port()
    environment: dict[str, Any] = {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "ASSISTANT_TOKEN": secrets.token_hex(16),
        "ASSISTANT_DATABASE_URL": dialogues,
        "ACTIONS_URL": f"http://127.0.0.1:{actions}/webhook",
    }
    model = str(max((ROOT / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime))
    with (folder / "actions.log").open("wb") as log:
        acting = subprocess.Popen(
            [PYTHON, "-W", "ignore", "-m", "actions", "--port", str(actions)],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    assistants = Assistants(environment, folder / "assistants.log", model)
    migrate(desks)
    desk = Desk(
        {
            "DATABASE_URL": desks,
            "VAR_DIR": str(folder),
            "ASSISTANT_URL": ",".join(assistants.urls),
            "ASSISTANT_TOKEN": environment["ASSISTANT_TOKEN"],
            "VISITS_PER_MINUTE": "100000",
        },
        folder / "desk.log",
    )
    try:
        for port in assistants.ports:
            assistants.start(port)
        desk.start()
        desk.wait_until_ready()
        for port in assistants.ports:
            assistants.wait_until_ready(port)
        yield desk, assistants
    finally:
        assistants.end()
        acting.kill()
        desk.kill()


@contextmanager
def _databases(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'frontdesk.db'}", f"sqlite:///{folder / 'assistant.db'}"
        return
    with (
        postgresql.temporary(os.environ, fast=False) as environment,
        new_database(environment[postgresql.SETTING]) as desks,
        new_database(environment[postgresql.SETTING]) as dialogues,
    ):
        yield desks, dialogues


if __name__ == "__main__":
    sys.exit(main())
