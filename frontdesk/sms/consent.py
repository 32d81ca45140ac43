"""Whether a number may be texted: each change is kept, with its time, words and source.

Who texts us may be answered, until they say that they want no more. What they say holds for every
conversation with that number, and is looked up in the very transaction that sends a text.
"""

from datetime import datetime
from typing import Final, Literal

from sqlalchemy import insert as plain_insert
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from frontdesk import audit
from frontdesk.conversations.models import Conversation
from frontdesk.conversations.service import new_id
from frontdesk.database import changed, insert_unless_there
from frontdesk.sms.models import Consent, PhoneNumber

Source = Literal["text", "website", "provider"]
_LONGEST: Final = 320


async def number_for_change(session: AsyncSession, number: str, now: datetime) -> PhoneNumber:
    """The number's row, locked until the end of the transaction; made when it is new."""
    known = await session.get(PhoneNumber, number, with_for_update=True, populate_existing=True)
    if known is not None:
        return known
    await session.execute(
        insert_unless_there(session, PhoneNumber)
        .values(number=number, created_at=now)
        .on_conflict_do_nothing()
    )
    return await session.get_one(PhoneNumber, number, with_for_update=True, populate_existing=True)


async def give(
    session: AsyncSession, row: PhoneNumber, words: str, source: Source, now: datetime
) -> None:
    """The number may be texted."""
    row.stopped_at = None
    await _keep(session, row, words, source, now, given=True)


async def withdraw(
    session: AsyncSession, row: PhoneNumber, words: str, source: Source, now: datetime
) -> None:
    """The number gets nothing any more."""
    row.stopped_at = row.stopped_at or now
    await _keep(session, row, words, source, now, given=False)


async def history(session: AsyncSession, number: str) -> list[Consent]:
    """Every change of a number's consent, newest first."""
    rows = await session.scalars(
        select(Consent).where(Consent.number == number).order_by(Consent.at.desc())
    )
    return list(rows)


async def _keep(
    session: AsyncSession,
    row: PhoneNumber,
    words: str,
    source: Source,
    now: datetime,
    *,
    given: bool,
) -> None:
    kept = {"number": row.number, "at": now, "given": given, "source": source}
    await session.execute(plain_insert(Consent).values(id=new_id(), words=words[:_LONGEST], **kept))
    # In the order in which whoever else holds several takes them.
    theirs = await session.scalars(
        select(Conversation)
        .where(Conversation.phone == row.number, Conversation.texts_stopped.is_(given))
        .order_by(Conversation.id)
        .with_for_update()
    )
    for conversation in theirs.all():
        conversation.texts_stopped = not given
        action = "texts.allowed" if given else "texts.stopped"
        audit.record(session, now, "patient", action, conversation.id, source=source)
        changed(session, conversation.id)
    await session.flush()
