"""What the inbox's templates show, as plain values in the clinic's own time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from clinic.contract import BookingDetails, FormState
from frontdesk.bookings.models import Booking
from frontdesk.conversations.models import QUEUE, Conversation, Message
from frontdesk.handovers.answering import Card, Row
from frontdesk.handovers.models import Handover
from frontdesk.handovers.views import answered_topics
from frontdesk.inbox import texts
from frontdesk.inbox.texts import Phone

SOURCE_MARK = "\nSource: "


@dataclass(frozen=True)
class When:
    """A time in the clinic's zone, and how many minutes ago that was."""

    at: datetime
    minutes: int


@dataclass(frozen=True)
class Clock:
    """Now, and the clinic's zone."""

    now: datetime
    zone: ZoneInfo

    def when(self, at: datetime) -> When:
        """The time for people."""
        minutes = max(timedelta(), self.now - at) // timedelta(minutes=1)
        return When(at.astimezone(self.zone), minutes)

    def when_or_none(self, at: datetime | None) -> When | None:
        """The same for a time that may not have come."""
        return None if at is None else self.when(at)


@dataclass(frozen=True)
class ListRow:
    """One conversation in a list.

    `words` are the patient's question, or the last message and its author (`said_by`) where
    nothing was asked of staff.
    """

    id: str
    channel: str
    urgent: bool
    acknowledged_by: str | None
    reason: str | None
    words: str
    said_by: str
    since: When | None
    staff_name: str | None
    last_at: When


@dataclass(frozen=True)
class Told:
    """What a patient was told, and when."""

    text: str
    at: When


@dataclass(frozen=True)
class Again:
    """Words of a later message that raise the same matter, and its number."""

    number: int
    words: str


@dataclass(frozen=True)
class Alarm:
    """An emergency that nobody has acknowledged yet."""

    id: str
    category: str
    words: str
    since: When


@dataclass(frozen=True)
class Matter:
    """Something that waits, or waited, for a person.

    `named` is what the assistant found in the question: part of the body, medicine, condition,
    treatment; `hint` what has to be known about texts. Of an emergency: `alike` says that no rule
    found it, `told` is the advice, `untold` whether it could not be sent, and `again` what the
    patient wrote of it since.
    """

    reason: str
    urgent: bool
    question: str
    number: int | None
    category: str | None
    words: str
    alike: bool
    named: dict[str, str]
    hint: str | None
    told: Told | None
    untold: bool
    again: list[Again]
    opened: When
    acknowledged: When | None
    acknowledged_by: str | None
    closed: When | None
    closed_by: str | None

    @property
    def is_open(self) -> bool:
        """Whether a person is still waited for."""
        return self.closed is None


@dataclass(frozen=True)
class BookingCard:
    """A booking request, or the draft of one (then without a reference)."""

    details: BookingDetails
    conversation_id: str
    reference: str | None = None
    state: str | None = None
    asked: When | None = None
    asking: str | None = None


@dataclass(frozen=True)
class Late:
    """What the assistant would have said to the patient's message of that number."""

    number: int
    text: str


@dataclass(frozen=True)
class Line:
    """One message of the transcript; `day` is set where a new day begins."""

    number: int
    author: str
    name: str | None
    kind: str
    text: str
    source: str | None
    choices: list[str]
    chosen: int | None
    at: When
    day: datetime | None


@dataclass(frozen=True)
class ConversationPage:
    """One conversation with its card and its transcript.

    `suggestions` are the assistant's late answers; `seen` is the number of the newest staff message
    that the patient has seen; `phone` is the patient's, where it is proven.
    """

    id: str
    channel: str
    owner: str
    staff_name: str | None
    mine: bool
    waiting: bool
    ended: bool
    last_number: int
    began: When
    matters: list[Matter]
    earlier: list[Matter]
    answered: list[str]
    bookings: list[BookingCard]
    draft: BookingCard | None
    suggestions: list[Late]
    lines: list[Line]
    seen: int | None
    phone: Phone | None

    @property
    def unacknowledged(self) -> bool:
        """Whether an urgent matter has not been seen by anybody."""
        return any(matter.urgent and matter.acknowledged is None for matter in self.matters)


def list_row(row: Row, clock: Clock) -> ListRow:
    """A row of a list."""
    conversation, handover = row.conversation, row.handover
    return ListRow(
        id=conversation.id,
        channel=conversation.channel,
        urgent=row.urgent,
        acknowledged_by=handover.acknowledged_by if handover else None,
        reason=_reason(conversation, handover),
        words=handover.question if handover else row.last.text,
        said_by="patient" if handover else row.last.author,
        since=clock.when_or_none(row.waiting_since),
        staff_name=conversation.owner_staff_name,
        last_at=clock.when(conversation.last_message_at),
    )


def _reason(conversation: Conversation, handover: Handover | None) -> str | None:
    if handover is not None:
        return handover.reason
    if conversation.owner == QUEUE:
        return "left"
    return "wrote_again" if conversation.unanswered_since is not None else None


def conversation_page(
    card: Card, staff_id: str, clock: Clock, phone: Phone | None = None
) -> ConversationPage:
    """The page of one conversation, as this person sees it."""
    conversation = card.conversation
    matters = [matter(handover, card.messages, clock) for handover in card.handovers]
    return ConversationPage(
        id=conversation.id,
        channel=conversation.channel,
        owner=conversation.owner,
        staff_name=conversation.owner_staff_name,
        mine=conversation.owner_staff_id == staff_id,
        waiting=card.waiting,
        ended=conversation.ended_at is not None,
        last_number=conversation.last_number,
        began=clock.when(conversation.created_at),
        matters=sorted(
            (each for each in matters if each.is_open), key=lambda each: not each.urgent
        ),
        earlier=[each for each in matters if not each.is_open],
        answered=answered_topics(card.messages),
        bookings=[booking_card(booking, clock) for booking in card.bookings],
        draft=_draft(conversation),
        suggestions=[Late(each.message_number, each.text) for each in card.suggestions],
        lines=lines(card.messages, clock),
        seen=_seen(card),
        phone=phone,
    )


def _seen(card: Card) -> int | None:
    """The newest of the staff's messages that the patient has seen."""
    read = card.conversation.read_by_patient
    seen = (message.number for message in reversed(card.messages) if message.author == "staff")
    return next((number for number in seen if number <= read), None)


def matter(handover: Handover, messages: list[Message], clock: Clock) -> Matter:
    """One matter, with the advice that the patient was given for it."""
    category = handover.details.get("category")
    return Matter(
        reason=handover.reason,
        urgent=handover.priority == "urgent",
        question=handover.question,
        number=handover.message_number,
        category=category,
        words=handover.details.get("words", ""),
        alike=category is not None and handover.details.get("by") == "likeness",
        named=_named(handover.details),
        hint=texts.hint(handover.details),
        told=_advice(category, handover.message_number, messages, clock),
        untold=handover.details.get("told") == "no",
        again=[Again(one["number"], one["words"]) for one in handover.details.get("again", [])],
        opened=clock.when(handover.opened_at),
        acknowledged=clock.when_or_none(handover.acknowledged_at),
        acknowledged_by=handover.acknowledged_by,
        closed=clock.when_or_none(handover.closed_at),
        closed_by=handover.closed_by,
    )


def _named(details: dict[str, Any]) -> dict[str, str]:
    area = " ".join(str(details[key]) for key in ("side", "area") if details.get(key))
    terms = {kind: details.get(kind) for kind in ("condition", "medicine", "treatment")}
    found = {"area": area, **terms}
    return {kind: str(names) for kind, names in found.items() if names}


def _advice(
    category: str | None, number: int | None, messages: list[Message], clock: Clock
) -> Told | None:
    told = (
        Told(message.text, clock.when(message.created_at))
        for message in messages
        if category and message.kind == "emergency" and message.advice == category
        if number is None or message.number > number
    )
    return next(told, None)


def alarms(unseen: list[Handover], clock: Clock) -> list[Alarm]:
    """Emergencies that nobody has acknowledged, the longest waiting of each conversation."""
    found: dict[str, Alarm] = {}
    for handover in unseen:
        waiting = Alarm(
            id=handover.conversation_id,
            category=handover.details.get("category", handover.reason),
            words=handover.question,
            since=clock.when(handover.opened_at),
        )
        found.setdefault(waiting.id, waiting)
    return list(found.values())


def booking_card(booking: Booking, clock: Clock) -> BookingCard:
    """A booking request."""
    return BookingCard(
        details=msgspec.convert(booking.details, BookingDetails),
        conversation_id=booking.conversation_id,
        reference=booking.reference,
        state=booking.state,
        asked=clock.when(booking.created_at),
    )


def _draft(conversation: Conversation) -> BookingCard | None:
    if conversation.form is None:
        return None
    form = msgspec.convert(conversation.form, FormState)
    return BookingCard(form.slots, conversation.id, asking=form.asking)


def lines(messages: list[Message], clock: Clock) -> list[Line]:
    """The transcript."""
    shown: list[Line] = []
    for message in messages:
        at = clock.when(message.created_at)
        is_new_day = not shown or shown[-1].at.at.date() != at.at.date()
        shown.append(_line(message, at, at.at if is_new_day else None))
    return shown


def _line(message: Message, at: When, day: datetime | None) -> Line:
    text, _, source = message.text.rpartition(SOURCE_MARK)
    is_sourced = message.author == "assistant" and bool(text) and "\n" not in source
    choices: list[dict[str, Any]] = message.choices or []
    return Line(
        number=message.number,
        author=message.author,
        name=message.name,
        kind=message.kind,
        text=text.rstrip() if is_sourced else message.text,
        source=source if is_sourced else None,
        choices=[choice["label"] for choice in choices],
        chosen=message.chosen,
        at=at,
        day=day,
    )


def date_words(iso: str) -> str:
    """An ISO date as people write it; anything else as it stands."""
    try:
        return date.fromisoformat(iso).strftime("%A, %B %-d")
    except ValueError:
        return iso
