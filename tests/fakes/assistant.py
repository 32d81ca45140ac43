"""A stand-in for the assistant: answers turns in the contract's words, as a test wants them."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Turn = dict[str, Any]
Answer = Callable[[Turn], dict[str, Any]]


class Failing(Exception):
    """Raised by an answer that is to become a status 500."""


def saying(text: str, **more: Any) -> Answer:
    """An answer of one reply; `more` overrides or adds parts of the response."""

    def answer(turn: Turn) -> dict[str, Any]:
        return {
            "turn_id": turn["turn_id"],
            "understanding": {"route": "faq", "topics": []},
            "replies": [{"text": text, "choices": more.pop("choices", []), "topic": None}],
            "effects": [],
            "form": None,
            **more,
        }

    return answer


@dataclass
class FakeAssistant:
    """Serves turns on a free port of this machine; what it answers and how may be set.

    `cut` sends half of each answer and closes the connection.
    """

    token: str
    answer: Answer = field(default_factory=lambda: saying("Here is what our pages say."))
    status: int = 200
    raw: bytes | None = None
    turns: list[Turn] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)
    drip_seconds: float = 0
    cut: bool = False

    def __post_init__(self) -> None:
        """Start serving."""
        self.hold.set()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving."""
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()

    def respond(self, authorization: str, turn: Turn) -> tuple[int, bytes]:
        """The status and the body for one turn."""
        if authorization != f"Bearer {self.token}":
            return 401, b'{"error": "unknown token"}'
        self.turns.append(turn)
        self.hold.wait(30)
        if self.status != 200:
            return self.status, b'{"error": "as the test wants it"}'
        try:
            return 200, self.raw if self.raw is not None else json.dumps(self.answer(turn)).encode()
        except Failing:
            return 500, b'{"error": "as the test wants it"}'


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that are gone: some tests kill them."""


def _parts(body: bytes, pause_seconds: float) -> Iterator[bytes]:
    if not pause_seconds:
        yield body
        return
    for start in range(0, len(body), 4):
        threading.Event().wait(pause_seconds)
        yield body[start : start + 4]


def _handler(fake: FakeAssistant) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(200 if fake.status == 200 else 503, b'{"status": "as the test wants it"}')

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with suppress(BrokenPipeError, ConnectionResetError):
                self._send(*fake.respond(self.headers["Authorization"], json.loads(body)))

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if fake.cut:
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
                return
            for part in _parts(body, fake.drip_seconds):
                self.wfile.write(part)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
