"""The rules of the handovers: what opens one, who acknowledges it, what closes it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, case, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.contract import HandoverReason, Priority
from frontdesk import audit
from frontdesk.conversations.models import Conversation
from frontdesk.conversations.service import new_id
from frontdesk.database import changed
from frontdesk.handovers.models import Handover

URGENT: Final = "urgent"


@dataclass(frozen=True, kw_only=True)
class Matter:
    """What a person is asked to see to, and the patient's message that asks for it."""

    reason: HandoverReason
    priority: Priority
    question: str
    message_number: int
    details: dict[str, Any] = field(default_factory=dict)


async def open_handover(
    session: AsyncSession,
    conversation: Conversation,
    now: datetime,
    matter: Matter,
) -> Handover:
    """Let a person see to it."""
    handover = Handover(
        id=new_id(),
        conversation_id=conversation.id,
        reason=matter.reason,
        priority=matter.priority,
        question=matter.question,
        details=matter.details,
        message_number=matter.message_number,
        opened_at=now,
    )
    session.add(handover)
    await session.flush()
    audit.record(session, now, "system", "handover.opened", conversation.id, reason=matter.reason)
    changed(session, conversation.id)
    return handover


async def add_details(session: AsyncSession, handover: Handover, more: dict[str, Any]) -> None:
    """Add to what a matter holds, while nobody has seen to it."""
    handover.details = {**handover.details, **more}
    await session.flush()
    changed(session, handover.conversation_id)


async def open_handovers(session: AsyncSession, conversation_id: str) -> list[Handover]:
    """What still waits in this conversation: urgent first, then the longest waiting."""
    rows = await session.scalars(
        select(Handover)
        .where(Handover.conversation_id == conversation_id, Handover.closed_at.is_(None))
        .order_by(*_urgent_then_oldest())
    )
    return list(rows)


async def all_handovers(session: AsyncSession, conversation_id: str) -> list[Handover]:
    """Everything that ever waited in this conversation, newest first."""
    rows = await session.scalars(
        select(Handover)
        .where(Handover.conversation_id == conversation_id)
        .order_by(Handover.opened_at.desc())
    )
    return list(rows)


async def is_waiting(session: AsyncSession, conversation: Conversation) -> bool:
    """Whether a person still has to see to the conversation."""
    if conversation.unanswered_since is not None:
        return True
    found = await session.scalar(
        select(Handover.id)
        .where(Handover.conversation_id == conversation.id, Handover.closed_at.is_(None))
        .limit(1)
    )
    return found is not None


async def waiting_list(session: AsyncSession) -> list[tuple[Handover, Conversation]]:
    """All that waits, one row a conversation: urgent first, then the longest waiting."""
    rows = await session.execute(
        select(Handover, Conversation)
        .join(Conversation, Conversation.id == Handover.conversation_id)
        .where(Handover.closed_at.is_(None))
        .order_by(*_urgent_then_oldest())
    )
    first: dict[str, tuple[Handover, Conversation]] = {}
    for handover, conversation in rows:
        first.setdefault(conversation.id, (handover, conversation))
    return list(first.values())


async def unacknowledged(session: AsyncSession) -> list[Handover]:
    """Every urgent matter that no person has acknowledged, the longest waiting first."""
    rows = await session.scalars(
        select(Handover)
        .where(
            Handover.priority == URGENT,
            Handover.acknowledged_at.is_(None),
            Handover.closed_at.is_(None),
        )
        .order_by(Handover.opened_at, Handover.id)
    )
    return list(rows)


async def acknowledge(
    session: AsyncSession,
    conversation_id: str,
    staff_name: str,
    now: datetime,
    seen_number: int | None = None,
) -> None:
    """A person has seen the urgent matters of this conversation, up to message `seen_number`."""
    await session.execute(
        update(Handover)
        .where(
            Handover.conversation_id == conversation_id,
            Handover.priority == URGENT,
            Handover.acknowledged_at.is_(None),
            _seen(seen_number),
        )
        .values(acknowledged_at=now, acknowledged_by=staff_name)
        .execution_options(synchronize_session=False)
    )
    changed(session, conversation_id)


async def close_all(
    session: AsyncSession,
    conversation_id: str,
    staff_name: str,
    now: datetime,
    seen_number: int | None = None,
) -> None:
    """A person has answered: nothing waits here any longer, up to message `seen_number`."""
    await acknowledge(session, conversation_id, staff_name, now, seen_number)
    await session.execute(
        update(Handover)
        .where(
            Handover.conversation_id == conversation_id,
            Handover.closed_at.is_(None),
            _seen(seen_number),
        )
        .values(closed_at=now, closed_by=staff_name)
        .execution_options(synchronize_session=False)
    )
    changed(session, conversation_id)


async def close_one(
    session: AsyncSession,
    conversation_id: str,
    reason: HandoverReason,
    message_number: int,
    closed_by: str,
    now: datetime,
) -> None:
    """One matter has settled itself."""
    await session.execute(
        update(Handover)
        .where(
            Handover.conversation_id == conversation_id,
            Handover.reason == reason,
            Handover.message_number == message_number,
            Handover.closed_at.is_(None),
        )
        .values(closed_at=now, closed_by=closed_by)
        .execution_options(synchronize_session=False)
    )
    changed(session, conversation_id)


def _seen(number: int | None) -> ColumnElement[bool]:
    """What a person's page showed: matters of messages up to its last, or all without one."""
    if number is None:
        return true()
    return Handover.message_number.is_(None) | (Handover.message_number <= number)


def _urgent_then_oldest() -> tuple[Any, ...]:
    return (case((Handover.priority == URGENT, 0), else_=1), Handover.opened_at, Handover.id)
