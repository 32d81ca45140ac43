"""The database: connections, transactions, and the column types that all topics share.

One request or one job is one transaction: `Database.transaction()` commits when its block ends
without an error, and only then tells those who listen. Services never commit.
"""

import asyncio
import secrets
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import quote

from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    MetaData,
    TypeDecorator,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry

from frontdesk import sqlite_driver
from frontdesk.settings import SettingsError

_READ_ONLY: Final = "frontdesk_read_only"
# How long anything of the database is waited for: a patient is told that it did not work rather
# than nothing.
_WAIT_SECONDS: Final = 5
_SERVER_WAITS: Final = (
    f"-c lock_timeout={_WAIT_SECONDS}s -c statement_timeout={_WAIT_SECONDS}s "
    "-c idle_in_transaction_session_timeout=10s"
)
# A connection that was cut in silence is noticed within ten seconds, not within a quarter hour.
_ALIVE: Final = {
    "connect_timeout": _WAIT_SECONDS,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}
# One snapshot for all that is read, as SQLite's transactions have it anyway.
_SNAPSHOT: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
# PostgreSQL's code for a write where only reading is allowed.
_ONLY_READS: Final = "25006"
_CHANGED: Final = "changed"
_FILE: Final = "frontdesk_file"
_NOTIFY: Final = text(
    "SELECT pg_notify(:channel, notice) FROM unnest(CAST(:notices AS text[])) AS notice"
)
_ALONE: Final = text("SELECT pg_advisory_xact_lock(hashtext(:what))")
CHANNEL: Final = "frontdesk"
"""PostgreSQL's channel on which front desk processes tell each other what has changed."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC; SQLite has no zones of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone, since nobody could say later which one was meant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("the time needs a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """All tables; names of constraints are fixed, so that migrations can name them too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: UtcDateTime()}


class Database:
    """The one way to the tables."""

    def __init__(self, url: str, tell: Callable[[str], None] = lambda _: None) -> None:
        """`tell` hears the id of everything that `changed()` named, once it is safe on disk."""
        self._tell = tell
        # Written before each notice to the other processes, so that we do not hear our own twice.
        self.mark = secrets.token_hex(4)
        self.engine = _engine(make_url(url))
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._reading = {_READ_ONLY: True} if self.is_sqlite else _SNAPSHOT
        # SQLite has one writer, and who waits for it sleeps ever longer; our own queue wakes at
        # once and keeps the order.
        self._writers = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A transaction that may write; raised errors roll all of it back.

        What has changed is told to this process after the commit, and to the others with it.
        """
        async with self._sessions() as session:
            async with self._turn_to_write(), session.begin():
                yield session
                await self._notify(session)
            for subject in session.info.pop(_CHANGED, {}):
                self._tell(subject)

    @asynccontextmanager
    async def _turn_to_write(self) -> AsyncIterator[None]:
        if not self.is_sqlite:
            yield
            return
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await self._writers.acquire()
        except TimeoutError:
            # As SQLite itself would say it: somebody before us does not get on.
            locked = sqlite3.OperationalError("database is locked")
            raise OperationalError(None, None, locked) from None
        try:
            yield
        finally:
            self._writers.release()

    async def _notify(self, session: AsyncSession) -> None:
        subjects = session.info.get(_CHANGED)
        if subjects and not self.is_sqlite:  # there is one process alone, and it has heard of it
            await self._send(session, list(subjects))

    async def _send(self, session: AsyncSession, told: list[str]) -> None:
        notices = [f"{self.mark} {one}" for one in told]
        await session.execute(_NOTIFY, {"channel": CHANNEL, "notices": notices})

    async def broadcast(self, notice: str) -> None:
        """Tell the other processes something that nobody keeps; nothing where there is only one."""
        if not self.is_sqlite:
            async with self._sessions() as session, session.begin():
                await self._send(session, [notice])

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A transaction that only reads, and sees one moment; it waits for no writer."""
        async with self._sessions() as session:
            await session.connection(execution_options=self._reading)
            yield session

    async def check(self) -> None:
        """Raises when the database does not answer, cannot be written to or has no tables."""
        async with self.transaction() as session:
            # A write of no rows: it is refused where any would be, and it leaves nothing behind.
            await session.execute(text("UPDATE alembic_version SET version_num = '' WHERE 1 = 0"))

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


def insert_unless_there(session: AsyncSession, table: type[Base]) -> SqliteInsert | PostgresInsert:
    """An insert that knows `on_conflict_do_nothing`, in the words of the session's database."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite_insert(table) if is_sqlite else postgresql_insert(table)


async def one_at_a_time(session: AsyncSession, what: str) -> None:
    """Wait until nobody else is at `what`, and keep all others from it until the commit.

    To be called before any row is locked. On SQLite whoever writes is alone anyway.
    """
    if session.get_bind().dialect.name != "sqlite":
        await session.execute(_ALONE, {"what": what})


def changed(session: AsyncSession, subject: str) -> None:
    """Announce `subject` (a conversation's id) when the session's transaction is committed."""
    session.info.setdefault(_CHANGED, {})[subject] = None


def prepare_folder(url: str) -> None:
    """Make the folder of a SQLite file; nothing for other databases. Raises `SettingsError`."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return
    folder = Path(str(address.database)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"The database's folder {folder} cannot be made ({error.strerror}); "
            "check VAR_DIR and DATABASE_URL."
        ) from None


def _engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() != "sqlite":
        options = f"{_SERVER_WAITS} {url.query.get('options', '')}".strip()
        engine = create_async_engine(
            url,
            pool_timeout=_WAIT_SECONDS,
            pool_size=10,
            hide_parameters=True,
            connect_args={"options": options, **_ALIVE},
        )
        event.listen(engine.sync_engine, "handle_error", _leave_who_only_reads)
        return engine
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        async_creator=partial(sqlite_driver.connect, _file(url)),
        pool_timeout=_WAIT_SECONDS,
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _leave_who_only_reads(context: ExceptionContext) -> None:
    # A server that has become a replica keeps our connections open and refuses every write: the
    # next attempt must ask for a new connection, which leads to the one that took over.
    if getattr(context.original_exception, "sqlstate", None) == _ONLY_READS:
        context.is_disconnect = True


def _file(url: URL) -> str:
    """The file as it is: one that is gone must not be replaced by an empty one."""
    given = str(url.database)
    if given.startswith("file:"):
        return f"{given}?mode={url.query['mode']}"
    return f"file:{quote(str(Path(given).absolute()))}?mode=rw"


def _prepare_sqlite(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    # The driver must not begin by itself: a transaction that reads first and writes later could
    # then fail half-way with "database is locked".
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA database_list")
    path = str(cursor.fetchall()[0][2])
    record.info[_FILE] = (path, _identity(path))
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {_WAIT_SECONDS * 1000}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(_READ_ONLY)
    path, identity = connection.info[_FILE]
    # SQLite would go on writing to a file that has been moved or deleted, and lose it at the end.
    if not read_only and _identity(path) != identity:
        connection.invalidate()
        gone = sqlite3.OperationalError("the database file has been moved or deleted")
        raise OperationalError(None, None, gone)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
