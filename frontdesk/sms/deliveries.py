"""The rules of a delivery: who may send it, what became of it, and what is never done twice.

    waiting ─▶ trying ─▶ queued ─▶ sending ─▶ sent ─▶ delivered ─▶ read ─▶ undelivered ─▶ failed
                 │  ▲      ▲
                 ▼  │      │ found in the provider's list, or told by its callback
               unknown ────┘
                 │  not in the list, for minutes and after several looks
                 └─▶ waiting again

To the right of `trying` stands what the provider tells. It tells it in any order and more than
once, so a state only ever moves to the right, and every order of the same news ends alike. Whoever
sends is marked first, in a transaction of its own: what happened to a text whose sender vanished,
or whose answer did, is `unknown`. It may be on its way, so it is looked for, never just repeated.

`dropped` is what we ourselves did not send: the number is stopped, or has had enough.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, and_, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from clinic.settings import Clinic
from frontdesk.conversations import service as conversations
from frontdesk.conversations.models import Conversation, Message
from frontdesk.database import changed
from frontdesk.handovers import service as handovers
from frontdesk.handovers.service import Matter
from frontdesk.sms import consent, problems
from frontdesk.sms.models import Delivery

WAITING: Final = "waiting"
TRYING: Final = "trying"
UNKNOWN: Final = "unknown"
DROPPED: Final = "dropped"
FAILED: Final = "failed"
_TOLD: Final = ("queued", "sending", "sent", "delivered", "read", "undelivered", FAILED)
_ORDER: Final = {name: place for place, name in enumerate((WAITING, TRYING, UNKNOWN, *_TOLD))}
_SAME: Final = {"accepted": "queued", "scheduled": "queued", "canceled": FAILED}
_ENDS: Final = ("undelivered", FAILED)
_SECRET: Final = {"code": "(a code)", "link": "(a link to the answer)"}
LEASE: Final = timedelta(seconds=30)
LOOK_AGAIN: Final = timedelta(seconds=45)
_SURE_AFTER: Final = timedelta(minutes=5)
_LOOKS: Final = 2
_STALE_AFTER: Final = timedelta(hours=12)
_DAY: Final = timedelta(days=1)
_MOST_DROPPED: Final = 20
# Longer than this nothing of ours waits: the clock was set back meanwhile.
_NO_RETRY_OF_OURS: Final = timedelta(minutes=15)
_NO_WAIT_OF_OURS: Final = timedelta(hours=25)
_RETRIED_FOR: Final = timedelta(hours=1)
_earlier = aliased(Delivery)


@dataclass(frozen=True)
class Sending:
    """One text that is ours to send now."""

    id: str
    number: str
    text: str
    lease: str


async def any_due(session: AsyncSession, now: datetime) -> bool:
    """Whether `lease_next` would find one; only reads."""
    return await session.scalar(_due(now).limit(1)) is not None


async def lease_next(session: AsyncSession, clinic: Clinic, now: datetime) -> Sending | None:
    """The next text to send; those that must not be sent are dropped on the way."""
    for _ in range(_MOST_DROPPED):
        delivery = await _next_due(session, now)
        if delivery is None:
            return None
        reason = await _why_not(session, clinic, delivery, now)
        if reason is None:
            break
        await _drop(session, delivery, reason, now)
    else:
        return None  # the rest in a transaction of its own: others want to write too
    delivery.state, delivery.lease = TRYING, secrets.token_hex(8)
    delivery.leased_until, delivery.tried_at = now + LEASE, now
    delivery.attempts += 1
    await session.flush()
    return Sending(delivery.id, delivery.number, delivery.text, delivery.lease)


async def _next_due(session: AsyncSession, now: datetime) -> Delivery | None:
    first = case((Delivery.kind == "emergency", 0), else_=1)
    found = _due(now).order_by(first, Delivery.not_before, Delivery.place, Delivery.id).limit(1)
    delivery: Delivery | None = await session.scalar(found.with_for_update(skip_locked=True))
    return delivery


def _due(now: datetime) -> Select[Delivery]:
    # In their order to each number; an emergency overtakes all of them.
    is_first = ~exists().where(
        _earlier.number == Delivery.number,
        _earlier.state.in_((WAITING, TRYING)),
        _earlier.not_before <= now,
        or_(
            _earlier.created_at < Delivery.created_at,
            and_(
                _earlier.conversation_id == Delivery.conversation_id,
                _earlier.created_at == Delivery.created_at,
                _earlier.place < Delivery.place,
            ),
        ),
    )
    is_time = or_(
        Delivery.not_before <= now,
        Delivery.not_before > now + _NO_WAIT_OF_OURS,
        and_(Delivery.kind == "emergency", Delivery.not_before > now + _NO_RETRY_OF_OURS),
    )
    return select(Delivery).where(
        Delivery.state == WAITING,
        is_time,
        or_(Delivery.kind == "emergency", is_first),
    )


async def _why_not(
    session: AsyncSession, clinic: Clinic, delivery: Delivery, now: datetime
) -> str | None:
    """Why it must not be sent; nothing where it may be."""
    number = await consent.number_for_change(session, delivery.number, now)
    if number.stopped_at is not None:
        return problems.STOPPED
    if delivery.kind in ("link", "answer"):
        if not await _is_wanted(session, delivery):
            return problems.NOT_WANTED
        if await _is_read(session, delivery):
            return problems.READ_ALREADY
    if delivery.kind == "emergency":
        return None
    if now - delivery.not_before > _STALE_AFTER:
        return problems.TOO_OLD
    return await _over_a_cap(session, clinic, delivery, now)


async def _is_wanted(session: AsyncSession, delivery: Delivery) -> bool:
    """Whether the chat's answers still go to that phone."""
    found = await session.scalar(
        select(Conversation.id).where(
            Conversation.id == delivery.conversation_id,
            Conversation.texts.is_not(None),
            Conversation.phone == delivery.number,
        )
    )
    return found is not None


async def _is_read(session: AsyncSession, delivery: Delivery) -> bool:
    read = await session.scalar(
        select(Conversation.read_by_patient).where(Conversation.id == delivery.conversation_id)
    )
    return (read or 0) >= (delivery.last_number or 0)


async def _over_a_cap(
    session: AsyncSession, clinic: Clinic, delivery: Delivery, now: datetime
) -> str | None:
    counts = await session.execute(
        select(
            func.count(),
            func.count().filter(Delivery.number == delivery.number),
            func.count().filter(Delivery.country == delivery.country),
        ).where(
            Delivery.tried_at > now - _DAY, Delivery.kind != "code"
        )  # they have a cap of theirs
    )
    in_all, of_number, of_country = counts.one()
    if of_number >= clinic.sms.per_number:
        return problems.OVER_NUMBER
    if of_country >= clinic.sms.most_for(delivery.country, clinic.country):
        return problems.OVER_COUNTRY
    return problems.OVER_DAY if in_all >= clinic.sms.per_day else None


async def accepted(
    session: AsyncSession, delivery_id: str, sid: str, status: str, now: datetime
) -> None:
    """The provider has it."""
    delivery = await _for_change(session, delivery_id)
    if delivery is not None:
        await _told(session, delivery, sid, status, None, now)


async def refused(
    session: AsyncSession, sending: Sending, code: str, now: datetime, wait: timedelta | None
) -> None:
    """The provider did not take it: `wait` says to try again, and after how long."""
    delivery = await _held(session, sending)
    if delivery is None:
        return
    delivery.error = code
    if wait is not None and now - delivery.created_at < _RETRIED_FOR:
        _wait(delivery, now + max(wait, _slower(delivery)))
        return
    await _end(session, delivery, FAILED, code, now)


async def not_reached(session: AsyncSession, sending: Sending, now: datetime) -> None:
    """The provider could not be reached, so it has not got it: try again, ever more slowly."""
    delivery = await _held(session, sending)
    if delivery is None:
        return
    if now - delivery.created_at > _STALE_AFTER:
        await _end(session, delivery, FAILED, problems.NEVER_ARRIVED, now)
        return
    _wait(delivery, now + _slower(delivery))


def _slower(delivery: Delivery) -> timedelta:
    return timedelta(seconds=min(2.0 ** min(delivery.attempts - 1, 10), 300))


async def unclear(session: AsyncSession, sending: Sending, now: datetime) -> None:
    """It was sent and no answer came, or none that can be read."""
    delivery = await _held(session, sending)
    if delivery is not None:
        _lose(delivery, now)


async def told(
    session: AsyncSession, delivery_id: str, sid: str, status: str, code: str | None, now: datetime
) -> bool:
    """What the provider's callback tells; false where there is no such delivery."""
    delivery = await _for_change(session, delivery_id)
    if delivery is None:
        return False
    if delivery.provider_sid in (None, sid):
        await _told(session, delivery, sid, status, code, now)
    return True


async def lose_vanished(session: AsyncSession, now: datetime) -> None:
    """Whose sender is gone, is unknown from now on."""
    rows = await session.scalars(
        select(Delivery)
        .where(
            Delivery.state == TRYING,
            or_(Delivery.leased_until <= now, Delivery.leased_until > now + _NO_RETRY_OF_OURS),
        )
        .with_for_update(skip_locked=True)
    )
    for delivery in rows:
        _lose(delivery, now)
    await session.flush()


async def unknown_due(session: AsyncSession, now: datetime) -> list[Delivery]:
    """What has to be looked for, the oldest first."""
    rows = await session.scalars(
        select(Delivery)
        .where(
            Delivery.state == UNKNOWN,
            or_(Delivery.not_before <= now, Delivery.not_before > now + _NO_RETRY_OF_OURS),
        )
        .order_by(Delivery.tried_at, Delivery.id)
        .limit(100)
    )
    return list(rows)


async def by_sids(session: AsyncSession, sids: Sequence[str]) -> dict[str, Delivery]:
    """The deliveries of those of the provider's texts that are known."""
    rows = await session.scalars(select(Delivery).where(Delivery.provider_sid.in_(sids)))
    return {delivery.provider_sid: delivery for delivery in rows if delivery.provider_sid}


def is_news(delivery: Delivery | None, status: str) -> bool:
    """Whether the provider's status would change a delivery."""
    if delivery is None:
        return False
    return _ORDER.get(_SAME.get(status, status), 0) > _ORDER.get(delivery.state, len(_ORDER))


async def not_found(session: AsyncSession, delivery_id: str, now: datetime) -> None:
    """The provider's list does not show it: look again, and in the end send it again."""
    delivery = await _for_change(session, delivery_id)
    if delivery is None or delivery.state != UNKNOWN:
        return
    delivery.looks += 1
    since = now - (delivery.tried_at or delivery.created_at)
    if delivery.looks < _LOOKS or since < _SURE_AFTER:
        delivery.not_before = now + LOOK_AGAIN
        return
    patience = _RETRIED_FOR if delivery.kind == "emergency" else _STALE_AFTER
    if now - delivery.created_at > patience:
        await _end(session, delivery, FAILED, problems.NEVER_ARRIVED, now)
        return
    delivery.looks = 0
    _wait(delivery, now)


def _wait(delivery: Delivery, until: datetime) -> None:
    delivery.state, delivery.not_before = WAITING, until
    delivery.lease, delivery.leased_until = None, None


def _lose(delivery: Delivery, now: datetime) -> None:
    delivery.state, delivery.looks = UNKNOWN, 0
    delivery.lease, delivery.leased_until = None, None
    delivery.not_before = now + LOOK_AGAIN


async def _told(
    session: AsyncSession,
    delivery: Delivery,
    sid: str,
    status: str,
    code: str | None,
    now: datetime,
) -> None:
    state = _SAME.get(status, status)
    delivery.provider_sid = sid
    if _ORDER.get(state, 0) <= _ORDER.get(delivery.state, len(_ORDER)):
        # Also a state that is not known yet shows that the provider has the text.
        state = delivery.state if delivery.state in _TOLD else "queued"
    was, delivery.state = delivery.state, state
    delivery.lease, delivery.leased_until = None, None
    delivery.text = _SECRET.get(delivery.kind, delivery.text)
    if state in _ENDS and was != state:
        await _end(session, delivery, state, code, now)
    elif state in ("delivered", "read"):
        delivery.finished_at = delivery.finished_at or now
    _tell(session, delivery)
    await session.flush()


async def _end(
    session: AsyncSession, delivery: Delivery, state: str, code: str | None, now: datetime
) -> None:
    """It did not arrive, and will not: staff have to know."""
    delivery.state, delivery.error, delivery.finished_at = state, code, now
    delivery.lease, delivery.leased_until = None, None
    delivery.text = _SECRET.get(delivery.kind, delivery.text)
    if code == problems.OPTED_OUT:
        number = await consent.number_for_change(session, delivery.number, now)
        if number.stopped_at is None:
            await consent.withdraw(session, number, f"error {code}", "provider", now)
    await _call_staff(session, delivery, now)
    _tell(session, delivery)
    await session.flush()


async def _drop(session: AsyncSession, delivery: Delivery, reason: str, now: datetime) -> None:
    delivery.state, delivery.error, delivery.finished_at = DROPPED, reason, now
    delivery.text = _SECRET.get(delivery.kind, delivery.text)
    if delivery.kind == "emergency" or reason not in problems.NO_MATTER:
        await _call_staff(session, delivery, now)
    _tell(session, delivery)
    await session.flush()


async def _call_staff(session: AsyncSession, delivery: Delivery, now: datetime) -> None:
    """Open a card, once for each cause: the patient has not read what was said."""
    if delivery.conversation_id is None:
        return
    conversation = await conversations.find_for_change(session, delivery.conversation_id)
    details = {"undelivered": delivery.error or ""}
    waiting = await handovers.open_handovers(session, conversation.id)
    if any(each.details == details for each in waiting):
        return
    asked: Message | None = await session.scalar(
        select(Message)
        .where(
            Message.conversation_id == conversation.id,
            Message.author == "patient",
            Message.number <= (delivery.last_number or 0),
        )
        .order_by(Message.number.desc())
        .limit(1)
    )
    matter = Matter(
        reason="not_answered",
        priority="urgent" if delivery.kind == "emergency" else "normal",
        question=asked.text if asked else "",
        details=details,
        message_number=delivery.last_number or conversation.last_number,
    )
    await handovers.open_handover(session, conversation, now, matter)


def _tell(session: AsyncSession, delivery: Delivery) -> None:
    if delivery.conversation_id is not None:
        changed(session, delivery.conversation_id)


async def _for_change(session: AsyncSession, delivery_id: str) -> Delivery | None:
    return await session.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)


async def _held(session: AsyncSession, sending: Sending) -> Delivery | None:
    """The delivery, if nobody has taken it up or told of it since."""
    found: Delivery | None = await session.scalar(
        select(Delivery)
        .where(Delivery.id == sending.id, Delivery.lease == sending.lease)
        .with_for_update()
    )
    return found


async def of_conversation(session: AsyncSession, conversation_id: str) -> list[Delivery]:
    """Every text of a conversation, in the order in which they were made."""
    rows = await session.scalars(
        select(Delivery)
        .where(Delivery.conversation_id == conversation_id)
        .order_by(Delivery.created_at, Delivery.place)
    )
    return list(rows)
