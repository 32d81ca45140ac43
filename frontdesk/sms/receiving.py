"""Taking in a text: kept once whatever its copies, screened, and answered by whoever should.

All of it is one transaction. The provider is told that we have it only when it is safe on disk;
what it brings again, and what a sweep finds, meets the row that is there already.

What is not a person's text to us (our own number, short codes, names of senders, other channels)
is kept and never answered, and who hardly is a person is left to staff (`machines`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from clinic import triage
from clinic.settings import Clinic
from frontdesk import intake
from frontdesk.conversations import service as conversations
from frontdesk.conversations.models import Conversation
from frontdesk.conversations.service import greeting
from frontdesk.conversations.views import keepable
from frontdesk.database import insert_unless_there
from frontdesk.handovers import service as handovers
from frontdesk.intake import Incoming
from frontdesk.sms import consent, keywords, machines, numbers
from frontdesk.sms.case import Case, Text
from frontdesk.sms.keywords import Keyword
from frontdesk.sms.models import InboundText, PhoneNumber

FROM_A_MACHINE: Final = "not_a_person"
# Of any other word that stops our texts it may be that something else was meant.
_PLAIN_STOPS: Final = ("stop", "stopall", "unsubscribe", "optout", "revoke")
_TAKEN_FOR: Final = {
    "STOP": Keyword("stop", "stop"),
    "START": Keyword("start", "start"),
    "HELP": Keyword("help", "help"),
}
_log = structlog.get_logger()


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
    case = Case(session, clinic, text, number, conversation, now)
    row.outcome, row.conversation_id = await _seen_to(case), conversation.id
    stored = await conversations.find_by_client_id(session, conversation.id, text.sid)
    row.message_number = stored.number if stored else None
    return True


async def _claim(session: AsyncSession, text: Text, now: datetime) -> InboundText | None:
    """The text's row, made now; none where it is there already. Copies wait for each other here."""
    made: InboundText | None = await session.scalar(
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
        .returning(InboundText)
    )
    return made


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


async def _seen_to(case: Case) -> str:
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
        message = await case.screened()
        await case.hand_over(message, "not_answered", fault="ours")
        return "not understood"


async def _see_to(case: Case) -> str:
    written = str(keepable(case.text.words)).strip()
    if keywords.is_reaction(written):
        await case.keep()
        return "reaction"
    keyword = _asked_for(case.text, written)
    if keyword is not None and (outcome := await _keyword(case, keyword)):
        return outcome
    if machine := await machines.too_much(case, written):
        return await machines.rest(case, machine)
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


async def _keyword(case: Case, keyword: Keyword) -> str | None:
    match keyword.meaning:
        case "stop" | "stop_in_words":
            return await _stop(case, keyword)
        case "start":
            return await _start(case, keyword)
        case _:
            # A cry for help is one keyword too: it is screened like any other words.
            message = await case.screened()
            await conversations.keep_from_assistant(case.session, message, case.now)
            await case.tell(case.clinic.wording.sms_help)
            return "help"


async def _stop(case: Case, keyword: Keyword) -> str:
    """They want no more texts, and get none: not even one that says so.

    Advice in an emergency goes first; staff then see that they asked for no more.
    """
    if keyword.meaning == "stop_in_words" and triage.screen(case.words):
        message = await case.screened()
        await case.hand_over(message, "administrative", texts="asked")
        return "advised, asked to stop"
    message = await case.keep()
    await consent.withdraw(case.session, case.number, case.words, "text", case.now)
    if keyword.meaning == "stop_in_words":
        await case.hand_over(message, "administrative", texts="stopped")
    elif keyword.word not in _PLAIN_STOPS or case.conversation.form:
        await case.hand_over(message, "administrative", texts="cancelled")
    return keyword.meaning


async def _start(case: Case, keyword: Keyword) -> str | None:
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


async def _without_words(case: Case) -> str:
    """A picture alone, or nothing: there is nothing to understand, and somebody has to look."""
    message = await case.keep()
    if case.text.media:
        await case.tell(case.clinic.wording.sms_pictures)
        await case.hand_over(message, "clinical_question", media="alone")
        return "media"
    await case.tell(case.clinic.wording.sms_help)
    return "empty"


async def _words_of_a_patient(case: Case) -> str:
    """The way of every patient's message, whatever the channel."""
    is_resting = case.number.resting_until is not None and case.number.resting_until > case.now
    if is_resting:
        message = await case.screened()
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
