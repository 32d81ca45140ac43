"""The archive: gzip of JSON lines, the same whichever database it came from.

    {"kind": "header", "format": …, "version": 1, "revision": …, "made_at": …, "tables": […]}
    {"kind": "row", "table": "staff", "row": {…}}          of a table that knows no conversations
    {"kind": "section", "table": "staff", "sha256": …}     the end of that table
    {"kind": "row", "table": "conversations", "row": {…}}  one conversation, all tables together
    {"kind": "conversation", "id": …, "sha256": …}         the end of that conversation
    {"kind": "end", "conversations": 1, "tables": {"messages": 2, …}, "sha256": …}

Lines are canonical: sorted keys, no spaces, UTF-8. A hash is over the lines of its rows, the last
one over all lines before it. Times are ISO 8601 in UTC. A JSON column stands as the text that the
database holds, so that NULL and JSON's `null` stay apart and no number is written anew.
"""

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

import msgspec

FORMAT: Final = "preconsult-backup"
VERSION: Final = 1

Scalar = str | int | float | bool | None


class BackupError(Exception):
    """The backup cannot be made or used; the message says why, and what to do."""


class _Part(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    pass


class _Claim(_Part, frozen=True, kw_only=True, tag="header"):
    format: str
    version: int


class Header(_Claim, frozen=True, kw_only=True, tag="header"):
    """What the archive is of: the revision of its tables, their names, when it was made."""

    revision: str
    made_at: datetime
    tables: tuple[str, ...]


class Row(_Part, frozen=True, kw_only=True, tag="row"):
    """One row of a table."""

    table: str
    row: dict[str, Scalar]


class Section(_Part, frozen=True, kw_only=True, tag="section"):
    """The end of a table that belongs to no conversation."""

    table: str
    sha256: str


class Conversation(_Part, frozen=True, kw_only=True, tag="conversation"):
    """The end of a conversation."""

    id: str
    sha256: str


class End(_Part, frozen=True, kw_only=True, tag="end"):
    """How much the archive holds."""

    conversations: int
    tables: dict[str, int]
    sha256: str


Line = Row | Section | Conversation | End
_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_DECODER: Final[msgspec.json.Decoder[Line]] = msgspec.json.Decoder(Line)


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


def row_line(table: str, row: Mapping[str, Any]) -> bytes:
    """The row as its line; times must have a zone."""
    return _ENCODER.encode({"kind": "row", "table": table, "row": row}) + b"\n"


def digest(lines: Iterable[bytes]) -> str:
    """The hash of a conversation or a section."""
    found = hashlib.sha256()
    for line in lines:
        found.update(line)
    return found.hexdigest()


class _Ledger:
    """Counts and hashes of the lines so far; writing and reading keep the same book."""

    def __init__(self, tables: Sequence[str]) -> None:
        self._tables = dict.fromkeys(tables, 0)
        self._conversations = 0
        self._all: _Hash = hashlib.sha256()
        self._group: _Hash = hashlib.sha256()

    def row(self, table: str, line: bytes) -> None:
        self._tables[table] += 1
        self._group.update(line)
        self._all.update(line)

    def other(self, line: bytes) -> None:
        self._all.update(line)

    def section(self, table: str) -> Section:
        return Section(table=table, sha256=self._close())

    def conversation(self, conversation_id: str) -> Conversation:
        self._conversations += 1
        return Conversation(id=conversation_id, sha256=self._close())

    def end(self) -> End:
        return End(
            conversations=self._conversations,
            tables=dict(self._tables),
            sha256=self._all.hexdigest(),
        )

    def expected(self, line: Section | Conversation | End) -> Section | Conversation | End:
        if isinstance(line, Section):
            return self.section(line.table)
        if isinstance(line, Conversation):
            return self.conversation(line.id)
        return self.end()

    def _close(self) -> str:
        found = self._group.hexdigest()
        self._group = hashlib.sha256()
        return found


class Writer:
    """Writes an archive's lines in their order; the file is compressed by the caller."""

    def __init__(self, file: BinaryIO, header: Header) -> None:
        """Begin with the header."""
        self._file = file
        self._ledger = _Ledger(header.tables)
        self._write(header)

    def section(self, table: str, lines: Iterable[bytes]) -> None:
        """All rows of a table that belongs to no conversation."""
        self._rows(table, lines)
        self._write(self._ledger.section(table))

    def conversation(self, conversation_id: str, lines: Mapping[str, Iterable[bytes]]) -> None:
        """One conversation: its rows by table."""
        for table, rows in lines.items():
            self._rows(table, rows)
        self._write(self._ledger.conversation(conversation_id))

    def end(self) -> End:
        """The last line."""
        end = self._ledger.end()
        self._write(end)
        return end

    def _rows(self, table: str, lines: Iterable[bytes]) -> None:
        for line in lines:
            self._ledger.row(table, line)
            self._file.write(line)

    def _write(self, part: _Part) -> None:
        line = _ENCODER.encode(part) + b"\n"
        self._ledger.other(line)
        self._file.write(line)


class Archive:
    """An archive on disk; whatever reads it sees at once that it is whole."""

    def __init__(self, path: Path) -> None:
        """Read the header; raises `BackupError`."""
        self.path = path
        with self._open() as lines:
            self.header = self._read_header(next(lines, b""))

    def lines(self) -> Iterator[Line]:
        """All lines after the header; raises `BackupError` where one is not what was written."""
        with self._open() as lines:
            header = next(lines, b"")
            ledger = _Ledger(self._read_header(header).tables)
            ledger.other(header)
            for line in lines:
                part = _DECODER.decode(line)
                self._compare(ledger, part, line)
                yield part
                if isinstance(part, End):
                    if next(lines, None) is not None:
                        raise self._damaged()
                    return
            raise self._cut_off()

    def check(self) -> End:
        """Read all of it; raises `BackupError`."""
        for line in self.lines():
            if isinstance(line, End):
                end = line
        return end

    def _compare(self, ledger: _Ledger, part: Line, line: bytes) -> None:
        if isinstance(part, Row):
            ledger.row(part.table, line)
            return
        if ledger.expected(part) != part:
            raise self._damaged()
        ledger.other(line)

    def _read_header(self, line: bytes) -> Header:
        try:
            claim = msgspec.json.decode(line, type=_Claim)
        except ValueError:
            raise self._no_backup() from None
        if claim.format != FORMAT:
            raise self._no_backup()
        if claim.version != VERSION:
            raise BackupError(
                f"{self.path} has the format version {claim.version}, and this program reads "
                f"version {VERSION}: restore it with the program that made it."
            )
        return msgspec.json.decode(line, type=Header)

    @contextmanager
    def _open(self) -> Iterator[Iterator[bytes]]:
        try:
            with gzip.open(self.path, "rb") as file:
                yield iter(file)
        except EOFError:
            raise self._cut_off() from None
        except gzip.BadGzipFile as error:
            # The same class tells of a file that was never compressed, and of a wrong checksum.
            is_other = str(error).startswith("Not a gzipped file")
            raise (self._no_backup() if is_other else self._damaged()) from None
        except OSError as error:
            raise BackupError(f"{self.path} cannot be read ({error.strerror}).") from None
        except (zlib.error, ValueError, KeyError):
            raise self._damaged() from None

    def _no_backup(self) -> BackupError:
        return BackupError(f"{self.path} is no backup of the front desk; name another file.")

    def _cut_off(self) -> BackupError:
        return BackupError(f"{self.path} is cut off before its end; use another backup.")

    def _damaged(self) -> BackupError:
        return BackupError(
            f"{self.path} is damaged: it does not hold what was written; use another backup."
        )
