"""Taking in what a patient writes, whatever the channel: stored once, screened, queued.

All of it is one transaction, so that emergency advice stands right behind the message that
called for it, and an acknowledgement is only given for what is safe on disk.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncSession

from clinic import triage
from clinic.settings import Clinic
from clinic.triage import RedFlag
from frontdesk import emergencies
from frontdesk.conversations import ownership
from frontdesk.conversations import service as conversations
from frontdesk.conversations.models import Conversation, Message
from frontdesk.conversations.service import Draft
from frontdesk.errors import Conflict, Invalid


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A patient's message: words, or the place of a quick reply (`number`, `index`).

    Who is not `reachable` cannot be told anything on this channel: they stopped our texts. What is
    not `queued` is kept and screened, and the assistant is not asked.
    """

    client_id: str
    text: str | None = None
    choice: tuple[int, int] | None = None
    reachable: bool = True
    queued: bool = True

    @cached_property
    def flag(self) -> RedFlag | None:
        """The red flag in the patient's words, found without any database."""
        return triage.screen(self.text) if self.text is not None else None


@dataclass(frozen=True)
class Received:
    """The stored message, whether this request stored it or an earlier one did, and the advice."""

    message: Message
    new: bool
    advice: Message | None


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
        message = _same(earlier, incoming)
        return Received(message, False, await emergencies.advice_behind(session, message))
    ownership.reopen(session, conversation)
    message = await _store(session, conversation, incoming, now)
    flag = incoming.flag
    if flag is None and incoming.text is not None:
        flag = await emergencies.find_across(session, message)
    advice = None
    if flag is not None:
        advice = await emergencies.see_to(
            session, clinic, conversation, message, flag, now, reachable=incoming.reachable
        )
    if incoming.queued or not ownership.is_assistants(conversation):
        await _pass_on(session, conversation, message, now)
    return Received(message, True, advice)


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


async def _pass_on(
    session: AsyncSession, conversation: Conversation, message: Message, now: datetime
) -> None:
    if ownership.is_assistants(conversation):
        await conversations.queue_turn(session, message, now)
    elif conversation.unanswered_since is None:
        conversation.unanswered_since = now
