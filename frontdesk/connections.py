"""Connections that take and give nothing: uvicorn waits for them for ever, and they are many.

A request's head must come within `HEAD_SECONDS`, and so must the rest of a body that was answered
before it had come; a reader who takes nothing of what is sent is cut off after `STUCK_SECONDS` and
resumes when it comes back.
"""

import asyncio
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS: Final = 10.0
STUCK_SECONDS: Final = 20.0


class WatchedProtocol(H11Protocol):
    """uvicorn's protocol with a limit on waiting."""

    _head: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request, but not for ever."""
        super().connection_made(transport)
        self._expect_more()

    def data_received(self, data: bytes) -> None:
        """Take what came; a head that is not complete with it must be soon."""
        super().data_received(data)
        self._expect_more()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Serve what was sent whole, also for who leaves at once: a message is not lost so."""
        if not self._owes_answer():
            return False
        self.cycle.keep_alive = False
        return True

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP; behind an answer that has begun there is no place for it."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.transport.close()

    def pause_writing(self) -> None:
        """The reader takes nothing."""
        super().pause_writing()
        self._stuck = self.loop.call_later(STUCK_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """It takes something again."""
        super().resume_writing()
        _cancel(self._stuck)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any longer."""
        _cancel(self._head)
        _cancel(self._stuck)
        super().connection_lost(exc)

    def _owes_answer(self) -> bool:
        # What only reads is over when its reader leaves: a feed would never hear of it.
        return (
            self.cycle is not None
            and self.cycle.scope["method"] == "POST"
            and not (self.cycle.more_body or self.cycle.response_complete)
        )

    def _expect_more(self) -> None:
        is_waiting = self.conn.their_state is h11.IDLE or self.conn.our_state is h11.DONE
        if not is_waiting:
            _cancel(self._head)
            self._head = None
        elif self._head is None:
            self._head = self.loop.call_later(HEAD_SECONDS, self.transport.abort)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
