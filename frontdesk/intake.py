"""Taking in what a patient writes, whatever the channel: stored once, screened, queued.

All of it is one transaction, so that emergency advice stands right behind the message that
called for it, and an acknowledgement is only given for what is safe on disk.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from clinic import triage
from clinic.settings import Clinic
from clinic.triage import RedFlag
from frontdesk.conversations import service as conversations
from frontdesk.conversations.models import ASSISTANT, Conversation, Message
from frontdesk.conversations.service import Draft
from frontdesk.errors import Conflict, Invalid
from frontdesk.handovers import service as handovers
from frontdesk.handovers.service import Matter

_ANY_EMERGENCY: Final = "emergency"


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A patient's message: words, or the place of a quick reply (`number`, `index`)."""

    client_id: str
    text: str | None = None
    choice: tuple[int, int] | None = None

    @cached_property
    def flag(self) -> RedFlag | None:
        """The red flag in the patient's words, found without any database."""
        return triage.screen(self.text) if self.text is not None else None


@dataclass(frozen=True)
class Received:
    """The stored message, and whether this request stored it (or an earlier one did)."""

    message: Message
    new: bool


async def receive(
    session: AsyncSession,
    clinic: Clinic,
    conversation_id: str,
    incoming: Incoming,
    now: datetime,
) -> Received:
    """Store the message, advise at once if it tells of an emergency, and let someone answer.

    Raises `Conflict` when the same `client_id` came with other content, and `Invalid` when the
    choice was never offered.
    """
    conversation = await conversations.find_for_change(session, conversation_id)
    earlier = await conversations.find_by_client_id(session, conversation_id, incoming.client_id)
    if earlier is not None:
        return Received(_same(earlier, incoming), new=False)
    conversations.reopen(session, conversation)
    message = await _store(session, conversation, incoming, now)
    if incoming.flag is not None:
        message.advice = incoming.flag.category
        await advise(session, clinic, conversation, incoming.flag.category, now)
        await alert_staff(
            session, conversation, message, incoming.flag.category, incoming.flag.words, now
        )
    await _pass_on(session, conversation, message, now)
    return Received(message, new=True)


def _same(earlier: Message, incoming: Incoming) -> Message:
    choice = (earlier.choice["number"], earlier.choice["index"]) if earlier.choice else None
    text = None if choice else earlier.text
    if (text, choice) != (incoming.text, incoming.choice):
        raise Conflict(
            "client_id_used",
            "This client_id was used for another message; use a new one for each message.",
        )
    return earlier


async def _store(
    session: AsyncSession, conversation: Conversation, incoming: Incoming, now: datetime
) -> Message:
    if incoming.choice is None:
        draft = Draft(author="patient", text=incoming.text or "", client_id=incoming.client_id)
        return await conversations.append(session, conversation, draft, now)
    number, index = incoming.choice
    offer = await conversations.find_message(session, conversation.id, number=number)
    if offer is None or not offer.choices or not 0 <= index < len(offer.choices):
        raise Invalid("no_such_choice", "That choice was not offered; choose one that is shown.")
    offer.chosen = index
    draft = Draft(
        author="patient",
        text=offer.choices[index]["label"],
        client_id=incoming.client_id,
        choice={"number": number, "index": index},
    )
    return await conversations.append(session, conversation, draft, now)


async def alert_staff(
    session: AsyncSession,
    conversation: Conversation,
    message: Message,
    category: str,
    words: str,
    now: datetime,
) -> None:
    """Open the urgent card: which red flag, the words that fired (if known), the whole message."""
    matter = Matter(
        reason="emergency",
        priority="urgent",
        question=message.text,
        details={"category": category, "words": words},
        message_number=message.number,
    )
    await handovers.open_handover(session, conversation, now, matter)


def advice_for(clinic: Clinic, category: str) -> str:
    """What to do now; an unknown category gets the advice that is always right."""
    known = category if category in triage.categories() else _ANY_EMERGENCY
    return triage.advice(known, clinic.emergency_number)


def advice_without_database(clinic: Clinic, text: object) -> str | None:
    """The advice for words that cannot be kept, if they tell of an emergency."""
    flag = triage.screen(text) if isinstance(text, str) else None
    if flag is None:
        return None
    return f"{advice_for(clinic, flag.category)}\n{clinic.say(clinic.wording.not_stored)}"


async def advise(
    session: AsyncSession, clinic: Clinic, conversation: Conversation, category: str, now: datetime
) -> Message:
    """Tell the patient what to do now."""
    words = advice_for(clinic, category)
    draft = Draft(author="assistant", kind="emergency", text=words, advice=category)
    return await conversations.append(session, conversation, draft, now)


async def _pass_on(
    session: AsyncSession, conversation: Conversation, message: Message, now: datetime
) -> None:
    if conversation.owner == ASSISTANT:
        await conversations.queue_turn(session, message, now)
    elif conversation.unanswered_since is None:
        conversation.unanswered_since = now
