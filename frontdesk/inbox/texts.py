"""What the inbox shows of texts: the phone, whether it may be texted, and what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from frontdesk.conversations.models import BY_TEXT, Conversation
from frontdesk.sms import deliveries
from frontdesk.sms.models import Delivery
from frontdesk.sms.problems import problem

_STATES: Final = {
    "trying": "Being texted",
    "unknown": "Texted; the provider has not confirmed it yet",
    "queued": "Handed to the provider",
    "sending": "Handed to the provider",
    "sent": "Texted",
    "delivered": "Delivered to the phone",
    "read": "Read on the phone",
}
_RESTING: Final = {
    "echo": "They sent our own words back: a machine, most likely. The assistant does not answer.",
    "repeats": "They send the same again and again: a machine, perhaps. The assistant rests.",
    "many": "They sent so much in a short time that the assistant rests for an hour.",
}
_TEXTS: Final = {
    "cancelled": (
        "By text, that word alone stops our texts. It may have meant an appointment. Phone them."
    ),
    "asked": "They also asked for no more texts. Phone them, and do not text.",
    "stopped": "They stopped our texts, so nothing can be sent there. Phone them.",
}


@dataclass(frozen=True)
class Other:
    """Another conversation with the same proven number."""

    id: str
    channel: str
    last_at: datetime


@dataclass(frozen=True)
class Phone:
    """The patient's proven number (E.164), and what goes there: everything, or staff's answers.

    `told` says of messages, by number, what became of their texts; `failed` are those that did not
    arrive.
    """

    number: str
    is_stopped: bool
    is_by_text: bool
    how: str | None
    others: list[Other]
    told: dict[int, str]
    failed: frozenset[int]


async def phone_of(
    session: AsyncSession, conversation: Conversation, zone: ZoneInfo, now: datetime
) -> Phone | None:
    """The conversation's phone; none where no number is proven."""
    if conversation.phone is None:
        return None
    theirs = await session.scalars(
        select(Conversation)
        .where(Conversation.phone == conversation.phone, Conversation.id != conversation.id)
        .order_by(Conversation.last_message_at.desc())
        .limit(10)
    )
    texts = await deliveries.of_conversation(session, conversation.id)
    return Phone(
        number=conversation.phone,
        is_stopped=conversation.texts_stopped,
        is_by_text=conversation.texts == BY_TEXT,
        how=conversation.texts,
        others=[
            Other(each.id, each.channel, each.last_message_at.astimezone(zone)) for each in theirs
        ],
        told=_told(texts, zone, now),
        failed=frozenset(
            number for each in texts if _has_failed(each) for number in _numbers(each)
        ),
    )


def _told(texts: Sequence[Delivery], zone: ZoneInfo, now: datetime) -> dict[int, str]:
    return {number: _words(each, zone, now) for each in texts for number in _numbers(each)}


def _numbers(delivery: Delivery) -> range:
    if delivery.first_number is None or delivery.last_number is None:
        return range(0)
    return range(delivery.first_number, delivery.last_number + 1)


def _has_failed(delivery: Delivery) -> bool:
    return delivery.state in ("undelivered", "failed", deliveries.DROPPED)


def _words(delivery: Delivery, zone: ZoneInfo, now: datetime) -> str:
    if _has_failed(delivery):
        return problem(delivery.error).words
    if delivery.state == deliveries.WAITING and delivery.not_before > now:
        at = delivery.not_before.astimezone(zone)
        return f"Will be texted at {at.strftime('%-I:%M %p')}"
    words = _STATES.get(delivery.state, "Being texted")
    return f"A link to it: {words[0].lower()}{words[1:]}" if delivery.kind == "link" else words


def hint(details: dict[str, Any]) -> str | None:
    """What staff should know about a matter that has to do with texts."""
    if code := details.get("undelivered"):
        return f"Our text did not arrive. {problem(str(code)).words}"
    if "media" in details:
        return "They sent a picture or file. It is not opened here; ask for it in another way."
    if "fault" in details:
        return "A fault of ours: the assistant could not read this text. Please answer it."
    resting = _RESTING.get(str(details.get("resting")))
    return resting or _TEXTS.get(str(details.get("texts")))
