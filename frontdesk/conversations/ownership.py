"""Who may answer a conversation: one owner at a time, decided in the database.

    assistant ──take, or a staff reply──▶ staff
        ▲                                   │
        └───────────── give back ───────────┘

While staff own it the assistant is silent, whatever it had begun. An open handover changes no
owner: until a person answers, the assistant goes on with general questions. What waits for an
answer changes hands with the conversation, so nothing is forgotten on the way. Callers hold the
conversation's row (`find_for_change`), so two of these never interleave.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.settings import Clinic
from frontdesk.conversations.models import (
    ASSISTANT,
    STAFF,
    STAFF_TOOK_OVER,
    Conversation,
    Turn,
)
from frontdesk.conversations.service import Draft, append, queue_unanswered
from frontdesk.database import changed
from frontdesk.errors import Conflict


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
    conversation.owner = STAFF
    conversation.owner_staff_id = staff_id
    conversation.owner_staff_name = staff_name
    await _take_waiting_turns(session, conversation, now)
    words = clinic.say(clinic.wording.handed_to_staff, staff_name=staff_name)
    await append(session, conversation, Draft(author="notice", kind="notice", text=words), now)


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
    if conversation.owner == ASSISTANT:
        raise Conflict("not_taken", "The assistant answers here already; nothing was changed.")
    staff_name = conversation.owner_staff_name or ""
    conversation.owner = ASSISTANT
    conversation.owner_staff_id = None
    conversation.owner_staff_name = None
    words = clinic.say(clinic.wording.given_back, staff_name=staff_name)
    await append(session, conversation, Draft(author="notice", kind="notice", text=words), now)
    waits = conversation.unanswered_since
    conversation.unanswered_since = None
    if conversation.form and keep_form:
        # What the patient has written meanwhile is answered first, and the form asks by itself.
        if waits is None:
            await append(session, conversation, _form_goes_on(clinic), now)
    elif conversation.form:
        conversation.form, conversation.form_dropped = None, True
    await queue_unanswered(session, conversation.id, now)


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
    )
    for turn in waiting:
        turn.finished_at, turn.outcome, turn.lease = now, STAFF_TOOK_OVER, None
        if conversation.unanswered_since is None:
            conversation.unanswered_since = turn.created_at
    changed(session, conversation.id)
