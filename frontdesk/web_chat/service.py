"""The rules of a visit: how it starts, and how a message is let in."""

from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from clinic.hours import is_open, next_opening
from frontdesk import emergencies, intake
from frontdesk.conversations import service as conversations
from frontdesk.conversations.views import MessagesView, view_message, view_state
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
    allowed = await desk.limits.allows(limit, "message", conversation_id)
    if not allowed and incoming.flag is None:
        raise too_many()
    try:
        async with desk.database.transaction() as session:
            return await intake.receive(
                session, desk.clinic, conversation_id, incoming, desk.clock()
            )
    except SQLAlchemyError as error:
        advice = emergencies.advice_without_database(desk.clinic, message.text)
        if advice is None:
            raise
        raise NotStored("emergency", advice, {"Retry-After": "1"}) from error


async def read(desk: Desk, conversation_id: str, after: int) -> MessagesView:
    """Messages with a higher number than `after`, and the state."""
    async with desk.database.reading() as session:
        conversation = await conversations.find(session, conversation_id)
        messages = await conversations.messages_after(session, conversation_id, after)
        waiting = await is_waiting(session, conversation)
        state = await view_state(session, conversation, waiting=waiting)
    return MessagesView(messages=[view_message(message) for message in messages], state=state)


async def end(desk: Desk, conversation_id: str) -> None:
    """The patient leaves."""
    async with desk.database.transaction() as session:
        conversation = await conversations.find_for_change(session, conversation_id)
        await conversations.end(session, conversation, desk.clock())


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
        wording=ClinicWords(
            chat_title=clinic.say(clinic.wording.chat_title),
            privacy_note=clinic.say(clinic.wording.privacy_note),
            conversation_ended=clinic.say(clinic.wording.conversation_ended),
        ),
    )
