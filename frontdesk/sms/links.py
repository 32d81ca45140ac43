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


async def use(session: AsyncSession, token: str, now: datetime) -> str:
    """The link's conversation, the first time; raises `Conflict` ever after."""
    conversation_id = await session.scalar(
        update(AnswerLink)
        .where(
            AnswerLink.token_hash == hash_token(token),
            AnswerLink.used_at.is_(None),
            AnswerLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(AnswerLink.conversation_id)
        .execution_options(synchronize_session=False)
    )
    if conversation_id is None:
        raise Conflict(
            "link_used",
            "This link has been used or is too old. Open the chat where you asked, or call us.",
        )
    audit.record(session, now, "patient", "conversation.opened_by_link", conversation_id)
    return str(conversation_id)
