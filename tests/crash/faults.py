"""Where a front desk process dies: at a named point of a message's way, or whenever it is killed.

    committed   the patient's message is stored, and not acknowledged yet
    leased      a turn is leased, and the assistant not asked yet
    asked       the assistant has the question
    answered    the answer is here, and not stored
    storing     the answer is written, and not committed
    stored      the answer is committed, and nobody told

Only here: the front desk itself knows nothing of it.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any, Final, ParamSpec, TypeVar

from frontdesk.turns import service as turns
from frontdesk.turns.assistant import AssistantClient
from frontdesk.turns.worker import TurnWorker
from frontdesk.web_chat import service as web_chat

P = ParamSpec("P")
T = TypeVar("T")
_ON_ITS_WAY_SECONDS: Final = 0.004
_PLACES: Final[dict[str, tuple[Any, str]]] = {
    "committed": (web_chat, "_store"),
    "leased": (TurnWorker, "_take"),
    "asked": (AssistantClient, "_ask"),
    "answered": (AssistantClient, "consult"),
    "storing": (turns, "apply"),
    "stored": (TurnWorker, "_handle"),
}
POINTS: Final = tuple(_PLACES)


def install(point: str, passes: int) -> None:
    """Let this process die when it passes the point for the so-manieth time."""
    owner, name = _PLACES[point]
    left = [passes]
    dying = _die_on_the_way if point == "asked" else _die_behind
    setattr(owner, name, dying(getattr(owner, name), left))


def _die_behind(work: Callable[P, Awaitable[T]], left: list[int]) -> Callable[P, Awaitable[T]]:
    async def worked(*args: P.args, **kwargs: P.kwargs) -> T:
        result = await work(*args, **kwargs)
        if result is not None or work.__name__ in ("apply", "_handle"):
            _count(left)
        return result

    return worked


def _die_on_the_way(work: Callable[P, Awaitable[T]], left: list[int]) -> Callable[P, Awaitable[T]]:
    async def worked(*args: P.args, **kwargs: P.kwargs) -> T:
        asking = asyncio.ensure_future(work(*args, **kwargs))
        await asyncio.sleep(_ON_ITS_WAY_SECONDS)
        _count(left)
        return await asking

    return worked


def _count(left: list[int]) -> None:
    left[0] -= 1
    if left[0] <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
