"""Which revisions of the tables this program knows, and how an empty database gets to one."""

from alembic import command
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from frontdesk.backup.archive import BackupError
from frontdesk.migrating import configuration


def known() -> list[str]:
    """All revisions, the oldest first."""
    scripts = ScriptDirectory.from_config(configuration("sqlite://"))
    return [each.revision for each in scripts.walk_revisions()][::-1]


def of(connection: Connection) -> str | None:
    """The revision of the database's tables; `None` where there are none.

    Raises `BackupError` for one that this program does not know.
    """
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is not None and revision not in known():
        raise BackupError(
            f"The database is of a newer version (revision {revision}); use the program that it "
            "belongs to."
        )
    return revision


def move(url: str, current: str | None, wanted: str) -> None:
    """Bring an empty database to a revision that is known, be it later or earlier."""
    order = known()
    if current is not None and order.index(current) > order.index(wanted):
        command.downgrade(configuration(url), wanted)
    else:
        command.upgrade(configuration(url), wanted)
