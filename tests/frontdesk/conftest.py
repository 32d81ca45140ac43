"""Fixtures: a front desk on each database, with a stand-in for the assistant."""

import asyncio
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from argon2 import PasswordHasher
from psycopg import sql
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.ext.asyncio import AsyncEngine

from clinic.settings import Clinic, load_clinic
from frontdesk import database
from frontdesk.app import create_app
from frontdesk.clock import system_clock
from frontdesk.database import Database
from frontdesk.migrating import migrate
from frontdesk.settings import Settings
from frontdesk.staff import entering
from frontdesk.staff import secrets as secrets_of_staff
from frontdesk.staff import service as staff_service
from frontdesk.tables import metadata
from frontdesk.turns import breaker
from tests.fakes.assistant import FakeAssistant
from tests.frontdesk.browser import EMAIL, PASSWORD, Browser
from tests.frontdesk.desk import RunningDesk, TestClock, Visitor, served

TOKEN = "a-token-for-tests-of-32-characters"


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Hashes that take a moment: what they cost on purpose would be half of all tests' time."""
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(secrets_of_staff, "_hasher", quick)
        yield


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Each kind of database compiles a statement once, not again for every test's connections."""
    make = database._engine
    compiled: dict[type, Any] = {}

    def engine(url: URL) -> AsyncEngine:
        made = make(url)
        known = compiled.setdefault(type(made.dialect), made.sync_engine._compiled_cache)
        made.sync_engine._compiled_cache = known
        return made

    with pytest.MonkeyPatch.context() as patch:
        # Compiled statements are kept by their dialect, and those of a kind are the same here.
        patch.setattr(DefaultDialect, "__eq__", lambda one, other: type(one) is type(other))
        patch.setattr(DefaultDialect, "__hash__", lambda one: hash(type(one)))
        patch.setattr(database, "_engine", engine)
        yield


@pytest.fixture(scope="session", autouse=True)
def certificates_read_once() -> Iterator[None]:
    """Each client that tests make would read all authorities' certificates again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "httpx2._transports.default.create_ssl_context", cache(httpx2.create_ssl_context)
        )
        yield


@pytest.fixture(scope="session")
def clinic() -> Clinic:
    """The clinic of the repository."""
    return load_clinic(Path(__file__).parents[2] / "clinic.yml")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind; PostgreSQL where `TEST_POSTGRESQL_URL` names a server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'frontdesk.db'}"
        return
    with new_database(postgresql_server()) as url:
        yield url


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def template(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A database with all tables, made once."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('template') / 'frontdesk.db'}"
        migrate(url)
        yield url
        return
    with new_database(postgresql_server()) as url:
        migrate(url)
        yield url


@pytest.fixture
def tables_url(template: str, tmp_path: Path) -> Iterator[str]:
    """A database of each kind with all tables and nothing in them."""
    if template.startswith("sqlite"):
        path = tmp_path / "frontdesk.db"
        shutil.copyfile(template.removeprefix("sqlite:///"), path)
        yield f"sqlite:///{path}"
        return
    yield template
    # Emptied it is the same as a new one, and sooner there.
    names = ", ".join(table.name for table in metadata.sorted_tables)
    engine = create_engine(template)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    engine.dispose()


def postgresql_server() -> str:
    """The address of the server that the tests may use; skips the test without one."""
    server = os.environ.get("TEST_POSTGRESQL_URL")
    if not server:
        pytest.skip("no PostgreSQL: set TEST_POSTGRESQL_URL, see docs/develop.md")
    return server


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """An empty database of the server, until the block ends."""
    name = f"preconsult_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield f"{server.rsplit('/', 1)[0].replace('postgresql://', 'postgresql+psycopg://')}/{name}"
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def assistant() -> Iterator[FakeAssistant]:
    """A stand-in for the assistant."""
    fake = FakeAssistant(TOKEN)
    yield fake
    fake.close()


@pytest.fixture
def settings(tables_url: str, assistant: FakeAssistant, tmp_path: Path) -> Settings:
    """Settings of a front desk for this test alone."""
    values: dict[str, Any] = {
        "var_dir": tmp_path,
        "database_url": tables_url,
        "assistant_url": assistant.url,
        "assistant_token": TOKEN,
        "assistant_timeout_seconds": 2,
    }
    return Settings.model_validate(values)


@pytest.fixture
def desk(
    settings: Settings,
    clinic: Clinic,
    assistant: FakeAssistant,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[RunningDesk]:
    """A running front desk."""
    # An assistant that was left alone is examined again soon, so that tests need not wait.
    monkeypatch.setattr(breaker, "_LONGEST_PAUSE", 0.5)
    clock = TestClock()
    app = create_app(settings, clinic, clock)
    with served(app) as url:
        running = RunningDesk(app, url, assistant, clock)
        yield running
        running.http.close()


@pytest.fixture
def visitor(desk: RunningDesk) -> Visitor:
    """A patient who has got an answer."""
    visitor = desk.visit()
    visitor.say("does it hurt?")
    visitor.wait_until_quiet()
    return visitor


@dataclass
class Person:
    """A member of staff with a personal token."""

    desk: RunningDesk
    name: str
    email: str
    token: str

    def call(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """Ask the JSON interface."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.desk.http.request(method, f"/api/v1/staff{path}", headers=headers, **more)

    def waiting(self) -> list[dict[str, Any]]:
        """The conversations that wait."""
        found: list[dict[str, Any]] = self.call("GET", "/conversations").json()["conversations"]
        return found


@pytest.fixture
def nurse(desk: RunningDesk, settings: Settings) -> Person:
    """Dana, who works here."""
    return hire(desk, settings, "Dana Reyes", "dana@example.com")


def hire(desk: RunningDesk, settings: Settings, name: str, email: str) -> Person:
    """Make an account with a password and a personal token."""

    async def work() -> str:
        database = Database(settings.database)
        now = system_clock()
        async with database.transaction() as session:
            link = await staff_service.add(session, name, email, "clinician", now)
        await entering.accept_invitation(database, link, now, password=PASSWORD)
        async with database.transaction() as session:
            token = await staff_service.add_token(session, email, now)
        await database.close()
        return token

    return Person(desk, name, email, asyncio.run(work()))


@pytest.fixture
def stranger(desk: RunningDesk) -> Iterator[Browser]:
    """Somebody who is not signed in."""
    browser = Browser(desk.url)
    yield browser
    browser.http.close()


@pytest.fixture
def dana(desk: RunningDesk, settings: Settings, stranger: Browser) -> Browser:
    """Dana, signed in."""
    hire(desk, settings, "Dana Reyes", EMAIL)
    assert stranger.sign_in().status_code == 303
    return stranger
