"""Makes a backup: one moment of the database, in a file that appears only when it is whole."""

import gzip
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BufferedWriter
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy import Connection

from frontdesk.backup import revisions
from frontdesk.backup.archive import FORMAT, VERSION, Archive, BackupError, End, Header, Writer
from frontdesk.backup.connections import snapshot
from frontdesk.backup.interrupts import all_or_nothing
from frontdesk.backup.portable import (
    PortableTable,
    conversation_ids,
    conversation_lines,
    count,
    reflect,
    section_lines,
)
from frontdesk.tables import metadata

Tell = Callable[[str, int], None]
"""Hears what is done, and with how many conversations so far."""
_LEVEL: Final = 6
_BUFFER: Final = 1 << 18


def back_up(url: str, path: Path, now: datetime, tell: Tell) -> End:
    """Write everything to `path`, which must not be there yet, and read it back.

    The front desk may run meanwhile. Raises `BackupError`, and then nothing is left behind.
    """
    with all_or_nothing(), _fresh_file(path) as fresh:
        with snapshot(url) as connection, _compressed(fresh) as file:
            written = _write(connection, file, now, tell)
        if Archive(fresh).check() != written:
            raise BackupError(f"{path} was not written as it should be; check its disk.")
        return written


@contextmanager
def _fresh_file(path: Path) -> Iterator[Path]:
    """An empty file beside `path`, which gets its name when the block ends without an error."""
    try:
        _refuse_existing(path)
        if not path.parent.is_dir():
            raise BackupError(f"There is no folder {path.parent}; make it first, or name another.")
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            yield fresh
            _refuse_existing(path)
            fresh.rename(path)
            _sync_folder(path.parent)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        raise BackupError(
            f"{path} cannot be written ({error.strerror}); check its folder and disk."
        ) from None


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise BackupError(f"{path} is there already; name a new file.")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _compressed(path: Path) -> Iterator[BinaryIO]:
    with path.open("wb") as file:
        with (
            gzip.GzipFile("", "wb", _LEVEL, file, mtime=0) as packed,
            # Each write to gzip has its price, and lines are short.
            BufferedWriter(packed, _BUFFER) as lines,
        ):
            yield lines
        file.flush()
        os.fsync(file.fileno())


def _write(connection: Connection, file: BinaryIO, now: datetime, tell: Tell) -> End:
    revision = revisions.of(connection)
    if revision is None:
        raise BackupError(
            "The database holds no tables of the front desk; check VAR_DIR and DATABASE_URL."
        )
    # Of an older version the code may not know all tables any more.
    is_newest = revision == revisions.known()[-1]
    tables = reflect(connection, list(metadata.tables) if is_newest else None)
    names = tuple(each.name for each in tables)
    writer = Writer(
        file,
        Header(format=FORMAT, version=VERSION, revision=revision, made_at=now, tables=names),
    )
    apart = [each for each in tables if each.conversation is None]
    _write_sections(connection, writer, [each for each in apart if not each.comes_after])
    _write_conversations(connection, writer, tables, tell)
    _write_sections(connection, writer, [each for each in apart if each.comes_after])
    end = writer.end()
    _refuse_orphans(connection, tables, end)
    return end


def _write_sections(connection: Connection, writer: Writer, tables: list[PortableTable]) -> None:
    for each in tables:
        writer.section(each.name, section_lines(connection, each))


def _write_conversations(
    connection: Connection, writer: Writer, tables: list[PortableTable], tell: Tell
) -> None:
    of_conversations = [each for each in tables if each.conversation is not None]
    [conversations] = [each for each in tables if each.name == "conversations"]
    done = 0
    for ids in conversation_ids(connection, conversations):
        lines = conversation_lines(connection, of_conversations, ids)
        for conversation_id in ids:
            writer.conversation(conversation_id, lines[conversation_id])
        done += len(ids)
        tell("written", done)


def _refuse_orphans(connection: Connection, tables: list[PortableTable], end: End) -> None:
    for each in tables:
        if count(connection, each) != end.tables[each.name]:
            raise BackupError(
                f"The table {each.name} holds rows of conversations that are not there: the "
                "database is damaged."
            )
