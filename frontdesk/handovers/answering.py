"""What staff do with a conversation: read it, take it, reply, give it back.

The pages of the inbox and the JSON interface both call these, so both keep the same rules.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.settings import Clinic
from frontdesk import audit
from frontdesk.bookings import service as bookings
from frontdesk.bookings.models import Booking
from frontdesk.conversations import ownership
from frontdesk.conversations import service as conversations
from frontdesk.conversations.models import BY_TEXT, STAFF, Conversation, Message, Suggestion
from frontdesk.conversations.service import Draft
from frontdesk.conversations.views import MessageView, view_message
from frontdesk.database import changed
from frontdesk.errors import Conflict, Invalid
from frontdesk.handovers import service as handovers
from frontdesk.handovers.models import Handover
from frontdesk.staff import service as accounts
from frontdesk.staff.models import Staff


@dataclass(frozen=True)
class Row:
    """A conversation in a list, with what makes it wait (the most pressing) and its last words."""

    conversation: Conversation
    handover: Handover | None
    last: Message

    @property
    def urgent(self) -> bool:
        """Whether it stands before all others."""
        return self.handover is not None and self.handover.priority == handovers.URGENT

    @property
    def waiting_since(self) -> datetime | None:
        """Since when a person is waited for."""
        if self.handover is not None:
            return self.handover.opened_at
        return self.conversation.unanswered_since


@dataclass(frozen=True)
class Card:
    """One conversation with all that staff need to answer at once."""

    conversation: Conversation
    messages: list[Message]
    handovers: list[Handover]
    bookings: list[Booking]
    suggestions: list[Suggestion]

    @property
    def waiting(self) -> bool:
        """Whether a person is waited for."""
        asked = any(handover.closed_at is None for handover in self.handovers)
        return asked or self.conversation.unanswered_since is not None


@dataclass(frozen=True)
class StaffReply:
    """A person's words, and the last message that they had read when they sent them."""

    client_id: str
    text: str
    seen_number: int


class StaleReply(Conflict):
    """Somebody wrote since the person who replies last looked; `messages` are the new ones."""

    def __init__(self, messages: list[MessageView]) -> None:
        super().__init__("stale", "There are new messages; read them, then send your reply again.")
        self.messages = messages


async def list_conversations(session: AsyncSession, state: str) -> list[Row]:
    """`waiting` (urgent first, then the longest waiting), `open` or `ended` (newest first)."""
    if state == "waiting":
        rows = await _waiting(session)
        return sorted(rows, key=lambda row: (not row.urgent, row.waiting_since))
    ended = Conversation.ended_at.is_not(None) if state == "ended" else None
    query = select(Conversation).where(Conversation.ended_at.is_(None) if ended is None else ended)
    newest = query.order_by(Conversation.last_message_at.desc()).limit(100)
    return [
        await _row(session, conversation, None) for conversation in await session.scalars(newest)
    ]


async def _waiting(session: AsyncSession) -> list[Row]:
    asked = await handovers.waiting_list(session)
    rows = [await _row(session, conversation, handover) for handover, conversation in asked]
    listed = {row.conversation.id for row in rows}
    unanswered = await session.scalars(
        select(Conversation).where(Conversation.unanswered_since.is_not(None))
    )
    rest = [conversation for conversation in unanswered if conversation.id not in listed]
    return rows + [await _row(session, conversation, None) for conversation in rest]


async def _row(session: AsyncSession, conversation: Conversation, handover: Handover | None) -> Row:
    if handover is None:
        still_open = await handovers.open_handovers(session, conversation.id)
        handover = still_open[0] if still_open else None
    last = await conversations.find_message(
        session, conversation.id, number=conversation.last_number
    )
    assert last is not None, "every conversation begins with a greeting"
    return Row(conversation, handover, last)


async def open_card(session: AsyncSession, conversation_id: str) -> Card:
    """The whole conversation; raises `NotFound`."""
    conversation = await conversations.find(session, conversation_id)
    return Card(
        conversation,
        await conversations.messages_after(session, conversation_id, 0),
        await handovers.all_handovers(session, conversation_id),
        await bookings.of_conversation(session, conversation_id),
        await conversations.suggestions(session, conversation_id),
    )


async def take(
    session: AsyncSession,
    clinic: Clinic,
    conversation_id: str,
    staff: Staff,
    now: datetime,
    seen_number: int | None = None,
) -> Conversation:
    """The conversation is this person's now, and the assistant silent.

    Only what is urgent up to `seen_number` counts as acknowledged; without it, everything.
    """
    conversation = await conversations.find_for_change(session, conversation_id)
    await ownership.take(session, clinic, conversation, staff.id, staff.name, now)
    await handovers.acknowledge(session, conversation_id, staff.name, now, seen_number)
    audit.record(session, now, staff.id, "conversation.taken", conversation_id)
    return conversation


async def leave(
    session: AsyncSession, clinic: Clinic, conversation_id: str, staff: Staff, now: datetime
) -> Conversation:
    """Whoever of the staff takes the conversation next answers; what waits goes on waiting."""
    conversation = await conversations.find_for_change(session, conversation_id)
    await ownership.leave(session, clinic, conversation, staff.id, now)
    audit.record(session, now, staff.id, "conversation.left", conversation_id)
    return conversation


async def dismiss(session: AsyncSession, email: str, now: datetime) -> None:
    """Close somebody's account; their conversations go to colleagues. Raises `NotFound`."""
    person = await accounts.disable(session, email, now)
    for conversation in await ownership.leave_all(session, person.id, now):
        audit.record(session, now, "system", "conversation.left", conversation.id)


async def give_back(
    session: AsyncSession,
    clinic: Clinic,
    conversation_id: str,
    staff: Staff,
    now: datetime,
    seen_number: int | None = None,
    *,
    keep_form: bool = True,
) -> Conversation:
    """The assistant answers again; what waited is seen to, up to `seen_number` if it is given.

    A booking that the patient had begun goes on, or is dropped without `keep_form`.
    """
    conversation = await conversations.find_for_change(session, conversation_id)
    await ownership.give_back(session, clinic, conversation, now, keep_form=keep_form)
    await handovers.close_all(session, conversation_id, staff.name, now, seen_number)
    audit.record(session, now, staff.id, "conversation.given_back", conversation_id)
    return conversation


async def acknowledge(
    session: AsyncSession,
    conversation_id: str,
    staff: Staff,
    now: datetime,
    seen_number: int | None = None,
) -> Conversation:
    """This person has seen the urgent card, up to `seen_number` where it is given."""
    conversation = await conversations.find_for_change(session, conversation_id)
    await handovers.acknowledge(session, conversation_id, staff.name, now, seen_number)
    audit.record(session, now, staff.id, "handover.acknowledged", conversation_id)
    return conversation


async def reply(
    session: AsyncSession,
    clinic: Clinic,
    conversation_id: str,
    staff: Staff,
    now: datetime,
    new: StaffReply,
) -> tuple[Message, bool]:
    """Send the person's words; the conversation becomes theirs. Gives the message, and if new.

    Raises `StaleReply` when the patient or a colleague wrote after `seen_number`, and `Conflict`
    when the same `client_id` came with other words.
    """
    conversation = await conversations.find_for_change(session, conversation_id)
    earlier = await conversations.find_by_client_id(session, conversation_id, new.client_id)
    if earlier is not None:
        return _same_reply(earlier, new.text), False
    if conversation.texts_stopped and conversation.texts == BY_TEXT:
        raise Conflict(
            "texts_stopped", f"Not sent: they stopped our texts. Phone them: {conversation.phone}."
        )
    await _require_seen(session, conversation, new.seen_number)
    await ownership.take(session, clinic, conversation, staff.id, staff.name, now)
    draft = Draft(author="staff", name=staff.name, text=new.text, client_id=new.client_id)
    message = await conversations.append(session, conversation, draft, now)
    conversation.unanswered_since = None
    await handovers.close_all(session, conversation_id, staff.name, now, new.seen_number)
    audit.record(session, now, staff.id, "conversation.replied", conversation_id)
    changed(session, conversation_id)
    return message, True


def _same_reply(earlier: Message, text: str) -> Message:
    if earlier.author != STAFF or earlier.text != text:
        raise Conflict(
            "client_id_used", "This client_id was used for another message; use a new one."
        )
    return earlier


async def _require_seen(
    session: AsyncSession, conversation: Conversation, seen_number: int
) -> None:
    if seen_number > conversation.last_number:
        raise Invalid("not_there_yet", "seen_number is higher than the newest message's number.")
    since = await conversations.messages_after(session, conversation.id, seen_number)
    written = [message for message in since if message.author in ("patient", "staff")]
    if written:
        raise StaleReply([view_message(message) for message in written])
