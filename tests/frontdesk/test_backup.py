"""`frontdesk backup` and `frontdesk restore`: all of it comes back, on either database."""

import asyncio
import gzip
import json
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest
from alembic import command
from psycopg import sql
from sqlalchemy import create_engine, insert, select, text

from frontdesk.audit import AuditEntry, record
from frontdesk.backup import portable, restoring, revisions
from frontdesk.backup.archive import Archive, BackupError, End
from frontdesk.backup.restoring import check, restore
from frontdesk.backup.taking import back_up
from frontdesk.cli import main
from frontdesk.conversations.models import Conversation, Message
from frontdesk.database import Database
from frontdesk.migrating import MigrationError, configuration, migrate
from frontdesk.staff import service as staff
from frontdesk.tables import metadata
from tests.frontdesk.filling import ROWS, fill

NOW = datetime(2026, 11, 26, 3, 27, 1, 5, UTC)
OLDER = revisions.known()[:-1]
MORE_MESSAGES = 12
# Another order of texts than SQLite's.
ORDERED_BY_LANGUAGE = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'"
Everything = dict[str, list[dict[str, Any]]]


def untold(done: str, conversations: int) -> None:
    """Nobody watches."""


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Another database of each kind, without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/new/frontdesk.db"
        return
    server = os.environ.get("TEST_POSTGRESQL_URL")
    if not server:
        pytest.skip("no PostgreSQL: set TEST_POSTGRESQL_URL, see docs/develop.md")
    statement = sql.SQL("CREATE DATABASE {} " + ORDERED_BY_LANGUAGE)
    name = f"preconsult_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(statement.format(sql.Identifier(name)))
        yield f"postgresql+psycopg://{server.split('://')[1].rsplit('/', 1)[0]}/{name}"
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def filled(database_url: str) -> str:
    """A database of each kind with rows in every table, and one conversation of some length."""
    fill_all(database_url)
    return database_url


@pytest.fixture
def archive(filled: str, tmp_path: Path) -> Path:
    """A backup of it."""
    return backup_of(filled, tmp_path / "backup.gz")


@pytest.fixture(scope="session")
def sample_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same on SQLite, for tests that only read it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('sample')}/frontdesk.db"
    fill_all(url)
    return url


@pytest.fixture
def sample(sample_url: str, tmp_path: Path) -> Path:
    """A backup of that."""
    return backup_of(sample_url, tmp_path / "sample.gz")


def fill_all(url: str) -> None:
    """Rows in every table, and one conversation of some length."""
    migrate(url)
    fill(url)
    more = [
        {
            "id": f"{'aB-_'[number % 4]}more{number}",
            "conversation_id": "b0",
            "number": number + 100,
            "author": "patient",
            "kind": "text",
            "text": f"And {number} more things.",
            "created_at": NOW + timedelta(seconds=number),
        }
        for number in range(MORE_MESSAGES)
    ]
    execute(url, insert(Message).values(more))


def backup_of(url: str, path: Path) -> Path:
    """A backup that was made now."""
    back_up(url, path, NOW, untold)
    return path


def execute(url: str, *statements: Any) -> None:
    """Change the database behind everybody's back."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement) if isinstance(statement, str) else statement)
    engine.dispose()


def be_a_desk(url: str) -> None:
    """Leave the database as a running desk does: in SQLite nobody who reads is in the way."""

    async def work() -> None:
        database = Database(url)
        await database.check()
        await database.close()

    asyncio.run(work())


def everything(url: str) -> Everything:
    """All rows of all tables, as the program sees them."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted(
                (dict(row) for row in connection.execute(select(table)).mappings()), key=repr
            )
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return found


def lines(path: Path) -> list[str]:
    """The lines after the header."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return list(file)[1:]


def rewritten(path: Path, lines: list[str]) -> Path:
    """An archive of these lines, as gzip sees it in order."""
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(lines)
    return path


def hashes(path: Path) -> list[str]:
    """The hashes of all conversations and sections, in an order of their own."""
    kinds = ('"conversation"', '"section"')
    return sorted(line for line in lines(path) if f'"kind":{kinds[0]}' in line or kinds[1] in line)


class TestARoundTrip:
    def test_loses_nothing_and_changes_nothing(
        self, filled: str, archive: Path, target: str, tmp_path: Path
    ) -> None:
        end = restore(target, archive, untold)
        assert end.conversations == ROWS
        assert everything(target) == everything(filled)
        again = backup_of(target, tmp_path / "again.gz")
        assert hashes(again) == hashes(archive)
        assert sorted(lines(again)[:-1]) == sorted(lines(archive)[:-1])

    def test_holds_every_table_of_the_code(self, archive: Path) -> None:
        _, end = check(archive)
        assert end.tables.keys() == metadata.tables.keys()
        assert end.tables == dict.fromkeys(metadata.tables, ROWS) | {
            "messages": ROWS + MORE_MESSAGES
        }

    def test_is_the_same_in_many_pages_and_batches(
        self,
        archive: Path,
        filled: str,
        target: str,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        for module in (portable, restoring):
            monkeypatch.setattr(module, "PAGE", 2)
        monkeypatch.setattr(restoring, "_BATCH", 5)
        paged = backup_of(filled, tmp_path / "paged.gz")
        assert lines(paged) == lines(archive)
        restore(target, paged, untold)
        assert everything(target) == everything(filled)

    def test_is_the_same_however_the_rows_lie_on_disk(
        self, filled: str, archive: Path, tmp_path: Path
    ) -> None:
        # PostgreSQL writes a changed row behind all others.
        execute(filled, "UPDATE messages SET kind = kind WHERE number = 103")
        assert lines(backup_of(filled, tmp_path / "again.gz")) == lines(archive)

    def test_of_an_empty_database_is_one(
        self, database_url: str, target: str, tmp_path: Path
    ) -> None:
        migrate(database_url)
        restore(target, backup_of(database_url, tmp_path / "empty.gz"), untold)
        assert everything(target) == everything(database_url)

    def test_lets_the_numbers_of_the_audit_go_on(self, archive: Path, target: str) -> None:
        restore(target, archive, untold)

        async def work() -> int:
            database = Database(target)
            async with database.transaction() as session:
                record(session, NOW, "system", "test", "c1")
            async with database.reading() as session:
                found = await session.scalar(select(AuditEntry.id).order_by(AuditEntry.id.desc()))
            await database.close()
            return found or 0

        assert asyncio.run(work()) == ROWS + 1

    @pytest.mark.parametrize("revision", OLDER)
    def test_of_an_older_version_ends_in_this_one(
        self, database_url: str, target: str, revision: str, tmp_path: Path
    ) -> None:
        command.upgrade(configuration(database_url), revision)
        fill(database_url)
        archive = backup_of(database_url, tmp_path / "older.gz")
        restore(target, archive, untold)
        migrate(database_url)
        assert everything(target) == everything(database_url)

    def test_of_an_older_version_fits_a_database_that_this_one_has_begun(
        self, target: str, tmp_path: Path
    ) -> None:
        older = f"sqlite:///{tmp_path}/older.db"
        command.upgrade(configuration(older), OLDER[0])
        fill(older)
        archive = backup_of(older, tmp_path / "older.gz")
        migrate(target)
        restore(target, archive, untold)
        migrate(older)
        assert everything(target) == everything(older)

    def test_takes_a_database_in_which_only_the_first_link_is(
        self, sample: Path, sample_url: str, target: str
    ) -> None:
        migrate(target)

        async def work() -> None:
            database = Database(target)
            async with database.transaction() as session:
                assert await staff.first_invitation(session, NOW)
            await database.close()

        asyncio.run(work())
        restore(target, sample, untold)
        assert everything(target) == everything(sample_url)


class TestTheFile:
    def test_is_for_its_owner_only_and_alone(self, sample: Path) -> None:
        assert sample.stat().st_mode & 0o777 == 0o600
        assert [path for path in sample.parent.iterdir() if path.name.startswith(".")] == []

    def test_keeps_a_conversation_together(self, sample: Path) -> None:
        block: list[str] = []
        for line in (json.loads(each) for each in lines(sample)):
            if line["kind"] == "row":
                block.append(line["row"].get("conversation_id", line["row"].get("id")))
            elif line["kind"] == "conversation":
                assert set(block) == {line["id"]}
            if line["kind"] != "row":
                block = []

    def test_says_times_in_utc_and_json_as_it_is_stored(self, sample: Path) -> None:
        rows = [json.loads(line) for line in lines(sample) if '"kind":"row"' in line]
        handovers = {row["row"]["id"]: row["row"] for row in rows if row["table"] == "handovers"}
        assert handovers["b0"]["opened_at"] == "2026-11-01T08:59:59.999999Z"
        assert handovers["_2"]["details"] == "null"
        assert handovers["B1"]["details"] == "{}"
        assert handovers["B1"]["closed_at"] is None

    def test_is_of_one_moment(
        self, filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(portable, "PAGE", 2)
        be_a_desk(filled)
        before = everything(filled)
        more = {"channel": "web", "created_at": NOW, "last_message_at": NOW, "owner": "assistant"}

        def write(done: str, conversations: int) -> None:
            values = {"id": f"zzz-{conversations}", "last_number": 0, "form_dropped": False, **more}
            execute(
                filled,
                insert(Conversation).values(values),
                "UPDATE messages SET text = 'written meanwhile'",
                "DELETE FROM bookings",
            )

        end = back_up(filled, tmp_path / "moment.gz", NOW, write)
        assert end.conversations == ROWS
        assert end.tables["bookings"] == len(before["bookings"])
        assert "written meanwhile" not in "".join(lines(tmp_path / "moment.gz"))
        assert len(everything(filled)["conversations"]) > ROWS


class TestAnArchive:
    """What is no whole archive is refused, and before anything is written."""

    def refused(self, path: Path, tmp_path: Path) -> str:
        database = tmp_path / "untouched.db"
        with pytest.raises(BackupError) as caught:
            restore(f"sqlite:///{database}", path, untold)
        assert not database.exists()
        return str(caught.value)

    def test_that_is_cut_off_is_refused(self, sample: Path, tmp_path: Path) -> None:
        whole = sample.read_bytes()
        for length in (4, 12, 40, len(whole) // 2, len(whole) - 9, len(whole) - 1):
            sample.write_bytes(whole[:length])
            assert "is cut off" in self.refused(sample, tmp_path)

    def test_that_is_empty_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "nothing").touch()
        assert "is no backup" in self.refused(tmp_path / "nothing", tmp_path)

    def test_with_a_line_missing_or_added_is_refused(self, sample: Path, tmp_path: Path) -> None:
        with gzip.open(sample, "rt", encoding="utf-8") as file:
            all_lines = list(file)
        other = tmp_path / "other.gz"
        assert "is cut off" in self.refused(rewritten(other, all_lines[:-1]), tmp_path)
        for number in range(1, len(all_lines) - 1):
            without = all_lines[:number] + all_lines[number + 1 :]
            assert "is damaged" in self.refused(rewritten(other, without), tmp_path)
        for more in (all_lines[-1], "{}\n"):
            assert "is damaged" in self.refused(rewritten(other, [*all_lines, more]), tmp_path)

    def test_with_one_byte_flipped_is_refused(self, sample: Path, tmp_path: Path) -> None:
        whole = sample.read_bytes()
        # gzip's own header of ten bytes holds nothing of ours.
        for place in range(10, len(whole), 7):
            flipped = bytes([whole[place] ^ 0xFF])
            sample.write_bytes(whole[:place] + flipped + whole[place + 1 :])
            assert self.refused(sample, tmp_path)

    def test_with_one_word_changed_is_refused(self, sample: Path, tmp_path: Path) -> None:
        with gzip.open(sample, "rt", encoding="utf-8") as file:
            changed = [line.replace("And 3 more", "And 4 more") for line in file]
        assert "is damaged" in self.refused(rewritten(sample, changed), tmp_path)

    @pytest.mark.parametrize(
        ("header", "told"),
        [
            ({"version": 2}, "format version 2"),
            ({"format": "other"}, "is no backup"),
            ({"kind": "row"}, "is no backup"),
            ({"revision": "9999"}, "newer version (revision 9999)"),
            ({"tables": 5}, "is damaged"),
        ],
    )
    def test_with_another_header_is_refused(
        self, sample: Path, tmp_path: Path, header: dict[str, Any], told: str
    ) -> None:
        with gzip.open(sample, "rt", encoding="utf-8") as file:
            first, *rest = file
        other = json.dumps(json.loads(first) | header) + "\n"
        assert told in self.refused(rewritten(sample, [other, *rest]), tmp_path)

    def test_that_was_never_one_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "letter").write_text("Dear clinic")
        assert "is no backup" in self.refused(tmp_path / "letter", tmp_path)
        assert "is no backup" in self.refused(rewritten(tmp_path / "b.gz", ["Dear\n"]), tmp_path)

    def test_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        assert "cannot be read (No such file" in self.refused(tmp_path / "nowhere.gz", tmp_path)


class TestTheDatabase:
    @pytest.mark.parametrize("emptied", ["staff", "conversations"])
    def test_that_holds_anything_is_left_alone(
        self, archive: Path, filled: str, emptied: str
    ) -> None:
        own = {name for name, table in metadata.tables.items() if "conversation_id" in table.c}
        gone = {
            "staff": {"invitations", "staff_sessions", "personal_tokens", "staff"},
            "conversations": {*own, "conversations"},
        }[emptied]
        for table in reversed(metadata.sorted_tables):
            if table.name in gone:
                execute(filled, f"DELETE FROM {table.name}")
        before = everything(filled)
        with pytest.raises(BackupError, match=r"holds \w+ already.*DATABASE_URL"):
            restore(filled, archive, untold)
        assert everything(filled) == before

    def test_that_gives_back_something_else_keeps_nothing(self, sample: Path, target: str) -> None:
        migrate(target)
        before = everything(target)
        execute(target, *changing_trigger(target))
        with pytest.raises(BackupError, match="does not give back the conversation"):
            restore(target, sample, untold)
        assert everything(target) == before

    def test_that_does_not_take_a_row_keeps_nothing(self, sample: Path, target: str) -> None:
        migrate(target)
        before = everything(target)
        execute(target, "CREATE UNIQUE INDEX once ON messages (author)")
        with pytest.raises(BackupError, match="does not take the archive's rows of messages"):
            restore(target, sample, untold)
        assert everything(target) == before

    def test_with_rows_of_no_conversation_is_told(self, tmp_path: Path) -> None:
        # Of the two, only SQLite may be told not to look.
        url = f"sqlite:///{tmp_path}/frontdesk.db"
        fill_all(url)
        execute(url, "UPDATE handovers SET conversation_id = 'gone'")
        with pytest.raises(BackupError, match="handovers holds rows of conversations that are not"):
            back_up(url, tmp_path / "b.gz", NOW, untold)
        assert not (tmp_path / "b.gz").exists()

    def test_without_tables_is_told(self, database_url: str, tmp_path: Path) -> None:
        execute(database_url, "CREATE TABLE other (id INTEGER)")
        with pytest.raises(BackupError, match="no tables of the front desk"):
            back_up(database_url, tmp_path / "b.gz", NOW, untold)

    def test_with_tables_that_its_version_has_not_is_told(self, sample: Path, target: str) -> None:
        migrate(target)
        execute(target, "ALTER TABLE messages ADD COLUMN more TEXT")
        with pytest.raises(BackupError, match="row of messages does not have the columns"):
            restore(target, sample, untold)
        execute(target, "DROP TABLE handovers")
        with pytest.raises(BackupError, match="does not have the tables that its version says"):
            restore(target, sample, untold)

    def test_with_a_column_that_no_archive_holds_exactly_is_told(
        self, database_url: str, tmp_path: Path
    ) -> None:
        migrate(database_url)
        kind = "BLOB" if database_url.startswith("sqlite") else "BYTEA"
        execute(database_url, f"ALTER TABLE staff ADD COLUMN picture {kind}")
        with pytest.raises(BackupError, match=rf"staff\.picture has the type {kind}"):
            back_up(database_url, tmp_path / "b.gz", NOW, untold)

    def test_that_stays_behind_after_restoring_is_told(
        self, sample: Path, target: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(url: str) -> NoReturn:
            raise MigrationError

        monkeypatch.setattr(restoring, "migrate", fail)
        with pytest.raises(BackupError, match=r"All is restored, but .* `frontdesk migrate`"):
            restore(target, sample, untold)

    def test_of_a_newer_version_is_told(
        self, database_url: str, sample: Path, tmp_path: Path
    ) -> None:
        migrate(database_url)
        execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(BackupError, match="newer version"):
            back_up(database_url, tmp_path / "b.gz", NOW, untold)
        with pytest.raises(BackupError, match="newer version"):
            restore(database_url, sample, untold)

    def test_with_tables_of_others_is_backed_up_without_them(
        self, database_url: str, tmp_path: Path
    ) -> None:
        migrate(database_url)
        execute(database_url, "CREATE TABLE other (id INTEGER)")
        end = back_up(database_url, tmp_path / "b.gz", NOW, untold)
        assert end.tables.keys() == metadata.tables.keys()


def changing_trigger(url: str) -> list[str]:
    """Statements after which the database keeps other words than it is given."""
    if url.startswith("sqlite"):
        return [
            "CREATE TRIGGER changing AFTER INSERT ON messages BEGIN "
            "UPDATE messages SET text = 'other' WHERE id = NEW.id; END"
        ]
    return [
        "CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.text = 'other'; RETURN NEW; END $$",
        "CREATE TRIGGER changing BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION change()",
    ]


class Terminal:
    """Runs commands in an own folder, with the database as it is set."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def run(self, *words: str) -> str:
        """What a command prints that succeeds."""
        assert main(words) == 0
        printed = self.capsys.readouterr()
        assert printed.err == ""
        return printed.out

    def refused(self, *words: str) -> str:
        """The one line of a command that fails."""
        assert main(words) == 1
        printed = self.capsys.readouterr()
        assert printed.out == ""
        assert printed.err.count("\n") == 1
        return printed.err


@pytest.fixture
def terminal(
    tmp_path: Path,
    sample_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Terminal]:
    """A terminal in the test's own folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", sample_url)
    before = os.umask(0o022)
    yield Terminal(capsys)
    os.umask(before)


def no_rest(folder: Path) -> bool:
    """Whether neither a backup nor a part of one is in the folder."""
    return not [path for path in folder.iterdir() if "b.gz" in path.name]


class TestTheCommands:
    def test_say_what_they_have_done(
        self, terminal: Terminal, sample_url: str, target: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        amount = f"{ROWS} conversations, {ROWS + MORE_MESSAGES} messages"
        assert terminal.run("backup", "b.gz") == f"ok: {amount} in b.gz, 0.0 MB, read back\n"
        assert terminal.run("restore", "--check", "b.gz").endswith(f" UTC: {amount}\n")
        monkeypatch.setenv("DATABASE_URL", target)
        assert f"ok: {amount} from b.gz" in terminal.run("restore", "b.gz")
        assert everything(target) == everything(sample_url)
        assert "holds conversations already" in terminal.refused("restore", "b.gz")

    def test_tell_a_person_how_far_they_are(
        self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("frontdesk.cli._TOLD_EVERY", ROWS)
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        assert main(["backup", "b.gz"]) == 0
        assert terminal.capsys.readouterr().err == f"{ROWS} conversations written\n"

    def test_never_write_over_a_file(self, terminal: Terminal, tmp_path: Path) -> None:
        (tmp_path / "b.gz").write_text("the only copy")
        assert "b.gz is there already" in terminal.refused("backup", "b.gz")
        assert (tmp_path / "b.gz").read_text() == "the only copy"

    @pytest.mark.parametrize(
        ("file", "told"),
        [
            ("nowhere/b.gz", "no folder nowhere"),
            ("/proc/b.gz", "cannot be written"),
            (f"{'x' * 300}b.gz", "cannot be written (File name too long)"),
        ],
    )
    def test_tell_where_nothing_can_be_written(
        self, terminal: Terminal, file: str, told: str
    ) -> None:
        assert told in terminal.refused("backup", file)

    def test_leave_nothing_where_the_disk_is_full(
        self, terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(descriptor: int) -> NoReturn:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        assert "(No space left on device)" in terminal.refused("backup", "b.gz")
        assert no_rest(tmp_path)

    @pytest.mark.parametrize("told_by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_leave_nothing_when_they_are_told_to_stop(
        self,
        terminal: Terminal,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        told_by: signal.Signals,
    ) -> None:
        monkeypatch.setattr(Archive, "check", stopping(told_by))
        with heard(told_by):
            assert "Stopped before the end" in terminal.refused("backup", "b.gz")
        assert no_rest(tmp_path)

    def test_restore_nothing_when_they_are_told_to_stop(
        self, terminal: Terminal, sample: Path, target: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", target)
        monkeypatch.setattr(restoring, "_compare", stopping(signal.SIGTERM))
        assert "Stopped before the end" in terminal.refused("restore", str(sample))
        assert not any(everything(target).values())

    def test_tell_that_there_is_no_database(
        self, terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", "sqlite:///other/frontdesk.db")
        assert "There is no database other/frontdesk.db" in terminal.refused("backup", "b.gz")
        assert not (tmp_path / "other").exists()
        assert no_rest(tmp_path)


@contextmanager
def heard(number: signal.Signals) -> Iterator[None]:
    """The signal as a terminal's command hears it, also where the tests run in the background."""
    is_break = number is signal.SIGINT
    before = signal.signal(number, signal.default_int_handler if is_break else signal.SIG_DFL)
    yield
    signal.signal(number, before)


def stopping(told_by: signal.Signals) -> Any:
    """A function in which the process is told to stop."""

    def stop(*_: Any) -> End:
        os.kill(os.getpid(), told_by)
        raise AssertionError("it went on")

    return stop
