"""Senders that are hardly a person who waits for an answer: they are left to staff.

A number that sends too much, or the same again and again, or our own words back: two programs
that answer each other would never end.
"""

from datetime import timedelta
from typing import Final, NamedTuple

from sqlalchemy import exists, func, select

from frontdesk.conversations.models import Message
from frontdesk.sms.case import Case
from frontdesk.sms.models import Delivery, InboundText

_REST: Final = timedelta(hours=1)
_MOST_A_MINUTE: Final = 12
_MOST_AN_HOUR: Final = 80
_MOST_ALIKE: Final = 3
_MOST_ALIKE_IF_SHORT: Final = 6
_LONG_ENOUGH_TO_BE_COPIED: Final = 20


class _Lately(NamedTuple):
    """Whether the words are a text of ours, how often they came before in an hour, and how many
    texts came.
    """

    is_ours: bool
    alike: int
    in_a_minute: int
    in_an_hour: int


async def too_much(case: Case, written: str) -> str | None:
    """Why the sender is hardly a person who waits for an answer."""
    is_long = len(written) >= _LONG_ENOUGH_TO_BE_COPIED
    lately = await _lately(case, written)
    if is_long and lately.is_ours:
        return "echo"
    if lately.alike >= (_MOST_ALIKE if is_long else _MOST_ALIKE_IF_SHORT):
        return "repeats"
    is_much = lately.in_a_minute > _MOST_A_MINUTE or lately.in_an_hour > _MOST_AN_HOUR
    return "many" if is_much else None


async def _lately(case: Case, written: str) -> _Lately:
    """One question to the database, since every patient's text waits for its answer."""
    minute, hour = case.now - timedelta(minutes=1), case.now - timedelta(hours=1)
    is_ours = exists().where(
        Delivery.number == case.number.number,
        Delivery.created_at > case.now - timedelta(days=1),
        func.trim(Delivery.text) == written,
    )
    alike = (
        select(func.count())
        .select_from(Message)
        .where(
            Message.conversation_id == case.conversation.id,
            Message.author == "patient",
            Message.created_at > hour,
            Message.text == case.words,
        )
        .scalar_subquery()
    )
    # What a sweep brings at once was sent by and by.
    came = func.coalesce(InboundText.sent_at, InboundText.received_at)
    in_a_minute = func.count().filter(InboundText.received_at > minute, came > minute)
    found = await case.session.execute(
        select(is_ours, alike, in_a_minute, func.count()).where(
            InboundText.number == case.text.sender, InboundText.received_at > hour, came > hour
        )
    )
    return _Lately(*found.one())


async def rest(case: Case, why: str) -> str:
    """Keep it for staff, and let the assistant rest. Advice in an emergency is given all the same,
    but not to a program that sends our own words back, nor for ever.
    """
    case.number.resting_until, was_resting = case.now + _REST, case.number.resting_until
    message = await (case.keep() if why == "echo" else case.screened())
    await case.hand_over(message, "not_answered", resting=why)
    if why == "many" and not (was_resting and was_resting > case.now):
        await case.tell(case.clinic.wording.sms_resting)
    return f"resting: {why}"
