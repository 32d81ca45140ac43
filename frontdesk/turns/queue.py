"""The queue of turns, in the database: one at a time per conversation, in order, leased.

The order is that of the messages' numbers; times only say how long to wait. Since clocks are set
back now and then, a time that lies further ahead than any wait of ours is not waited for.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from frontdesk.conversations.models import Message, Turn

MAX_BACKOFF: Final = timedelta(seconds=5)
LEASE: Final = timedelta(seconds=8)
"""A worker that was killed holds its turn so long; one that lives renews its lease in time."""
_earlier = aliased(Turn)
_NO_WAIT_OF_OURS: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Lease:
    """The right to work on one turn for a while."""

    turn_id: str
    conversation_id: str
    mark: str


async def any_waiting(session: AsyncSession, now: datetime) -> bool:
    """Whether `lease_next` would find one; only reads, so that idle workers lock nothing."""
    return await session.scalar(_leasable(now).limit(1)) is not None


async def lease_next(session: AsyncSession, now: datetime) -> Lease | None:
    """Lease the turn that waits longest, of those that are the oldest of their conversation."""
    found = _leasable(now).order_by(Turn.not_before, Turn.id).limit(1)
    turn: Turn | None = await session.scalar(found.with_for_update(skip_locked=True))
    if turn is None:
        return None
    turn.lease, turn.leased_until = secrets.token_hex(8), now + LEASE
    turn.attempts += 1
    await session.flush()
    return Lease(turn.id, turn.conversation_id, turn.lease)


def _leasable(now: datetime) -> Select[Turn]:
    return select(Turn).where(
        Turn.finished_at.is_(None),
        _is_past(Turn.not_before, now),
        Turn.leased_until.is_(None) | _is_past(Turn.leased_until, now),
        ~exists().where(
            _earlier.conversation_id == Turn.conversation_id,
            _earlier.finished_at.is_(None),
            _earlier.number < Turn.number,
        ),
    )


def _is_past(
    at: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None], now: datetime
) -> ColumnElement[bool]:
    return or_(at <= now, at > now + _NO_WAIT_OF_OURS)


async def renew(session: AsyncSession, lease: Lease, now: datetime) -> None:
    """The worker still lives; nothing happens where the turn is not its own any longer."""
    await session.execute(
        update(Turn)
        .where(Turn.id == lease.turn_id, Turn.lease == lease.mark, Turn.finished_at.is_(None))
        .values(leased_until=now + LEASE)
        .execution_options(synchronize_session=False)
    )


async def held(session: AsyncSession, lease: Lease) -> tuple[Turn, Message] | None:
    """The leased turn and its message, if it is still ours and unfinished."""
    rows = await session.execute(
        select(Turn, Message)
        .join(Message, Message.id == Turn.message_id)
        .where(Turn.id == lease.turn_id, Turn.lease == lease.mark, Turn.finished_at.is_(None))
        .with_for_update(of=Turn)
    )
    found = rows.one_or_none()
    return None if found is None else (found[0], found[1])


def finish(turn: Turn, outcome: str, now: datetime) -> None:
    """The turn is over."""
    turn.finished_at, turn.outcome, turn.lease, turn.leased_until = now, outcome, None, None


def postpone(turn: Turn, now: datetime) -> None:
    """Try again later, ever more slowly up to `MAX_BACKOFF`."""
    wait = min(timedelta(seconds=0.25 * 2 ** min(turn.attempts, 10)), MAX_BACKOFF)
    turn.lease, turn.leased_until, turn.not_before = None, None, now + wait
