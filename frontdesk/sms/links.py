"""One-time links: whoever holds the phone opens the conversation with it, once.

The secret stands behind a `#`, so that it reaches no server's log and no preview of the message;
it is traded for a visitor token by a button, since phones look at links by themselves.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from frontdesk import audit
from frontdesk.errors import Conflict
from frontdesk.lines import Line
from frontdesk.sms.models import AnswerLink
from frontdesk.staff.secrets import hash_token, new_token

ANSWER_PAGE: Final = "/answer"
_GOOD_FOR: Final = timedelta(days=14)
_AGAIN: Final = timedelta(minutes=10)


async def make(session: AsyncSession, line: Line, conversation_id: str, now: datetime) -> str:
    """A new link's whole address."""
    token = new_token()[:27]  # 162 bits, and the text stays one part shorter
    session.add(
        AnswerLink(
            token_hash=hash_token(token),
            conversation_id=conversation_id,
            created_at=now,
            expires_at=now + _GOOD_FOR,
        )
    )
    await session.flush()
    return f"{line.public_url}{ANSWER_PAGE}#{token}"


async def use(session: AsyncSession, token: str, client_id: str, now: datetime) -> str:
    """The link's conversation, for the first who asks, and again for the same request.

    Raises `Conflict` for anybody else, and when it is too old.
    """
    link = await session.get(AnswerLink, hash_token(token), with_for_update=True)
    if link is None or link.expires_at <= now or not _may_use(link, client_id, now):
        raise Conflict(
            "link_used",
            "This link has been used or is too old. Open the chat where you asked, or call us.",
        )
    if link.used_at is None:
        link.used_at, link.used_by = now, client_id
        audit.record(session, now, "patient", "conversation.opened_by_link", link.conversation_id)
    return link.conversation_id


async def end_all(session: AsyncSession, conversation_id: str, now: datetime) -> None:
    """No link that is still unused opens the conversation any more."""
    await session.execute(
        update(AnswerLink)
        .where(
            AnswerLink.conversation_id == conversation_id,
            AnswerLink.used_at.is_(None),
            AnswerLink.expires_at > now,
        )
        .values(expires_at=now)
        .execution_options(synchronize_session=False)
    )


def _may_use(link: AnswerLink, client_id: str, now: datetime) -> bool:
    # An answer that got lost on the way is asked for again by the same page.
    return link.used_at is None or (link.used_by == client_id and now - link.used_at < _AGAIN)
