"""The rules of a conversation: how messages get their numbers, and what a reader may see."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from clinic.contract import Channel
from clinic.settings import Clinic
from frontdesk.conversations.feed import TEXTS, TURNS, Side
from frontdesk.conversations.models import (
    BY_TEXT,
    NOT_ASKED,
    STAFF,
    WITHOUT_ANSWER,
    Conversation,
    Message,
    Outgoing,
    Suggestion,
    Turn,
)
from frontdesk.database import changed
from frontdesk.errors import NotFound

Author = Literal["patient", "assistant", "staff", "notice"]
Kind = Literal["text", "greeting", "emergency", "notice"]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A message before it has a number."""

    author: Author
    text: str
    kind: Kind = "text"
    name: str | None = None
    client_id: str | None = None
    choices: list[dict[str, Any]] | None = field(default=None)
    choice: dict[str, int] | None = None
    topic: str | None = None
    advice: str | None = None


def new_id() -> str:
    """A random id of 128 bits, safe in URLs."""
    return secrets.token_urlsafe(16)


async def open_conversation(
    session: AsyncSession,
    clinic: Clinic,
    channel: Channel,
    now: datetime,
    *,
    phone: str | None = None,
) -> Conversation:
    """Begin a conversation with the clinic's greeting as its first message.

    One by text (`channel` sms) is with the `phone` that texted (E.164).
    """
    conversation = Conversation(
        id=new_id(),
        channel=channel,
        created_at=now,
        last_message_at=now,
        last_number=0,
        phone=phone,
        texts=BY_TEXT if channel == "sms" else None,
    )
    session.add(conversation)
    await session.flush()
    await append(session, conversation, greeting(clinic, channel), now)
    return conversation


def greeting(clinic: Clinic, channel: Channel) -> Draft:
    """What the clinic says first."""
    wording = clinic.wording.sms_greeting if channel == "sms" else clinic.wording.greeting
    return Draft(author="assistant", kind="greeting", text=clinic.say(wording))


async def find(session: AsyncSession, conversation_id: str) -> Conversation:
    """The conversation; raises `NotFound`."""
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None:
        raise NotFound("no_such_conversation", "There is no such conversation.")
    return conversation


async def find_for_change(session: AsyncSession, conversation_id: str) -> Conversation:
    """The conversation with its row locked until the end of the transaction."""
    conversation = await session.get(
        Conversation, conversation_id, with_for_update=True, populate_existing=True
    )
    if conversation is None:
        raise NotFound("no_such_conversation", "There is no such conversation.")
    return conversation


async def append(
    session: AsyncSession, conversation: Conversation, draft: Draft, now: datetime
) -> Message:
    """Store the message under the conversation's next number.

    The number is taken by an UPDATE, which holds the conversation's row until the commit: numbers
    become visible in their order and without gaps, whoever else writes.
    """
    number = await session.scalar(
        update(Conversation)
        .where(Conversation.id == conversation.id)
        .values(last_number=Conversation.last_number + 1, last_message_at=now)
        .returning(Conversation.last_number)
        .execution_options(synchronize_session=False)
    )
    # What the database has decided, without asking it again.
    set_committed_value(conversation, "last_number", number)
    set_committed_value(conversation, "last_message_at", now)
    message = Message(
        id=new_id(),
        conversation_id=conversation.id,
        number=number,
        created_at=now,
        **draft.__dict__,
    )
    session.add(message)
    await session.flush()
    if _is_texted(conversation, draft):
        session.add(
            Outgoing(message_id=message.id, conversation_id=conversation.id, created_at=now)
        )
        changed(session, TEXTS)
    changed(session, conversation.id)
    return message


def _is_texted(conversation: Conversation, draft: Draft) -> bool:
    if conversation.texts == BY_TEXT:
        return draft.author != "patient"
    return conversation.texts is not None and draft.author == STAFF


async def messages_after(
    session: AsyncSession, conversation_id: str, number: int, most: int | None = None
) -> list[Message]:
    """The messages of the conversation with a higher number, in order; not more than `most`."""
    rows = await session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.number > number)
        .order_by(Message.number)
        .limit(most)
    )
    return list(rows)


async def read_until(session: AsyncSession, conversation_id: str, side: Side, number: int) -> None:
    """The patient, or somebody of the staff, has seen the messages up to that number.

    It never goes back, and not beyond the newest message; nothing is written when it is known.
    """
    conversation = await find(session, conversation_id)
    column = {"patient": Conversation.read_by_patient, "staff": Conversation.read_by_staff}[side]
    if getattr(conversation, column.key) >= min(number, conversation.last_number):
        return
    newest = Conversation.last_number
    await session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, column < number)
        .values({column: case((newest < number, newest), else_=number)})
        .execution_options(synchronize_session=False)
    )
    changed(session, conversation_id)


async def find_message(
    session: AsyncSession, conversation_id: str, *, number: int
) -> Message | None:
    """The message with that number."""
    found: Message | None = await session.scalar(
        select(Message).where(Message.conversation_id == conversation_id, Message.number == number)
    )
    return found


async def find_by_client_id(
    session: AsyncSession, conversation_id: str, client_id: str
) -> Message | None:
    """The message that a client has sent under that id."""
    found: Message | None = await session.scalar(
        select(Message).where(
            Message.conversation_id == conversation_id, Message.client_id == client_id
        )
    )
    return found


async def queue_turn(session: AsyncSession, message: Message, now: datetime) -> None:
    """Let the assistant answer the message."""
    session.add(_turn_of(message, now))
    await session.flush()
    changed(session, TURNS)


async def keep_from_assistant(session: AsyncSession, message: Message, now: datetime) -> None:
    """Never let the assistant answer the message, not even when staff give the talk back."""
    turn = _turn_of(message, now)
    turn.finished_at, turn.outcome = now, NOT_ASKED
    session.add(turn)
    await session.flush()


def _turn_of(message: Message, now: datetime) -> Turn:
    return Turn(
        id=new_id(),
        conversation_id=message.conversation_id,
        message_id=message.id,
        number=message.number,
        created_at=now,
        not_before=now,
    )


async def queue_unanswered(session: AsyncSession, conversation_id: str, now: datetime) -> bool:
    """Let the assistant answer what the staff were to answer and have not; gives whether any."""
    last_reply = (
        await session.scalar(
            select(func.max(Message.number)).where(
                Message.conversation_id == conversation_id, Message.author == STAFF
            )
        )
        or 0
    )
    turns = {
        turn.message_id: turn
        for turn in await session.scalars(
            select(Turn).where(Turn.conversation_id == conversation_id, Turn.number > last_reply)
        )
    }
    rows = await session.scalars(
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.author == "patient",
            Message.number > last_reply,
            Message.advice.is_(None),
        )
        .order_by(Message.number)
    )
    is_any = False
    for message in rows:
        turn = turns.get(message.id)
        if turn is None:
            await queue_turn(session, message, now)
        elif turn.outcome in WITHOUT_ANSWER:
            _wait_again(turn, now)
            changed(session, TURNS)
        else:
            continue
        is_any = True
    # What came too late is asked for again, and answered.
    await session.execute(
        delete(Suggestion).where(
            Suggestion.conversation_id == conversation_id, Suggestion.message_number > last_reply
        )
    )
    return is_any


def _wait_again(turn: Turn, now: datetime) -> None:
    # As if it had just come: also whoever was told that it takes longer is told again.
    turn.finished_at, turn.outcome, turn.lease, turn.leased_until = None, None, None, None
    turn.created_at, turn.not_before = now, now
    turn.attempts, turn.refusals = 0, 0
    turn.told_delayed, turn.handed_over = False, False


async def suggestions(session: AsyncSession, conversation_id: str) -> list[Suggestion]:
    """What the assistant would have answered since the staff's last reply, in order."""
    last_reply = (
        select(func.coalesce(func.max(Message.number), 0))
        .where(Message.conversation_id == conversation_id, Message.author == STAFF)
        .scalar_subquery()
    )
    rows = await session.scalars(
        select(Suggestion)
        .where(
            Suggestion.conversation_id == conversation_id, Suggestion.message_number > last_reply
        )
        .order_by(Suggestion.message_number)
    )
    return list(rows)


async def is_thinking(session: AsyncSession, conversation_id: str) -> bool:
    """Whether the assistant still owes an answer."""
    waiting = await session.scalar(
        select(Turn.id)
        .where(Turn.conversation_id == conversation_id, Turn.finished_at.is_(None))
        .limit(1)
    )
    return waiting is not None
