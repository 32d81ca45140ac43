"""Brings the database to the shape that this version needs; safe to run at every start."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config

from frontdesk.database import prepare_folder

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def migrate(url: str) -> None:
    """Run what is missing; `url` as in `DATABASE_URL`."""
    prepare_folder(url)
    command.upgrade(configuration(url), "head")


def configuration(url: str) -> Config:
    """Alembic's configuration, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config
