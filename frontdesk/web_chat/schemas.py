"""What the website chat sends and receives, as it stands in the OpenAPI page."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, model_validator

from frontdesk.conversations.views import ChoicePlace, KeptText


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
    text: KeptText | None = None
    choice: ChoicePlace | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "NewMessage":
        if (self.text is None) == (self.choice is None):
            raise ValueError("send either text or choice")
        return self


class ClinicWords(BaseModel):
    """The clinic's words for the chat's frame."""

    chat_title: str
    privacy_note: str
    conversation_ended: str


class ClinicView(BaseModel):
    """What a chat may show of the clinic.

    `texting` where staff's answers may go to a phone; `texting_simulated` where the phone is only
    the demo's.
    """

    name: str
    phone: str
    phone_display: str
    emergency_number: str
    timezone: str
    open_now: bool
    next_opening: datetime | None
    texting: bool
    texting_simulated: bool
    wording: ClinicWords
