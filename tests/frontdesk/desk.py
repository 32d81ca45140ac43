"""A running front desk for tests: the real application behind a real socket."""

import json
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx2
from fastapi import FastAPI

from frontdesk.serving import Server
from tests.fakes.assistant import FakeAssistant

WAIT_SECONDS = 10
T = TypeVar("T")


@dataclass
class TestClock:
    """The real clock, which a test may set forward."""

    __test__ = False
    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        """Now, as the front desk sees it."""
        return datetime.now(UTC) + self.ahead


@dataclass
class RunningDesk:
    """The front desk, and what a test may do with it."""

    app: FastAPI
    url: str
    assistant: FakeAssistant
    clock: TestClock
    http: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        """Open the connections."""
        # Reading the machine's certificates for each client takes longer than most tests.
        self.http = httpx2.Client(
            base_url=self.url, timeout=WAIT_SECONDS, trust_env=False, verify=False
        )

    def visit(self) -> "Visitor":
        """A new visitor."""
        response = self.http.post("/api/v1/visits", json={})
        assert response.status_code == 201, response.text
        body = response.json()
        return Visitor(self, body["conversation"]["id"], body["token"])


@dataclass
class Visitor:
    """A patient's browser, as far as HTTP goes."""

    desk: RunningDesk
    conversation_id: str
    token: str

    @property
    def path(self) -> str:
        """The conversation's address."""
        return f"/api/v1/conversations/{self.conversation_id}"

    @property
    def headers(self) -> dict[str, str]:
        """What shows who asks."""
        return {"Authorization": f"Bearer {self.token}"}

    def post(self, **message: Any) -> httpx2.Response:
        """Send a message as it stands."""
        return self.desk.http.post(f"{self.path}/messages", json=message, headers=self.headers)

    def say(self, text: str) -> int:
        """Send words and give their number."""
        response = self.post(client_id=str(uuid.uuid4()), text=text)
        assert response.status_code == 201, response.text
        number: int = response.json()["number"]
        return number

    def tap(self, number: int, index: int) -> httpx2.Response:
        """Choose a quick reply."""
        choice = {"number": number, "index": index}
        return self.post(client_id=str(uuid.uuid4()), choice=choice)

    def read(self, after: int = 0) -> dict[str, Any]:
        """Messages and state."""
        response = self.desk.http.get(
            f"{self.path}/messages", params={"after": after}, headers=self.headers
        )
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def messages(self, after: int = 0) -> list[dict[str, Any]]:
        """The messages after a number."""
        found: list[dict[str, Any]] = self.read(after)["messages"]
        return found

    def texts(self) -> list[str]:
        """All that was said, in order."""
        return [message["text"] for message in self.messages()]

    def wait_for(self, text: str) -> dict[str, Any]:
        """The first message that holds the text."""

        eventually(lambda: any(text in said for said in self.texts()))
        return next(message for message in self.messages() if text in message["text"])

    def wait_until_quiet(self) -> None:
        """Until the assistant owes nothing."""
        eventually(lambda: not self.read()["state"]["thinking"])

    @contextmanager
    def feed(self, last_event_id: str | None = None) -> Iterator[Iterator[dict[str, Any]]]:
        """The live feed's events as {event, id, data}."""
        headers = dict(self.headers)
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        with self.desk.http.stream("GET", f"{self.path}/feed", headers=headers) as response:
            assert response.status_code == 200
            yield _events(response.iter_lines())


def _events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if name in ("event", "id"):
            event[name] = value
        elif name == "data":
            event[name] = json.loads(value)
        elif not line and "data" in event:
            yield event
            event = {}


def eventually(probe: Callable[[], T]) -> T:
    """What the probe gives once it is truthy; fails after `WAIT_SECONDS`."""
    limit = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < limit:
        found = probe()
        if found:
            return found
        threading.Event().wait(0.02)
    raise AssertionError(f"it did not come about within {WAIT_SECONDS} seconds")


@contextmanager
def served(app: FastAPI, port: int = 0) -> Iterator[str]:
    """Serve the application on a port, a free one by default, until the block ends."""
    server = Server(app, port=port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    eventually(lambda: server.started)
    taken = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{taken}"
    finally:
        server.handle_exit(signal.SIGTERM, None)
        thread.join(WAIT_SECONDS * 2)
        assert not thread.is_alive(), "the server did not stop"
