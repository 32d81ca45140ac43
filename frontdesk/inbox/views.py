"""The pages of the inbox: the lists, one conversation, and what staff do with it."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Path
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from clinic.contract import MAX_TEXT
from frontdesk.bookings import service as bookings
from frontdesk.conversations import notices
from frontdesk.conversations import service as conversations
from frontdesk.conversations.views import keepable
from frontdesk.desk import Desk, TheDesk
from frontdesk.errors import Conflict, DeskError, Invalid
from frontdesk.handovers import answering
from frontdesk.handovers import service as handovers
from frontdesk.handovers.answering import StaffReply, StaleReply
from frontdesk.inbox.guard import HOME, FormPerson, PageRoute, Person
from frontdesk.inbox.pages import (
    Clock,
    ConversationPage,
    Line,
    alarms,
    booking_card,
    conversation_page,
    list_row,
)
from frontdesk.inbox.rendering import render
from frontdesk.inbox.texts import phone_of
from frontdesk.staff.service import SignedIn

router = APIRouter(prefix="/inbox", route_class=PageRoute, include_in_schema=False)
ConversationId = Annotated[str, Path(max_length=64, pattern=r"^[\w-]+$")]
List = Literal["waiting", "open", "ended"]
_LARGEST_NUMBER: Final = 2**31 - 1
Number = Annotated[int, Form(ge=0, le=_LARGEST_NUMBER)]
Seen = Annotated[int | None, Form(ge=0, le=_LARGEST_NUMBER)]


@dataclass(frozen=True)
class ReplyBox:
    """The box to reply in: its text, and why it was not sent (`news`: what to read first).

    It keeps its `client_id` until the text is sent, so that a repeat is known as one.
    """

    client_id: str
    text: str = ""
    error: DeskError | None = None
    news: tuple[Line, ...] = ()

    @property
    def seen_number(self) -> int:
        """The last of the messages that the box itself shows."""
        return max((line.number for line in self.news), default=0)


@router.get("/", include_in_schema=False)
@router.get("")
async def home() -> Response:
    """The list that matters."""
    return RedirectResponse(HOME, 303)


@router.get("/bookings")
async def show_bookings(desk: TheDesk, me: Person) -> Response:
    """The booking requests, newest first."""
    clock = _clock(desk)
    async with desk.database.reading() as session:
        rows = [booking_card(booking, clock) for booking in await bookings.newest(session)]
        frame = await _frame(session, desk, me, "bookings")
    return render("bookings.html", **frame, rows=rows)


@router.get("/{name}")
async def show_list(name: List, desk: TheDesk, me: Person) -> Response:
    """The conversations that wait, are open, or have ended."""
    clock = _clock(desk)
    async with desk.database.reading() as session:
        found = await answering.list_conversations(session, name)
        frame = await _frame(session, desk, me, name)
    return render("list.html", **frame, rows=[list_row(row, clock) for row in found])


@router.get("/conversations/{conversation_id}")
async def show_conversation(conversation_id: ConversationId, desk: TheDesk, me: Person) -> Response:
    """One conversation: its card, its transcript, and the box to reply in."""
    return await _conversation(desk, me, conversation_id, ReplyBox(str(uuid4())))


@router.post("/conversations/{conversation_id}/take")
async def take(
    conversation_id: ConversationId, desk: TheDesk, me: FormPerson, seen_number: Seen = None
) -> Response:
    """The assistant is silent from now on."""
    async with desk.database.transaction() as session:
        await answering.take(
            session, desk.clinic, conversation_id, me.staff, desk.clock(), seen_number
        )
    return _back_to(conversation_id)


@router.post("/conversations/{conversation_id}/leave")
async def leave(conversation_id: ConversationId, desk: TheDesk, me: FormPerson) -> Response:
    """Whoever of the staff takes it next answers."""
    async with desk.database.transaction() as session:
        await answering.leave(session, desk.clinic, conversation_id, me.staff, desk.clock())
    return _back_to(conversation_id)


@router.post("/conversations/{conversation_id}/read", status_code=204)
async def mark_read(
    conversation_id: ConversationId,
    desk: TheDesk,
    me: FormPerson,
    number: Annotated[Number, Form()],
) -> None:
    """The messages up to that number were shown on a screen that is looked at."""
    async with desk.database.transaction() as session:
        await conversations.read_until(session, conversation_id, "staff", number)


@router.post("/conversations/{conversation_id}/typing", status_code=204)
async def tell_typing(conversation_id: ConversationId, desk: TheDesk, me: FormPerson) -> None:
    """A reply is being written."""
    await notices.tell_typing(desk.database, desk.feed, conversation_id, "staff")


@router.post("/conversations/{conversation_id}/give-back")
async def give_back(
    conversation_id: ConversationId,
    desk: TheDesk,
    me: FormPerson,
    seen_number: Seen = None,
    keep_form: Annotated[bool, Form()] = True,
) -> Response:
    """The assistant answers again, with the booking that was begun or without it."""
    async with desk.database.transaction() as session:
        await answering.give_back(
            session,
            desk.clinic,
            conversation_id,
            me.staff,
            desk.clock(),
            seen_number,
            keep_form=keep_form,
        )
    return _back_to(conversation_id)


@router.post("/conversations/{conversation_id}/acknowledge")
async def acknowledge(
    conversation_id: ConversationId, desk: TheDesk, me: FormPerson, seen_number: Seen = None
) -> Response:
    """Somebody has seen the urgent card, as far as their page showed it."""
    async with desk.database.transaction() as session:
        await answering.acknowledge(session, conversation_id, me.staff, desk.clock(), seen_number)
    return _back_to(conversation_id)


@router.post("/conversations/{conversation_id}/replies")
async def reply(
    conversation_id: ConversationId,
    desk: TheDesk,
    me: FormPerson,
    client_id: Annotated[UUID, Form()],
    text: Annotated[str, Form()] = "",
    seen_number: Number = 0,
    shown_number: Number = 0,
) -> Response:
    """Send the text. What cannot be sent comes back in the box, with the reason.

    `seen_number` is the newest message of the transcript on the screen, `shown_number` the newest
    of those that the box showed as unread.
    """
    words = str(keepable(text)).replace("\r\n", "\n").strip()
    new = StaffReply(str(client_id), words, max(seen_number, shown_number))
    now = desk.clock()
    try:
        _check(words)
        async with desk.database.transaction() as session:
            await answering.reply(session, desk.clinic, conversation_id, me.staff, now, new)
        desk.feed.has_written(conversation_id, "staff")
    except (Conflict, Invalid) as error:
        return await _conversation(desk, me, conversation_id, _refused(error, new), new.seen_number)
    return _back_to(conversation_id)


def _check(text: str) -> None:
    if not text:
        raise Invalid("empty", "Write something first.")
    if len(text) > MAX_TEXT:
        raise Invalid("too_long", f"Keep the reply under {MAX_TEXT:,} characters.")


def _refused(error: DeskError, new: StaffReply) -> ReplyBox:
    # The earlier text under this id was sent after all: what is in the box now is another reply.
    is_used = error.code == "client_id_used"
    return ReplyBox(str(uuid4()) if is_used else new.client_id, new.text, error)


def _back_to(conversation_id: str) -> Response:
    return RedirectResponse(f"/inbox/conversations/{conversation_id}", 303)


async def _conversation(
    desk: Desk, me: SignedIn, conversation_id: str, box: ReplyBox, seen: int = 0
) -> Response:
    async with desk.database.reading() as session:
        card = await answering.open_card(session, conversation_id)
        clock = _clock(desk)
        phone = await phone_of(session, card.conversation, clock.zone, clock.now)
        frame = await _frame(session, desk, me, "conversation")
    page = conversation_page(card, me.staff.id, clock, phone)
    if isinstance(box.error, StaleReply):
        box = replace(box, news=_news(page, seen))
    status = box.error.status if box.error else 200
    return render("conversation.html", status, **frame, page=page, box=box)


def _news(page: ConversationPage, seen: int) -> tuple[Line, ...]:
    written = (line for line in page.lines if line.author in ("patient", "staff"))
    return tuple(line for line in written if line.number > seen)


async def _frame(session: AsyncSession, desk: Desk, me: SignedIn, current: str) -> dict[str, Any]:
    """What every page shows around its own content."""
    waiting = await answering.list_conversations(session, "waiting")
    unseen = await handovers.unacknowledged(session)
    return {
        "clinic": desk.clinic,
        "me": me,
        "current": current,
        "waiting_count": len(waiting),
        "urgent_count": sum(row.urgent for row in waiting),
        "alarms": alarms(unseen, _clock(desk)),
    }


def _clock(desk: Desk) -> Clock:
    return Clock(desk.clock(), desk.clinic.zone)
