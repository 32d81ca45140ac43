"""The command `frontdesk`: accounts from a terminal, and one clear line for each mistake."""

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from frontdesk.cli import main
from frontdesk.clock import system_clock
from frontdesk.database import Database
from frontdesk.staff import entering

EMAIL = "dana@example.com"
PASSWORD = "sugar water and patience"
LINK = "http://localhost:8000/inbox/invitations/"


class Terminal:
    """Runs commands and reads what they print."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys

    def run(self, words: str) -> str:
        """What a command prints that succeeds."""
        assert main(words.split()) == 0
        return self.capsys.readouterr().out

    def refused(self, words: str) -> str:
        """The one line of a command that fails."""
        assert main(words.split()) == 1
        printed = self.capsys.readouterr()
        assert printed.out == ""
        assert printed.err.count("\n") == 1
        return printed.err

    def add(self) -> str:
        """An account; gives the token of its link."""
        link = self.run(f"staff add --name Dana --email {EMAIL} --role clinician")
        return link.strip().removeprefix(LINK)

    def accept(self, token: str) -> None:
        """Use the link as the person would."""
        now: datetime = system_clock()

        async def work() -> None:
            database = Database(f"sqlite:///{self.folder / 'var' / 'frontdesk.db'}")
            await entering.accept_invitation(database, token, now, password=PASSWORD)
            await database.close()

        asyncio.run(work())


@pytest.fixture
def terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Terminal]:
    """A terminal in an empty folder, with nothing set."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "VAR_DIR", "PUBLIC_URL", "PORT", "ASSISTANT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    before = os.umask(0o022)
    yield Terminal(tmp_path, capsys)
    os.umask(before)


class TestStaff:
    def test_a_link_lets_in_whom_the_first_one_did_not(self, terminal: Terminal) -> None:
        first = terminal.add()
        assert f" {EMAIL}  clinician  invited   Dana" in f" {terminal.run('staff list')}"
        link = terminal.run(f"staff link --email {EMAIL}").strip()
        assert link.startswith(LINK)
        assert not link.endswith(first)
        terminal.accept(link.removeprefix(LINK))
        assert "active" in terminal.run("staff list")

    def test_a_disabled_account_is_listed_as_such(self, terminal: Terminal) -> None:
        terminal.accept(terminal.add())
        terminal.run(f"staff disable --email {EMAIL}")
        assert terminal.run("staff list").split() == [EMAIL, "clinician", "disabled", "Dana"]
        assert "a new link opens it" in terminal.refused(f"staff token --email {EMAIL}")

    def test_nobody_is_listed_where_nobody_is(self, terminal: Terminal) -> None:
        assert terminal.run("staff list") == ""

    @pytest.mark.parametrize("action", ["link", "disable", "token"])
    def test_an_unknown_address_is_told(self, terminal: Terminal, action: str) -> None:
        assert "no account for a@b.example" in terminal.refused(
            f"staff {action} --email a@b.example"
        )

    def test_the_first_link_is_there_until_there_is_an_account(self, terminal: Terminal) -> None:
        assert terminal.run("staff first-link").startswith(LINK)
        terminal.add()
        assert terminal.run("staff first-link") == ""


class TestFiles:
    def test_are_for_their_owner_only(self, terminal: Terminal) -> None:
        terminal.run("migrate")
        folder = terminal.folder / "var"
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (folder / "frontdesk.db").stat().st_mode & 0o777 == 0o600


class TestMistakes:
    @pytest.mark.parametrize("url", ["nonsense", "postgresql+psycopg://a@h:port/x", "sqlite:///"])
    def test_an_address_that_cannot_be_used_is_told_by_its_setting(
        self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, url: str
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", url)
        assert terminal.refused("migrate").startswith("DATABASE_URL: ")

    def test_a_server_that_does_not_answer_is_told(
        self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nothing")
        assert "check DATABASE_URL" in terminal.refused("migrate")

    def test_a_folder_that_cannot_be_made_is_named(
        self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (terminal.folder / "file").touch()
        monkeypatch.setenv("VAR_DIR", "file/var")
        assert "folder file/var cannot be made" in terminal.refused("migrate")

    def test_a_file_that_is_no_database_is_told(self, terminal: Terminal) -> None:
        (terminal.folder / "var").mkdir()
        (terminal.folder / "var" / "frontdesk.db").write_text("not a database at all")
        assert "check DATABASE_URL" in terminal.refused("migrate")

    def test_a_database_of_a_newer_version_is_told(self, terminal: Terminal) -> None:
        terminal.run("migrate")
        with sqlite3.connect(terminal.folder / "var" / "frontdesk.db") as database:
            database.execute("UPDATE alembic_version SET version_num = '9999'")
        assert "restore a backup" in terminal.refused("staff list")
