"""Runs the application with uvicorn, and stops it so that nothing is lost on the way.

Told to stop (SIGTERM, Ctrl-C) it takes no new connections, closes the feeds with a hint when to
come back, answers the requests that it has begun, and finishes the turns under way.
"""

import fcntl
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from types import FrameType
from typing import IO, Final, NoReturn

import uvicorn
from fastapi import FastAPI
from sqlalchemy import make_url

from clinic.settings import Clinic
from frontdesk.app import create_app
from frontdesk.connections import WatchedProtocol
from frontdesk.database import prepare_folder
from frontdesk.desk import Desk
from frontdesk.logs import configure_logging
from frontdesk.migrating import migrate
from frontdesk.settings import Settings, SettingsError

_GRACE_SECONDS: Final = 10
_LONGEST_HEAD: Final = 64 * 1024
_WAIT_FOR_OTHER: Final = 20.0


def serve(settings: Settings, clinic: Clinic) -> int:
    """Migrate, then serve until told to stop; gives the exit code.

    Raises `SettingsError`, and `MigrationError` for a database of another version.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn, told to stop, stops in good order and then raises the signal once more.
        signal.signal(number, _exit)
    configure_logging()
    _ = settings.token  # a missing one is told before anything is opened
    settings.require_twilio()
    prepare_folder(settings.database)
    with alone(settings.database):
        migrate(settings.database)
        server = Server(create_app(settings, clinic), host=settings.host, port=settings.port)
        server.run()
    return 0 if server.started else 1


def _exit(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


class Server(uvicorn.Server):
    """uvicorn, for this application."""

    def __init__(self, app: FastAPI, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """`port` 0 is any free one."""
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                http=WatchedProtocol,
                ws="none",
                access_log=False,
                log_config=None,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
                h11_max_incomplete_event_size=_LONGEST_HEAD,
            )
        )
        self._desk: Desk = app.state.desk

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Close the feeds first: a stopping server waits for its open answers."""
        self._desk.feed.close()
        super().handle_exit(sig, frame)


@contextmanager
def alone(database: str, wait_seconds: float = _WAIT_FOR_OTHER) -> Iterator[None]:
    """Serve a SQLite database alone: a second process would not hear what this one stores.

    A new version that starts while the old one stops waits for it; raises `SettingsError` when that
    takes longer than `wait_seconds`. On PostgreSQL several may serve at once.
    """
    url = make_url(database)
    if url.get_backend_name() != "sqlite":
        yield
        return
    path = Path(f"{url.database}.serving")
    with path.open("w") as file:
        if not _locked(file, wait_seconds):
            raise SettingsError(
                f"Another front desk serves {url.database}. Stop it first; for several at once "
                "use PostgreSQL (DATABASE_URL)."
            )
        yield


def _locked(file: IO[str], wait_seconds: float) -> bool:
    until = monotonic() + wait_seconds
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        if monotonic() > until:
            return False
        sleep(0.1)
