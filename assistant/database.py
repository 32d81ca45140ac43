"""The assistant's own database: a SQLite file or PostgreSQL, by the SQLAlchemy that Rasa brings.

Whatever fails is raised as SQLAlchemy's error. Its words hold no values (`hide_parameters`), since
those are what the patient wrote.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa  # type: ignore[import-untyped]
from rasa.shared.exceptions import RasaException
from sqlalchemy.exc import (  # type: ignore[import-untyped]
    ArgumentError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.pool import QueuePool  # type: ignore[import-untyped]

SETTING: Final = "ASSISTANT_DATABASE_URL"
PAUSE_SECONDS: Final = 2.0
"""Between two tries to reach a database that is away when the assistant starts."""

_TRIES_PER_LINE: Final = 15
_SQLITE: Final = "sqlite"
_POSTGRESQL: Final = "postgresql+psycopg2"
# `psycopg` is the front desk's driver; one address should do for both.
_DRIVERS: Final = {
    "sqlite": _SQLITE,
    "postgresql": _POSTGRESQL,
    "postgresql+psycopg": _POSTGRESQL,
    "postgresql+psycopg2": _POSTGRESQL,
}
_PRAGMAS: Final = ("busy_timeout = 5000", "journal_mode = WAL", "synchronous = FULL")
# Nothing of the database may hold up a turn for longer than the front desk waits for it.
_WAITS: Final = "-c lock_timeout=5s -c statement_timeout=5s"
_PATIENCE: Final = {
    "connect_timeout": 3,
    "tcp_user_timeout": 5_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
}
_LOCK: Final = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 0))")

_LOG: Final = logging.getLogger(__name__)

# SQLAlchemy 1.4 has no types.
Connection = Any
Engine = Any
Url = Any


class Database:
    """The one way to the tables."""

    def __init__(self, url: str) -> None:
        """Take the address; raises `RasaException` for one that cannot be used."""
        self._url = _address(url)
        self._is_sqlite = self._url.drivername == _SQLITE
        self._engine = _sqlite(self._url) if self._is_sqlite else _postgresql(self._url)

    def reading(self) -> AbstractContextManager[Connection]:
        """Give a connection that only reads; it waits for no writer."""
        connection: AbstractContextManager[Connection] = self._engine.connect()
        return connection

    @contextmanager
    def writing(self, subject: str) -> Iterator[Connection]:
        """Give a transaction in which nobody else writes about `subject`; an error undoes it."""
        with self._engine.begin() as connection:
            # SQLite knows one writer at a time.
            if not self._is_sqlite:
                connection.execute(_LOCK, {"subject": subject})
            yield connection

    def prepare(self, work: Callable[[], None], pause: float = PAUSE_SECONDS) -> None:
        """Do the first work, as soon as the server answers; it may come up after the assistant.

        Raises `RasaException` for what will not pass by waiting, so that the process ends.
        """
        tries = 0
        while error := self._lack_of_answer(work):
            if tries % _TRIES_PER_LINE == 0:
                _LOG.error("%s. It is tried again every %g seconds.", self._fault(error), pause)
            tries += 1
            time.sleep(pause)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def _lack_of_answer(self, work: Callable[[], None]) -> SQLAlchemyError | None:
        try:
            work()
        except SQLAlchemyError as error:
            if self._is_sqlite or not isinstance(error, OperationalError):
                raise RasaException(f"{self._fault(error)}. Check {SETTING}.") from None
            return error
        return None

    def _fault(self, error: SQLAlchemyError) -> str:
        where = self._url.set(query={}).render_as_string(hide_password=True)
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        if self._url.password:
            reason = reason.replace(self._url.password, "***")
        return f"The assistant's database {where} cannot be used: {reason}"


def _address(url: str) -> Url:
    try:
        address = sa.engine.make_url(url)
        return address.set(drivername=_DRIVERS[address.drivername])
    except (ArgumentError, KeyError, ValueError):
        # Not the address itself: a password may stand in it.
        raise RasaException(
            f"{SETTING} must be sqlite:///FILE or postgresql://USER@HOST/NAME."
        ) from None


def _sqlite(url: Url) -> Engine:
    _prepare_folder(Path(str(url.database)).parent)
    # A pool of its own: SQLAlchemy's choice closes the file, and with it the log, after each use.
    engine = sa.create_engine(
        url, hide_parameters=True, poolclass=QueuePool, connect_args={"check_same_thread": False}
    )
    sa.event.listen(engine, "connect", _configure)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _prepare_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RasaException(
            f"The database's folder {folder} cannot be made ({error.strerror}); check {SETTING}."
        ) from None


def _configure(connection: sqlite3.Connection, _: object) -> None:
    # Python's driver would begin transactions by itself, and not before the first write.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgresql(url: Url) -> Engine:
    given = url.query.get("options", "")
    options = {**_PATIENCE, "options": f"{_WAITS} {given}".strip()}
    return sa.create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=options)
