"""How long somebody who sends something waits for the database before they are told.

What takes too long is not broken off: half of a transaction cannot be stopped in every driver. It
goes on behind, and whoever sends the same again finds what became of it.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

import structlog

from frontdesk.errors import NotStored

T = TypeVar("T")
STORE_SECONDS: Final = 7.0
"""A patient reads within ten seconds that their message is not stored yet."""
_behind: set["asyncio.Task[Any]"] = set()
_log = structlog.get_logger()


async def in_time(work: Coroutine[Any, Any, T], seconds: float = STORE_SECONDS) -> T:
    """What the work gives; raises `NotStored` when that takes longer."""
    task = asyncio.create_task(work)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if done:
        return task.result()
    _behind.add(task)
    task.add_done_callback(_end)
    raise not_stored()


def not_stored() -> NotStored:
    """The refusal that says when to send it again."""
    return NotStored(
        "unavailable",
        "We could not store that just now; send it again in a moment.",
        {"Retry-After": "5"},
    )


def _end(task: "asyncio.Task[Any]") -> None:
    _behind.discard(task)
    error = None if task.cancelled() else task.exception()
    _log.warning("database.late", error=type(error).__name__ if error else None)
