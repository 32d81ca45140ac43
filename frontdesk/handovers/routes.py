"""The JSON interface for programs of the staff, with personal bearer tokens."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from frontdesk.bookings import service as bookings
from frontdesk.conversations import notices
from frontdesk.conversations import service as conversations
from frontdesk.conversations.models import Conversation
from frontdesk.conversations.views import (
    Acknowledgement,
    ConversationId,
    ErrorView,
    Number,
    SeenUntil,
    StateView,
    view_state,
)
from frontdesk.desk import Desk, TheDesk
from frontdesk.handovers import answering
from frontdesk.handovers.service import is_waiting
from frontdesk.handovers.views import (
    BookingsView,
    ConversationCardView,
    ListView,
    NewReply,
    view_booking,
    view_conversation,
    view_row,
)
from frontdesk.staff.sessions import Program

_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ErrorView} for status in (401, 404, 409, 413, 422, 503)
}
SeenNumber = Annotated[
    Number | None,
    Query(description="The last message that was read: what is urgent behind it stays unseen."),
]
KeepForm = Annotated[bool, Query(description="Whether a booking that was begun goes on.")]
router = APIRouter(prefix="/api/v1/staff", tags=["staff"], responses=_REFUSALS)


@router.get("/conversations")
async def list_conversations(
    person: Program,
    desk: TheDesk,
    state: Annotated[Literal["waiting", "open", "ended"], Query()] = "waiting",
) -> ListView:
    """Conversations that wait (urgent first), are open, or have ended."""
    async with desk.database.reading() as session:
        rows = await answering.list_conversations(session, state)
    return ListView(conversations=[view_row(row) for row in rows])


@router.get("/conversations/{conversation_id}")
async def open_conversation(
    conversation_id: ConversationId, person: Program, desk: TheDesk
) -> ConversationCardView:
    """The card, every message, and the state."""
    async with desk.database.reading() as session:
        card = await answering.open_card(session, conversation_id)
        state = await view_state(session, card.conversation, desk.feed, waiting=card.waiting)
    return view_conversation(card, state)


@router.post(
    "/conversations/{conversation_id}/replies",
    status_code=201,
    responses={200: {"model": Acknowledgement, "description": "It was stored before."}},
)
async def reply(
    conversation_id: ConversationId,
    new: NewReply,
    person: Program,
    desk: TheDesk,
    response: Response,
) -> Acknowledgement:
    """Send a reply; it takes the conversation over. Stale ones get 409 with what is new."""
    async with desk.database.transaction() as session:
        message, is_new = await answering.reply(
            session,
            desk.clinic,
            conversation_id,
            person,
            desk.clock(),
            answering.StaffReply(str(new.client_id), new.text, new.seen_number),
        )
    desk.feed.has_written(conversation_id, "staff")
    if not is_new:
        response.status_code = 200
    return Acknowledgement(id=message.id, number=message.number)


@router.post("/conversations/{conversation_id}/take")
async def take(
    conversation_id: ConversationId, person: Program, desk: TheDesk, seen_number: SeenNumber = None
) -> StateView:
    """Take the conversation; the assistant is silent from now on."""
    async with desk.database.transaction() as session:
        conversation = await answering.take(
            session, desk.clinic, conversation_id, person, desk.clock(), seen_number
        )
        return await _state(session, desk, conversation)


@router.post("/conversations/{conversation_id}/leave")
async def leave(conversation_id: ConversationId, person: Program, desk: TheDesk) -> StateView:
    """Leave the conversation to whoever of the staff takes it next; the assistant stays silent."""
    async with desk.database.transaction() as session:
        conversation = await answering.leave(
            session, desk.clinic, conversation_id, person, desk.clock()
        )
        return await _state(session, desk, conversation)


@router.post("/conversations/{conversation_id}/read", status_code=204)
async def mark_read(
    conversation_id: ConversationId, seen: SeenUntil, person: Program, desk: TheDesk
) -> None:
    """Somebody of the staff has seen the messages up to a number; it never goes back."""
    async with desk.database.transaction() as session:
        await conversations.read_until(session, conversation_id, "staff", seen.number)


@router.post("/conversations/{conversation_id}/typing", status_code=204)
async def tell_typing(conversation_id: ConversationId, person: Program, desk: TheDesk) -> None:
    """Somebody of the staff is typing a reply; it holds for ten seconds."""
    await notices.tell_typing(desk.database, desk.feed, conversation_id, "staff")


@router.post("/conversations/{conversation_id}/give-back")
async def give_back(
    conversation_id: ConversationId,
    person: Program,
    desk: TheDesk,
    seen_number: SeenNumber = None,
    keep_form: KeepForm = True,
) -> StateView:
    """Give the conversation back to the assistant, with the booking that was begun or without."""
    async with desk.database.transaction() as session:
        conversation = await answering.give_back(
            session,
            desk.clinic,
            conversation_id,
            person,
            desk.clock(),
            seen_number,
            keep_form=keep_form,
        )
        return await _state(session, desk, conversation)


@router.post("/conversations/{conversation_id}/acknowledge")
async def acknowledge(
    conversation_id: ConversationId, person: Program, desk: TheDesk, seen_number: SeenNumber = None
) -> StateView:
    """Acknowledge what is urgent here; it goes on waiting for an answer."""
    async with desk.database.transaction() as session:
        conversation = await answering.acknowledge(
            session, conversation_id, person, desk.clock(), seen_number
        )
        return await _state(session, desk, conversation)


@router.get("/bookings")
async def list_bookings(person: Program, desk: TheDesk) -> BookingsView:
    """The booking requests, newest first."""
    async with desk.database.reading() as session:
        rows = await bookings.newest(session)
    return BookingsView(bookings=[view_booking(row) for row in rows])


async def _state(session: AsyncSession, desk: Desk, conversation: Conversation) -> StateView:
    waiting = await is_waiting(session, conversation)
    return await view_state(session, conversation, desk.feed, waiting=waiting)


def stale_reply(request: Request, error: Exception) -> JSONResponse:
    """The refusal of a reply that did not know the newest messages, with those messages."""
    assert isinstance(error, answering.StaleReply)
    content = {
        "code": error.code,
        "error": error.sentence,
        "messages": [message.model_dump(mode="json") for message in error.messages],
    }
    return JSONResponse(content, status_code=error.status)
