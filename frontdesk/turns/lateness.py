"""What happens when an answer takes too long, whatever the reason, and whoever holds the turn.

The patient is told once that it takes longer; after some minutes staff are asked to look. The
turn goes on waiting all the same.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.settings import Clinic
from frontdesk import emergencies
from frontdesk.conversations import service as conversations
from frontdesk.conversations.models import Conversation, Message, Turn
from frontdesk.conversations.service import Draft
from frontdesk.database import Database
from frontdesk.handovers import service as handovers
from frontdesk.handovers.service import Matter

PATIENCE: Final = timedelta(seconds=8)
HAND_OVER_AFTER: Final = timedelta(minutes=5)


async def tell_one(database: Database, clinic: Clinic, now: datetime) -> bool:
    """See to one late turn in a transaction of its own; false when there is none."""
    async with database.reading() as session:
        late = await session.scalar(_late(now))
    if late is None:
        return False
    async with database.transaction() as session:
        conversation = await conversations.find_for_change(session, late.conversation_id)
        turn = await session.get_one(Turn, late.id, populate_existing=True)
        if turn.finished_at is None:
            await tell_delayed(session, clinic, conversation, turn, now)
            if turn.created_at <= now - HAND_OVER_AFTER:
                await hand_over(session, conversation, turn, now)
    return True


async def tell_delayed(
    session: AsyncSession, clinic: Clinic, conversation: Conversation, turn: Turn, now: datetime
) -> None:
    """Tell the patient once; who was given emergency advice is told nothing else."""
    if turn.told_delayed:
        return
    turn.told_delayed = True
    message = await session.get_one(Message, turn.message_id)
    if message.advice is None and not await emergencies.came_after(session, message):
        words = clinic.say(clinic.wording.assistant_delayed)
        draft = Draft(author="notice", kind="notice", text=words)
        await conversations.append(session, conversation, draft, now)


async def hand_over(
    session: AsyncSession, conversation: Conversation, turn: Turn, now: datetime
) -> None:
    """Ask staff once to answer instead."""
    if turn.handed_over:
        return
    turn.handed_over = True
    message = await session.get_one(Message, turn.message_id)
    if message.advice is not None:
        return  # staff were alerted when it came
    matter = Matter(
        reason="not_answered",
        priority="normal",
        question=message.text,
        message_number=message.number,
    )
    await handovers.open_handover(session, conversation, now, matter)


def _late(now: datetime) -> Select[Turn]:
    untold = Turn.told_delayed.is_(False) & (Turn.created_at <= now - PATIENCE)
    unseen = Turn.handed_over.is_(False) & (Turn.created_at <= now - HAND_OVER_AFTER)
    return select(Turn).where(Turn.finished_at.is_(None), or_(untold, unseen)).limit(1)
