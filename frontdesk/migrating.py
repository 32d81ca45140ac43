"""Brings the database to the shape that this version needs; safe to run at every start."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from frontdesk.database import prepare_folder

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


class MigrationError(Exception):
    """The database cannot be brought to this version; the message says what to do."""


def migrate(url: str) -> None:
    """Run what is missing, all or nothing; `url` as in `DATABASE_URL`.

    Raises `MigrationError`, and `SettingsError` for a folder that cannot be made. Several at once
    wait for each other.
    """
    prepare_folder(url)
    try:
        command.upgrade(configuration(url), "head")
    except CommandError as error:
        raise MigrationError(
            f"The database is not one of this version or of one before it ({error}). Start the "
            "version that it belongs to, or restore a backup from before that one."
        ) from None


def configuration(url: str) -> Config:
    """Alembic's configuration, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config
