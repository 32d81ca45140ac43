"""Who may answer a conversation: one owner at a time, decided in the database.

              ┌───────────────── give back ─────────────────┐
              ▼                                             │
          assistant ── take, or a staff reply ──▶ staff (one person) ◀─┐
              ▲                                    │  ▲  └── take ─────┘
              │                              leave │  │ take
              │                                    ▼  │
              └─────────── give back ───────────── queue

    any of them ── the patient ends ──▶ ended ── the patient writes again ──▶ as it was before

The assistant answers only what it owns. A conversation in the queue is the staff's and nobody's in
particular: its patient waits for the first who takes it. An open handover changes no owner: until a
person answers, the assistant goes on with general questions. While people own it the assistant is
silent, whatever it had begun; what comes late is kept for them as a suggestion
(`turns/service.py`). What waits for an answer changes hands with the conversation, so nothing is
forgotten on the way.

Callers hold the conversation's row (`find_for_change`), so two of these never interleave; the
table's own constraint allows no owner but these, and a person exactly where the owner is one.
"""

from datetime import datetime
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.settings import Clinic
from frontdesk.conversations.models import (
    ASSISTANT,
    QUEUE,
    STAFF,
    STAFF_TOOK_OVER,
    Conversation,
    Turn,
)
from frontdesk.conversations.service import Draft, append, queue_unanswered
from frontdesk.database import changed
from frontdesk.errors import Conflict

Event = Literal["take", "leave", "give_back"]
_NEXT: Final[dict[tuple[str, Event], str]] = {
    (ASSISTANT, "take"): STAFF,
    (QUEUE, "take"): STAFF,
    (STAFF, "take"): STAFF,
    (STAFF, "leave"): QUEUE,
    (STAFF, "give_back"): ASSISTANT,
    (QUEUE, "give_back"): ASSISTANT,
}
_REFUSED: Final[dict[Event, str]] = {
    "take": "This conversation cannot be taken.",
    "leave": "Nobody has taken this conversation; nothing was changed.",
    "give_back": "The assistant answers here already; nothing was changed.",
}


def is_assistants(conversation: Conversation) -> bool:
    """Whether the assistant may answer."""
    return conversation.owner == ASSISTANT


async def take(
    session: AsyncSession,
    clinic: Clinic,
    conversation: Conversation,
    staff_id: str,
    staff_name: str,
    now: datetime,
) -> None:
    """The conversation becomes this person's; the patient is told once."""
    if conversation.owner == STAFF and conversation.owner_staff_id == staff_id:
        return
    _move(conversation, "take", staff_id, staff_name)
    await _take_waiting_turns(session, conversation, now)
    await _tell(session, conversation, now, clinic.wording.handed_to_staff, clinic, staff_name)


async def leave(
    session: AsyncSession, clinic: Clinic, conversation: Conversation, staff_id: str, now: datetime
) -> None:
    """The person goes; whoever of the staff takes it next answers. The patient is told.

    Raises `Conflict` when it is not this person's.
    """
    if conversation.owner == STAFF and conversation.owner_staff_id != staff_id:
        raise Conflict("not_yours", "A colleague has taken this conversation; nothing was changed.")
    staff_name = conversation.owner_staff_name or ""
    _leave(conversation, now)
    await _tell(session, conversation, now, clinic.wording.left_to_colleagues, clinic, staff_name)


async def give_back(
    session: AsyncSession,
    clinic: Clinic,
    conversation: Conversation,
    now: datetime,
    *,
    keep_form: bool = True,
) -> None:
    """The assistant answers again, beginning with what the staff have left unanswered.

    A form that was open goes on, or is dropped without `keep_form`; the patient is told.
    Raises `Conflict` when it is the assistant's already.
    """
    staff_name = conversation.owner_staff_name or ""
    _move(conversation, "give_back")
    await _tell(session, conversation, now, clinic.wording.given_back, clinic, staff_name)
    conversation.unanswered_since = None
    is_more = await queue_unanswered(session, conversation.id, now)
    if conversation.form and not keep_form:
        conversation.form, conversation.form_dropped = None, True
    elif conversation.form and not is_more:
        # Where the patient has written meanwhile, that is answered and the form asks by itself.
        await append(session, conversation, _form_goes_on(clinic), now)


async def leave_all(session: AsyncSession, staff_id: str, now: datetime) -> list[Conversation]:
    """Somebody works here no longer: what was theirs goes to the queue. Gives what moved.

    Patients read nothing of it but who answers now.
    """
    theirs = await session.scalars(
        select(Conversation)
        .where(Conversation.owner == STAFF, Conversation.owner_staff_id == staff_id)
        .order_by(Conversation.id)
        .with_for_update()
    )
    left = list(theirs)
    for conversation in left:
        _leave(conversation, now)
        changed(session, conversation.id)
    return left


def end(session: AsyncSession, conversation: Conversation, now: datetime) -> None:
    """The patient leaves; what waits for staff goes on waiting, and a new message reopens it."""
    if conversation.ended_at is None:
        conversation.ended_at = now
        changed(session, conversation.id)


def reopen(session: AsyncSession, conversation: Conversation) -> None:
    """A message came after the end: nothing a patient writes is turned away."""
    if conversation.ended_at is not None:
        conversation.ended_at = None
        changed(session, conversation.id)


def _leave(conversation: Conversation, now: datetime) -> None:
    # It waits for somebody, also where the patient has got every answer so far.
    _move(conversation, "leave")
    conversation.unanswered_since = conversation.unanswered_since or now


def _move(
    conversation: Conversation,
    event: Event,
    staff_id: str | None = None,
    staff_name: str | None = None,
) -> None:
    owner = _NEXT.get((conversation.owner, event))
    if owner is None:
        raise Conflict("not_taken", _REFUSED[event])
    conversation.owner = owner
    conversation.owner_staff_id, conversation.owner_staff_name = staff_id, staff_name


async def _tell(
    session: AsyncSession,
    conversation: Conversation,
    now: datetime,
    wording: str,
    clinic: Clinic,
    staff_name: str,
) -> None:
    words = clinic.say(wording, staff_name=staff_name)
    await append(session, conversation, Draft(author="notice", kind="notice", text=words), now)


def _form_goes_on(clinic: Clinic) -> Draft:
    wording = clinic.wording
    return Draft(
        author="assistant",
        text=clinic.say(wording.booking_waits),
        choices=[
            {"label": clinic.say(wording.booking_go_on), "intent": "booking", "entities": {}},
            {"label": clinic.say(wording.booking_leave), "intent": "cancel_form", "entities": {}},
        ],
    )


async def _take_waiting_turns(
    session: AsyncSession, conversation: Conversation, now: datetime
) -> None:
    """What waited for the assistant waits for the person from now on."""
    waiting = await session.scalars(
        select(Turn)
        .where(Turn.conversation_id == conversation.id, Turn.finished_at.is_(None))
        .order_by(Turn.number)
        .with_for_update()
    )
    for turn in waiting:
        turn.finished_at, turn.outcome, turn.lease = now, STAFF_TOOK_OVER, None
        if conversation.unanswered_since is None:
            conversation.unanswered_since = turn.created_at
    changed(session, conversation.id)
