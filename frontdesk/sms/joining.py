"""A chat and a phone of one patient: joined when a code that was texted there comes back.

A number that is only typed joins nothing and is told nothing, whoever it belongs to: not whether it
is known here, nor whether it has stopped our texts. How often a code goes to a number, and how
often somebody may try, is counted in the database, so that nobody can make us text strangers.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final, Literal

import phonenumbers
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from clinic.settings import Clinic
from frontdesk import audit
from frontdesk.conversations import service as conversations
from frontdesk.conversations.feed import TEXTS
from frontdesk.conversations.models import ANSWERS_AS_LINK, ANSWERS_IN_FULL
from frontdesk.database import changed, one_at_a_time
from frontdesk.errors import Conflict, Invalid, TooMany
from frontdesk.lines import Line
from frontdesk.sms import consent, links, numbers
from frontdesk.sms.alphabet import plain, size
from frontdesk.sms.deliveries import WAITING
from frontdesk.sms.models import Delivery, PhoneProof
from frontdesk.sms.numbers import Number

GOOD_FOR: Final = timedelta(minutes=10)
_MOST_TRIES: Final = 5
_CODES_A_CHAT: Final = 3
_CODES_A_NUMBER: Final = 4
_CODES_IN_ALL: Final = 60
_WORDS: Final = "Asked in the chat for answers by text, and gave back the code."
_KINDS: Final = phonenumbers.PhoneNumberType
_NOBODYS: Final = (_KINDS.PREMIUM_RATE, _KINDS.SHARED_COST, _KINDS.TOLL_FREE, _KINDS.UAN)
How = Literal["link", "full"]


def check_number(clinic: Clinic, line: Line, written: str) -> Number:
    """The number that somebody typed, if a code may go there; raises `Invalid`."""
    number = numbers.read(written, clinic.country)
    if number is None or not _is_a_persons(number):
        raise Invalid("no_phone_number", "That is not a phone number; write it with its area code.")
    if number.country != clinic.country and number.country not in clinic.sms.per_country:
        raise Invalid("phone_abroad", "We cannot text to that country. The answer will stand here.")
    if number.e164 in (line.sender, clinic.phone):
        raise Invalid("our_own_number", "That is the clinic's number; write yours.")
    return number


def _is_a_persons(number: Number) -> bool:
    """Whether it exists by its country's plan, and is none that costs or serves many."""
    parsed = phonenumbers.parse(number.e164)
    if not phonenumbers.is_valid_number(parsed):
        return False
    return phonenumbers.number_type(parsed) not in _NOBODYS


async def send_code(
    session: AsyncSession,
    clinic: Clinic,
    conversation_id: str,
    number: Number,
    how: How,
    now: datetime,
) -> None:
    """Let a code go to the number, unless it stopped our texts; raises `TooMany` or `Conflict`."""
    # Of requests at the same time each counts the others.
    await one_at_a_time(session, "codes by text")
    row = await consent.number_for_change(session, number.e164, now)
    conversation = await conversations.find_for_change(session, conversation_id)
    if conversation.ended_at is not None:
        raise Conflict("ended", "This chat has ended; start a new one, or write here again first.")
    await _require_few(session, conversation_id, number, now)
    code = f"{secrets.randbelow(1_000_000):06}"
    proof_id = conversations.new_id()
    session.add(
        PhoneProof(
            id=proof_id,
            conversation_id=conversation_id,
            number=number.e164,
            how=how,
            code_hash=_hash(proof_id, code),
            created_at=now,
        )
    )
    if row.stopped_at is None:
        _queue(session, clinic, number, code, now)
    audit.record(session, now, "patient", "phone.code_asked", conversation_id)
    await session.flush()


def _queue(session: AsyncSession, clinic: Clinic, number: Number, code: str, now: datetime) -> None:
    minutes = str(GOOD_FOR // timedelta(minutes=1))
    words = plain(clinic.say(clinic.wording.sms_code, code=code, minutes=minutes))
    session.add(
        Delivery(
            id=conversations.new_id(),
            number=number.e164,
            country=number.country,
            kind="code",
            text=words,
            parts=size(words).parts,
            created_at=now,
            not_before=now,
            state=WAITING,
        )
    )
    changed(session, TEXTS)


async def _require_few(
    session: AsyncSession, conversation_id: str, number: Number, now: datetime
) -> None:
    within_the_hour = PhoneProof.created_at > now - timedelta(hours=1)
    counts = await session.execute(
        select(
            func.count().filter(within_the_hour),
            func.count().filter(within_the_hour, PhoneProof.conversation_id == conversation_id),
            func.count().filter(PhoneProof.number == number.e164),
        ).where(PhoneProof.created_at > now - timedelta(days=1))
    )
    in_all, of_chat, of_number = counts.one()
    if in_all >= _CODES_IN_ALL or of_chat >= _CODES_A_CHAT or of_number >= _CODES_A_NUMBER:
        raise TooMany(
            "too_many",
            "Too many codes were asked for. Try again in an hour; the answer will stand here too.",
            {"Retry-After": "3600"},
        )


async def take_code(session: AsyncSession, conversation_id: str, code: str, now: datetime) -> bool:
    """Join the chat and the phone, if the code is right. The same again is right again.

    A wrong one counts, and after five none is right; callers commit either way.
    """
    proof: PhoneProof | None = await session.scalar(
        select(PhoneProof)
        .where(
            PhoneProof.conversation_id == conversation_id, PhoneProof.created_at > now - GOOD_FOR
        )
        .order_by(PhoneProof.created_at.desc(), PhoneProof.id)
        .limit(1)
        .with_for_update()
    )
    if proof is None or proof.tries >= _MOST_TRIES:
        return False
    digits = "".join(sign for sign in code if sign.isdigit())
    if not secrets.compare_digest(_hash(proof.id, digits), proof.code_hash):
        proof.tries += 1
        return False
    if proof.proven_at is None:
        await _join(session, proof, now)
        return True
    conversation = await conversations.find(session, conversation_id)
    return conversation.texts is not None


async def _join(session: AsyncSession, proof: PhoneProof, now: datetime) -> None:
    proof.proven_at = now
    row = await consent.number_for_change(session, proof.number, now)
    conversation = await conversations.find_for_change(session, proof.conversation_id)
    if conversation.phone != proof.number:
        await links.end_all(session, conversation.id, now)
    conversation.phone, conversation.texts = proof.number, proof.how
    conversation.texts_stopped = row.stopped_at is not None
    await session.flush()
    await consent.give(session, row, _WORDS, "website", now)
    audit.record(session, now, "patient", "phone.proven", conversation.id, how=proof.how)
    changed(session, conversation.id)


async def stop_answers(session: AsyncSession, conversation_id: str, now: datetime) -> None:
    """No more answers to the phone, and what was sent there opens nothing any more.

    A conversation by text stays one.
    """
    conversation = await conversations.find_for_change(session, conversation_id)
    if conversation.texts in (ANSWERS_AS_LINK, ANSWERS_IN_FULL):
        conversation.texts = None
        await links.end_all(session, conversation_id, now)
        changed(session, conversation_id)


def _hash(proof_id: str, code: str) -> str:
    return hashlib.sha256(f"{proof_id}:{code}".encode()).hexdigest()
