"""The whole of Preconsult, started by the runner as `make run` does, on ports of its own."""

import os
import secrets
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.processes import Started, free_port, listener, wait_for

ROOT = Path(__file__).resolve().parents[2]
FRONTDESK = ROOT / "frontdesk" / ".venv" / "bin" / "frontdesk"
# A first start on a slow machine trains before it serves.
READY_SECONDS = 300.0


@dataclass(frozen=True)
class Whole:
    """Three running processes; `environment` is what their commands need to reach the same data."""

    started: Started
    environment: dict[str, str]
    port: int
    assistant_port: int

    @property
    def base_url(self) -> str:
        """The front desk's address."""
        return f"http://localhost:{self.port}"

    def staff_link(self, name: str, email: str, role: str = "clinician") -> str:
        """Make an account; gives the one-time link on which its owner chooses a password."""
        return self._frontdesk("staff", "add", "--name", name, "--email", email, "--role", role)

    @contextmanager
    def locked_database(self) -> Iterator[None]:
        """Nobody else can write to the front desk's database until the block ends."""
        path = Path(self.environment["VAR_DIR"]) / "frontdesk.db"
        lock = sqlite3.connect(path, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            lock.close()

    def kill_assistant(self) -> None:
        """Kill the assistant as a crash would; the runner starts another."""
        pid = listener(self.assistant_port)
        assert pid is not None, "the assistant does not listen"
        os.kill(pid, signal.SIGKILL)

    def wait_for_assistant(self) -> None:
        """Wait until the front desk says that the assistant answers."""
        wait_for(self._answers, READY_SECONDS)

    def _answers(self) -> bool:
        try:
            said = httpx2.get(f"{self.base_url}/health/ready", timeout=3).json()
        except httpx2.HTTPError:
            return False
        return bool(said.get("assistant") == "ready")

    def _frontdesk(self, *words: str) -> str:
        done = subprocess.run(
            [FRONTDESK, *words],
            cwd=ROOT,
            env=self.environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.stdout.strip()


@contextmanager
def running(var_dir: Path) -> Iterator[Whole]:
    """Start everything, hand it over when it is ready, stop it as Ctrl-C does."""
    port, assistant_port, actions_port = free_port(), free_port(), free_port()
    # Every setting is named, so that none comes from somebody's `.env`, least of all the database.
    environment = {
        **os.environ,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PUBLIC_URL": f"http://localhost:{port}",
        "DATABASE_URL": f"sqlite:///{var_dir / 'frontdesk.db'}",
        "CLINIC_FILE": "clinic.yml",
        "ASSISTANT_TOKEN": secrets.token_urlsafe(32),
        "ASSISTANT_URL": f"http://127.0.0.1:{assistant_port}",
        "ACTIONS_URL": f"http://127.0.0.1:{actions_port}/webhook",
        "VAR_DIR": str(var_dir),
        "ASSISTANT_DATABASE_URL": f"sqlite:///{var_dir / 'assistant.db'}",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy", "run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    started = Started(process)
    try:
        started.wait_until_said("Preconsult is ready", READY_SECONDS)
        yield Whole(started, environment, port, assistant_port)
    finally:
        started.end()
