"""Emergencies: found in every message on receipt, told to the patient at once, and to staff.

Everything here happens in the caller's transaction, the one that stores the patient's message: the
advice stands right behind it, or neither is kept. What a patient in danger reads is the advice and
nothing else: answers to what was asked before wait for staff.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from clinic import triage
from clinic.settings import Clinic
from clinic.triage import RedFlag
from frontdesk.conversations import service as conversations
from frontdesk.conversations.models import Conversation, Message
from frontdesk.conversations.service import Draft
from frontdesk.handovers import service as handovers
from frontdesk.handovers.models import Handover
from frontdesk.handovers.service import Matter

PAUSE: Final = timedelta(minutes=2)
"""A message that comes sooner than this after the one before may go on with its sentence."""
_STILL_READ: Final = timedelta(minutes=10)
"""Advice that is older than this is given whole again."""
_KIND: Final = "emergency"
_MOST_PIECES: Final = 3


def advice_without_database(clinic: Clinic, text: object) -> str | None:
    """The advice for words that cannot be kept, if they tell of an emergency."""
    flag = triage.screen(text) if isinstance(text, str) else None
    if flag is None:
        return None
    return f"{_advice(clinic, flag)}\n{clinic.say(clinic.wording.not_stored)}"


def named(category: str, text: str) -> RedFlag:
    """The red flag that the assistant names without the words that it saw it by."""
    known = category if category in triage.categories() else triage.ANY
    return RedFlag(known, "", triage.language_of(text), "likeness")


async def find_across(session: AsyncSession, message: Message) -> RedFlag | None:
    """A red flag in a sentence that the patient sent in pieces, of which this is the last."""
    pieces = await _pieces_before(session, message)
    for first in reversed(range(len(pieces))):
        if flag := triage.screen_together(pieces[first:], message.text):
            return flag
    return None


async def _pieces_before(session: AsyncSession, message: Message) -> list[str]:
    earlier = await session.execute(
        select(Message.text, Message.advice, Message.choice, Message.created_at)
        .where(
            Message.conversation_id == message.conversation_id,
            Message.number < message.number,
            Message.author == "patient",
        )
        .order_by(Message.number.desc())
        .limit(_MOST_PIECES - 1)
    )
    pieces: list[str] = []
    then = message.created_at
    for one in earlier:
        if one.advice is not None or one.choice is not None or then - one.created_at > PAUSE:
            break
        pieces.insert(0, one.text)
        then = one.created_at
    return pieces


async def see_to(
    session: AsyncSession,
    clinic: Clinic,
    conversation: Conversation,
    message: Message,
    flag: RedFlag,
    now: datetime,
    *,
    reachable: bool = True,
) -> Message | None:
    """Tell the patient what to do now, and staff what was found. Gives the advice.

    Nothing can be told to a patient who is not `reachable`, because they stopped our texts; staff
    learn that they have to phone.
    """
    message.advice = flag.category
    told = None
    if reachable:
        words = await _words_for(session, clinic, conversation, flag, now)
        draft = Draft(author="assistant", kind=_KIND, text=words, advice=flag.category)
        told = await conversations.append(session, conversation, draft, now)
    await _alert_staff(session, conversation, message, flag, now, told=reachable)
    return told


async def advice_behind(session: AsyncSession, message: Message) -> Message | None:
    """The advice that was stored right behind a patient's message."""
    if message.advice is None:
        return None
    after = await conversations.find_message(
        session, message.conversation_id, number=message.number + 1
    )
    return after if after is not None and after.kind == _KIND else None


async def came_after(session: AsyncSession, message: Message) -> bool:
    """Whether the patient has written of an emergency since, and should read nothing else now.

    A person who has stepped in behind it has seen it: what they leave to the assistant is answered.
    """
    behind = aliased(Message)
    found = await session.scalar(
        select(Message.id)
        .where(
            Message.conversation_id == message.conversation_id,
            Message.number > message.number,
            Message.author == "patient",
            Message.advice.is_not(None),
            ~exists().where(
                behind.conversation_id == Message.conversation_id,
                behind.number > Message.number,
                behind.author.in_(("staff", "notice")),
            ),
        )
        .limit(1)
    )
    return found is not None


async def _words_for(
    session: AsyncSession, clinic: Clinic, conversation: Conversation, flag: RedFlag, now: datetime
) -> str:
    """The advice; for who has just read it, its first line and that the rest still holds."""
    whole = _advice(clinic, flag)
    last = await session.scalar(
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.author != "patient")
        .order_by(Message.number.desc())
        .limit(1)
    )
    if last is None or last.text != whole or now - last.created_at > _STILL_READ:
        return whole
    return triage.reminder(flag.category, clinic.emergency_number, flag.language)


def _advice(clinic: Clinic, flag: RedFlag) -> str:
    return triage.advice(flag.category, clinic.emergency_number, flag.language)


async def _alert_staff(
    session: AsyncSession,
    conversation: Conversation,
    message: Message,
    flag: RedFlag,
    now: datetime,
    *,
    told: bool,
) -> None:
    """Open the urgent card, or add to the one that nobody has acknowledged yet."""
    seen = {"category": flag.category, "words": flag.words}
    if flag.by != "rule":
        seen["by"] = flag.by
    if not told:
        seen["told"] = "no"
    waiting = await handovers.open_handovers(session, conversation.id)
    if card := _unseen(waiting, seen):
        again = [*card.details.get("again", []), _repeated(message, flag)]
        await handovers.add_details(session, card, {"again": again})
        return
    matter = Matter(
        reason="emergency",
        priority="urgent",
        question=message.text,
        details=seen,
        message_number=message.number,
    )
    await handovers.open_handover(session, conversation, now, matter)


def _unseen(waiting: Sequence[Handover], seen: dict[str, Any]) -> Handover | None:
    alike = (
        card
        for card in waiting
        if card.reason == "emergency"
        and card.acknowledged_at is None
        and card.details.get("category") == seen["category"]
        and card.details.get("told") == seen.get("told")
    )
    return next(alike, None)


def _repeated(message: Message, flag: RedFlag) -> dict[str, Any]:
    return {"number": message.number, "words": flag.words or message.text}
