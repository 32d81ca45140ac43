"""Getting in: passwords are hashed between two transactions, never inside of one.

A hash takes long by design. SQLite has one writer: whoever tried passwords inside of a transaction
would make the patients' messages wait for each try.
"""

from datetime import datetime

from frontdesk.database import Database
from frontdesk.staff import service
from frontdesk.staff.secrets import check_new_password, hash_password, verify_password


async def sign_in(database: Database, email: str, password: str, now: datetime) -> str:
    """Check the password and give a session token; raises `Unauthorized`."""
    async with database.reading() as session:
        password_hash = await service.password_hash_of(session, email)
    if not await verify_password(password_hash, password):
        raise service.wrong_password()
    async with database.transaction() as session:
        return await service.start_session(session, email, password_hash, now)


async def accept_invitation(
    database: Database,
    token: str,
    now: datetime,
    *,
    password: str,
    name: str = "",
    email: str = "",
) -> str:
    """Set the password (for the first account name and e-mail too); gives a session token.

    Raises `NotFound` for a link that is over, and `Invalid` or `Conflict` for what was filled in;
    the link can then be used again.
    """
    async with database.reading() as session:
        invited = await service.invitation(session, token, now)
    check_new_password(
        password, invited.name or name.strip(), invited.email or service.plain(email)
    )
    password_hash = await hash_password(password)
    async with database.transaction() as session:
        return await service.accept_invitation(
            session, token, now, password_hash=password_hash, name=name, email=email
        )
