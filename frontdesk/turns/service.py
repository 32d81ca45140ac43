"""The rules of a turn: what the assistant is asked, and what becomes of its outcome."""

from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.contract import (
    BookingDetails,
    BookingRequest,
    Channel,
    ChoiceMade,
    Effect,
    Emergency,
    Handover,
    KnownBooking,
    Reply,
    TurnContext,
    TurnRequest,
    TurnResponse,
)
from clinic.hours import is_open, next_opening
from clinic.settings import Clinic
from frontdesk import emergencies
from frontdesk.bookings import service as bookings
from frontdesk.conversations import ownership
from frontdesk.conversations import service as conversations
from frontdesk.conversations.feed import TURNS
from frontdesk.conversations.models import (
    HELD_BACK,
    NOT_ANSWERED,
    STAFF_TOOK_OVER,
    Conversation,
    Message,
    Suggestion,
    Turn,
)
from frontdesk.conversations.service import Draft
from frontdesk.database import changed
from frontdesk.handovers import service as handovers
from frontdesk.handovers.service import Matter
from frontdesk.turns import lateness, queue

REFUSED: Final = 3
"""The trouble of an answer that is none: whoever gives one will hardly give a better one."""
FAILED: Final = 1
"""The trouble of an assistant that is well but failed at this turn, perhaps for a moment."""
TOO_MUCH: Final = 9
"""So much trouble, and a person is called instead of the assistant."""


async def request_for(
    session: AsyncSession, clinic: Clinic, lease: queue.Lease, now: datetime
) -> TurnRequest:
    """What the assistant is asked."""
    turn, conversation, message = await _asked(session, lease)
    choice = await _choice_made(session, message)
    channel: Channel = "sms" if conversation.channel == "sms" else "web"
    return TurnRequest(
        turn_id=turn.id,
        conversation_id=turn.conversation_id,
        channel=channel,
        context=await _context(session, clinic, conversation, now),
        text=None if choice else message.text,
        choice=choice,
    )


async def _asked(session: AsyncSession, lease: queue.Lease) -> tuple[Turn, Conversation, Message]:
    rows = await session.execute(
        select(Turn, Conversation, Message)
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .join(Message, Message.id == Turn.message_id)
        .where(Turn.id == lease.turn_id)
    )
    turn, conversation, message = rows.one()
    return turn, conversation, message


async def _choice_made(session: AsyncSession, message: Message) -> ChoiceMade | None:
    if message.choice is None:
        return None
    offer = await conversations.find_message(
        session, message.conversation_id, number=message.choice["number"]
    )
    if offer is None or offer.choices is None:
        return None
    offered = offer.choices[message.choice["index"]]
    return ChoiceMade(intent=offered["intent"], entities=offered["entities"])


async def _context(
    session: AsyncSession, clinic: Clinic, conversation: Conversation, now: datetime
) -> TurnContext:
    opening = next_opening(clinic, now)
    known = await bookings.of_conversation(session, conversation.id)
    return TurnContext(
        now=now.astimezone(clinic.zone).isoformat(timespec="seconds"),
        staff_available=is_open(clinic, now),
        next_opening=opening.isoformat(timespec="minutes") if opening else None,
        known_phone=conversation.phone,
        bookings=[
            KnownBooking(row.reference, row.state, msgspec.convert(row.details, BookingDetails))
            for row in known
        ],
        form="dropped" if conversation.form_dropped else msgspec.UNSET,
    )


async def apply(
    session: AsyncSession, clinic: Clinic, lease: queue.Lease, outcome: TurnResponse, now: datetime
) -> None:
    """Store the replies and effects of a turn, if the turn and the conversation are still ours."""
    conversation = await conversations.find_for_change(session, lease.conversation_id)
    held = await queue.held(session, lease)
    if held is None:
        await _keep_if_late(session, clinic, conversation, lease, outcome, now)
        return
    turn, message = held
    has_more = conversation.last_number > message.number
    assert ownership.is_assistants(conversation), "taking a conversation ends its turns"
    await _advise_if_new(session, clinic, conversation, message, outcome, now)
    is_held_back = (
        message.advice is None and has_more and await emergencies.came_after(session, message)
    )
    if is_held_back:
        await _keep_for_staff(session, conversation, turn, outcome, now)
    elif message.advice is None:
        for reply in outcome.replies:
            await conversations.append(session, conversation, _draft(reply), now)
        await lateness.settle(session, turn, now)
    for effect in outcome.effects:
        await _apply_effect(session, conversation, turn, message, effect, now)
    conversation.form_dropped = False
    if not is_held_back:
        conversation.form = _builtins(outcome.form)
    queue.finish(turn, HELD_BACK if is_held_back else outcome.understanding.route, now)
    changed(session, conversation.id)
    if has_more:
        changed(session, TURNS)  # the conversation's next turn may be had now


async def _keep_if_late(
    session: AsyncSession,
    clinic: Clinic,
    conversation: Conversation,
    lease: queue.Lease,
    outcome: TurnResponse,
    now: datetime,
) -> None:
    """What came after a person had taken the conversation: for that person, not for the patient.

    Advice in an emergency is the exception; it is never too late. A booking that the patient has
    confirmed is one, whoever answers. Where the turn is another worker's by now, or the assistant's
    again, nothing is kept: it will be answered.
    """
    turn = await session.get_one(Turn, lease.turn_id, populate_existing=True)
    if turn.outcome != STAFF_TOOK_OVER or await _has_suggestion(session, turn):
        return
    message = await session.get_one(Message, turn.message_id)
    await _advise_if_new(session, clinic, conversation, message, outcome, now)
    await _suggest(session, turn, outcome, now)
    for effect in outcome.effects:
        if isinstance(effect, BookingRequest):
            await bookings.record(session, turn, effect, now)
    conversation.form = _builtins(outcome.form)
    changed(session, conversation.id)


async def _has_suggestion(session: AsyncSession, turn: Turn) -> bool:
    found = await session.scalar(select(Suggestion.id).where(Suggestion.turn_id == turn.id))
    return found is not None


async def _suggest(session: AsyncSession, turn: Turn, outcome: TurnResponse, now: datetime) -> None:
    session.add(
        Suggestion(
            id=conversations.new_id(),
            conversation_id=turn.conversation_id,
            turn_id=turn.id,
            message_number=turn.number,
            text="\n\n".join(reply.text for reply in outcome.replies),
            created_at=now,
        )
    )
    await session.flush()


async def _advise_if_new(
    session: AsyncSession,
    clinic: Clinic,
    conversation: Conversation,
    message: Message,
    outcome: TurnResponse,
    now: datetime,
) -> None:
    """Advise on an emergency that only the assistant saw, in the front desk's words.

    What the front desk advised on receipt stands already.
    """
    found = next((e.category for e in outcome.effects if isinstance(e, Emergency)), None)
    if found is not None and message.advice is None:
        flag = emergencies.named(found, message.text)
        await emergencies.see_to(session, clinic, conversation, message, flag, now)


async def _keep_for_staff(
    session: AsyncSession,
    conversation: Conversation,
    turn: Turn,
    outcome: TurnResponse,
    now: datetime,
) -> None:
    """Let staff answer what was asked before an emergency: the patient reads the advice alone."""
    has_card = any(isinstance(effect, Handover) for effect in outcome.effects)
    if not has_card and outcome.understanding.route != "smalltalk":
        await lateness.hand_over(session, conversation, turn, now)


def _draft(reply: Reply) -> Draft:
    return Draft(
        author="assistant",
        text=reply.text,
        choices=[msgspec.to_builtins(choice) for choice in reply.choices] or None,
        topic=reply.topic,
    )


async def _apply_effect(
    session: AsyncSession,
    conversation: Conversation,
    turn: Turn,
    message: Message,
    effect: Effect,
    now: datetime,
) -> None:
    match effect:
        case Handover():
            matter = Matter(
                reason=effect.reason,
                priority=effect.priority,
                question=effect.question,
                details=dict(effect.details),
                message_number=message.number,
            )
            await handovers.open_handover(session, conversation, now, matter)
        case BookingRequest():
            await bookings.record(session, turn, effect, now)
        case Emergency():
            pass  # advised and alerted above, before anything else


def _builtins(value: msgspec.Struct | None) -> dict[str, Any] | None:
    return None if value is None else msgspec.to_builtins(value)


async def postpone(
    session: AsyncSession, clinic: Clinic, lease: queue.Lease, now: datetime, *, trouble: int
) -> None:
    """The assistant gave no answer: try again later, or call a person where that cannot help.

    `trouble` weighs what went wrong: nothing where it could not be asked at all.
    """
    conversation = await conversations.find_for_change(session, lease.conversation_id)
    held = await queue.held(session, lease)
    if held is None:
        return
    turn, _ = held
    turn.refusals += trouble
    if turn.refusals < TOO_MUCH:
        queue.postpone(turn, now)
        return
    await lateness.hand_over(session, conversation, turn, now)
    await lateness.tell_delayed(session, clinic, conversation, turn, now)
    queue.finish(turn, NOT_ANSWERED, now)
    changed(session, conversation.id)
    changed(session, TURNS)
