"""The rules of accounts: invitations, sessions, personal tokens, and the end of an account."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from frontdesk import audit
from frontdesk.conversations.service import new_id
from frontdesk.errors import Conflict, Invalid, NotFound, Unauthorized
from frontdesk.staff.models import Invitation, PersonalToken, Staff, StaffSession
from frontdesk.staff.secrets import hash_token, new_token

Role = Literal["clinician", "staff", "admin"]
State = Literal["active", "invited", "disabled"]
INVITATION_VALID: Final = timedelta(days=3)
SESSION_IDLE: Final = timedelta(hours=2)
SESSION_ABSOLUTE: Final = timedelta(hours=12)
_SEEN_STEP: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in; `csrf` must come back with every form of theirs."""

    staff: Staff
    csrf: str


@dataclass(frozen=True)
class Invited:
    """Whom an invitation is for; nobody yet when it makes the first account."""

    name: str | None
    email: str | None


def plain(email: str) -> str:
    """The address as it is stored: how it was typed makes no difference."""
    # No address holds one, and PostgreSQL keeps none.
    return email.replace("\x00", "").strip().casefold()


def wrong_password() -> Unauthorized:
    """The refusal; it says the same whether there is such a person or not."""
    return Unauthorized("wrong", "The e-mail address or the password is wrong.")


async def add(session: AsyncSession, name: str, email: str, role: Role, now: datetime) -> str:
    """Make an account and give its one-time token; raises `Conflict`, `Invalid`."""
    person = await _new_person(session, name, email, role, now)
    audit.record(session, now, "system", "staff.added", person.id, role=role)
    return await _invite(session, person.id, now)


async def new_link(session: AsyncSession, email: str, now: datetime) -> str:
    """A one-time token to choose a new password; voids the links before. Raises `NotFound`.

    It opens a disabled account again. Until it is used, the password and the sessions that there
    are stay as they are.
    """
    person = await _person(session, email)
    person.disabled_at = None
    await session.execute(delete(Invitation).where(Invitation.staff_id == person.id))
    audit.record(session, now, "system", "staff.link_made", person.id)
    return await _invite(session, person.id, now)


async def disable(session: AsyncSession, email: str, now: datetime) -> Staff:
    """Nothing of this person's opens anything any more; gives who it was. Raises `NotFound`.

    The account stays, for the name on what the person wrote.
    """
    person = await _person(session, email)
    person.disabled_at = now
    # Should a new link open the account again, it is not the old password that fits.
    person.password_hash = None
    await _end_sessions(session, person.id)
    await session.execute(delete(Invitation).where(Invitation.staff_id == person.id))
    await session.execute(
        update(PersonalToken)
        .where(PersonalToken.staff_id == person.id, PersonalToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    audit.record(session, now, "system", "staff.disabled", person.id)
    return person


async def everybody(session: AsyncSession) -> list[Staff]:
    """All accounts, by their address."""
    return list(await session.scalars(select(Staff).order_by(Staff.email)))


def state_of(person: Staff) -> State:
    """Whether the person can sign in, has yet to choose a password, or may not any more."""
    if person.disabled_at is not None:
        return "disabled"
    return "active" if person.password_hash else "invited"


async def first_invitation(session: AsyncSession, now: datetime) -> str | None:
    """A one-time token for the first account; `None` when somebody has an account already.

    Asking again voids the link that was given before.
    """
    if await session.scalar(select(Staff.id).limit(1)) is not None:
        return None
    await session.execute(delete(Invitation).where(Invitation.staff_id.is_(None)))
    return await _invite(session, None, now)


async def invitation(session: AsyncSession, token: str, now: datetime) -> Invited:
    """Whom the link is for, without using it up; raises `NotFound`."""
    found = _still_open(await session.get(Invitation, hash_token(token)), now)
    if found.staff_id is None:
        return Invited(None, None)
    person = await session.get_one(Staff, found.staff_id)
    return Invited(person.name, person.email)


async def accept_invitation(
    session: AsyncSession,
    token: str,
    now: datetime,
    *,
    password_hash: str,
    name: str = "",
    email: str = "",
) -> str:
    """Set the password (for the first account name and e-mail too); gives a session token."""
    row = await session.get(Invitation, hash_token(token), with_for_update=True)
    found = _still_open(row, now)
    if found.staff_id is None:
        if await session.scalar(select(Staff.id).limit(1)) is not None:
            raise _link_over()
        person = await _new_person(session, name, email, "admin", now)
    else:
        person = await session.get_one(Staff, found.staff_id)
    person.password_hash = password_hash
    found.used_at = now
    await _end_sessions(session, person.id)
    audit.record(session, now, person.id, "staff.password_set", person.id)
    return await _start_session(session, person, now)


async def password_hash_of(session: AsyncSession, email: str) -> str | None:
    """What the person's password is checked against; `None` for whoever cannot sign in."""
    found: str | None = await session.scalar(
        select(Staff.password_hash).where(Staff.email == plain(email), Staff.disabled_at.is_(None))
    )
    return found


async def start_session(
    session: AsyncSession, email: str, password_hash: str | None, now: datetime
) -> str:
    """A session token, if this is the person's password still; raises `Unauthorized`."""
    person: Staff | None = await session.scalar(
        select(Staff).where(
            Staff.email == plain(email),
            Staff.password_hash == password_hash,
            Staff.disabled_at.is_(None),
        )
    )
    if password_hash is None or person is None:
        raise wrong_password()
    audit.record(session, now, person.id, "staff.signed_in", person.id)
    return await _start_session(session, person, now)


async def sign_out(session: AsyncSession, token: str) -> None:
    """The session is over at once."""
    await session.execute(delete(StaffSession).where(StaffSession.token_hash == hash_token(token)))


async def current(session: AsyncSession, token: str, now: datetime) -> SignedIn | None:
    """Who holds this session token, if it is still good."""
    row = await session.get(StaffSession, hash_token(token)) if token else None
    if row is None or now - row.seen_at > SESSION_IDLE or now - row.created_at > SESSION_ABSOLUTE:
        return None
    person = await session.get_one(Staff, row.staff_id)
    return None if person.disabled_at else SignedIn(person, row.csrf_token)


async def touch(session: AsyncSession, token: str, now: datetime) -> None:
    """The session is in use; written once a minute at most."""
    await session.execute(
        update(StaffSession)
        .where(
            StaffSession.token_hash == hash_token(token),
            StaffSession.seen_at < now - _SEEN_STEP,
        )
        .values(seen_at=now)
    )


async def add_token(session: AsyncSession, email: str, now: datetime) -> str:
    """A personal token for programs; raises `NotFound`, `Conflict`."""
    person = await _person(session, email)
    if person.disabled_at is not None:
        raise Conflict("disabled", f"The account of {email} is disabled; a new link opens it.")
    token = new_token()
    session.add(PersonalToken(token_hash=hash_token(token), staff_id=person.id, created_at=now))
    audit.record(session, now, person.id, "staff.token_added", person.id)
    return token


async def holder_of_token(session: AsyncSession, token: str) -> Staff | None:
    """Who a personal token belongs to."""
    person: Staff | None = await session.scalar(
        select(Staff)
        .join(PersonalToken, PersonalToken.staff_id == Staff.id)
        .where(
            PersonalToken.token_hash == hash_token(token),
            PersonalToken.revoked_at.is_(None),
            Staff.disabled_at.is_(None),
        )
    )
    return person


async def _new_person(
    session: AsyncSession, name: str, email: str, role: Role, now: datetime
) -> Staff:
    name, email = name.strip(), plain(email)
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise Invalid("name_missing", "Write the person's name, at most 80 characters.")
    if not _looks_like_email(email):
        raise Invalid("email_wrong", "That is not an e-mail address; write it like a@example.com.")
    if await session.scalar(select(func.count()).where(Staff.email == email)):
        raise Conflict("email_taken", "There is an account with this e-mail address already.")
    person = Staff(id=new_id(), name=name, email=email, role=role, created_at=now)
    session.add(person)
    await session.flush()
    return person


async def _invite(session: AsyncSession, staff_id: str | None, now: datetime) -> str:
    token = new_token()
    session.add(
        Invitation(
            token_hash=hash_token(token), staff_id=staff_id, expires_at=now + INVITATION_VALID
        )
    )
    await session.flush()
    return token


async def _person(session: AsyncSession, email: str) -> Staff:
    person: Staff | None = await session.scalar(select(Staff).where(Staff.email == plain(email)))
    if person is None:
        raise NotFound(
            "no_such_staff", f"There is no account for {email}; `frontdesk staff list` shows all."
        )
    return person


def _still_open(found: Invitation | None, now: datetime) -> Invitation:
    if found is None or found.used_at is not None or found.expires_at <= now:
        raise _link_over()
    return found


def _link_over() -> NotFound:
    return NotFound("invitation_over", "This link was used or has expired; ask for a new one.")


async def _start_session(session: AsyncSession, person: Staff, now: datetime) -> str:
    token = new_token()
    session.add(
        StaffSession(
            token_hash=hash_token(token),
            staff_id=person.id,
            csrf_token=secrets.token_urlsafe(24),
            created_at=now,
            seen_at=now,
        )
    )
    await session.flush()
    return token


async def _end_sessions(session: AsyncSession, staff_id: str) -> None:
    await session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))


def _looks_like_email(email: str) -> bool:
    local, at, domain = email.rpartition("@")
    return bool(local and at and "." in domain and len(email) <= 254 and " " not in email)
