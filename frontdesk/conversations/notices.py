"""Hears from the other front desk processes what they have stored: PostgreSQL's LISTEN/NOTIFY.

A notice is the sender's mark and a conversation's id, or `typing:SIDE:ID`. It is sent with the
commit of what it tells of (`database.changed`), so nobody hears of a thing that could still be
taken back. While the connection is away notices are lost; so everybody looks once when it is back.
On SQLite there is one process, and nothing to hear.
"""

import asyncio
from contextlib import suppress
from typing import Final

import psycopg
import structlog

from frontdesk.conversations.feed import Feed, Side
from frontdesk.database import CHANNEL, Database

_PAUSE_SECONDS: Final = 1.0
_TYPING: Final = "typing"
_log = structlog.get_logger()


async def listen(database: Database, feed: Feed) -> None:
    """Pass on what the other processes tell, until it is cancelled."""
    if database.is_sqlite:
        return
    while True:
        try:
            await _listen_once(database, feed)
        except Exception as error:  # nobody else would notice that nothing is heard any more
            _log.warning("notices.interrupted", error=type(error).__name__)
        await asyncio.sleep(_PAUSE_SECONDS)


async def tell_typing(database: Database, feed: Feed, conversation_id: str, side: Side) -> None:
    """Let all screens of the conversation know, whichever process serves them."""
    feed.types(conversation_id, side)
    await database.broadcast(f"{_TYPING}:{side}:{conversation_id}")


async def _listen_once(database: Database, feed: Feed) -> None:
    address = database.engine.url.set(drivername="postgresql")
    # Without keepalives a connection that was cut in silence would be listened to for ever.
    connection = await psycopg.AsyncConnection.connect(
        address.render_as_string(hide_password=False),
        autocommit=True,
        connect_timeout=5,
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=2,
    )
    async with connection:
        await connection.execute(f"LISTEN {CHANNEL}")
        feed.notify_all()
        async for notice in connection.notifies():
            mark, _, told = notice.payload.partition(" ")
            if mark != database.mark:
                pass_on(told, feed)


def pass_on(told: str, feed: Feed) -> None:
    """Wake who waits for what is told; what cannot be read wakes everybody."""
    kind, _, rest = told.partition(":")
    side, _, conversation_id = rest.partition(":")
    if not rest:
        feed.notify(told)
    elif kind == _TYPING and side in ("patient", "staff"):
        feed.types(conversation_id, "patient" if side == "patient" else "staff")
    else:
        feed.notify_all()


async def stop(listening: "asyncio.Task[None]") -> None:
    """End `listen`."""
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening
