"""Tells an open inbox page that something has changed, so that it asks for its parts again."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from frontdesk.conversations.feed import EVERYTHING, Side
from frontdesk.desk import Desk, TheDesk
from frontdesk.inbox.guard import PageRoute, Watcher
from frontdesk.staff import service, sessions
from frontdesk.waiting import happens

# A notice of another process may have been lost: as often as this a page looks by itself.
_LOOK_SECONDS: Final = 20
# A session that was ended elsewhere loses its open feed within five seconds.
_CHECK_SECONDS: Final = 4
_RETRY_MILLISECONDS: Final = 2_000

Shown = Annotated[str | None, Query(max_length=64, pattern=r"^[\w-]+$")]

router = APIRouter(prefix="/inbox", route_class=PageRoute, include_in_schema=False)


@router.get("/feed", response_class=EventSourceResponse)
async def follow(
    request: Request, desk: TheDesk, me: Watcher, conversation: Shown = None
) -> AsyncIterator[ServerSentEvent]:
    """`changed` whenever any conversation has changed; it carries no content.

    With a `conversation` also `typing`, with who types in it, each time that this changes.
    """
    yield ServerSentEvent(event="changed", data={}, retry=_RETRY_MILLISECONDS)
    silent, told = 0, list[Side]()
    shown = conversation or ""
    with desk.feed.reader(EVERYTHING) as changed, desk.feed.typing_reader(shown) as typed:
        while not desk.feed.closing.is_set():
            await happens(changed, typed, seconds=_CHECK_SECONDS)
            # Also when there is news: in a busy clinic there is always some.
            if not await _still_signed_in(request, desk):
                yield ServerSentEvent(event="signed-out", data={})
                return
            typed.clear()
            if (now := desk.feed.typing(shown)) != told:
                told = now
                yield ServerSentEvent(event="typing", data={"typing": now})
            silent = 0 if changed.is_set() else silent + _CHECK_SECONDS
            if changed.is_set() or silent >= _LOOK_SECONDS:
                silent = 0
                changed.clear()
                yield ServerSentEvent(event="changed", data={})
            else:
                yield ServerSentEvent(comment="alive")


async def _still_signed_in(request: Request, desk: Desk) -> bool:
    token = sessions.session_token(desk, request)
    async with desk.database.reading() as session:
        return await service.current(session, token, desk.clock()) is not None
