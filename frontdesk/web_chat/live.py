"""The live feed of one conversation as server-sent events that resume after a number."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from fastapi.sse import ServerSentEvent

from frontdesk.conversations.views import MessagesView, StateView
from frontdesk.desk import Desk
from frontdesk.web_chat import service

HEARTBEAT_SECONDS: Final = 15
RETRY_MILLISECONDS: Final = 2_000


async def follow(desk: Desk, conversation_id: str, after: int) -> AsyncIterator[ServerSentEvent]:
    """Everything after the number, then whatever comes, until the reader or the process leaves.

    It subscribes before it reads, so that nothing falls between; what is announced twice is read
    from the database once.
    """
    yield ServerSentEvent(comment="connected", retry=RETRY_MILLISECONDS)
    shown: StateView | None = None
    with desk.feed.reader(conversation_id) as changed:
        while not desk.feed.closing.is_set():
            changed.clear()
            news = await service.read(desk, conversation_id, after)
            if after > news.state.last_number:
                yield ServerSentEvent(event="reset", data={"reason": "number_not_reached"})
                after = 0
                continue
            for event in _events(news, shown):
                yield event
            after = max([after, *(message.number for message in news.messages)])
            shown = news.state
            if not await _changes(changed):
                yield ServerSentEvent(comment="alive")


def _events(news: MessagesView, shown: StateView | None) -> list[ServerSentEvent]:
    events = [
        ServerSentEvent(event="message", id=str(message.number), data=message)
        for message in news.messages
    ]
    if news.state != shown:
        events.append(ServerSentEvent(event="state", data=news.state))
    return events


async def _changes(changed: asyncio.Event) -> bool:
    try:
        await asyncio.wait_for(changed.wait(), HEARTBEAT_SECONDS)
    except TimeoutError:
        return False
    return True
