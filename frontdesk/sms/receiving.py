"""Taking in a text: kept once whatever its copies, screened, and answered by whoever should.

All of it is one transaction. The provider is told that we have it only when it is safe on disk;
what it brings again, and what a sweep finds, meets the row that is there already.

What is not a person's text to us (our own number, short codes, names of senders, other channels)
is kept and never answered: two programs that answer each other would never end. Nor is a number
that sends too much, or the same again and again, or our own words back; staff see all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from clinic import triage
from clinic.contract import HandoverReason
from clinic.settings import Clinic
from frontdesk import intake
from frontdesk.conversations import ownership
from frontdesk.conversations import service as conversations
from frontdesk.conversations.models import Conversation, Message
from frontdesk.conversations.service import Draft, greeting
from frontdesk.conversations.views import keepable
from frontdesk.database import insert_unless_there
from frontdesk.handovers import service as handovers
from frontdesk.handovers.service import Matter
from frontdesk.intake import Incoming
from frontdesk.sms import consent, keywords, numbers
from frontdesk.sms.keywords import Keyword
from frontdesk.sms.models import Delivery, InboundText, PhoneNumber

FROM_A_MACHINE: Final = "not_a_person"
_REST: Final = timedelta(hours=1)
_MOST_A_MINUTE: Final = 12
_MOST_AN_HOUR: Final = 80
_MOST_ALIKE: Final = 3
_MOST_ALIKE_IF_SHORT: Final = 6
_MOST_ADVICE: Final = 20
_LONG_ENOUGH_TO_BE_COPIED: Final = 20
# Of any other word that stops our texts it may be that something else was meant.
_PLAIN_STOPS: Final = ("stop", "stopall", "unsubscribe", "optout", "revoke")
_TAKEN_FOR: Final = {
    "STOP": Keyword("stop", "stop"),
    "START": Keyword("start", "start"),
    "HELP": Keyword("help", "help"),
}
_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text as the provider brings it; `sent_at` where it says when, `media` how many files.

    `opt_out_type` is what the provider took a keyword for, and has answered itself.
    """

    account_sid: str
    sid: str
    sender: str
    line: str
    words: str
    media: int = 0
    sent_at: datetime | None = None
    opt_out_type: str = ""


@dataclass(frozen=True)
class _Case:
    """One text and all that it takes to see to it."""

    session: AsyncSession
    clinic: Clinic
    text: Text
    words: str
    number: PhoneNumber
    conversation: Conversation
    now: datetime

    @property
    def is_reachable(self) -> bool:
        return self.number.stopped_at is None

    async def keep(self) -> Message:
        """Store the patient's words, without anybody asked to answer."""
        ownership.reopen(self.session, self.conversation)
        draft = Draft(author="patient", text=self.words, client_id=self.text.sid)
        return await conversations.append(self.session, self.conversation, draft, self.now)

    async def tell(self, wording: str) -> None:
        """Say something in the clinic's name, to whoever may be told."""
        if self.is_reachable and not self.text.opt_out_type:
            words = self.clinic.say(wording)
            draft = Draft(author="notice", kind="notice", text=words)
            await conversations.append(self.session, self.conversation, draft, self.now)

    async def hand_over(self, message: Message, reason: HandoverReason, **details: str) -> None:
        """Let staff see to it, unless the same waits already."""
        waiting = await handovers.open_handovers(self.session, self.conversation.id)
        if any(each.reason == reason and each.details == details for each in waiting):
            return
        matter = Matter(
            reason=reason,
            priority="normal",
            question=message.text,
            details=dict(details),
            message_number=message.number,
        )
        await handovers.open_handover(self.session, self.conversation, self.now, matter)


async def receive(
    session: AsyncSession, clinic: Clinic, our_numbers: Sequence[str], text: Text, now: datetime
) -> bool:
    """Take the text in; false when it was there already."""
    row = await _claim(session, text, now)
    if row is None:
        return False
    who = numbers.sender(text.sender)
    if who is None or who.e164 in (*our_numbers, text.line):
        row.outcome, row.text = FROM_A_MACHINE, str(keepable(text.words))
        return True
    number = await consent.number_for_change(session, who.e164, now)
    conversation = await _conversation(session, clinic, number, now)
    case = _Case(session, clinic, text, _words(text), number, conversation, now)
    row.outcome, row.conversation_id = await _seen_to(case), conversation.id
    stored = await conversations.find_by_client_id(session, conversation.id, text.sid)
    row.message_number = stored.number if stored else None
    return True


async def _claim(session: AsyncSession, text: Text, now: datetime) -> InboundText | None:
    """The text's row, made now; none where it is there already. Copies wait for each other here."""
    made = await session.scalar(
        insert_unless_there(session, InboundText)
        .values(
            id=conversations.new_id(),
            account_sid=text.account_sid,
            message_sid=text.sid,
            number=text.sender,
            line=text.line,
            received_at=now,
            sent_at=text.sent_at,
            media=text.media,
            outcome="",
        )
        .on_conflict_do_nothing()
        .returning(InboundText.id)
    )
    return None if made is None else await session.get_one(InboundText, made)


async def _conversation(
    session: AsyncSession, clinic: Clinic, number: PhoneNumber, now: datetime
) -> Conversation:
    """The number's conversation; a new one where the last is long over.

    A number may have another owner by then, and what the earlier one wrote is not theirs.
    """
    if number.conversation_id is not None:
        known = await conversations.find_for_change(session, number.conversation_id)
        is_over = now - known.last_message_at > timedelta(hours=clinic.chat.visit_hours)
        if not is_over or await handovers.is_waiting(session, known):
            return known
    is_first = number.conversation_id is None
    made = await conversations.open_conversation(session, clinic, "sms", now, phone=number.number)
    made.texts_stopped = number.stopped_at is not None
    number.conversation_id = made.id
    if is_first and number.stopped_at is None:
        await consent.give(session, number, "They texted us first.", "text", now)
    await session.flush()
    return made


def _words(text: Text) -> str:
    """What the conversation shows: the patient's words, or what came instead of them."""
    words = str(keepable(text.words)).strip()
    if words or not text.media:
        return words or "[an empty text]"
    files = "1 picture or file" if text.media == 1 else f"{text.media} pictures or files"
    return f"[{files}, not opened here]"


async def _seen_to(case: _Case) -> str:
    """Let the right one see to it; gives what became of it. A fault of ours loses no text."""
    try:
        async with case.session.begin_nested():
            return await _see_to(case)
    except SQLAlchemyError:
        raise
    except Exception as error:
        _log.error("sms.not_understood", error=type(error).__name__)
        # What was rolled back is read anew.
        for each in (case.number, case.conversation):
            await case.session.refresh(each)
        message = await _screened(case)
        await case.hand_over(message, "not_answered", fault="ours")
        return "not understood"


async def _see_to(case: _Case) -> str:
    written = str(keepable(case.text.words)).strip()
    if keywords.is_reaction(written):
        await case.keep()
        return "reaction"
    keyword = _asked_for(case.text, written)
    if keyword is not None and (outcome := await _keyword(case, keyword)):
        return outcome
    if machine := await _too_much(case, written):
        return await _rest(case, machine)
    if not written:
        return await _without_words(case)
    return await _words_of_a_patient(case)


def _asked_for(text: Text, written: str) -> Keyword | None:
    """What the text asks of the texting: as the provider took it, else as we read it."""
    taken = _TAKEN_FOR.get(text.opt_out_type.upper())
    keyword = taken or keywords.read(written)
    is_stop = keyword is not None and keyword.meaning in ("stop", "stop_in_words")
    # With a picture beside it only a stop is one; anything else is about the picture.
    return keyword if is_stop or not text.media else None


async def _keyword(case: _Case, keyword: Keyword) -> str | None:
    match keyword.meaning:
        case "stop" | "stop_in_words":
            return await _stop(case, keyword)
        case "start":
            return await _start(case, keyword)
        case _:
            # A cry for help is one keyword too: it is screened like any other words.
            await _screened(case)
            await case.tell(case.clinic.wording.sms_help)
            return "help"


async def _stop(case: _Case, keyword: Keyword) -> str:
    """They want no more texts, and get none: not even one that says so.

    Advice in an emergency goes first; staff then see that they asked for no more.
    """
    if keyword.meaning == "stop_in_words" and triage.screen(case.words):
        message = await _screened(case)
        await case.hand_over(message, "administrative", texts="asked")
        return "advised, asked to stop"
    message = await case.keep()
    await consent.withdraw(case.session, case.number, case.words, "text", case.now)
    if keyword.meaning == "stop_in_words":
        await case.hand_over(message, "administrative", texts="stopped")
    elif keyword.word not in _PLAIN_STOPS or case.conversation.form:
        await case.hand_over(message, "administrative", texts="cancelled")
    return keyword.meaning


async def _start(case: _Case, keyword: Keyword) -> str | None:
    """They want texts again. Where nothing was stopped, "yes" answers a question of ours."""
    if case.is_reachable and keyword.word == "yes":
        return None
    await case.keep()
    stopped_at, sent_at = case.number.stopped_at, case.text.sent_at
    if stopped_at and sent_at and sent_at < stopped_at:
        return "start, before a stop"
    if not case.is_reachable:
        await consent.give(case.session, case.number, case.words, "text", case.now)
    is_greeted = case.conversation.created_at == case.now
    if not is_greeted and not case.text.opt_out_type:
        again = greeting(case.clinic, "sms")
        await conversations.append(case.session, case.conversation, again, case.now)
    return "start"


async def _too_much(case: _Case, written: str) -> str | None:
    """Why the sender is hardly a person who waits for an answer."""
    if len(written) >= _LONG_ENOUGH_TO_BE_COPIED:
        if await _is_our_own(case, written):
            return "echo"
        if await _said_before(case, case.words) >= _MOST_ALIKE:
            return "repeats"
    elif await _said_before(case, case.words) >= _MOST_ALIKE_IF_SHORT:
        return "repeats"
    if await _came_since(case, timedelta(minutes=1)) > _MOST_A_MINUTE:
        return "many"
    return "many" if await _came_since(case, timedelta(hours=1)) > _MOST_AN_HOUR else None


async def _is_our_own(case: _Case, written: str) -> bool:
    found = await case.session.scalar(
        select(Delivery.id)
        .where(
            Delivery.number == case.number.number,
            Delivery.created_at > case.now - timedelta(days=1),
            func.trim(Delivery.text) == written,
        )
        .limit(1)
    )
    return found is not None


async def _said_before(case: _Case, words: str) -> int:
    count = await case.session.scalar(
        select(func.count())
        .select_from(Message)
        .where(
            Message.conversation_id == case.conversation.id,
            Message.author == "patient",
            Message.created_at > case.now - timedelta(hours=1),
            Message.text == words,
        )
    )
    return count or 0


async def _came_since(case: _Case, span: timedelta) -> int:
    count = await case.session.scalar(
        select(func.count())
        .select_from(InboundText)
        .where(
            InboundText.number == case.text.sender,
            InboundText.received_at > case.now - span,
            # What a sweep brings at once was sent by and by.
            func.coalesce(InboundText.sent_at, InboundText.received_at) > case.now - span,
        )
    )
    return count or 0


async def _rest(case: _Case, why: str) -> str:
    """Keep it for staff, and let the assistant rest. Advice in an emergency is given all the same,
    but not to a program that sends our own words back, nor for ever.
    """
    case.number.resting_until, was_resting = case.now + _REST, case.number.resting_until
    message = await (case.keep() if why == "echo" else _screened(case))
    await case.hand_over(message, "not_answered", resting=why)
    if why == "many" and not (was_resting and was_resting > case.now):
        await case.tell(case.clinic.wording.sms_resting)
    return f"resting: {why}"


async def _screened(case: _Case) -> Message:
    """Stored and, if it tells of an emergency, advised."""
    is_advised = await _advised_since(case, _REST) < _MOST_ADVICE
    incoming = Incoming(
        client_id=case.text.sid,
        text=case.words,
        reachable=case.is_reachable and is_advised,
        queued=False,
    )
    taken = await intake.receive(
        case.session, case.clinic, case.conversation.id, incoming, case.now
    )
    return taken.message


async def _advised_since(case: _Case, span: timedelta) -> int:
    count = await case.session.scalar(
        select(func.count())
        .select_from(Message)
        .where(
            Message.conversation_id == case.conversation.id,
            Message.kind == "emergency",
            Message.created_at > case.now - span,
        )
    )
    return count or 0


async def _without_words(case: _Case) -> str:
    """A picture alone, or nothing: there is nothing to understand, and somebody has to look."""
    message = await case.keep()
    if case.text.media:
        await case.tell(case.clinic.wording.sms_pictures)
        await case.hand_over(message, "clinical_question", media="alone")
        return "media"
    await case.tell(case.clinic.wording.sms_help)
    return "empty"


async def _words_of_a_patient(case: _Case) -> str:
    """The way of every patient's message, whatever the channel."""
    is_resting = case.number.resting_until is not None and case.number.resting_until > case.now
    if is_resting:
        message = await _screened(case)
        await case.hand_over(message, "not_answered", resting="many")
        return "resting"
    incoming = Incoming(
        client_id=case.text.sid,
        text=case.words,
        reachable=case.is_reachable,
        queued=case.is_reachable,
    )
    taken = await intake.receive(
        case.session, case.clinic, case.conversation.id, incoming, case.now
    )
    if case.text.media and taken.message.advice is None:
        await case.tell(case.clinic.wording.sms_pictures)
        await case.hand_over(taken.message, "clinical_question", media="with words")
    if not case.is_reachable and taken.message.advice is None:
        await case.hand_over(taken.message, "not_answered", texts="stopped")
    return "taken"
