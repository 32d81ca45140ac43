"""The worker: leases turns, consults the assistant, and stores what came back.

Everything it knows is in the database, so it may be killed at any point: the lease runs out and
the turn is taken up again; the assistant recognises the turn's id and repeats its outcome.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog

from clinic.contract import TurnRequest
from clinic.settings import Clinic
from frontdesk.clock import Clock
from frontdesk.conversations.feed import EVERYTHING, Feed
from frontdesk.database import Database
from frontdesk.turns import queue, service
from frontdesk.turns.assistant import AssistantClient, AssistantError, AssistantRefused

_POLL_SECONDS: Final = 0.5
_PARALLEL: Final = 4
_log = structlog.get_logger()


class TurnWorker:
    """Runs until cancelled; `_PARALLEL` conversations at a time."""

    def __init__(
        self,
        database: Database,
        clinic: Clinic,
        assistant: AssistantClient,
        feed: Feed,
        clock: Clock,
        lease_seconds: float,
    ) -> None:
        self._database = database
        self._clinic = clinic
        self._assistant = assistant
        self._feed = feed
        self._clock = clock
        self._lease = timedelta(seconds=lease_seconds)

    async def run(self) -> None:
        """Work on turns until the feed closes; those under way are finished first."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(_PARALLEL):
                tasks.create_task(self._work())

    async def _work(self) -> None:
        with self._feed.reader(EVERYTHING) as woken:
            while not self._feed.closing.is_set():
                woken.clear()
                if not await self._try_one():
                    await _wait(woken, _POLL_SECONDS)

    async def _try_one(self) -> bool:
        try:
            return await self.handle_one()
        except Exception as error:
            # A database that is locked or full must not end the worker; the lease runs out.
            _log.error("turn.not_handled", error=type(error).__name__)
            await asyncio.sleep(_POLL_SECONDS)
            return False

    async def handle_one(self) -> bool:
        """Handle the next turn; false when none waits."""
        leased = await self._take()
        if leased is None:
            return False
        lease, request = leased
        try:
            outcome = await self._assistant.consult(request)
        except AssistantError as error:
            _log.warning("turn.postponed", turn=lease.turn_id, reason=str(error))
            await self._postpone(lease, refused=isinstance(error, AssistantRefused))
            return True
        async with self._database.transaction() as session:
            await service.apply(session, self._clinic, lease, outcome, self._clock())
        return True

    async def _take(self) -> tuple[queue.Lease, TurnRequest] | None:
        now = self._clock()
        async with self._database.reading() as session:
            if not await queue.any_waiting(session, now):
                return None
        async with self._database.transaction() as session:
            lease = await queue.lease_next(session, now, self._lease)
            if lease is None:
                return None
            turn = await queue.held(session, lease)
            if turn is None:
                return None
            return lease, await service.request_for(session, self._clinic, turn, now)

    async def _postpone(self, lease: queue.Lease, *, refused: bool) -> None:
        async with self._database.transaction() as session:
            await service.postpone(session, self._clinic, lease, self._clock(), refused=refused)


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(woken.wait(), seconds)
