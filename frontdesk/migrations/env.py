"""Alembic's entry: connects without asyncio, and runs all that is missing in one transaction."""

from typing import Final, Literal

from alembic import context
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection

from frontdesk.database import UtcDateTime
from frontdesk.tables import metadata

_WAIT_SECONDS: Final = 60
_LOCK: Final = 7_241_911_306  # a number that nobody else locks in this database


def render(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Migrations stand alone: they name the column type itself, not our class around it."""
    return "sa.DateTime(timezone=True)" if isinstance(item, UtcDateTime) else False


def connect(url: str) -> Engine:
    """An engine whose transactions hold changes of tables too."""
    if not url.startswith("sqlite"):
        return create_engine(url, poolclass=NullPool, hide_parameters=True)
    engine = create_engine(
        url, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": _WAIT_SECONDS}
    )
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin_alone)
    return engine


def _leave_transactions_to_us(connection: DBAPIConnection, _record: object) -> None:
    # By itself the driver begins no transaction for CREATE TABLE: half of a migration would stay.
    connection.isolation_level = None


def _begin_alone(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def wait_for_others(connection: Connection) -> None:
    """Let those who migrate the same database finish first; on SQLite beginning has done that."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def run(url: str) -> None:
    """What is missing is found and done in the same transaction, so that nobody does it twice."""
    with connect(url).connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            # SQLite changes a column by copying its table.
            render_as_batch=connection.dialect.name == "sqlite",
            render_item=render,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            wait_for_others(connection)
            context.run_migrations()


address = context.config.get_main_option("sqlalchemy.url")
assert address is not None, "run migrations through `frontdesk migrate`"
run(address)
