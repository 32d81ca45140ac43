"""How often somebody may do something, counted in this process (one process serves SQLite)."""

from typing import Final

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from frontdesk.errors import TooMany

_RETRY_SECONDS: Final = "20"


class Limits:
    """Moving windows of one minute."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def allows(self, per_minute: int, what: str, who: str) -> bool:
        """Count one more; false when it is over the limit."""
        return await self._limiter.hit(RateLimitItemPerMinute(per_minute), what, who)

    async def require(self, per_minute: int, what: str, who: str) -> None:
        """Count one more; raises `TooMany`."""
        if not await self.allows(per_minute, what, who):
            raise too_many()


def too_many() -> TooMany:
    """The refusal, with the time to wait."""
    return TooMany(
        "too_many",
        "That was a lot in a short time; wait a moment and send it again.",
        {"Retry-After": _RETRY_SECONDS},
    )
