"""Waiting for an event without end, and working without end: what workers and feeds share."""

import asyncio
from collections.abc import Awaitable

import structlog

_log = structlog.get_logger()


async def happens(*events: asyncio.Event, seconds: float) -> bool:
    """Whether one of the events is set by then; returns as soon as one is."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        done, _ = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    return bool(done)


async def tried(work: Awaitable[bool], failure: str) -> bool:
    """What the work gives; false, with `failure` in the log, where it raises.

    A database that is locked or full must not end a worker: leases run out by themselves.
    """
    try:
        return await work
    except Exception as error:
        _log.error(failure, error=type(error).__name__)
        return False
