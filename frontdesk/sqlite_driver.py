"""aiosqlite with one step a statement instead of four.

aiosqlite hands each call of the driver to the connection's thread: the cursor, the statement, its
rows, the end of the cursor. Of what a message costs, most was that going back and forth; here a
statement with all its rows is one step. SQLAlchemy fetches all rows at once anyway.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final, Self, TypeVar

import aiosqlite

_CHUNK: Final = 64  # aiosqlite's own default; nothing of ours reads row by row
Row = tuple[Any, ...]
T = TypeVar("T")


class Cursor:
    """The part of aiosqlite's cursor that SQLAlchemy's adapter uses."""

    arraysize = 1

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._rows: Sequence[Row] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        """Nothing to wait for."""
        return self

    async def execute(self, statement: str, parameters: Sequence[object] = ()) -> Self:
        """Run the statement and fetch its rows."""
        return await self._run(lambda cursor: cursor.execute(statement, parameters))

    async def executemany(self, statement: str, parameters: Sequence[Sequence[object]]) -> Self:
        """Run the statement once for each of the parameters."""
        return await self._run(lambda cursor: cursor.executemany(statement, parameters))

    async def fetchall(self) -> Sequence[Row]:
        """The rows, once."""
        rows, self._rows = self._rows, ()
        return rows

    async def close(self) -> None:
        """Nothing is open."""

    async def _run(self, execute: Callable[[sqlite3.Cursor], object]) -> Self:
        def work() -> tuple[sqlite3.Cursor, Sequence[Row]]:
            cursor = self._connection.plain.cursor()
            try:
                execute(cursor)
                return cursor, cursor.fetchall() if cursor.description else ()
            finally:
                cursor.close()

        cursor, self._rows = await self._connection.run(work)
        self.description, self.rowcount = cursor.description, cursor.rowcount
        self.lastrowid = cursor.lastrowid
        return self


class Connection(aiosqlite.Connection):
    """aiosqlite's connection with our cursors."""

    @property
    def plain(self) -> sqlite3.Connection:
        """The driver's own connection, for its own thread."""
        return self._conn

    async def run(self, work: Callable[[], T]) -> T:
        """Let the connection's thread do it."""
        result: T = await self._execute(work)  # type: ignore[no-untyped-call]
        return result

    def cursor(self) -> Cursor:  # type: ignore[override]
        """A new cursor, which costs nothing."""
        return Cursor(self)


async def connect(uri: str) -> Connection:
    """Open a database by its URI (`file:…`, see sqlite.org/uri.html)."""
    connection = Connection(
        lambda: sqlite3.connect(uri, uri=True, check_same_thread=False), iter_chunk_size=_CHUNK
    )
    # A thread that hangs in the disk must not hold up the end of the process.
    connection._thread.daemon = True
    opened = await connection
    assert isinstance(opened, Connection)
    return opened
