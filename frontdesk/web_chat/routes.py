"""The public interface of the website chat, version 1."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from frontdesk.conversations.views import (
    LARGEST_NUMBER,
    Acknowledgement,
    ErrorView,
    MessagesView,
    Number,
    SeenUntil,
    StateView,
    view_message,
)
from frontdesk.desk import TheDesk, address_of
from frontdesk.web_chat import live, service
from frontdesk.web_chat.schemas import ClinicView, NewMessage, VisitView
from frontdesk.web_chat.tokens import OwnConversation

_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ErrorView} for status in (401, 403, 404, 409, 413, 422, 429, 503)
}

router = APIRouter(prefix="/api/v1", tags=["web chat"], responses=_REFUSALS)
AfterNumber = Annotated[Number, Query()]


@router.post("/visits", status_code=201)
async def start_visit(request: Request, desk: TheDesk) -> VisitView:
    """Begin a visit: a conversation, and the token for it."""
    return await service.start_visit(desk, address_of(request))


@router.get("/clinic")
async def describe_clinic(desk: TheDesk) -> ClinicView:
    """The clinic's name, phone numbers and opening state."""
    return service.describe_clinic(desk, desk.clock())


@router.post(
    "/conversations/{conversation_id}/messages",
    status_code=201,
    response_model_exclude_unset=True,
    responses={200: {"model": Acknowledgement, "description": "It was stored before."}},
)
async def send_message(
    conversation_id: OwnConversation, message: NewMessage, response: Response, desk: TheDesk
) -> Acknowledgement:
    """Store a message; the same `client_id` again gives the same answer."""
    received = await service.receive(desk, conversation_id, message)
    if not received.new:
        response.status_code = 200
    stored = {"id": received.message.id, "number": received.message.number}
    if received.advice is not None:
        stored["advice"] = view_message(received.advice)
    return Acknowledgement.model_validate(stored)


@router.get("/conversations/{conversation_id}/messages")
async def read_messages(
    conversation_id: OwnConversation, desk: TheDesk, after: AfterNumber = 0
) -> MessagesView:
    """The messages after a number."""
    return await service.read(desk, conversation_id, after)


@router.get("/conversations/{conversation_id}/feed", response_class=EventSourceResponse)
async def follow(
    place: live.ThePlace,
    desk: TheDesk,
    last_event_id: Annotated[str | None, Header()] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Messages and states as they come; resumes after `Last-Event-ID`."""
    number = _cursor(last_event_id)
    if number is None:
        yield ServerSentEvent(event="reset", data={"reason": "not_a_number"})
    async for event in live.follow(desk, place, number or 0):
        yield event


@router.post("/conversations/{conversation_id}/read", status_code=204)
async def mark_read(conversation_id: OwnConversation, seen: SeenUntil, desk: TheDesk) -> None:
    """The patient has seen the messages up to a number; it never goes back."""
    await service.mark_read(desk, conversation_id, seen.number)


@router.post("/conversations/{conversation_id}/typing", status_code=204)
async def tell_typing(conversation_id: OwnConversation, desk: TheDesk) -> None:
    """The patient is typing; it holds for ten seconds."""
    await service.tell_typing(desk, conversation_id)


@router.post("/conversations/{conversation_id}/end")
async def end(conversation_id: OwnConversation, desk: TheDesk) -> StateView:
    """End the visit; a later message would reopen it."""
    await service.end(desk, conversation_id)
    return (await service.read(desk, conversation_id, LARGEST_NUMBER)).state


def _cursor(last_event_id: str | None) -> int | None:
    if not last_event_id:
        return 0
    if not (last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 10):
        return None
    return int(last_event_id)
