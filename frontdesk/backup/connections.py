"""Connections for a backup: one moment to read from, or one transaction to write in."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection

from frontdesk.backup.archive import BackupError

_WAIT_SECONDS: Final = 60
# All that is read belongs to one moment, as in SQLite's transactions anyway.
_SNAPSHOT: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


@contextmanager
def snapshot(url: str) -> Iterator[Connection]:
    """One moment of the database, whoever writes meanwhile; raises `BackupError`."""
    address = make_url(url)
    is_sqlite = address.get_backend_name() == "sqlite"
    # SQLite makes what is not there, and a backup of nothing would look like one.
    if is_sqlite and not Path(str(address.database)).exists():
        raise BackupError(
            f"There is no database {address.database}; check VAR_DIR and DATABASE_URL."
        )
    engine = _engine(url, "BEGIN")
    options = {} if is_sqlite else _SNAPSHOT
    with engine.execution_options(**options).connect() as connection:
        if is_sqlite:
            connection.exec_driver_sql("PRAGMA query_only = ON")
        yield connection


@contextmanager
def writing(url: str) -> Iterator[Connection]:
    """A transaction that is kept only if the block ends without an error."""
    with _engine(url, "BEGIN IMMEDIATE").begin() as connection:
        yield connection


def _engine(url: str, begin: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, poolclass=NullPool, hide_parameters=True)
    engine = create_engine(
        url, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": _WAIT_SECONDS}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", partial(_begin_sqlite, begin))
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # We say ourselves when a transaction begins: the driver would only do so at the first write.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _begin_sqlite(statement: str, connection: Connection) -> None:
    connection.exec_driver_sql(statement)
