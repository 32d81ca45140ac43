"""What the website chat sends and receives, as it stands in the OpenAPI page."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from clinic.contract import MAX_TEXT
from frontdesk.conversations.views import ChoicePlace


class ConversationView(BaseModel):
    """A conversation that has just begun."""

    id: str
    created_at: datetime


class VisitView(BaseModel):
    """A new visit: its token goes into the Authorization header, never into a URL."""

    token: str
    expires_at: datetime
    conversation: ConversationView


class NewMessage(BaseModel):
    """A patient's message: `text`, or the `choice` of a quick reply that was offered."""

    model_config = ConfigDict(extra="forbid")

    client_id: UUID
    text: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]
        | None
    ) = None
    choice: ChoicePlace | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "NewMessage":
        if (self.text is None) == (self.choice is None):
            raise ValueError("send either text or choice")
        if self.text is not None and not _can_be_kept(self.text):
            raise ValueError("text holds characters that cannot be stored")
        return self


class ClinicWords(BaseModel):
    """The clinic's words for the chat's frame."""

    chat_title: str
    privacy_note: str
    conversation_ended: str


class ClinicView(BaseModel):
    """What a chat may show of the clinic."""

    name: str
    phone: str
    phone_display: str
    emergency_number: str
    timezone: str
    open_now: bool
    next_opening: datetime | None
    wording: ClinicWords


def _can_be_kept(text: str) -> bool:
    # PostgreSQL keeps no NUL, and a lone surrogate is no character.
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
