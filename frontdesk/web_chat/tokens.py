"""Visitor tokens: signed by us, for one conversation and a limited time, never in a URL."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import Depends, Request
from itsdangerous import BadSignature, URLSafeSerializer

from frontdesk.conversations.views import ConversationId
from frontdesk.desk import Desk, TheDesk
from frontdesk.errors import Forbidden, Unauthorized

_SALT: Final = "preconsult.visitor.v1"


def issue(key: str, conversation_id: str, expires_at: datetime) -> str:
    """A token for the conversation, good until `expires_at` (aware)."""
    content = [conversation_id, int(expires_at.timestamp())]
    token = URLSafeSerializer(key, salt=_SALT).dumps(content)
    return token if isinstance(token, str) else token.decode("ascii")


def expiry(desk: Desk) -> datetime:
    """When a token that is issued now will expire."""
    return desk.clock() + timedelta(hours=desk.clinic.chat.visit_hours)


def read(key: str, token: str, now: datetime) -> str:
    """The token's conversation; raises `Unauthorized`."""
    try:
        conversation_id, expires = URLSafeSerializer(key, salt=_SALT).loads(token)
    except (BadSignature, ValueError, TypeError):
        raise _unknown() from None
    if now.timestamp() >= expires:
        raise Unauthorized(
            "token_expired", "This visit is over; start a new one.", _challenge("token_expired")
        )
    return str(conversation_id)


def _unknown() -> Unauthorized:
    return Unauthorized(
        "token_unknown",
        "This visit is not known here; start a new one.",
        _challenge("token_unknown"),
    )


def _challenge(code: str) -> dict[str, str]:
    return {"WWW-Authenticate": f'Bearer error="{code}"'}


def bearer(request: Request) -> str:
    """The bearer token of the request, empty without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def own_conversation(conversation_id: ConversationId, request: Request, desk: TheDesk) -> str:
    """The conversation of the path, if the visitor's token is for it."""
    allowed = read(desk.signing_key, bearer(request), desk.clock())
    if allowed != conversation_id:
        raise Forbidden("not_yours", "This conversation belongs to another visit.")
    return conversation_id


OwnConversation = Annotated[str, Depends(own_conversation)]
