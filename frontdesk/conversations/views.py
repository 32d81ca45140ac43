"""What patients and staff may see of a conversation, as JSON."""

import re
from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import Path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.contract import MAX_TEXT
from frontdesk.conversations.feed import Feed, Side
from frontdesk.conversations.models import (
    ANSWERS_AS_LINK,
    ANSWERS_IN_FULL,
    ASSISTANT,
    Conversation,
    Message,
)
from frontdesk.conversations.service import is_thinking

LARGEST_NUMBER: Final = 2**31 - 1


# White space among the control characters stays: without it words would run together.
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1b]")
_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")


def keepable(text: object) -> object:
    """The text without what no database keeps (NUL, half a character), rather than no text."""
    if not isinstance(text, str):
        return text
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", _CONTROLS.sub("", text))


Owner = Literal["assistant", "queue", "staff"]
Number = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
ConversationId = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
KeptText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT),
    BeforeValidator(keepable),
]


class ChoicePlace(BaseModel):
    """Which quick reply was tapped: the message that offered it, and its place from 0."""

    number: Number
    index: Number


class SeenUntil(BaseModel):
    """The last message that somebody has seen, by its number."""

    model_config = ConfigDict(extra="forbid")

    number: Number


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


class ReadView(BaseModel):
    """The last message that each side has seen, by its number; 0 where none."""

    patient: int
    staff: int


class AnswerByText(BaseModel):
    """Staff's answers also go to this phone: in `full`, or as a `link` without their words.

    `ends_with` are the last two digits of its number.
    """

    how: Literal["full", "link"]
    ends_with: str


class StateView(BaseModel):
    """How things stand: who answers, who types, what was read.

    `owner` is `queue` where staff answer and none of them has taken it. `waiting` means that a
    person still has to answer. `typing` holds who has typed within the last ten seconds.
    """

    owner: Owner
    staff_name: str | None
    thinking: bool
    waiting: bool
    ended: bool
    last_number: int
    typing: list[Side]
    read: ReadView
    answer_by_text: AnswerByText | None


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
    session: AsyncSession, conversation: Conversation, feed: Feed, *, waiting: bool
) -> StateView:
    """The state; `waiting` is what the handovers say."""
    is_assistants = conversation.owner == ASSISTANT
    thinking = is_assistants and await is_thinking(session, conversation.id)
    return StateView.model_validate(
        {
            "owner": conversation.owner,
            "staff_name": conversation.owner_staff_name,
            "thinking": thinking,
            "waiting": waiting,
            "ended": conversation.ended_at is not None,
            "last_number": conversation.last_number,
            "typing": feed.typing(conversation.id),
            "read": {
                "patient": conversation.read_by_patient,
                "staff": conversation.read_by_staff,
            },
            "answer_by_text": _answer_by_text(conversation),
        }
    )


def _answer_by_text(conversation: Conversation) -> AnswerByText | None:
    how, phone = conversation.texts, conversation.phone
    if how not in (ANSWERS_IN_FULL, ANSWERS_AS_LINK) or phone is None or conversation.texts_stopped:
        return None
    return AnswerByText.model_validate({"how": how, "ends_with": phone[-2:]})
