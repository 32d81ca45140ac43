"""One text that has come, and all that it takes to see to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.contract import HandoverReason
from clinic.settings import Clinic
from frontdesk import intake
from frontdesk.conversations import ownership
from frontdesk.conversations import service as conversations
from frontdesk.conversations.models import Conversation, Message
from frontdesk.conversations.service import Draft
from frontdesk.conversations.views import keepable
from frontdesk.handovers import service as handovers
from frontdesk.handovers.service import Matter
from frontdesk.intake import Incoming
from frontdesk.sms.models import PhoneNumber

_ADVISED_WITHIN: Final = timedelta(hours=1)
_MOST_ADVICE: Final = 20


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text as the provider brings it; `sent_at` where it says when, `media` how many files.

    `opt_out_type` is what the provider took a keyword for, and has answered itself.
    """

    account_sid: str
    sid: str
    sender: str
    line: str
    words: str
    media: int = 0
    sent_at: datetime | None = None
    opt_out_type: str = ""


@dataclass(frozen=True)
class Case:
    """One text and all that it takes to see to it."""

    session: AsyncSession
    clinic: Clinic
    text: Text
    number: PhoneNumber
    conversation: Conversation
    now: datetime

    @cached_property
    def words(self) -> str:
        """What the conversation shows: the patient's words, or what came instead of them."""
        words = str(keepable(self.text.words)).strip()
        if words or not self.text.media:
            return words or "[an empty text]"
        files = (
            "1 picture or file" if self.text.media == 1 else f"{self.text.media} pictures or files"
        )
        return f"[{files}, not opened here]"

    @property
    def is_reachable(self) -> bool:
        """Whether they may be sent anything."""
        return self.number.stopped_at is None

    async def keep(self) -> Message:
        """Store what is nothing for the assistant: a keyword, a picture, a reaction, an echo."""
        ownership.reopen(self.session, self.conversation)
        draft = Draft(author="patient", text=self.words, client_id=self.text.sid)
        message = await conversations.append(self.session, self.conversation, draft, self.now)
        await conversations.keep_from_assistant(self.session, message, self.now)
        return message

    async def screened(self) -> Message:
        """Store it and, if it tells of an emergency, advise; the assistant is not asked."""
        is_advised = await self._advised_since(_ADVISED_WITHIN) < _MOST_ADVICE
        incoming = Incoming(
            client_id=self.text.sid,
            text=self.words,
            reachable=self.is_reachable and is_advised,
            queued=False,
        )
        taken = await intake.receive(
            self.session, self.clinic, self.conversation.id, incoming, self.now
        )
        return taken.message

    async def tell(self, wording: str) -> None:
        """Say something in the clinic's name, to whoever may be told."""
        if self.is_reachable and not self.text.opt_out_type:
            words = self.clinic.say(wording)
            draft = Draft(author="notice", kind="notice", text=words)
            await conversations.append(self.session, self.conversation, draft, self.now)

    async def hand_over(self, message: Message, reason: HandoverReason, **details: str) -> None:
        """Let staff see to it, unless the same waits already."""
        waiting = await handovers.open_handovers(self.session, self.conversation.id)
        if any(each.reason == reason and each.details == details for each in waiting):
            return
        matter = Matter(
            reason=reason,
            priority="normal",
            question=message.text,
            details=dict(details),
            message_number=message.number,
        )
        await handovers.open_handover(self.session, self.conversation, self.now, matter)

    async def _advised_since(self, span: timedelta) -> int:
        count = await self.session.scalar(
            select(func.count())
            .select_from(Message)
            .where(
                Message.conversation_id == self.conversation.id,
                Message.kind == "emergency",
                Message.created_at > self.now - span,
            )
        )
        return count or 0
