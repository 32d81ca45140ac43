"""Real processes to kill: front desks and an assistant that answers by the contract.

They are forked from one that has imported everything, so that a new one is there in a second.
"""

import multiprocessing
import os
import random
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Final

import httpx2

from tests.processes import free_port

ROOT: Final = Path(__file__).resolve().parents[2]
_READY_SECONDS: Final = 60
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.crash.processes", "tests.crash.preloaded"])
BOOK: Final = "book "
"""A message that begins so is a confirmed booking."""


@dataclass
class Desk:
    """One front desk at a fixed port, in one life after another."""

    environment: Mapping[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    process: ForkServerProcess | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, point: str | None = None, passes: int = 1) -> None:
        """Begin a life, which ends at the named point when one is given."""
        environment = {**self.environment, "PORT": str(self.port)}
        self.process = _forks.Process(
            target=_serve, args=(environment, str(self.log), point, passes), daemon=True
        )
        self.process.start()

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            answer = httpx2.get(f"{self.url}/health/live", timeout=1, trust_env=False)
        except httpx2.HTTPError:
            return False
        return answer.status_code == 200

    def wait_until_ready(self) -> None:
        """Return when it answers."""
        until = time.monotonic() + _READY_SECONDS
        while not self.is_ready():
            assert time.monotonic() < until, f"{self.log.read_text()[-2000:]}"
            time.sleep(0.02)

    def wait_until_gone_or_ready(self) -> None:
        """Return when it answers, or when it has died on the way there."""
        assert self.process is not None
        while self.process.exitcode is None and not self.is_ready():
            time.sleep(0.02)

    def has_died(self, seconds: float) -> bool:
        """Whether it died by itself within that time."""
        assert self.process is not None
        self.process.join(seconds)
        return self.process.exitcode is not None

    def kill(self) -> None:
        """End its life, without a word."""
        assert self.process is not None
        self.process.kill()
        self.process.join()

    def stop(self) -> int | None:
        """Tell it to stop, and wait; gives the exit code."""
        assert self.process is not None
        self.process.terminate()
        self.process.join(30)
        return self.process.exitcode


def _serve(environment: dict[str, str], log: str, point: str | None, passes: int) -> None:
    _redirect(log)
    os.chdir(ROOT)
    os.environ.update(environment)
    from clinic.settings import load_clinic
    from frontdesk.serving import serve
    from frontdesk.settings import load_settings
    from tests.crash import faults

    if point is not None:
        faults.install(point, passes)
    sys.exit(serve(load_settings(), load_clinic()))


def _redirect(log: str) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)


@dataclass
class EchoAssistant:
    """An assistant whose answer names the message, in a process of its own."""

    token: str
    slowest_seconds: float = 0.03
    url: str = ""
    process: ForkServerProcess | None = None

    def start(self) -> None:
        """Begin to answer."""
        ours, theirs = _forks.Pipe()
        self.process = _forks.Process(
            target=_answer, args=(theirs, self.token, self.slowest_seconds), daemon=True
        )
        self.process.start()
        self.url = ours.recv()

    def stop(self) -> None:
        """End."""
        assert self.process is not None
        self.process.kill()
        self.process.join()


def _answer(pipe: Any, token: str, slowest_seconds: float) -> None:
    from clinic.booking.draft import reference
    from tests.fakes.assistant import FakeAssistant, saying
    from tests.frontdesk.test_handovers import DETAILS

    def answer(turn: dict[str, Any]) -> dict[str, Any]:
        # Random pauses are the point: takeovers and kills must meet every moment of a turn.
        time.sleep(random.uniform(0, slowest_seconds))
        effects = []
        if turn["text"].startswith(BOOK):
            booked = {"reference": reference(turn["turn_id"]), "details": DETAILS}
            effects = [{"type": "booking_request", **booked}]
        return saying(f"Re: {turn['text']}", effects=effects)(turn)

    fake = FakeAssistant(token, answer=answer)
    pipe.send(fake.url)
    threading.Event().wait()
