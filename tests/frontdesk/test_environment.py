"""Trouble around the front desk: its database is locked, full, gone or slow; names lead nowhere.

What cannot be stored is never acknowledged, whoever sends it again finds it stored once, and all of
it goes on by itself when the trouble is over.
"""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx2
import psycopg
import pytest
from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.engine.interfaces import DBAPIConnection

from clinic.settings import Clinic
from frontdesk.app import create_app
from frontdesk.settings import Settings
from frontdesk.web_chat import live
from tests.fakes.assistant import FakeAssistant
from tests.frontdesk.conftest import TOKEN, Person
from tests.frontdesk.desk import RunningDesk, TestClock, Visitor, eventually, served
from tests.frontdesk.test_migrations import execute

EMERGENCY: Final = "my chest hurts and I can't breathe"
Trouble = Callable[[RunningDesk, Settings], AbstractContextManager[None]]


def is_sqlite(settings: Settings) -> bool:
    """Which kind of database the test has."""
    return settings.database.startswith("sqlite")


@contextmanager
def on_each_connection(desk: RunningDesk, pragma: str, undone: str) -> Iterator[None]:
    """Set something on every SQLite connection of the front desk, and take it back."""
    engine = desk.app.state.desk.database.engine.sync_engine

    def set_it(connection: DBAPIConnection, _record: object, _proxy: object) -> None:
        connection.cursor().execute(f"PRAGMA {pragma}")

    def undo_it(connection: DBAPIConnection, _record: object, _proxy: object) -> None:
        connection.cursor().execute(f"PRAGMA {undone}")

    event.listen(engine, "checkout", set_it)
    yield
    event.remove(engine, "checkout", set_it)
    event.listen(engine, "checkout", undo_it)


@contextmanager
def by_trigger(settings: Settings, statement: str) -> Iterator[None]:
    """Let PostgreSQL do something before each message is stored."""
    execute(
        settings.database,
        f"CREATE FUNCTION trouble() RETURNS trigger AS $$ BEGIN {statement}; RETURN NEW; END $$ "
        "LANGUAGE plpgsql; "
        "CREATE TRIGGER trouble BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION trouble()",
    )
    yield
    execute(settings.database, "DROP TRIGGER trouble ON messages; DROP FUNCTION trouble()")


@contextmanager
def locked(desk: RunningDesk, settings: Settings) -> Iterator[None]:
    """Somebody else holds what is to be written."""
    engine = create_engine(settings.database)
    lock = "BEGIN IMMEDIATE" if is_sqlite(settings) else "LOCK TABLE conversations"
    with engine.connect() as connection:
        connection.exec_driver_sql(lock)
        yield
        connection.rollback()
    engine.dispose()


@contextmanager
def read_only(desk: RunningDesk, settings: Settings) -> Iterator[None]:
    """Nothing can be written."""
    if is_sqlite(settings):
        with on_each_connection(desk, "query_only = ON", "query_only = OFF"):
            yield
        return
    with administration(settings) as (admin, name):
        admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        end_connections(admin, name)
        yield
        admin.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        end_connections(admin, name)


@contextmanager
def full(desk: RunningDesk, settings: Settings) -> Iterator[None]:
    """The disk is full."""
    if is_sqlite(settings):
        engine = create_engine(settings.database)
        with engine.connect() as connection:
            pages = connection.scalar(text("PRAGMA page_count"))
        engine.dispose()
        with on_each_connection(desk, f"max_page_count = {pages}", "max_page_count = 1000000"):
            fill_the_last_page(desk)
            yield
        return
    with by_trigger(settings, "RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'"):
        yield


def fill_the_last_page(desk: RunningDesk) -> None:
    """Until nothing can be stored any more."""
    visitors = [desk.visit() for _ in range(2)]
    for visitor, length in zip(visitors, (3_000, 1), strict=True):
        words = (visitor.post(client_id=str(uuid.uuid4()), text="x" * length) for _ in range(200))
        assert 503 in (answer.status_code for answer in words)


@contextmanager
def gone(desk: RunningDesk, settings: Settings) -> Iterator[None]:
    """The database is not there."""
    if is_sqlite(settings):
        path = Path(settings.database.removeprefix("sqlite:///"))
        files = [path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")]
        for file in files:
            file.rename(f"{file}.away")
        yield
        for file in files:
            Path(f"{file}.away").rename(file)
        return
    with administration(settings) as (admin, name):
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        end_connections(admin, name)
        yield
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@contextmanager
def administration(settings: Settings) -> Iterator[tuple["psycopg.Connection[Any]", Any]]:
    """A connection to PostgreSQL's own database, and the name of ours."""
    name = settings.database.rpartition("/")[2]
    with psycopg.connect(os.environ["TEST_POSTGRESQL_URL"], autocommit=True) as admin:
        yield admin, name


def end_connections(admin: "psycopg.Connection[Any]", name: str) -> None:
    """End every connection to a database."""
    admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
    )


class TestDatabase:
    @pytest.mark.parametrize("trouble", [locked, read_only, full, gone])
    def test_that_cannot_be_written_acknowledges_nothing_and_goes_on_by_itself(
        self, desk: RunningDesk, settings: Settings, visitor: Visitor, trouble: Trouble
    ) -> None:
        message = {"client_id": str(uuid.uuid4()), "text": "and afterwards?"}
        with trouble(desk, settings):
            began = time.monotonic()
            refused = visitor.post(**message)
            assert time.monotonic() - began < 10
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
            assert int(refused.headers["Retry-After"]) > 0
            advised = visitor.post(client_id=str(uuid.uuid4()), text=EMERGENCY)
            assert (advised.status_code, advised.json()["code"]) == (503, "emergency")
            assert "911" in advised.json()["error"].splitlines()[0]
        eventually(lambda: visitor.post(**message).status_code == 201)
        # The server ends connections in its own time: one more request may meet a dead one.
        eventually(lambda: visitor.post(**message).status_code == 200)
        assert visitor.texts().count("and afterwards?") == 1
        eventually(lambda: visitor.texts().count("Here is what our pages say.") == 2)

    @pytest.mark.parametrize("template", ["postgresql"], indirect=True)
    def test_that_is_slow_is_told_in_time_and_stores_it_once(
        self, desk: RunningDesk, settings: Settings, visitor: Visitor
    ) -> None:
        message = {"client_id": str(uuid.uuid4()), "text": "and afterwards?"}
        with by_trigger(settings, "PERFORM pg_sleep(8)"):
            refused = visitor.post(**message)
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        eventually(lambda: visitor.post(**message).status_code == 200)
        assert visitor.texts().count("and afterwards?") == 1

    @pytest.mark.parametrize("template", ["postgresql"], indirect=True)
    def test_that_hangs_does_not_let_a_page_load_for_ever(
        self, desk: RunningDesk, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("frontdesk.refusals._ANSWER_SECONDS", 0.2)
        visitor = desk.visit()
        engine = create_engine(settings.database)
        with engine.connect() as connection:
            connection.exec_driver_sql("LOCK TABLE conversations IN ACCESS EXCLUSIVE MODE")
            refused = desk.http.get(f"{visitor.path}/messages", headers=visitor.headers)
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        engine.dispose()

    def test_of_a_version_before_is_served_while_the_new_one_starts(
        self, settings: Settings
    ) -> None:
        engine = create_engine(settings.database)
        later = {"form_dropped", "read_by_patient", "read_by_staff"}
        columns = {column["name"] for column in inspect(engine).get_columns("conversations")}
        assert later <= columns
        with engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO conversations (id, channel, created_at, owner, last_number, "
                    "last_message_at) VALUES ('c', 'web', :now, 'assistant', 0, :now)"
                ),
                {"now": "2026-11-26 09:00:00+00:00"},
            )
            row = connection.execute(text("SELECT * FROM conversations")).mappings().one()
        engine.dispose()
        assert (row["form_dropped"], row["read_by_patient"], row["read_by_staff"]) == (0, 0, 0)


class TestFeed:
    def test_is_not_held_back_by_proxies_and_shows_life_before_they_give_up(
        self, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert live.HEARTBEAT_SECONDS <= 25
        monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)
        with visitor.desk.http.stream(
            "GET", f"{visitor.path}/feed", headers=visitor.headers
        ) as response:
            assert response.headers["X-Accel-Buffering"] == "no"
            assert ": alive" in response.iter_lines()

    @pytest.mark.parametrize("template", ["postgresql"], indirect=True)
    def test_goes_on_when_the_database_is_back(
        self, desk: RunningDesk, settings: Settings, visitor: Visitor
    ) -> None:
        with administration(settings) as (admin, name):
            end_connections(admin, name)
        eventually(lambda: visitor.post(client_id=str(uuid.uuid4()), text="back?").is_success)
        with visitor.feed("3") as events:
            assert next(events)["data"]["text"] == "back?"


class TestAssistant:
    @pytest.mark.parametrize(
        "url", ["http://no-such-host.invalid:5005", "http://127.0.0.1:9", "http://192.0.2.1:5005"]
    )
    def test_that_cannot_be_found_costs_nobody_a_question(
        self, settings: Settings, clinic: Clinic, assistant: FakeAssistant, url: str
    ) -> None:
        values: dict[str, Any] = {**settings.model_dump(), "assistant_token": TOKEN}
        clock = TestClock()
        app = create_app(Settings.model_validate({**values, "assistant_url": url}), clinic, clock)
        with served(app) as address:
            visitor = RunningDesk(app, address, assistant, clock).visit()
            visitor.say("does it hurt?")
            clock.ahead = timedelta(seconds=9)
            visitor.wait_for("taking longer than usual")
            assert visitor.read()["state"]["waiting"] is True
            assert visitor.read()["state"]["thinking"] is True


class TestOldClient:
    """A page that was loaded before an update goes on with the new front desk."""

    def test_finds_all_that_the_first_version_sent(self, desk: RunningDesk) -> None:
        visitor = desk.visit()
        answer = visitor.post(client_id=str(uuid.uuid4()), text="does it hurt?")
        assert set(answer.json()) == {"id", "number"}
        visitor.wait_until_quiet()
        found = visitor.read()
        assert set(found) == {"messages", "state"}
        assert set(found["messages"][0]) >= {
            *("id", "number", "author", "name", "kind", "text", "choices", "choice", "chosen"),
            *("topic", "client_id", "created_at"),
        }
        assert set(found["state"]) >= {
            *("owner", "staff_name", "thinking", "waiting", "ended", "last_number"),
        }

    def test_gets_an_answer_however_its_requests_look(
        self, desk: RunningDesk, nurse: Person
    ) -> None:
        visitor = desk.visit()
        answer = httpx2.get(
            f"{desk.url}{visitor.path}/messages?after=0&v=0&unknown=x",
            headers={**visitor.headers, "X-Old": "1", "Accept": "text/plain"},
            trust_env=False,
        )
        assert answer.status_code == 200
