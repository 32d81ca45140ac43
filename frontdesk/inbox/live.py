"""Tells an open inbox page that something has changed, so that it asks for its parts again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from frontdesk.conversations.feed import EVERYTHING
from frontdesk.desk import Desk, TheDesk
from frontdesk.inbox.guard import PageRoute, Watcher
from frontdesk.staff import service, sessions

# A notice of another process may have been lost: as often as this a page looks by itself.
_LOOK_SECONDS: Final = 20
# A session that was ended elsewhere loses its open feed within five seconds.
_CHECK_SECONDS: Final = 4
_RETRY_MILLISECONDS: Final = 2_000

router = APIRouter(prefix="/inbox", route_class=PageRoute, include_in_schema=False)


@router.get("/feed", response_class=EventSourceResponse)
async def follow(request: Request, desk: TheDesk, me: Watcher) -> AsyncIterator[ServerSentEvent]:
    """`changed` whenever any conversation has changed; it carries no content."""
    yield ServerSentEvent(event="changed", data={}, retry=_RETRY_MILLISECONDS)
    silent = 0
    with desk.feed.reader(EVERYTHING) as changed:
        while not desk.feed.closing.is_set():
            news = await _happens(changed)
            # Also when there is news: in a busy clinic there is always some.
            if not await _still_signed_in(request, desk):
                yield ServerSentEvent(event="signed-out", data={})
                return
            silent = 0 if news else silent + _CHECK_SECONDS
            if news or silent >= _LOOK_SECONDS:
                silent = 0
                changed.clear()
                yield ServerSentEvent(event="changed", data={})
            else:
                yield ServerSentEvent(comment="alive")


async def _happens(changed: asyncio.Event) -> bool:
    try:
        await asyncio.wait_for(changed.wait(), _CHECK_SECONDS)
    except TimeoutError:
        return False
    return True


async def _still_signed_in(request: Request, desk: Desk) -> bool:
    token = sessions.session_token(desk, request)
    async with desk.database.reading() as session:
        return await service.current(session, token, desk.clock()) is not None
