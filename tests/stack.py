"""The real assistant and the real action server, as processes, for the tests that talk to them.

One pair for the whole test run. Between the two stands a gate, so that a test can break the
action server for one turn and mend it for the next.
"""

import atexit
import functools
import hashlib
import http.server
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from clinic.contract import Choice, TurnContext, TurnResponse, decode_response
from deploy.model import MADE_OF, is_current

ROOT = Path(__file__).parents[1]
OPEN_HOURS = TurnContext(now="2026-03-10T09:00:00-07:00", staff_available=True)
_TOKEN = secrets.token_hex(16)
_START_SECONDS = 90


class Gate(http.server.ThreadingHTTPServer):
    """Passes calls on to the action server; when `answer` is set, it answers that instead."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.target = target
        self.client = httpx.Client()
        self.answer: tuple[int, bytes] | None = None
        self.delay = 0.0


class _Passing(http.server.BaseHTTPRequestHandler):
    server: Gate

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(self.server.delay)
        status, answer = self.server.answer or self._passed(body)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _passed(self, body: bytes) -> tuple[int, bytes]:
        answer = self.server.client.post(self.server.target, content=body)
        return answer.status_code, answer.content

    def log_message(self, format: str, *args: Any) -> None:
        pass


@dataclass
class Stack:
    """The two running servers: where they are, what they log, and how to talk to them."""

    address: str
    gate: Gate
    folder: Path
    model: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    @property
    def database(self) -> str:
        """The address of the assistant's own database."""
        return self.environment["ASSISTANT_DATABASE_URL"]

    @property
    def turns(self) -> str:
        """The address of the channel."""
        return f"{self.address}/webhooks/frontdesk/turns"

    @property
    def authorization(self) -> dict[str, str]:
        """The header that the channel asks for."""
        return {"Authorization": f"Bearer {_TOKEN}"}

    def logs(self) -> str:
        """Everything that the two servers wrote so far."""
        return "".join(path.read_text() for path in self.folder.glob("*.log"))

    def post(self, turn: dict[str, Any]) -> httpx.Response:
        """Send a turn, with or without sense."""
        return self.client.post(self.turns, json=turn, headers=self.authorization)

    def beside(self, database: str | None = None) -> "Stack":
        """Start one more assistant, on the same database or on another; it takes ten seconds."""
        given = {"ASSISTANT_DATABASE_URL": database} if database else {}
        return _assistant(self.gate, self.folder, self.model, {**self.environment, **given})

    def kill(self) -> None:
        """End this assistant as a loss of power would."""
        self.process.kill()
        self.process.wait()


@dataclass
class Conversation:
    """One patient's conversation; `say` and `tap` return the assistant's answer."""

    stack: Stack
    context: TurnContext = OPEN_HOURS
    channel: str = "web"
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    offered: list[Choice] = field(default_factory=list)

    def say(self, text: str) -> TurnResponse:
        """Write a message."""
        return self._answered(self.turn(text=text))

    def tap(self, label: str) -> TurnResponse:
        """Tap a quick reply: the latest of that label, which an older answer may have offered."""
        choice = next(choice for choice in reversed(self.offered) if choice.label == label)
        made = {"intent": choice.intent, "entities": choice.entities}
        return self._answered(self.turn(choice=made))

    def turn(self, **said: Any) -> dict[str, Any]:
        """Make a turn of this conversation, as JSON; not sent."""
        context = {"now": self.context.now, "staff_available": self.context.staff_available}
        optional = {"next_opening": self.context.next_opening}
        return {
            "turn_id": secrets.token_hex(8),
            "conversation_id": self.id,
            "channel": self.channel,
            "context": {**context, **optional, "known_phone": self.context.known_phone},
            **said,
        }

    def _answered(self, turn: dict[str, Any]) -> TurnResponse:
        answer = self.stack.post(turn)
        assert answer.status_code == 200, answer.text
        response = decode_response(answer.content)
        self.offered += [choice for reply in response.replies for choice in reply.choices]
        return response


@functools.cache
def running() -> Stack:
    """Train if need be, start both servers, and stop them when the tests end."""
    folder = Path(tempfile.mkdtemp(prefix="preconsult-tests-"))
    actions = _free_port()
    gate = Gate(f"http://127.0.0.1:{actions}/webhook")
    threading.Thread(target=gate.serve_forever, daemon=True).start()
    environment = {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "RASA_MAX_CACHE_SIZE": "0",
        "ASSISTANT_DATABASE_URL": f"sqlite:///{folder / 'assistant.db'}",
        "ASSISTANT_TOKEN": _TOKEN,
        "ACTIONS_URL": f"http://127.0.0.1:{gate.server_port}/webhook",
    }
    model = trained(environment)
    server = _start("actions", ["actions", "--port", str(actions)], folder, environment)
    stack = _assistant(gate, folder, model, environment)
    _wait(f"http://127.0.0.1:{actions}/health", server, folder)
    return stack


def _assistant(gate: Gate, folder: Path, model: str, environment: dict[str, str]) -> Stack:
    port = _free_port()
    where = ["--interface", "127.0.0.1", "--port", str(port)]
    run = ["rasa", "run", "-m", model, *where]
    process = _start(f"assistant-{port}", run, folder, environment)
    address = f"http://127.0.0.1:{port}"
    _wait(f"{address}/webhooks/frontdesk/health", process, folder)
    return Stack(address, gate, folder, model, environment, process)


def trained(environment: dict[str, str]) -> str:
    """Return the path of a model of what stands in the tree now; trains at most once for it."""
    if is_current(ROOT):
        return str(max((ROOT / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime))
    model = ROOT / "models" / "tests" / f"{_digest()}.tar.gz"
    _run(["assistant.language"], environment)
    if not model.exists():
        name = ["--fixed-model-name", model.name.removesuffix(".tar.gz")]
        train = ["rasa", "train", "--force", "--skip-validation", "--out", str(model.parent), *name]
        _run(train, environment)
        for older in set(model.parent.glob("*.tar.gz")) - {model}:
            older.unlink()
    return str(model)


def _run(module: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", *module],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{module}: {done.stdout[-2000:]} {done.stderr[-2000:]}"


def _start(
    name: str, module: list[str], folder: Path, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *module],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    atexit.register(_stop, process)
    return process


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()


def _wait(address: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(address).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    logs = "".join(path.read_text() for path in folder.glob("*.log"))
    raise AssertionError(f"{address} did not come up: {logs[-3000:]}")


def _digest() -> str:
    found = hashlib.sha256()
    for path in _files(MADE_OF):
        found.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return found.hexdigest()[:16]


def _files(names: Iterable[str]) -> list[Path]:
    roots = [ROOT / name for name in names]
    inside = [path for root in roots for path in ([root] if root.is_file() else root.rglob("*"))]
    return sorted(path for path in inside if path.is_file() and "__pycache__" not in path.parts)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
