"""Putting right what got lost on the way: texts of ours whose fate is open, and texts to us.

Both look through the provider's own list. It shows our texts by number, words and time; two that
are alike are matched one to one, since only their count matters to who reads them.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.settings import Clinic
from frontdesk.clock import Clock
from frontdesk.database import Database, insert_unless_there
from frontdesk.lines import Line
from frontdesk.sms import deliveries, receiving
from frontdesk.sms.case import Text
from frontdesk.sms.models import Delivery, InboundText, Sweep
from frontdesk.sms.provider import Listed, Provider

# Two clocks, and a text that waited here: texts with the same words that belong to none are few.
_CLOCKS_APART: Final = timedelta(minutes=30)
_SO_LONG_UNDELIVERED: Final = timedelta(days=3)
_OVERLAP: Final = timedelta(minutes=10)
_log = structlog.get_logger()


async def settle(database: Database, provider: Provider, clock: Clock) -> None:
    """Find out what became of the texts that are unknown. Raises `ProviderError`."""
    async with database.transaction() as session:
        await deliveries.lose_vanished(session, clock())
    async with database.reading() as session:
        unknown = await deliveries.unknown_due(session, clock())
    by_number: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in unknown:
        by_number[delivery.number].append(delivery)
    for number, theirs in by_number.items():
        since = min(each.tried_at or each.created_at for each in theirs) - _CLOCKS_APART
        found = [each async for each in provider.listed(since, to=number) if not each.is_inbound]
        await _match(database, theirs, found, clock)


async def _match(
    database: Database, theirs: list[Delivery], found: list[Listed], clock: Clock
) -> None:
    async with database.transaction() as session:
        known = await deliveries.by_sids(session, [each.sid for each in found])
        free = sorted((each for each in found if each.sid not in known), key=lambda one: one.at)
        for delivery in theirs:
            same = next((each for each in free if _is_same(delivery, each)), None)
            if same is None:
                await deliveries.not_found(session, delivery.id, clock())
                continue
            free.remove(same)
            await deliveries.told(session, delivery.id, same.sid, same.status, same.error, clock())


def _is_same(delivery: Delivery, listed: Listed) -> bool:
    since = (delivery.tried_at or delivery.created_at) - _CLOCKS_APART
    # A trial account puts words of its own before ours; one that redacts lists none at all.
    words = listed.words.strip()
    return listed.at >= since and (not words or words.endswith(delivery.text.strip()))


async def sweep(
    database: Database, provider: Provider, clinic: Clinic, line: Line, clock: Clock
) -> int:
    """Take in what the provider holds and never told; gives how many texts came so.

    Raises `ProviderError`.
    """
    now = clock()
    async with database.transaction() as session:
        since = await _swept_until(session, line, now)
    listed = [each async for each in provider.listed(since - _OVERLAP)]
    await _hear(database, [each for each in listed if not each.is_inbound], clock)
    held = [each for each in listed if each.is_inbound]
    async with database.reading() as session:
        ours = await _our_numbers(session, line)
        held = [each for each in held if each.to in ours]
        here = await _here(session, line, [each.sid for each in held])
    # Its times are whole seconds; within one its own order counts, which is newest first.
    missing = sorted(
        (each for each in reversed(held) if each.sid not in here), key=lambda one: one.at
    )
    taken = 0
    for each in missing:
        try:
            taken += await _take_in(database, clinic, line, each, clock)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            # One that cannot be taken must not stand before all others.
            _log.error("sms.not_taken", sid=each.sid[:64], error=type(error).__name__)
    async with database.transaction() as session:
        swept = await session.get_one(Sweep, line.account_sid, with_for_update=True)
        swept.until = now
    if taken:
        _log.warning("sms.swept", taken=taken)
    return taken


async def hear_late(database: Database, provider: Provider, clock: Clock) -> None:
    """What became of the texts of the last days: carriers tell it hours later. As `sweep`."""
    since = clock() - _SO_LONG_UNDELIVERED
    ours = [each async for each in provider.listed(since) if not each.is_inbound]
    await _hear(database, ours, clock)


async def _hear(database: Database, ours: list[Listed], clock: Clock) -> None:
    """What became of our texts, where its callback was lost."""
    async with database.reading() as session:
        known = await deliveries.by_sids(session, [each.sid for each in ours])
        news = [each for each in ours if deliveries.is_news(known.get(each.sid), each.status)]
    for each in news:
        async with database.transaction() as session:
            await deliveries.told(
                session, known[each.sid].id, each.sid, each.status, each.error, clock()
            )


async def _swept_until(session: AsyncSession, line: Line, now: datetime) -> datetime:
    first = {"account_sid": line.account_sid, "until": now}
    await session.execute(
        insert_unless_there(session, Sweep).values(**first).on_conflict_do_nothing()
    )
    swept = await session.get_one(Sweep, line.account_sid)
    return min(swept.until, now)


async def _take_in(
    database: Database, clinic: Clinic, line: Line, listed: Listed, clock: Clock
) -> bool:
    text = Text(
        account_sid=line.account_sid,
        sid=listed.sid,
        sender=listed.sender,
        line=listed.to,
        words=listed.words,
        media=listed.media,
        sent_at=listed.at,
    )
    async with database.transaction() as session:
        return await receiving.receive(session, clinic, [line.sender], text, clock())


async def _our_numbers(session: AsyncSession, line: Line) -> set[str]:
    """The numbers whose texts come here: the account may have others, for something else."""
    if not line.is_service:
        return {line.sender}
    rows = await session.scalars(
        select(InboundText.line).where(InboundText.account_sid == line.account_sid).distinct()
    )
    return set(rows)


async def _here(session: AsyncSession, line: Line, sids: list[str]) -> set[str]:
    """Those of the texts that have come already."""
    rows = await session.scalars(
        select(InboundText.message_sid).where(
            InboundText.account_sid == line.account_sid, InboundText.message_sid.in_(sids)
        )
    )
    return set(rows)
