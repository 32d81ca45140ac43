"""Alembic's entry: connects without asyncio and runs the migrations in one transaction."""

from typing import Literal

from alembic import context
from sqlalchemy import create_engine

from frontdesk.database import UtcDateTime
from frontdesk.tables import metadata


def render(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Migrations stand alone: they name the column type itself, not our class around it."""
    return "sa.DateTime(timezone=True)" if isinstance(item, UtcDateTime) else False


url = context.config.get_main_option("sqlalchemy.url")
assert url is not None, "run migrations through `frontdesk migrate`"
engine = create_engine(url)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        # SQLite changes a column by copying its table.
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
