"""What happens when an answer takes too long, whatever the reason, and whoever holds the turn.

The patient is told once that it takes longer and that staff know of it, and staff get a handover.
The turn goes on waiting all the same: when it is answered after all, before anybody of the staff
has seen to it, their handover closes by itself.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, or_, select
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
_BY_ITSELF: Final = "the assistant"


async def tell_one(database: Database, clinic: Clinic, now: datetime) -> bool:
    """See to one late turn in a transaction of its own; false when there is none."""
    async with database.reading() as session:
        if await session.scalar(_late(now)) is None:
            return False
    async with database.transaction() as session:
        # Who is being written to at the moment is told later, and holds up nobody else.
        free = _late(now).with_for_update(of=Conversation, skip_locked=True)
        conversation = await session.scalar(free)
        if conversation is None:
            return False
        for turn in await session.scalars(_late_turns(conversation.id, now)):
            await hand_over(session, conversation, turn, now)
            await tell_delayed(session, clinic, conversation, turn, now)
    return True


async def tell_delayed(
    session: AsyncSession, clinic: Clinic, conversation: Conversation, turn: Turn, now: datetime
) -> None:
    """Tell the patient once; who was given emergency advice is told nothing else."""
    if turn.told_delayed:
        return
    was_told = await _was_told(session, turn)
    turn.told_delayed = True
    if was_told:
        return
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


async def settle(session: AsyncSession, turn: Turn, now: datetime) -> None:
    """The answer came after all: nobody of the staff needs to give it."""
    if turn.handed_over:
        await handovers.close_one(
            session, turn.conversation_id, "not_answered", turn.number, _BY_ITSELF, now
        )


async def _was_told(session: AsyncSession, turn: Turn) -> bool:
    """Whether the patient has read it of an earlier question that waits still."""
    earlier = await session.scalar(
        select(Turn.id)
        .where(
            Turn.conversation_id == turn.conversation_id,
            Turn.number < turn.number,
            Turn.finished_at.is_(None),
            Turn.told_delayed.is_(True),
        )
        .limit(1)
    )
    return earlier is not None


def _late(now: datetime) -> Select[Conversation]:
    return (
        select(Conversation)
        .join(Turn, Turn.conversation_id == Conversation.id)
        .where(*_is_late(now))
        .order_by(Turn.created_at)
        .limit(1)
    )


def _late_turns(conversation_id: str, now: datetime) -> Select[Turn]:
    late = select(Turn).where(Turn.conversation_id == conversation_id, *_is_late(now))
    return late.order_by(Turn.number)


def _is_late(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Turn.finished_at.is_(None),
        Turn.told_delayed.is_(False),
        # A clock that was set back makes nobody wait.
        or_(Turn.created_at <= now - PATIENCE, Turn.created_at > now + PATIENCE),
    )
