"""Tells open screens that a conversation has changed; what changed they read from the database.

A notice carries no content, so a lost or doubled one does no harm: readers ask for everything
after the number that they have. One process for now; several would tell each other here.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

EVERYTHING: Final = "*"


class Feed:
    """Notices by conversation id; `EVERYTHING` hears of all of them."""

    def __init__(self) -> None:
        self._readers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
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

    def notify(self, conversation_id: str) -> None:
        """Wake all readers of the conversation."""
        for topic in (conversation_id, EVERYTHING):
            for changed in self._readers.get(topic, ()):
                changed.set()

    def close(self) -> None:
        """End all readers, because the process is about to stop."""
        self.closing.set()
        for readers in self._readers.values():
            for changed in readers:
                changed.set()
