"""The worker: makes texts of messages, sends them, and puts right what got lost.

Everything it knows is in the database, so it may be killed at any point, and several may run.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from frontdesk.conversations.feed import TEXTS
from frontdesk.desk import Desk
from frontdesk.lines import Line
from frontdesk.sms import deliveries, outbox, settling
from frontdesk.sms.deliveries import Sending
from frontdesk.sms.problems import problem
from frontdesk.sms.provider import NotReached, Provider, ProviderError, Refused
from frontdesk.waiting import happens, tried

_POLL_SECONDS: Final = 1.0
_SETTLE_SECONDS: Final = 5.0
_SWEEP_SECONDS: Final = 60.0
_LATE_SECONDS: Final = 3_600.0
_PARALLEL: Final = 8
_FAILED: Final = "sms.not_handled"
_log = structlog.get_logger()


class TextWorker:
    """Runs until the feed closes; `_PARALLEL` texts at a time."""

    def __init__(self, desk: Desk, line: Line, provider: Provider) -> None:
        self._desk = desk
        self._line = line
        self._provider = provider
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until the feed closes; texts under way are finished first."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._pack_and_send())
            tasks.create_task(self._again_and_again(self._settle, _SETTLE_SECONDS))
            tasks.create_task(self._again_and_again(self._sweep, _SWEEP_SECONDS))
            tasks.create_task(self._again_and_again(self._hear_late, _LATE_SECONDS))
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _pack_and_send(self) -> None:
        closing = self._desk.feed.closing
        with self._desk.feed.reader(TEXTS) as woken:
            while not closing.is_set():
                woken.clear()
                is_busy = await tried(self._pack_one(), _FAILED)
                is_busy = await tried(self._begin_one(woken), _FAILED) or is_busy
                if not is_busy:
                    await happens(woken, seconds=_POLL_SECONDS)

    async def _pack_one(self) -> bool:
        desk = self._desk
        async with desk.database.reading() as session:
            if not await outbox.any_waiting(session, desk.clock()):
                return False
        async with desk.database.transaction() as session:
            return await outbox.pack_one(session, desk.clinic, self._line, desk.clock())

    async def _begin_one(self, woken: asyncio.Event) -> bool:
        """Begin to send the next text; false when none is due, or enough are under way."""
        if len(self._under_way) >= _PARALLEL:
            return False
        desk = self._desk
        async with desk.database.reading() as session:
            if not await deliveries.any_due(session, desk.clock()):
                return False
        async with desk.database.transaction() as session:
            sending = await deliveries.lease_next(session, desk.clinic, desk.clock())
        if sending is None:
            return False
        task = asyncio.create_task(self._send(sending))
        self._under_way.add(task)

        def is_done(task: "asyncio.Task[None]") -> None:
            self._under_way.discard(task)
            woken.set()

        task.add_done_callback(is_done)
        return True

    async def _send(self, sending: Sending) -> None:
        # What a failing database leaves open is unknown when the lease has run out, and looked for.
        try:
            await self._send_one(sending)
        except SQLAlchemyError as error:
            _log.error("sms.not_noted", delivery=sending.id, error=type(error).__name__)

    async def _send_one(self, sending: Sending) -> None:
        database, clock = self._desk.database, self._desk.clock
        try:
            sid, status = await self._provider.send(sending)
        except Refused as error:
            cause = problem(error.code)
            _tell(sending, error.code, is_ours=cause.ours)
            wait = timedelta(seconds=error.wait_seconds or 30)
            again = cause.temporary or error.wait_seconds is not None
            async with database.transaction() as session:
                await deliveries.refused(
                    session, sending, error.code, clock(), wait if again else None
                )
        except NotReached as error:
            _tell(sending, str(error), is_ours=True)
            async with database.transaction() as session:
                await deliveries.not_reached(session, sending, clock())
        except ProviderError as error:
            _tell(sending, str(error), is_ours=True)
            async with database.transaction() as session:
                await deliveries.unclear(session, sending, clock())
        else:
            async with database.transaction() as session:
                await deliveries.accepted(session, sending.id, sid, status, clock())

    async def _settle(self) -> None:
        await settling.settle(self._desk.database, self._provider, self._desk.clock)

    async def _sweep(self) -> None:
        desk = self._desk
        await settling.sweep(desk.database, self._provider, desk.clinic, self._line, desk.clock)

    async def _hear_late(self) -> None:
        await settling.hear_late(self._desk.database, self._provider, self._desk.clock)

    async def _again_and_again(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        while not self._desk.feed.closing.is_set():
            try:
                await work()
            except ProviderError as error:
                _log.warning("sms.provider", reason=str(error))
            except Exception as error:
                _log.error(_FAILED, error=type(error).__name__)
            await happens(self._desk.feed.closing, seconds=seconds)


def _tell(sending: Sending, reason: str, *, is_ours: bool) -> None:
    log = _log.error if is_ours else _log.warning
    log("sms.not_sent", delivery=sending.id, reason=reason)
