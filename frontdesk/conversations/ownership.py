"""Who may answer a conversation: one owner at a time, decided in the database.

    assistant ──take, or a staff reply──▶ staff
        ▲                                   │
        └───────────── give back ───────────┘

While staff own it the assistant is silent, whatever it had begun. An open handover changes no
owner: until a person answers, the assistant goes on with general questions. Callers hold the
conversation's row (`find_for_change`), so two of these never interleave.
"""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.settings import Clinic
from frontdesk.conversations.models import ASSISTANT, STAFF, Conversation, Turn
from frontdesk.conversations.service import Draft, append
from frontdesk.database import changed


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
    await _drop_waiting_turns(session, conversation, now)
    words = clinic.say(clinic.wording.handed_to_staff, staff_name=staff_name)
    await append(session, conversation, Draft(author="notice", kind="notice", text=words), now)


async def give_back(
    session: AsyncSession, clinic: Clinic, conversation: Conversation, now: datetime
) -> None:
    """The assistant answers again from the next message on."""
    if conversation.owner == ASSISTANT:
        return
    conversation.owner = ASSISTANT
    conversation.owner_staff_id = None
    conversation.owner_staff_name = None
    conversation.unanswered_since = None
    words = clinic.say(clinic.wording.given_back)
    await append(session, conversation, Draft(author="notice", kind="notice", text=words), now)


async def _drop_waiting_turns(
    session: AsyncSession, conversation: Conversation, now: datetime
) -> None:
    await session.execute(
        update(Turn)
        .where(Turn.conversation_id == conversation.id, Turn.finished_at.is_(None))
        .values(finished_at=now, outcome="staff_took_over", lease=None)
        .execution_options(synchronize_session=False)
    )
    changed(session, conversation.id)
