"""Fills the tables of any revision, found in the database itself, as that version may have."""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    DateTime,
    Integer,
    MetaData,
    Table,
    create_engine,
    insert,
    null,
    select,
)

ROWS: Final = 3
# What a column may hold where its type alone does not say; the n-th row has the n-th, in turn.
KNOWN: Final[dict[tuple[str, str], tuple[Any, ...]]] = {
    ("conversations", "channel"): ("web",),
    ("conversations", "owner"): ("staff", "assistant"),
    ("conversations", "texts"): ("sms", "link", "full"),
    ("messages", "author"): ("patient", "assistant", "staff"),
    ("handovers", "question"): ("", "Is it safe with my 💊?"),
    ("handovers", "details"): (
        {"words": ["chest 🫀"], "deep": {"n": [1, 2.5, None]}},
        {},
        JSON.NULL,
    ),
    ("messages", "choice"): ({"number": 1, "index": 0},),
    ("staff", "role"): ("clinician", "staff", "admin"),
}
# Ids whose order each language sees in its own way.
BEGINNINGS: Final = ("b", "B", "_", "-", "a", "Z", "0")
WORDS: Final = (
    "My knee hurts, “really” hurts: 膝が痛い 🦵🏽\n\ttwo lines \\ and a slash",
    "",
    'Zwölf Boxkämpfer – e\u0301 \u202eright to left\u202c \u2028 {"json": null} \U0010ffff',
)
# A change of clocks, the end of a year, and no part of a second.
TIMES: Final = (
    datetime(2026, 11, 1, 8, 59, 59, 999_999, UTC),
    datetime(2026, 12, 31, 23, 0, 0, 1, UTC),
    datetime(2024, 2, 29, tzinfo=UTC),
)
Rows = dict[tuple[Any, ...], dict[str, Any]]


def fill(url: str, rows: int = ROWS) -> None:
    """Insert so many rows into every table; every second one is empty where it may be."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in tables(connection):
            for number in range(rows):
                values = {column.name: _value(column, number) for column in table.columns}
                connection.execute(insert(table).values(values))
    engine.dispose()


def contents(url: str) -> dict[str, Rows]:
    """All there is: by table and by key."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {table.name: _rows(connection, table) for table in tables(connection)}
    engine.dispose()
    return found


def tables(connection: Connection) -> list[Table]:
    """The tables of the database, each after those that it refers to."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


def _rows(connection: Connection, table: Table) -> Rows:
    key = [column.name for column in table.primary_key]
    return {
        tuple(row[name] for name in key): dict(row)
        for row in connection.execute(select(table)).mappings()
    }


def _value(column: Column[Any], number: int) -> Any:
    for foreign in column.foreign_keys:
        return null() if column.nullable and number % 2 else _value(foreign.column, number)
    if column.nullable and number % 2:
        return null()
    known = KNOWN.get((column.table.name, column.name))
    return known[number % len(known)] if known else _by_type(column, number)


def _by_type(column: Column[Any], number: int) -> Any:
    if isinstance(column.type, DateTime):
        return TIMES[number % 3]
    if isinstance(column.type, Boolean):
        return number % 2 == 0
    if isinstance(column.type, Integer):
        return number + 1
    if isinstance(column.type, JSON):
        return [{"label": WORDS[number % 3], "list": [True, 0.1, 10**15, None, {"é": []}]}]
    if column.primary_key:
        return f"{BEGINNINGS[number % 7]}{number}"
    return f"{WORDS[number % 3]}{number}"
