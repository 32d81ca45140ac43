"""The rules of the booking requests."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.contract import BookingRequest
from frontdesk import audit
from frontdesk.bookings.models import Booking
from frontdesk.conversations.models import Turn
from frontdesk.conversations.service import new_id
from frontdesk.database import changed


async def record(
    session: AsyncSession, turn: Turn, request: BookingRequest, now: datetime
) -> Booking:
    """Keep what the patient has confirmed; the same reference again keeps the first."""
    existing: Booking | None = await session.scalar(
        select(Booking).where(
            Booking.reference == request.reference,
            Booking.conversation_id == turn.conversation_id,
        )
    )
    if existing is not None:
        return existing
    booking = Booking(
        id=new_id(),
        conversation_id=turn.conversation_id,
        turn_id=turn.id,
        reference=request.reference,
        details=msgspec.to_builtins(request.details),
        created_at=now,
    )
    session.add(booking)
    await session.flush()
    audit.record(session, now, "assistant", "booking.requested", turn.conversation_id)
    changed(session, turn.conversation_id)
    return booking


async def of_conversation(session: AsyncSession, conversation_id: str) -> list[Booking]:
    """The bookings that were asked for in this conversation, oldest first."""
    rows = await session.scalars(
        select(Booking)
        .where(Booking.conversation_id == conversation_id)
        .order_by(Booking.created_at)
    )
    return list(rows)


async def newest(session: AsyncSession, limit: int = 200) -> list[Booking]:
    """The clinic's booking requests, newest first."""
    rows = await session.scalars(select(Booking).order_by(Booking.created_at.desc()).limit(limit))
    return list(rows)
