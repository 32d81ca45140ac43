"""The migrations lead to the tables that the code describes, on both databases."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from frontdesk.migrating import configuration, migrate
from frontdesk.tables import metadata


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
