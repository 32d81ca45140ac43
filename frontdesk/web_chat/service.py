"""The rules of a visit: how it starts, and how a message is let in."""

from datetime import datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from clinic.hours import is_open, next_opening
from frontdesk import emergencies, intake
from frontdesk.conversations import notices, ownership
from frontdesk.conversations import service as conversations
from frontdesk.conversations.views import MessagesView, view_message, view_state
from frontdesk.deadlines import in_time
from frontdesk.desk import Desk
from frontdesk.errors import NotStored
from frontdesk.handovers.service import is_waiting
from frontdesk.intake import Incoming, Received
from frontdesk.limits import too_many
from frontdesk.web_chat import tokens
from frontdesk.web_chat.schemas import (
    ClinicView,
    ClinicWords,
    ConversationView,
    NewMessage,
    VisitView,
)

TYPING_PER_MINUTE: Final = 30
READ_PER_MINUTE: Final = 60


async def start_visit(desk: Desk, address: str) -> VisitView:
    """A new conversation with its greeting, and the token that opens it."""
    await desk.limits.require(desk.settings.visits_per_minute, "visit", address)
    async with desk.database.transaction() as session:
        conversation = await conversations.open_conversation(
            session, desk.clinic, "web", desk.clock()
        )
    expires_at = tokens.expiry(desk)
    return VisitView(
        token=tokens.issue(desk.signing_key, conversation.id, expires_at),
        expires_at=expires_at,
        conversation=ConversationView(id=conversation.id, created_at=conversation.created_at),
    )


async def receive(desk: Desk, conversation_id: str, message: NewMessage) -> Received:
    """Take the message in; a limit never stands before an emergency."""
    incoming = Incoming(
        client_id=str(message.client_id),
        text=message.text,
        choice=(message.choice.number, message.choice.index) if message.choice else None,
    )
    limit = desk.settings.messages_per_minute
    # The words come first: nothing that may be slow stands between an emergency and its advice.
    if incoming.flag is None and not await desk.limits.allows(limit, "message", conversation_id):
        raise too_many()
    try:
        received = await in_time(_store(desk, conversation_id, incoming))
    except (SQLAlchemyError, NotStored) as error:
        advice = emergencies.advice_without_database(desk.clinic, message.text)
        if advice is None:
            raise
        raise NotStored("emergency", advice, {"Retry-After": "1"}) from error
    desk.feed.has_written(conversation_id, "patient")
    return received


async def _store(desk: Desk, conversation_id: str, incoming: Incoming) -> Received:
    async with desk.database.transaction() as session:
        return await intake.receive(session, desk.clinic, conversation_id, incoming, desk.clock())


async def read(
    desk: Desk, conversation_id: str, after: int, most: int | None = None
) -> MessagesView:
    """Messages with a higher number than `after`, `most` of them, and the state."""
    async with desk.database.reading() as session:
        conversation = await conversations.find(session, conversation_id)
        messages = await conversations.messages_after(session, conversation_id, after, most)
        waiting = await is_waiting(session, conversation)
        state = await view_state(session, conversation, desk.feed, waiting=waiting)
    return MessagesView(messages=[view_message(message) for message in messages], state=state)


async def end(desk: Desk, conversation_id: str) -> None:
    """The patient leaves."""
    async with desk.database.transaction() as session:
        conversation = await conversations.find_for_change(session, conversation_id)
        ownership.end(session, conversation, desk.clock())


async def mark_read(desk: Desk, conversation_id: str, number: int) -> None:
    """The patient has seen the messages up to that number; told too often, it is not kept."""
    if not await desk.limits.allows(READ_PER_MINUTE, "read", conversation_id):
        return
    async with desk.database.transaction() as session:
        await conversations.read_until(session, conversation_id, "patient", number)


async def tell_typing(desk: Desk, conversation_id: str) -> None:
    """The patient is typing; more often than it is of use to know, it is not passed on."""
    if await desk.limits.allows(TYPING_PER_MINUTE, "typing", conversation_id):
        await notices.tell_typing(desk.database, desk.feed, conversation_id, "patient")


def describe_clinic(desk: Desk, now: datetime) -> ClinicView:
    """What a chat may show of the clinic."""
    clinic = desk.clinic
    return ClinicView(
        name=clinic.name,
        phone=clinic.phone,
        phone_display=clinic.phone_display,
        emergency_number=clinic.emergency_number,
        timezone=clinic.timezone,
        open_now=is_open(clinic, now),
        next_opening=next_opening(clinic, now),
        texting=desk.line is not None,
        texting_simulated=desk.line is not None and desk.line.is_simulated,
        wording=ClinicWords(
            chat_title=clinic.say(clinic.wording.chat_title),
            privacy_note=clinic.say(clinic.wording.privacy_note),
            conversation_ended=clinic.say(clinic.wording.conversation_ended),
        ),
    )
