"""The worker: leases turns, consults the assistant, and stores what came back.

Everything it knows is in the database, so it may be killed at any point: the lease runs out and
the turn is taken up again; the assistant recognises the turn's id and repeats its outcome.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from clinic.settings import Clinic
from frontdesk.clock import Clock
from frontdesk.conversations.feed import EVERYTHING, Feed
from frontdesk.database import Database
from frontdesk.turns import lateness, queue, service
from frontdesk.turns.assistant import AssistantClient, AssistantError, AssistantRefused

_POLL_SECONDS: Final = 0.5
_PARALLEL: Final = 4
_NO_DATABASE: Final = (OperationalError, InterfaceError)
_log = structlog.get_logger()


class TurnWorker:
    """Runs until the feed closes; `_PARALLEL` conversations at a time."""

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
                tasks.create_task(self._repeat(self.handle_one))
            tasks.create_task(self._repeat(self.tell_one_late))

    async def handle_one(self) -> bool:
        """Handle the next turn; false when none waits."""
        lease = await self._take()
        if lease is None:
            return False
        try:
            await self._handle(lease)
        except _NO_DATABASE:
            raise
        except AssistantError as error:
            await self._postpone(lease, str(error), refused=isinstance(error, AssistantRefused))
        except Exception as error:
            # Whatever cannot be asked or stored goes to a person, and stops nobody else's turn.
            await self._postpone(lease, type(error).__name__, refused=True)
        return True

    async def tell_one_late(self) -> bool:
        """Tell one patient that the answer takes longer; false when nobody has waited so long."""
        return await lateness.tell_one(self._database, self._clinic, self._clock())

    async def _repeat(self, work: Callable[[], Awaitable[bool]]) -> None:
        with self._feed.reader(EVERYTHING) as woken:
            while not self._feed.closing.is_set():
                woken.clear()
                if not await _tried(work):
                    await _wait(woken, _POLL_SECONDS)

    async def _take(self) -> queue.Lease | None:
        now = self._clock()
        async with self._database.reading() as session:
            if not await queue.any_waiting(session, now):
                return None
        async with self._database.transaction() as session:
            return await queue.lease_next(session, now, self._lease)

    async def _handle(self, lease: queue.Lease) -> None:
        async with self._database.reading() as session:
            request = await service.request_for(session, self._clinic, lease, self._clock())
        outcome = await self._assistant.consult(request)
        async with self._database.transaction() as session:
            await service.apply(session, self._clinic, lease, outcome, self._clock())

    async def _postpone(self, lease: queue.Lease, reason: str, *, refused: bool) -> None:
        _log.warning("turn.postponed", turn=lease.turn_id, reason=reason)
        async with self._database.transaction() as session:
            await service.postpone(session, self._clinic, lease, self._clock(), refused=refused)


async def _tried(work: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await work()
    except Exception as error:
        # A database that is locked or full must not end the worker; leases run out by themselves.
        _log.error("turn.not_handled", error=type(error).__name__)
        return False


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(woken.wait(), seconds)
