"""The website chat's part in texts: staff's answers to a phone, and links that were texted."""

from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from frontdesk.conversations import service as conversations
from frontdesk.conversations.views import LARGEST_NUMBER, ErrorView, StateView
from frontdesk.desk import Desk, TheDesk, address_of
from frontdesk.errors import Conflict, Invalid
from frontdesk.lines import Line
from frontdesk.sms import joining, links, numbers
from frontdesk.sms.joining import How
from frontdesk.web_chat import service as web_chat
from frontdesk.web_chat import tokens
from frontdesk.web_chat.schemas import ConversationView, VisitView
from frontdesk.web_chat.tokens import OwnConversation

_LINKS_PER_MINUTE: Final = 20
_CODES_PER_MINUTE: Final = 8
_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ErrorView} for status in (401, 403, 404, 409, 413, 422, 429, 503)
}
router = APIRouter(prefix="/api/v1", tags=["web chat"], responses=_REFUSALS)


class NewPhone(BaseModel):
    """A number to prove, and how staff's answers should come: as a link, or in full."""

    model_config = ConfigDict(extra="forbid")

    phone: Annotated[str, Field(min_length=3, max_length=40)]
    how: How = "link"


class CodeSent(BaseModel):
    """Where a code is on its way to, if that number can get our texts."""

    phone_display: str
    good_for_minutes: int


class Code(BaseModel):
    """The code from the text."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(min_length=1, max_length=40)]


class LinkToken(BaseModel):
    """What stands behind the `#` of a link that was texted; the page asks under one `client_id`."""

    model_config = ConfigDict(extra="forbid")

    client_id: UUID
    token: Annotated[str, Field(min_length=1, max_length=100)]


@router.post("/conversations/{conversation_id}/phone", status_code=202)
async def send_code(
    conversation_id: OwnConversation, new: NewPhone, request: Request, desk: TheDesk
) -> CodeSent:
    """Text a code to a phone, so that staff's answers may come there."""
    await desk.limits.require(_CODES_PER_MINUTE, "code", address_of(request))
    number = joining.check_number(desk.clinic, _line(desk), new.phone)
    async with desk.database.transaction() as session:
        await joining.send_code(
            session, desk.clinic, conversation_id, number, new.how, desk.clock()
        )
    minutes = joining.GOOD_FOR // timedelta(minutes=1)
    return CodeSent(phone_display=numbers.display(number.e164), good_for_minutes=minutes)


@router.post("/conversations/{conversation_id}/phone/code")
async def take_code(conversation_id: OwnConversation, given: Code, desk: TheDesk) -> StateView:
    """Give the code back: staff's answers come to that phone from now on."""
    _line(desk)
    async with desk.database.transaction() as session:
        is_right = await joining.take_code(session, conversation_id, given.code, desk.clock())
    if not is_right:
        raise Invalid(
            "wrong_code", "That is not the code, or it is too old. Check it, or ask for a new one."
        )
    return await _state(desk, conversation_id)


@router.delete("/conversations/{conversation_id}/phone")
async def stop_answers(conversation_id: OwnConversation, desk: TheDesk) -> StateView:
    """No more answers to the phone; they stand in the chat as before."""
    async with desk.database.transaction() as session:
        await joining.stop_answers(session, conversation_id, desk.clock())
    return await _state(desk, conversation_id)


@router.post("/links", status_code=201)
async def use_link(given: LinkToken, request: Request, desk: TheDesk) -> VisitView:
    """Trade a link that was texted for a visitor token; again with the same `client_id` alone."""
    await desk.limits.require(_LINKS_PER_MINUTE, "link", address_of(request))
    async with desk.database.transaction() as session:
        conversation_id = await links.use(session, given.token, str(given.client_id), desk.clock())
        conversation = await conversations.find(session, conversation_id)
    expires_at = tokens.expiry(desk)
    return VisitView(
        token=tokens.issue(desk.signing_key, conversation_id, expires_at),
        expires_at=expires_at,
        conversation=ConversationView(id=conversation_id, created_at=conversation.created_at),
    )


def _line(desk: Desk) -> Line:
    if desk.line is None:
        raise Conflict("no_texts", "The clinic sends no texts. The answer will stand here.")
    return desk.line


async def _state(desk: Desk, conversation_id: str) -> StateView:
    return (await web_chat.read(desk, conversation_id, LARGEST_NUMBER)).state
