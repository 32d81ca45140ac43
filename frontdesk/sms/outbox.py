"""From messages to texts: what was said in a conversation by text becomes deliveries, once.

A message and its place in the outbox are written together, and the place is taken away with the
delivery that carries it, so that nothing is left out or sent twice whatever stops in between.
Messages that belong together make one text: what is said while the assistant still thinks waits
for its answer. Emergency advice waits for nothing, and stands first.

Of a chat on the website only the staff's answers go to a phone, when they were not read there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

import structlog
from sqlalchemy import Select, case, delete, exists, func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.settings import Clinic
from frontdesk.conversations import service as conversations
from frontdesk.conversations.models import (
    ANSWERS_AS_LINK,
    BY_TEXT,
    STAFF,
    Conversation,
    Message,
    Outgoing,
    Turn,
)
from frontdesk.handovers import service as handovers
from frontdesk.handovers.service import Matter
from frontdesk.lines import Line
from frontdesk.sms import links, numbers, problems
from frontdesk.sms.alphabet import bodies, plain, size
from frontdesk.sms.deliveries import WAITING
from frontdesk.sms.models import Delivery

EMERGENCY: Final = "emergency"
MESSAGE: Final = "message"
ANSWER: Final = "answer"
LINK: Final = "link"
_TOGETHER: Final = timedelta(seconds=10)
"""So long a message waits for the answer that is being written."""
_READ_IN_CHAT: Final = timedelta(seconds=30)
"""So long an answer in the chat may be read there before it is texted."""
_log = structlog.get_logger()


@dataclass(frozen=True)
class _Parcel:
    """The messages of one text, in the order in which they are read."""

    kind: str
    messages: Sequence[Message]

    @property
    def numbers(self) -> list[int]:
        return sorted(message.number for message in self.messages)


async def any_waiting(session: AsyncSession, now: datetime) -> bool:
    """Whether `pack_one` would find something; only reads."""
    return await session.scalar(_ready(now)) is not None


async def pack_one(session: AsyncSession, clinic: Clinic, line: Line, now: datetime) -> bool:
    """Make the texts of one conversation; false when none waits."""
    conversation_id = await session.scalar(_ready(now))
    if conversation_id is None:
        return False
    conversation = await conversations.find_for_change(session, conversation_id)
    # Only now: whoever else packed it has committed by the time that we hold the row.
    messages = await _waiting(session, conversation_id)
    if not messages:
        return True
    for parcel in _parcels(conversation, messages):
        try:
            async with session.begin_nested():
                await _pack(session, clinic, line, conversation, parcel, now)
        except SQLAlchemyError:
            raise
        except Exception as error:
            # One that cannot become a text must not stand before all others.
            _log.error("sms.not_packed", conversation=conversation_id, error=type(error).__name__)
            await session.refresh(conversation)
            await _call_staff(session, conversation, parcel, now)
    await session.execute(
        delete(Outgoing).where(Outgoing.message_id.in_([message.id for message in messages]))
    )
    return True


async def _call_staff(
    session: AsyncSession, conversation: Conversation, parcel: _Parcel, now: datetime
) -> None:
    matter = Matter(
        reason="not_answered",
        priority="urgent" if parcel.kind == EMERGENCY else "normal",
        question="",
        details={"undelivered": problems.NOT_MADE},
        message_number=conversation.last_number,
    )
    await handovers.open_handover(session, conversation, now, matter)


def _ready(now: datetime) -> Select[str]:
    is_thinking = exists().where(
        Turn.conversation_id == Outgoing.conversation_id,
        Turn.finished_at.is_(None),
        Turn.told_delayed.is_(False),
    )
    return (
        select(Outgoing.conversation_id)
        .join(Message, Message.id == Outgoing.message_id)
        .where(
            or_(
                Message.kind == EMERGENCY,
                Outgoing.created_at <= now - _TOGETHER,
                Outgoing.created_at > now + _TOGETHER,  # a clock that was set back
                ~is_thinking,
            )
        )
        .order_by(case((Message.kind == EMERGENCY, 0), else_=1), Outgoing.created_at)
        .limit(1)
    )


async def _waiting(session: AsyncSession, conversation_id: str) -> list[Message]:
    rows = await session.scalars(
        select(Message)
        .join(Outgoing, Outgoing.message_id == Message.id)
        .where(Outgoing.conversation_id == conversation_id)
        .order_by(Message.number)
    )
    return list(rows)


def _parcels(conversation: Conversation, messages: Sequence[Message]) -> list[_Parcel]:
    if conversation.texts == ANSWERS_AS_LINK:
        return [_Parcel(LINK, messages)]
    if conversation.texts != BY_TEXT:
        return [_Parcel(ANSWER, messages)] if conversation.texts else []
    urgent = [message for message in messages if message.kind == EMERGENCY]
    rest = [message for message in messages if message.kind != EMERGENCY]
    return [_Parcel(EMERGENCY if urgent else MESSAGE, urgent + rest)]


async def _pack(
    session: AsyncSession,
    clinic: Clinic,
    line: Line,
    conversation: Conversation,
    parcel: _Parcel,
    now: datetime,
) -> None:
    if parcel.kind == LINK and await _is_on_its_way(session, conversation, parcel):
        return
    assert conversation.phone is not None, "the table has a constraint for it"
    words = await _words(session, clinic, line, conversation, parcel, now)
    not_before = await _not_before(session, clinic, conversation, parcel, now)
    country = numbers.read(conversation.phone)
    for place, text in enumerate(bodies(plain(words))):
        session.add(
            Delivery(
                id=conversations.new_id(),
                number=conversation.phone,
                country=country.country if country else numbers.NOWHERE,
                conversation_id=conversation.id,
                kind=parcel.kind,
                first_number=parcel.numbers[0],
                last_number=parcel.numbers[-1],
                text=text,
                parts=size(text).parts,
                created_at=now,
                place=place,
                not_before=not_before,
                state=WAITING,
            )
        )
    await session.flush()


async def _is_on_its_way(
    session: AsyncSession, conversation: Conversation, parcel: _Parcel
) -> bool:
    """A link that has not been sent yet leads to this answer too."""
    waiting = await session.scalar(
        select(Delivery)
        .where(
            Delivery.conversation_id == conversation.id,
            Delivery.number == conversation.phone,
            Delivery.kind == LINK,
            Delivery.state == WAITING,
        )
        .limit(1)
        # Who is sending it holds it, and may want this conversation: then there is another link.
        .with_for_update(skip_locked=True)
    )
    if waiting is None:
        return False
    waiting.last_number = parcel.numbers[-1]
    return True


async def _words(
    session: AsyncSession,
    clinic: Clinic,
    line: Line,
    conversation: Conversation,
    parcel: _Parcel,
    now: datetime,
) -> str:
    if parcel.kind == LINK:
        address = await links.make(session, line, conversation.id, now)
        return clinic.say(clinic.wording.sms_answer_waits, link=address)
    if parcel.kind == ANSWER:
        return "\n\n".join(
            f"{message.name}, {clinic.name}: {message.text}" for message in parcel.messages
        )
    return "\n\n".join(message.text for message in parcel.messages)


async def _not_before(
    session: AsyncSession,
    clinic: Clinic,
    conversation: Conversation,
    parcel: _Parcel,
    now: datetime,
) -> datetime:
    if parcel.kind in (LINK, ANSWER):
        return now + _READ_IN_CHAT
    if parcel.kind == MESSAGE and await _is_begun_by_staff(session, conversation, parcel):
        return after_quiet_hours(clinic, now)
    return now


async def _is_begun_by_staff(
    session: AsyncSession, conversation: Conversation, parcel: _Parcel
) -> bool:
    """Whether a person writes without having been written to since the last time."""
    if all(message.author != STAFF for message in parcel.messages):
        return False
    newest = select(func.coalesce(func.max(Message.number), 0)).where(
        Message.conversation_id == conversation.id, Message.number < parcel.numbers[0]
    )
    theirs = await session.scalar(newest.where(Message.author == STAFF))
    patients = await session.scalar(newest.where(Message.author == "patient"))
    return (patients or 0) < (theirs or 0)


def after_quiet_hours(clinic: Clinic, now: datetime) -> datetime:
    """Now, or the end of the quiet hours that it falls in."""
    begins, ends = clinic.sms.quiet
    local = now.astimezone(clinic.zone)
    if not _is_between(local.time(), begins, ends):
        return now
    end = local.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0)
    if end <= local:
        # The wall clock's next day, whatever an hour that is left out or doubled makes of it.
        end = (end.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=clinic.zone)
    return end.astimezone(now.tzinfo)


def _is_between(at: time, begins: time, ends: time) -> bool:
    if begins <= ends:
        return begins <= at < ends
    return at >= begins or at < ends
