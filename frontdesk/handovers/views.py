"""What programs of the staff see of conversations that wait, as JSON."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from frontdesk.bookings.models import Booking
from frontdesk.conversations.models import Message
from frontdesk.conversations.views import (
    KeptText,
    MessageView,
    Number,
    Owner,
    StateView,
    view_message,
)
from frontdesk.handovers.answering import Card, Row
from frontdesk.handovers.models import Handover


class HandoverView(BaseModel):
    """One matter for a person; an urgent one also waits to be acknowledged."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    reason: str
    priority: Literal["urgent", "normal"]
    question: str
    details: dict[str, Any]
    message_number: int | None
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    closed_at: datetime | None
    closed_by: str | None


class BookingView(BaseModel):
    """A booking request; `details` in the shape of the architecture page."""

    model_config = ConfigDict(from_attributes=True)

    reference: str
    state: str
    conversation_id: str
    details: dict[str, Any]
    created_at: datetime


class SummaryView(BaseModel):
    """A conversation in a list."""

    id: str
    channel: Literal["web", "sms"]
    owner: Owner
    staff_name: str | None
    priority: Literal["urgent", "normal"]
    reason: str | None
    question: str | None
    waiting_since: datetime | None
    acknowledged_by: str | None
    last_number: int
    last_message_at: datetime
    ended: bool


class ListView(BaseModel):
    """A list of conversations, the most pressing first."""

    conversations: list[SummaryView]


class SuggestionView(BaseModel):
    """What the assistant would have answered to a message, had nobody taken the conversation."""

    model_config = ConfigDict(from_attributes=True)

    message_number: int
    text: str
    created_at: datetime


class CardView(BaseModel):
    """What a person needs to answer at once.

    `answered` are the FAQ topics that the assistant has answered; `draft` is the open booking form;
    `suggestions` are answers of the assistant that came too late and that the patient never saw.
    """

    handovers: list[HandoverView]
    answered: list[str]
    bookings: list[BookingView]
    draft: dict[str, Any] | None
    suggestions: list[SuggestionView]


class ConversationCardView(BaseModel):
    """One conversation: its card, every message, and its state."""

    id: str
    channel: Literal["web", "sms"]
    created_at: datetime
    card: CardView
    messages: list[MessageView]
    state: StateView


class NewReply(BaseModel):
    """A person's reply; `seen_number` is the last message they had read when they sent it."""

    model_config = ConfigDict(extra="forbid")

    client_id: UUID
    text: KeptText
    seen_number: Number


class BookingsView(BaseModel):
    """The booking requests, newest first."""

    bookings: list[BookingView]


def view_row(row: Row) -> SummaryView:
    """A row of a list."""
    conversation, handover = row.conversation, row.handover
    return SummaryView.model_validate(
        {
            "id": conversation.id,
            "channel": conversation.channel,
            "owner": conversation.owner,
            "staff_name": conversation.owner_staff_name,
            "priority": handover.priority if handover else "normal",
            "reason": handover.reason if handover else None,
            "question": handover.question if handover else row.last.text,
            "waiting_since": row.waiting_since,
            "acknowledged_by": handover.acknowledged_by if handover else None,
            "last_number": conversation.last_number,
            "last_message_at": conversation.last_message_at,
            "ended": conversation.ended_at is not None,
        }
    )


def view_card(card: Card) -> CardView:
    """The card without the messages."""
    return CardView(
        handovers=[view_handover(handover) for handover in card.handovers],
        answered=answered_topics(card.messages),
        bookings=[view_booking(booking) for booking in card.bookings],
        draft=card.conversation.form,
        suggestions=[SuggestionView.model_validate(each) for each in card.suggestions],
    )


def view_conversation(card: Card, state: StateView) -> ConversationCardView:
    """All of it."""
    return ConversationCardView.model_validate(
        {
            "id": card.conversation.id,
            "channel": card.conversation.channel,
            "created_at": card.conversation.created_at,
            "card": view_card(card),
            "messages": [view_message(message) for message in card.messages],
            "state": state,
        }
    )


def view_handover(handover: Handover) -> HandoverView:
    """One matter."""
    return HandoverView.model_validate(handover)


def view_booking(booking: Booking) -> BookingView:
    """One booking request."""
    return BookingView.model_validate(booking)


def answered_topics(messages: list[Message]) -> list[str]:
    """The topics that the assistant has answered, in order, each once."""
    topics = [message.topic for message in messages if message.topic is not None]
    return list(dict.fromkeys(topics))
