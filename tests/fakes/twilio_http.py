"""The sockets of the stand-in for Twilio: the server that it is, and the client that it is."""

import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Response:
    """What the API answers, and what happens after that; `cut` closes without an answer."""

    status: int = 0
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    then: Callable[[], None] = lambda: None


# Method, target, Authorization and body of a request, to its answer.
Respond = Callable[[str, str, str, str], Response]


class Server(ThreadingHTTPServer):
    """Serves on a port of this machine from the start, each request in its own thread.

    `may_answer` is asked before every answer, and may take its time; a no closes the connection.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, respond: Respond, may_answer: Callable[[], bool], port: int) -> None:
        """Start serving; `port` 0 is any free one."""
        self.respond = respond
        self.may_answer = may_answer
        super().__init__(("127.0.0.1", port), _Handler)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that are gone: some tests kill them."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer waits for the client's acknowledgement

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        authorization = self.headers.get("Authorization", "")
        form = body.decode(errors="replace")
        response = self.server.respond(self.command, self.path, authorization, form)
        with suppress(OSError):
            self._send(response)
        response.then()

    def _send(self, response: Response) -> None:
        if response.cut or not self.server.may_answer():
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(response.status)
        headers = {"Content-Type": "application/json", **response.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Answer:
    """What the front desk answered; `status` 0 means not at all, and `body` says why.

    The headers' names are in small letters; `seconds` is how long it took.
    """

    status: int
    headers: Mapping[str, str]
    body: str
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether Twilio would take it as received."""
        return 200 <= self.status < 300


def post_to(url: str, body: bytes, headers: Mapping[str, str], patience_seconds: float) -> Answer:
    """Post to the front desk; one that is gone or too slow is an answer of status 0."""
    start = time.monotonic()
    address = urlsplit(url)
    if not address.hostname:
        return Answer(0, {}, "desk_url is not set", 0)
    connection = HTTPConnection(address.hostname, address.port, timeout=patience_seconds)
    target = f"{address.path or '/'}?{address.query}" if address.query else address.path or "/"
    try:
        connection.request("POST", target, body, dict(headers))
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
    except (OSError, HTTPException) as failure:
        return Answer(0, {}, repr(failure), time.monotonic() - start)
    finally:
        connection.close()
    named = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, named, text, time.monotonic() - start)
