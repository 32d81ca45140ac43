"""What patients and staff may see of a conversation, as JSON."""

from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.contract import MAX_TEXT
from frontdesk.conversations.models import Conversation, Message
from frontdesk.conversations.service import is_thinking

LARGEST_NUMBER: Final = 2**31 - 1


def _can_be_kept(text: str) -> str:
    # PostgreSQL keeps no NUL, and a lone surrogate is no character.
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("holds characters that cannot be stored")
    return text


Number = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
ConversationId = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
KeptText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT),
    AfterValidator(_can_be_kept),
]


class ChoicePlace(BaseModel):
    """Which quick reply was tapped: the message that offered it, and its place from 0."""

    number: Number
    index: Number


class MessageView(BaseModel):
    """One message. `choices` are labels; `chosen` is the place of the one that was tapped."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    number: int
    author: Literal["patient", "assistant", "staff", "notice"]
    name: str | None
    kind: Literal["text", "greeting", "emergency", "notice"]
    text: str
    choices: list[str]
    choice: ChoicePlace | None
    chosen: int | None
    topic: str | None
    client_id: str | None
    created_at: datetime


class StateView(BaseModel):
    """Who answers at the moment. `waiting` means that a person still has to answer."""

    owner: Literal["assistant", "staff"]
    staff_name: str | None
    thinking: bool
    waiting: bool
    ended: bool
    last_number: int


class MessagesView(BaseModel):
    """Messages after a number, and the state that they lead to."""

    messages: list[MessageView]
    state: StateView


class Acknowledgement(BaseModel):
    """The message is safe on disk under this number.

    `advice` is there when it tells of an emergency: what the patient has to read now. It is the
    next message of the conversation.
    """

    id: str
    number: int
    advice: MessageView | None = None


class ErrorView(BaseModel):
    """Every refusal: a code for programs, a sentence for people."""

    code: Annotated[str, Field(examples=["token_expired"])]
    error: Annotated[str, Field(examples=["This visit is over; start a new one."])]


def view_message(message: Message) -> MessageView:
    """The message as its readers see it: of the choices only the labels."""
    return MessageView.model_validate(
        {
            **{name: getattr(message, name) for name in MessageView.model_fields},
            "choices": [choice["label"] for choice in message.choices or []],
        }
    )


async def view_state(
    session: AsyncSession, conversation: Conversation, *, waiting: bool
) -> StateView:
    """The state; `waiting` is what the handovers say."""
    thinking = conversation.owner == "assistant" and await is_thinking(session, conversation.id)
    return StateView.model_validate(
        {
            "owner": conversation.owner,
            "staff_name": conversation.owner_staff_name,
            "thinking": thinking,
            "waiting": waiting,
            "ended": conversation.ended_at is not None,
            "last_number": conversation.last_number,
        }
    )
