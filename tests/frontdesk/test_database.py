"""Transactions: all or nothing, and news only of what is safe on disk."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from frontdesk.audit import AuditEntry, record
from frontdesk.database import Database, changed
from frontdesk.migrating import migrate

NOW = datetime(2026, 11, 23, 9, tzinfo=timezone(timedelta(hours=-7)))


def with_database(url: str, work: Callable[[Database, list[str]], Awaitable[None]]) -> list[str]:
    """Run the work; gives what was announced."""
    migrate(url)
    told: list[str] = []

    async def run() -> None:
        database = Database(url, tell=told.append)
        await work(database, told)
        await database.close()

    asyncio.run(run())
    return told


def test_announce_after_the_commit_and_each_thing_once(database_url: str) -> None:
    async def work(database: Database, told: list[str]) -> None:
        async with database.transaction() as session:
            changed(session, "c1")
            changed(session, "c1")
            assert told == []

    assert with_database(database_url, work) == ["c1"]


async def _fail_half_way(database: Database) -> None:
    async with database.transaction() as session:
        record(session, NOW, "system", "test", "c1")
        changed(session, "c1")
        await session.flush()
        raise RuntimeError


def test_that_fail_leave_nothing_and_announce_nothing(database_url: str) -> None:
    async def work(database: Database, told: list[str]) -> None:
        with pytest.raises(RuntimeError):
            await _fail_half_way(database)
        async with database.reading() as session:
            assert await session.get(AuditEntry, 1) is None

    assert with_database(database_url, work) == []


def test_keep_times_with_their_zone(database_url: str) -> None:
    async def work(database: Database, told: list[str]) -> None:
        async with database.transaction() as session:
            record(session, NOW, "system", "test", "c1")
        async with database.reading() as session:
            entry = await session.get_one(AuditEntry, 1)
            assert entry.at == NOW
            assert entry.at.tzinfo is UTC

    with_database(database_url, work)


def test_of_sqlite_sync_fully_and_check_references(tmp_path: Path) -> None:
    async def work(database: Database, told: list[str]) -> None:
        async with database.reading() as session:
            for pragma, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
                assert await session.scalar(text(f"PRAGMA {pragma}")) == value

    with_database(f"sqlite:///{tmp_path / 'frontdesk.db'}", work)


def test_that_read_see_one_moment(database_url: str) -> None:
    async def work(database: Database, told: list[str]) -> None:
        entries = select(func.count()).select_from(AuditEntry)
        async with database.reading() as reading:
            before = await reading.scalar(entries)
            async with database.transaction() as session:
                record(session, NOW, "system", "test", "c1")
            assert await reading.scalar(entries) == before
        async with database.reading() as reading:
            assert await reading.scalar(entries) == 1

    with_database(database_url, work)


def test_that_write_come_after_those_that_read_on_the_same_connection(database_url: str) -> None:
    async def work(database: Database, told: list[str]) -> None:
        for _ in range(3):
            async with database.reading() as session:
                await session.scalar(text("SELECT 1"))
            async with database.transaction() as session:
                record(session, NOW, "system", "test", "c1")

    with_database(database_url, work)


def _read_only(url: str) -> str:
    """The same database, opened so that nothing can be written."""
    if url.startswith("sqlite"):
        return f"sqlite:///file:{url.removeprefix('sqlite:///')}?mode=ro&uri=true"
    return f"{url}?options=-c%20default_transaction_read_only%3Don"


def test_are_reported_as_failing_where_nothing_can_be_written(database_url: str) -> None:
    async def work(database: Database, told: list[str]) -> None:
        await database.check()
        protected = Database(_read_only(database_url))
        with pytest.raises(DBAPIError, match=r"read-?only"):
            await protected.check()
        await protected.close()

    with_database(database_url, work)


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_that_wait_too_long_for_one_that_does_not_end_are_told(
    tables_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.database._WAIT_SECONDS", 0.01)

    async def work() -> None:
        database = Database(tables_url)
        async with database.transaction() as first:
            record(first, NOW, "system", "test", "c1")
            with pytest.raises(DBAPIError, match="locked"):
                async with database.transaction():
                    raise AssertionError("two at once")
        async with database.transaction() as session:
            record(session, NOW, "system", "test", "c1")
        await database.close()

    asyncio.run(work())
