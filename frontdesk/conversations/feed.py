"""Tells open screens that a conversation has changed; what changed they read from the database.

A notice carries no content, so a lost or doubled one does no harm: readers ask for everything
after the number that they have. Who is typing at the moment is the one thing that only lives here.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final, Literal

EVERYTHING: Final = "*"
TURNS: Final = "turns"
"""Heard when a turn has begun to wait; nobody's conversation is named so."""
TEXTS: Final = "texts"
"""Heard when a message has begun to wait for its text."""
TYPING_SECONDS: Final = 10
"""So long somebody counts as typing after each sign of it."""
Side = Literal["patient", "staff"]
_SIDES: Final[tuple[Side, ...]] = ("patient", "staff")


class Feed:
    """Notices by conversation id; `EVERYTHING` hears of all of them."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """`now` in seconds; no clock that anybody sets."""
        self._readers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._typing: dict[tuple[str, Side], float] = {}
        self._now = now
        self.closing = asyncio.Event()

    @contextmanager
    def reader(self, conversation_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever the conversation has changed."""
        changed = asyncio.Event()
        self._readers[conversation_id].add(changed)
        try:
            yield changed
        finally:
            self._readers[conversation_id].discard(changed)
            if not self._readers[conversation_id]:
                del self._readers[conversation_id]

    def typing_reader(self, conversation_id: str) -> AbstractContextManager[asyncio.Event]:
        """An event that is set whenever somebody begins to type in it, or is done."""
        return self.reader(_typing_in(conversation_id))

    def readers_of(self, conversation_id: str) -> int:
        """How many read the conversation at the moment."""
        return len(self._readers.get(conversation_id, ()))

    def notify(self, conversation_id: str) -> None:
        """Wake all readers of the conversation, of `TURNS` or of `TEXTS`."""
        for topic in (conversation_id, EVERYTHING):
            self._wake(self._readers.get(topic, set()))

    def notify_all(self) -> None:
        """Wake everybody, because notices may have been missed."""
        for readers in self._readers.values():
            self._wake(readers)

    def types(self, conversation_id: str, side: Side) -> None:
        """Somebody is typing; readers hear of it, and again when it is over."""
        self._typing[conversation_id, side] = self._now() + TYPING_SECONDS
        self._wake_of_typing(conversation_id)
        asyncio.get_running_loop().call_later(
            TYPING_SECONDS + 0.05, self._stop_typing, conversation_id, side
        )

    def has_written(self, conversation_id: str, side: Side) -> None:
        """What was being typed has been sent."""
        if self._typing.pop((conversation_id, side), None) is not None:
            self._wake_of_typing(conversation_id)

    def typing(self, conversation_id: str) -> list[Side]:
        """Who is typing now."""
        now = self._now()
        return [side for side in _SIDES if self._typing.get((conversation_id, side), now) > now]

    def close(self) -> None:
        """End all readers, because the process is about to stop."""
        self.closing.set()
        self.notify_all()

    def _stop_typing(self, conversation_id: str, side: Side) -> None:
        until = self._typing.get((conversation_id, side))
        if until is not None and until <= self._now():
            del self._typing[conversation_id, side]
            self._wake_of_typing(conversation_id)

    def _wake_of_typing(self, conversation_id: str) -> None:
        for topic in (conversation_id, _typing_in(conversation_id)):
            self._wake(self._readers.get(topic, set()))

    @staticmethod
    def _wake(readers: set[asyncio.Event]) -> None:
        for changed in readers:
            changed.set()


def _typing_in(conversation_id: str) -> str:
    return f"typing:{conversation_id}"
