"""The tables as both databases see them alike, found in the database and not listed by hand."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    TableClause,
    Text,
    TypeDecorator,
    cast,
    collate,
    column,
    func,
    insert,
    select,
    table,
)
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.types import TypeEngine

from frontdesk.backup.archive import BackupError, Scalar, row_line
from frontdesk.database import UtcDateTime

PAGE: Final = 1_000
"""How many conversations are held in memory at a time."""
_STREAMED: Final = 1_000
_CONVERSATIONS: Final = "conversations"
_VERSION_TABLE: Final = "alembic_version"


class _JsonText(TypeDecorator[str]):
    """A JSON column as the text that is stored."""

    impl = Text
    cache_ok = True

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return cast(column, Text)


class _PostgresqlJsonText(_JsonText):
    """PostgreSQL takes no text for JSON unless it is told to."""

    cache_ok = True

    def bind_expression(self, bindparam: BindParameter[Any]) -> ColumnElement[Any]:
        return cast(bindparam, JSON)


@dataclass(frozen=True)
class PortableTable:
    """One table: how it is asked, its key, and the column that names the conversation, if any.

    One that only may refer to conversations `comes_after` all of them.
    """

    name: str
    clause: TableClause
    key: tuple[str, ...]
    conversation: str | None
    comes_after: bool

    @cached_property
    def columns(self) -> list[str]:
        """The names of all columns."""
        return [str(each.name) for each in self.clause.c]

    @cached_property
    def _times(self) -> list[str]:
        return [each.name for each in self.clause.c if isinstance(each.type, UtcDateTime)]

    def line(self, row: Sequence[Any]) -> bytes:
        """The row as it stands in the archive."""
        return row_line(self.name, dict(zip(self.columns, row, strict=True)))

    def values(self, row: Mapping[str, Scalar]) -> dict[str, Any]:
        """What the database is given for a row of the archive; raises `BackupError`."""
        if row.keys() != set(self.columns):
            raise BackupError(
                f"A row of {self.name} does not have the columns that the database has; restore "
                "it with the program that made it."
            )
        times = {name: datetime.fromisoformat(str(row[name])) for name in self._times if row[name]}
        return {**row, **times}


def reflect(connection: Connection, names: Sequence[str] | None) -> list[PortableTable]:
    """The tables as they are in the database, each after those that it refers to.

    `None` means all of them. Raises `BackupError` when one is missing.
    """
    found = MetaData()
    try:
        found.reflect(connection, only=names)
    except InvalidRequestError:
        raise BackupError(
            "The database does not have the tables that its version says; run `frontdesk migrate`."
        ) from None
    return [
        _portable(connection, each) for each in found.sorted_tables if each.name != _VERSION_TABLE
    ]


def conversation_ids(connection: Connection, conversations: PortableTable) -> Iterator[list[str]]:
    """The ids of all conversations, page by page."""
    column = conversations.clause.c.id
    query = select(column).order_by(column).limit(PAGE)
    page = list(connection.scalars(query))
    while page:
        yield page
        page = list(connection.scalars(query.where(column > page[-1])))


def conversation_lines(
    connection: Connection, tables: Iterable[PortableTable], ids: Sequence[str]
) -> dict[str, dict[str, list[bytes]]]:
    """The rows of these conversations: by conversation, by table, in an order of their own.

    Neither database's order of texts is the other's; that of the finished lines is the same.
    """
    found: dict[str, dict[str, list[bytes]]] = {each: defaultdict(list) for each in ids}
    for each in tables:
        assert each.conversation is not None
        place = each.columns.index(each.conversation)
        column = each.clause.c[each.conversation]
        for row in connection.execute(select(each.clause).where(column.in_(ids))):
            found[row[place]][each.name].append(each.line(row))
    for by_table in found.values():
        for lines in by_table.values():
            lines.sort()
    return found


def section_lines(connection: Connection, each: PortableTable) -> Iterator[bytes]:
    """All rows of a table that belongs to no conversation, by their key."""
    order = [_by_code_point(connection, each.clause.c[name]) for name in each.key]
    streaming = connection.execution_options(yield_per=_STREAMED)
    for row in streaming.execute(select(each.clause).order_by(*order)):
        yield each.line(row)


def count(connection: Connection, each: PortableTable) -> int:
    """How many rows the table has."""
    return connection.scalar(select(func.count()).select_from(each.clause)) or 0


def add(connection: Connection, each: PortableTable, rows: Sequence[Mapping[str, Scalar]]) -> None:
    """Insert rows of the archive."""
    connection.execute(insert(each.clause), [each.values(row) for row in rows])


def _portable(connection: Connection, found: Table) -> PortableTable:
    columns = [column(each.name, _type(connection, each)) for each in found.columns]
    return PortableTable(
        name=str(found.name),
        clause=table(found.name, *columns),
        key=tuple(each.name for each in found.primary_key.columns),
        conversation=_conversation_column(found),
        comes_after=_conversation_column(found) is None and _may_refer(found),
    )


def _conversation_column(found: Table) -> str | None:
    if found.name == _CONVERSATIONS:
        return "id"
    named = found.columns.get("conversation_id")
    return None if named is None or named.nullable else named.name


def _may_refer(found: Table) -> bool:
    return any(key.column.table.name == _CONVERSATIONS for key in found.foreign_keys)


def _type(connection: Connection, found: Column[Any]) -> TypeEngine[Any]:
    kind = found.type
    if isinstance(kind, DateTime):
        return UtcDateTime()
    if isinstance(kind, JSON):
        return _PostgresqlJsonText() if _is_postgresql(connection) else _JsonText()
    if isinstance(kind, Boolean | Float | Integer | String):
        return kind
    # Better no backup than one that is not exact: a new type wants to be thought about here.
    raise BackupError(f"The column {found} has the type {kind}, which no backup can hold yet.")


def _by_code_point(connection: Connection, found: ColumnElement[Any]) -> ColumnElement[Any]:
    # SQLite's order of texts, whatever language PostgreSQL was told to sort in.
    is_text = _is_postgresql(connection) and isinstance(found.type, String)
    return collate(found, "C") if is_text else found


def _is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
