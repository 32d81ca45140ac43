"""The live feed of one conversation as server-sent events that resume after a number.

Everything that a screen shows comes from it: messages with their numbers as ids, and the state (who
answers, who types, what was read) whole, whenever it is another than the one sent before. So a
reader who was away misses nothing: the messages after its number, and how things stand now.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends
from fastapi.sse import ServerSentEvent

from frontdesk.conversations.views import MessagesView, StateView
from frontdesk.desk import Desk, TheDesk
from frontdesk.limits import too_many
from frontdesk.waiting import happens
from frontdesk.web_chat import service
from frontdesk.web_chat.tokens import OwnConversation

HEARTBEAT_SECONDS: Final = 15
RETRY_MILLISECONDS: Final = 2_000
_READERS: Final = 20
"""More screens than anybody has open at once on one conversation."""
_AT_ONCE: Final = 200
_SPREAD_MILLISECONDS: Final = (300, 2_000)


@dataclass(frozen=True)
class Reading:
    """A place among a conversation's readers; `changed` is set whenever there is news."""

    conversation_id: str
    changed: asyncio.Event


async def take_place(conversation_id: OwnConversation, desk: TheDesk) -> AsyncIterator[Reading]:
    """A place that is held until the answer is over, however it ends; raises `TooMany`."""
    # A coroutine: between the count and the place that is taken nobody else has a turn.
    if desk.feed.readers_of(conversation_id) >= _READERS:
        raise too_many()
    with desk.feed.reader(conversation_id) as changed:
        yield Reading(conversation_id, changed)


ThePlace = Annotated[Reading, Depends(take_place)]


async def follow(desk: Desk, place: Reading, after: int) -> AsyncIterator[ServerSentEvent]:
    """Everything after the number, then whatever comes, until the reader or the process leaves.

    It subscribes before it reads, so that nothing falls between; what is announced twice is read
    from the database once. A process that stops says when to come back, to whichever runs then.
    """
    yield ServerSentEvent(comment="connected", retry=RETRY_MILLISECONDS)
    shown: StateView | None = None
    while not desk.feed.closing.is_set():
        place.changed.clear()
        news = await service.read(desk, place.conversation_id, after, _AT_ONCE)
        if after > news.state.last_number:
            yield ServerSentEvent(event="reset", data={"reason": "number_not_reached"})
            after = 0
            continue
        for event in _events(news, shown):
            yield event
        after = max([after, *(message.number for message in news.messages)])
        shown = news.state
        if after < news.state.last_number:
            continue
        if not await happens(place.changed, seconds=HEARTBEAT_SECONDS):
            yield ServerSentEvent(comment="alive")
    # Not all at once, or the next process is met by a crowd.
    yield ServerSentEvent(comment="stopping", retry=random.randint(*_SPREAD_MILLISECONDS))  # noqa: S311


def _events(news: MessagesView, shown: StateView | None) -> list[ServerSentEvent]:
    events = [
        ServerSentEvent(event="message", id=str(message.number), data=message)
        for message in news.messages
    ]
    if news.state != shown:
        events.append(ServerSentEvent(event="state", data=news.state))
    return events
