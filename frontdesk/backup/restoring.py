"""Restores a backup: into an empty database, all or nothing, and compared before it is kept."""

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Final

from sqlalchemy import (
    Connection,
    Integer,
    cast,
    delete,
    func,
    inspect,
    literal,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from frontdesk.backup import revisions
from frontdesk.backup.archive import (
    Archive,
    BackupError,
    Conversation,
    End,
    Row,
    Scalar,
    Section,
    digest,
)
from frontdesk.backup.connections import writing
from frontdesk.backup.interrupts import all_or_nothing
from frontdesk.backup.portable import (
    PAGE,
    PortableTable,
    add,
    conversation_lines,
    count,
    reflect,
    section_lines,
)
from frontdesk.backup.taking import Tell
from frontdesk.database import prepare_folder
from frontdesk.migrating import MigrationError, migrate

_BATCH: Final = 5_000
_PEOPLE: Final = ("conversations", "staff")

Tables = dict[str, PortableTable]


def check(path: Path) -> tuple[Archive, End]:
    """Read all of the archive, without a database; raises `BackupError` if it cannot be used."""
    archive = Archive(path)
    revision = archive.header.revision
    if revision not in revisions.known():
        raise BackupError(
            f"{path} was made by a newer version (revision {revision}): restore it with that one."
        )
    return archive, archive.check()


def restore(url: str, path: Path, tell: Tell) -> End:
    """Fill an empty database from the archive at `path`, and bring it to this version.

    Raises `BackupError`, and `SettingsError` for a folder that cannot be made; then the database
    is as empty as before.
    """
    archive, end = check(path)
    prepare_folder(url)
    with all_or_nothing():
        _prepare(url, archive.header.revision)
        with writing(url) as connection:
            _fill(connection, archive, tell)
    _bring_up_to_date(url)
    return end


def _prepare(url: str, revision: str) -> None:
    """Make the tables that the archive's rows fit."""
    with writing(url) as connection:
        current = revisions.of(connection)
        _refuse_filled(connection)
    revisions.move(url, current, revision)


def _refuse_filled(connection: Connection) -> None:
    for name in _PEOPLE:
        is_there = inspect(connection).has_table(name)
        if is_there and connection.scalar(select(1).select_from(table(name)).limit(1)):
            raise BackupError(
                f"The database holds {name} already: name an empty database with DATABASE_URL, or "
                "move the old one away."
            )


def _fill(connection: Connection, archive: Archive, tell: Tell) -> None:
    tables = {each.name: each for each in reflect(connection, archive.header.tables)}
    _lock(connection, tables)
    _refuse_filled(connection)
    # A desk that was started once has left a link for the first account.
    for each in reversed(tables.values()):
        connection.execute(delete(each.clause))
    for batch in _batches(archive, tables, tell):
        for name, rows in batch.items():
            if rows:
                _add(connection, tables[name], rows)
    _continue_numbers(connection, tables)
    _compare(connection, archive, tables, tell)


def _lock(connection: Connection, tables: Tables) -> None:
    # Nobody writes between the look whether it is empty and the end; SQLite has one writer anyway.
    if connection.dialect.name == "postgresql":
        names = ", ".join(_quoted(connection, name) for name in tables)
        connection.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))


def _batches(
    archive: Archive, tables: Tables, tell: Tell
) -> Iterator[dict[str, list[dict[str, Scalar]]]]:
    """Rows by table, in the order in which they may be inserted."""
    batch: dict[str, list[dict[str, Scalar]]] = {name: [] for name in tables}
    size = done = 0
    for line in archive.lines():
        if isinstance(line, Row):
            batch[line.table].append(line.row)
            size += 1
        elif isinstance(line, Conversation):
            done += 1
            if done % PAGE == 0:
                tell("inserted", done)
        if size == _BATCH or isinstance(line, End):
            yield batch
            batch, size = {name: [] for name in tables}, 0


def _add(connection: Connection, each: PortableTable, rows: list[dict[str, Scalar]]) -> None:
    try:
        add(connection, each, rows)
    except (DataError, IntegrityError) as error:
        kind = type(error.orig).__name__
        raise BackupError(
            f"The database does not take the archive's rows of {each.name} ({kind}); nothing was "
            "restored."
        ) from None


def _continue_numbers(connection: Connection, tables: Tables) -> None:
    """Let PostgreSQL's own numbers go on after those that were inserted."""
    if connection.dialect.name != "postgresql":
        return
    for each in tables.values():
        for column in (each.clause.c[name] for name in each.key):
            if not isinstance(column.type, Integer):
                continue
            name = _quoted(connection, each.name)
            sequence = connection.scalar(select(func.pg_get_serial_sequence(name, column.name)))
            if sequence is not None:
                following = func.coalesce(func.max(column), 0) + 1
                number = cast(literal(sequence), REGCLASS)
                connection.execute(select(func.setval(number, following, False)))


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)


def _compare(connection: Connection, archive: Archive, tables: Tables, tell: Tell) -> None:
    """See that the database gives back what the archive holds; raises `BackupError`."""
    page: dict[str, str] = {}
    done = 0
    for line in archive.lines():
        if isinstance(line, Section):
            found = digest(section_lines(connection, tables[line.table]))
            _require(found == line.sha256, f"the table {line.table}")
        elif isinstance(line, Conversation):
            page[line.id] = line.sha256
        if len(page) == PAGE or (page and isinstance(line, End)):
            _compare_page(connection, tables, page)
            done += len(page)
            page = {}
            tell("compared", done)
        if isinstance(line, End):
            for name, rows in line.tables.items():
                _require(count(connection, tables[name]) == rows, f"the table {name}")


def _compare_page(connection: Connection, tables: Tables, page: Mapping[str, str]) -> None:
    asked = [each for each in tables.values() if each.conversation is not None]
    found = conversation_lines(connection, asked, list(page))
    for conversation_id, sha256 in page.items():
        lines = chain.from_iterable(found[conversation_id].values())
        _require(digest(lines) == sha256, f"the conversation {conversation_id}")


def _require(is_same: bool, what: str) -> None:
    if not is_same:
        raise BackupError(
            f"The database does not give back {what} as the archive holds it; nothing was restored."
        )


def _bring_up_to_date(url: str) -> None:
    try:
        migrate(url)
    except (DBAPIError, MigrationError) as error:
        raise BackupError(
            "All is restored, but the database could not be brought to this version "
            f"({type(error).__name__}); run `frontdesk migrate`."
        ) from None
