"""The command `frontdesk`: serve, migrate, backup and restore, and the staff's accounts."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.settings import ClinicError, load_clinic
from frontdesk.backup.archive import BackupError, End
from frontdesk.backup.restoring import check, restore
from frontdesk.backup.taking import Tell, back_up
from frontdesk.clock import system_clock
from frontdesk.database import Database
from frontdesk.errors import DeskError
from frontdesk.handovers import answering
from frontdesk.migrating import MigrationError, migrate
from frontdesk.settings import Settings, SettingsError, load_settings
from frontdesk.staff import service as staff

T = TypeVar("T")
ROLES = ("clinician", "staff", "admin")
_TOLD_EVERY: Final = 10_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; mistakes give one clear line and exit code 1."""
    os.umask(0o077)  # whatever is made, it holds patients' words or secrets
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace, Settings], int] = options.run
    try:
        return run(options, load_settings())
    except (SettingsError, ClinicError, MigrationError, BackupError) as error:
        print(error, file=sys.stderr)
    except DeskError as error:
        print(error.sentence, file=sys.stderr)
    except DBAPIError as error:
        kind = type(error.orig).__name__
        print(f"The database cannot be used ({kind}); check DATABASE_URL.", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="frontdesk", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _command(commands, "serve", _serve, "serve the chat and the inbox on PORT")
    _command(commands, "migrate", _migrate, "bring the database to this version")
    backup = _command(commands, "backup", _back_up, "write all there is to FILE, as it is now")
    backup.add_argument("file", metavar="FILE", type=Path)
    restoring = _command(commands, "restore", _restore, "fill an empty database from FILE")
    restoring.add_argument("file", metavar="FILE", type=Path)
    restoring.add_argument("--check", action="store_true", help="only see that FILE is whole")
    people = _command(commands, "staff", None, "accounts of the staff")
    actions = people.add_subparsers(required=True, metavar="ACTION")
    add = _command(actions, "add", _add, "make an account and print its one-time link")
    add.add_argument("--name", required=True)
    add.add_argument("--email", required=True)
    add.add_argument("--role", required=True, choices=ROLES)
    token = _command(actions, "token", _token, "print a personal token for programs, once")
    link = _command(actions, "link", _new_link, "print a one-time link to choose a new password")
    disable = _command(actions, "disable", _disable, "end an account's sessions, tokens and links")
    for each in (token, link, disable):
        each.add_argument("--email", required=True)
    _command(actions, "list", _list, "print all accounts: address, role, state, name")
    _command(actions, "first-link", _first_link, "print the link that makes the first account")
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[argparse.Namespace, Settings], int] | None,
    text: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    if run is not None:
        parser.set_defaults(run=run)
    return parser


def _serve(options: argparse.Namespace, settings: Settings) -> int:
    from frontdesk.serving import serve  # the other commands need no web server

    return serve(settings, load_clinic())


def _migrate(options: argparse.Namespace, settings: Settings) -> int:
    migrate(settings.database)
    return 0


def _back_up(options: argparse.Namespace, settings: Settings) -> int:
    end = back_up(settings.database, options.file, system_clock(), _progress())
    print(f"ok: {_amount(end)} in {options.file}, {_size(options.file)}, read back")
    return 0


def _restore(options: argparse.Namespace, settings: Settings) -> int:
    if options.check:
        archive, end = check(options.file)
        print(f"ok: {options.file} of {archive.header.made_at:%Y-%m-%d %H:%M} UTC: {_amount(end)}")
    else:
        end = restore(settings.database, options.file, _progress())
        print(f"ok: {_amount(end)} from {options.file}, compared with the database")
    return 0


def _amount(end: End) -> str:
    return f"{end.conversations:,} conversations, {end.tables['messages']:,} messages"


def _size(file: Path) -> str:
    return f"{file.stat().st_size / 1_000_000:,.1f} MB"


def _progress() -> Tell:
    def tell(done: str, conversations: int) -> None:
        if conversations % _TOLD_EVERY == 0 and sys.stderr.isatty():
            print(f"{conversations:,} conversations {done}", file=sys.stderr)

    return tell


def _add(options: argparse.Namespace, settings: Settings) -> int:
    token = _in_database(
        settings,
        lambda session: staff.add(
            session, options.name, options.email, options.role, system_clock()
        ),
    )
    print(_link(settings, token))
    return 0


def _token(options: argparse.Namespace, settings: Settings) -> int:
    print(
        _in_database(
            settings, lambda session: staff.add_token(session, options.email, system_clock())
        )
    )
    return 0


def _new_link(options: argparse.Namespace, settings: Settings) -> int:
    token = _in_database(
        settings, lambda session: staff.new_link(session, options.email, system_clock())
    )
    print(_link(settings, token))
    return 0


def _disable(options: argparse.Namespace, settings: Settings) -> int:
    _in_database(
        settings, lambda session: answering.dismiss(session, options.email, system_clock())
    )
    return 0


def _list(options: argparse.Namespace, settings: Settings) -> int:
    people = _in_database(settings, staff.everybody)
    width = max((len(person.email) for person in people), default=0)
    for person in people:
        state = staff.state_of(person)
        print(f"{person.email:<{width}}  {person.role:<9}  {state:<8}  {person.name}")
    return 0


def _first_link(options: argparse.Namespace, settings: Settings) -> int:
    token = _in_database(settings, lambda session: staff.first_invitation(session, system_clock()))
    if token is not None:
        print(_link(settings, token))
    return 0


def _link(settings: Settings, token: str) -> str:
    return f"{settings.public_address}/inbox/invitations/{token}"


def _in_database(settings: Settings, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    async def run() -> T:
        database = Database(settings.database)
        try:
            async with database.transaction() as session:
                return await work(session)
        finally:
            await database.close()

    migrate(settings.database)
    return asyncio.run(run())
