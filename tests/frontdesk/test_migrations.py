"""The migrations lead to the tables that the code describes, on both databases."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from frontdesk.backup import revisions
from frontdesk.migrating import MigrationError, configuration, migrate
from frontdesk.tables import metadata
from tests.frontdesk.filling import ROWS, contents, fill


def test_lead_to_the_tables_of_the_code(database_url: str) -> None:
    migrate(database_url)
    engine = create_engine(database_url)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert differences == []


def test_may_run_at_every_start(database_url: str) -> None:
    migrate(database_url)
    migrate(database_url)


def test_can_be_taken_back(database_url: str) -> None:
    migrate(database_url)
    command.downgrade(configuration(database_url), "base")
    migrate(database_url)


def test_make_the_folder_of_a_new_database(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path}/deep/down/frontdesk.db")
    assert (tmp_path / "deep" / "down" / "frontdesk.db").exists()


def execute(url: str, statement: str) -> None:
    """Change the database behind the migrations' back."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_that_fail_half_way_leave_nothing_and_can_be_repeated(database_url: str) -> None:
    execute(database_url, "CREATE TABLE turns (in_the_way INTEGER)")
    with pytest.raises(DBAPIError):
        migrate(database_url)
    execute(database_url, "DROP TABLE turns")
    migrate(database_url)


MIGRATE_WHEN_TOLD = """
import sys
from frontdesk.migrating import migrate
from frontdesk import tables
print("ready", flush=True)
sys.stdin.readline()
migrate(sys.argv[1])
"""


def test_may_be_run_by_several_at_once(database_url: str) -> None:
    command = [sys.executable, "-c", MIGRATE_WHEN_TOLD, database_url]
    migrating = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
        )
        for _ in range(3)
    ]
    for process in migrating:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in migrating:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60) and process.returncode for process in migrating] == [
        0,
        0,
        0,
    ]


def test_of_a_newer_version_are_refused_with_what_to_do(database_url: str) -> None:
    migrate(database_url)
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(MigrationError, match=r"9999.*restore a backup"):
        migrate(database_url)


@pytest.mark.parametrize("revision", revisions.known())
def test_keep_all_that_any_earlier_version_has_written(database_url: str, revision: str) -> None:
    command.upgrade(configuration(database_url), revision)
    fill(database_url)
    before = contents(database_url)
    migrate(database_url)
    after = contents(database_url)
    for table, rows in before.items():
        assert len(rows) == ROWS
        assert after[table].keys() == rows.keys()
        for key, row in rows.items():
            assert {name: after[table][key][name] for name in row} == row
