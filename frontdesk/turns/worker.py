"""The worker: leases turns, consults the assistant, and stores what came back.

Everything it knows is in the database, so it may be killed at any point: the lease runs out and
the turn is taken up again; the assistant recognises the turn's id and repeats its outcome.
"""

import asyncio
from contextlib import suppress
from typing import Final

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.contract import TurnRequest, TurnResponse
from clinic.settings import Clinic
from frontdesk.clock import Clock
from frontdesk.conversations.feed import TURNS, Feed
from frontdesk.database import Database
from frontdesk.turns import lateness, queue, service
from frontdesk.turns.assistant import (
    AssistantClient,
    AssistantError,
    AssistantFailed,
    AssistantUnavailable,
)
from frontdesk.waiting import happens, tried

_POLL_SECONDS: Final = 0.5
_PARALLEL: Final = 8
_RENEW_SECONDS: Final = queue.LEASE.total_seconds() / 3
_NO_DATABASE: Final = (OperationalError, InterfaceError, NoConnection)
_FAILED: Final = "turn.not_handled"
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
    ) -> None:
        self._database = database
        self._clinic = clinic
        self._assistant = assistant
        self._feed = feed
        self._clock = clock
        self._under_way: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._is_full = False

    async def run(self) -> None:
        """Work on turns until the feed closes; those under way are finished first."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._begin_turns())
            tasks.create_task(self._tell_late())
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _begin_turns(self) -> None:
        with self._feed.reader(TURNS) as woken:
            self._woken = woken
            while not self._feed.closing.is_set():
                is_told = woken.is_set()
                woken.clear()
                if not await tried(self._begin_one(is_told=is_told), _FAILED):
                    await happens(woken, seconds=_POLL_SECONDS)

    async def _tell_late(self) -> None:
        while not self._feed.closing.is_set():
            telling = lateness.tell_one(self._database, self._clinic, self._clock())
            if not await tried(telling, _FAILED):
                await happens(self._feed.closing, seconds=_POLL_SECONDS)

    async def _begin_one(self, *, is_told: bool) -> bool:
        """Begin with the next turn; false when none waits, or can be worked on now."""
        self._is_full = len(self._under_way) >= _PARALLEL
        if self._is_full or self._assistant.rests():
            return False
        taken = await self._take(is_told=is_told)
        if taken is None:
            return False
        task = asyncio.create_task(self._finish(*taken))
        self._under_way.add(task)
        task.add_done_callback(self._is_done)
        return True

    def _is_done(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        if self._is_full:
            self._woken.set()

    async def _take(self, *, is_told: bool) -> tuple[queue.Lease, TurnRequest | None] | None:
        now = self._clock()
        if not is_told:
            # Nobody has told of a turn: look without holding up those who write.
            async with self._database.reading() as session:
                if not await queue.any_waiting(session, now):
                    return None
        async with self._database.transaction() as session:
            lease = await queue.lease_next(session, now)
            return None if lease is None else (lease, await self._request(session, lease))

    async def _request(self, session: AsyncSession, lease: queue.Lease) -> TurnRequest | None:
        try:
            return await service.request_for(session, self._clinic, lease, self._clock())
        except _NO_DATABASE:
            raise
        except Exception as error:
            _log.warning("turn.unreadable", turn=lease.turn_id, reason=type(error).__name__)
            return None

    async def _finish(self, lease: queue.Lease, request: TurnRequest | None) -> None:
        # What a failing database leaves undone is taken up again when the lease has run out.
        if request is None:
            await self._postpone(lease, "cannot be asked", service.TOO_MUCH)
            return
        try:
            await self._handle(lease, request)
        except _NO_DATABASE as error:
            _log.error(_FAILED, turn=lease.turn_id, error=type(error).__name__)
        except AssistantError as error:
            await self._postpone(lease, str(error), _trouble_of(error))
        except Exception as error:
            # Whatever cannot be asked or stored goes to a person, and stops nobody else's turn.
            await self._postpone(lease, type(error).__name__, service.REFUSED)

    async def _handle(self, lease: queue.Lease, request: TurnRequest) -> None:
        outcome = await self._consult(lease, request)
        async with self._database.transaction() as session:
            await service.apply(session, self._clinic, lease, outcome, self._clock())

    async def _consult(self, lease: queue.Lease, request: TurnRequest) -> TurnResponse:
        """Ask, and keep the lease as long as that takes."""
        asking = asyncio.create_task(self._assistant.consult(request))
        try:
            while not (await asyncio.wait({asking}, timeout=_RENEW_SECONDS))[0]:
                with suppress(*_NO_DATABASE):
                    async with self._database.transaction() as session:
                        await queue.renew(session, lease, self._clock())
            return await asking
        finally:
            asking.cancel()

    async def _postpone(self, lease: queue.Lease, reason: str, trouble: int) -> None:
        _log.warning("turn.postponed", turn=lease.turn_id, reason=reason)
        try:
            async with self._database.transaction() as session:
                await service.postpone(session, self._clinic, lease, self._clock(), trouble=trouble)
        except Exception as error:
            _log.error(_FAILED, turn=lease.turn_id, error=type(error).__name__)


def _trouble_of(error: AssistantError) -> int:
    if isinstance(error, AssistantUnavailable):
        return 0
    return service.FAILED if isinstance(error, AssistantFailed) else service.REFUSED
