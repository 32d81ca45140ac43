"""Stops asking an assistant that fails, and lets it be asked again once it is well. Without I/O.

    closed ── several failures in a row ──▶ open ── its pause is over ──▶ to be examined
       ▲                                      ▲                                 │
       │                                      └──────── it is not well ─────────┤
       └──────────────────────────────────────────────────── it is well ────────┘

An examination asks for its health and costs no patient's question. One that says that it is well
and goes on failing is left alone again after fewer failures.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

State = Literal["closed", "open", "examine"]
FAILURES: Final = 5
"""So many answers in a row that were none open the breaker."""
HUNG: Final = 3
"""An answer that was waited for in vain counts as so many: it held up others all that time."""
_AFTER_EXAMINATION: Final = 2
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE = 4.0


@dataclass
class Breaker:
    """One assistant's; all times in seconds of one clock that nobody sets."""

    failures: int = 0
    pause: float = _FIRST_PAUSE
    opened_at: float | None = field(default=None)

    def state(self, now: float) -> State:
        """Whether it may be asked, is left alone, or should be examined."""
        if self.opened_at is None:
            return "closed"
        return "open" if now < self.opened_at + self.pause else "examine"

    def succeeded(self) -> None:
        """It answered."""
        self.failures, self.pause, self.opened_at = 0, _FIRST_PAUSE, None

    def failed(self, now: float, weight: int = 1) -> None:
        """It gave no answer that could be used."""
        self.failures += weight
        if self.opened_at is None and self.failures >= FAILURES:
            self.opened_at = now

    def examined(self, now: float, *, is_well: bool) -> None:
        """What the examination found."""
        if is_well:
            self.opened_at, self.failures = None, FAILURES - _AFTER_EXAMINATION
            return
        self.opened_at, self.pause = now, min(self.pause * 2, _LONGEST_PAUSE)
