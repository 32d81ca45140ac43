"""Any order of what patients, staff, workers and clocks do keeps the promises of the message core.

A state machine over the service layer, on both databases: hypothesis chooses what happens next, and
after each step everything that is stored is compared with what must be true of it. With
`MACHINE_EXAMPLES=1000` it looks further.
"""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update

from clinic.booking.draft import reference
from clinic.contract import decode_response
from clinic.settings import Clinic
from frontdesk import intake
from frontdesk.bookings import service as bookings
from frontdesk.bookings.models import Booking
from frontdesk.conversations import ownership
from frontdesk.conversations import service as conversations
from frontdesk.conversations.models import Conversation, Message, Turn
from frontdesk.database import Database
from frontdesk.errors import Conflict
from frontdesk.handovers import answering
from frontdesk.handovers import service as handovers
from frontdesk.handovers.answering import StaffReply
from frontdesk.handovers.models import Handover
from frontdesk.intake import Incoming
from frontdesk.staff.models import Staff
from frontdesk.turns import lateness, queue
from frontdesk.turns import service as turns
from tests.frontdesk.test_handovers import DETAILS

T = TypeVar("T")
EMERGENCY: Final = "my chest hurts and I can't breathe"
_PEOPLE: Final = tuple(
    Staff(id=f"person {number}", name=f"Person {number}", email="", role="clinician")
    for number in range(2)
)
_NOON: Final = datetime(2026, 11, 26, 12, tzinfo=UTC)
_EXAMPLES: Final = 10
_WHICH: Final = st.integers(0, 1)
_ANY: Final = st.integers(0, 1_000)


class MessageCore(RuleBasedStateMachine):
    """Two conversations, two people of the staff, and workers that may be late or dead."""

    def __init__(self, url: str, clinic: Clinic) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.database = Database(url)
        self.clinic = clinic
        self.now: datetime = _NOON
        self.ids: list[str] = []
        self.sent: dict[tuple[int, str], tuple[str, int]] = {}
        self.leases: list[queue.Lease] = []
        self.owners: dict[str, list[tuple[int, str]]] = {}
        self.persons: dict[str, int] = {}

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it."""
        return self.runner.run(work)

    def teardown(self) -> None:
        """Leave nothing for the next example to work on."""

        async def end() -> None:
            async with self.database.transaction() as session:
                await session.execute(update(Turn).values(finished_at=self.now))
            await self.database.close()

        self.do(end())
        self.runner.close()

    @initialize()
    def begin(self) -> None:
        async def work() -> list[str]:
            async with self.database.transaction() as session:
                opened = [
                    await conversations.open_conversation(session, self.clinic, "web", self.now)
                    for _ in range(2)
                ]
                return [conversation.id for conversation in opened]

        self.ids = self.do(work())
        self.owners = {one: [(0, "assistant")] for one in self.ids}

    # What patients do.

    @rule(which=_WHICH, text=st.sampled_from(["does it hurt?", "my knee", "yes", EMERGENCY]))
    def patient_writes(self, which: int, text: str) -> None:
        client_id = f"{which}-{len(self.sent)}"
        received = self.do(self._receive(which, client_id, text))
        assert received.new
        assert (received.advice is not None) == (text == EMERGENCY)
        self.sent[which, client_id] = (text, received.message.number)

    @precondition(lambda self: self.sent)
    @rule(nth=_ANY)
    def patient_sends_the_same_again(self, nth: int) -> None:
        (which, client_id), (text, number) = list(self.sent.items())[nth % len(self.sent)]
        received = self.do(self._receive(which, client_id, text))
        assert (received.new, received.message.number) == (False, number)

    @precondition(lambda self: self.sent)
    @rule(nth=_ANY)
    def patient_sends_something_else_under_the_same_id(self, nth: int) -> None:
        (which, client_id), (text, _) = list(self.sent.items())[nth % len(self.sent)]
        with pytest.raises(Conflict):
            self.do(self._receive(which, client_id, f"not {text}"))

    async def _receive(self, which: int, client_id: str, text: str) -> intake.Received:
        incoming = Incoming(client_id=client_id, text=text)
        async with self.database.transaction() as session:
            return await intake.receive(session, self.clinic, self.ids[which], incoming, self.now)

    @rule(which=_WHICH)
    def patient_ends(self, which: int) -> None:
        async def work() -> None:
            async with self.database.transaction() as session:
                conversation = await conversations.find_for_change(session, self.ids[which])
                ownership.end(session, conversation, self.now)

        self.do(work())

    @rule(which=_WHICH, side=st.sampled_from(["patient", "staff"]), number=st.integers(0, 40))
    def somebody_reads(self, which: int, side: Any, number: int) -> None:
        async def work() -> tuple[int, int, int]:
            async with self.database.transaction() as session:
                before = await conversations.find(session, self.ids[which])
                was = before.read_by_patient if side == "patient" else before.read_by_staff
                await conversations.read_until(session, self.ids[which], side, number)
                after = await conversations.find_for_change(session, self.ids[which])
                now = after.read_by_patient if side == "patient" else after.read_by_staff
                return was, now, after.last_number

        was, now, last = self.do(work())
        assert now == max(was, min(number, last))

    # What workers do, also those that are late, and those that died with their lease.

    @rule()
    def worker_leases(self) -> None:
        async def work() -> queue.Lease | None:
            async with self.database.transaction() as session:
                return await queue.lease_next(session, self.now)

        lease = self.do(work())
        if lease is not None:
            self.leases.append(lease)

    @precondition(lambda self: self.leases)
    @rule(nth=_ANY, effect=st.sampled_from(["", "booking_request", "handover", "emergency"]))
    def worker_stores_an_answer(self, nth: int, effect: str) -> None:
        lease = self.leases[nth % len(self.leases)]
        outcome = decode_response(_answer(lease.turn_id, effect))

        async def work() -> None:
            async with self.database.transaction() as session:
                await turns.apply(session, self.clinic, lease, outcome, self.now)

        self.do(work())

    @precondition(lambda self: self.leases)
    @rule(nth=_ANY, trouble=st.sampled_from([0, turns.FAILED, turns.REFUSED, turns.TOO_MUCH]))
    def worker_gets_no_answer(self, nth: int, trouble: int) -> None:
        lease = self.leases[nth % len(self.leases)]

        async def work() -> None:
            async with self.database.transaction() as session:
                await turns.postpone(session, self.clinic, lease, self.now, trouble=trouble)

        self.do(work())

    @precondition(lambda self: self.leases)
    @rule(nth=_ANY)
    def worker_renews(self, nth: int) -> None:
        async def work() -> None:
            async with self.database.transaction() as session:
                await queue.renew(session, self.leases[nth % len(self.leases)], self.now)

        self.do(work())

    @rule()
    def somebody_is_told_that_it_takes_longer(self) -> None:
        self.do(lateness.tell_one(self.database, self.clinic, self.now))

    @rule(seconds=st.sampled_from([1, 9, 60, 3_600, -1, -3_600]))
    def clock_moves(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    # What staff do.

    @rule(which=_WHICH, who=_WHICH)
    def staff_take(self, which: int, who: int) -> None:
        async def work() -> None:
            async with self.database.transaction() as session:
                await answering.take(session, self.clinic, self.ids[which], _PEOPLE[who], self.now)

        self.do(work())
        self._owned(which, "staff")
        self.persons[self.ids[which]] = who

    @rule(which=_WHICH, who=_WHICH)
    def staff_leave(self, which: int, who: int) -> None:
        async def work() -> None:
            async with self.database.transaction() as session:
                await answering.leave(session, self.clinic, self.ids[which], _PEOPLE[who], self.now)

        is_theirs = self._owner(which) == "staff" and self.persons[self.ids[which]] == who
        self._or_conflict(which, work(), "queue", may=is_theirs)

    @rule(which=_WHICH, who=_WHICH)
    def staff_give_back(self, which: int, who: int) -> None:
        async def work() -> None:
            async with self.database.transaction() as session:
                await answering.give_back(
                    session, self.clinic, self.ids[which], _PEOPLE[who], self.now
                )

        self._or_conflict(which, work(), "assistant", may=self._owner(which) != "assistant")

    @rule(which=_WHICH, who=_WHICH, behind=st.integers(0, 2))
    def staff_reply(self, which: int, who: int, behind: int) -> None:
        messages = self.do(self._messages(self.ids[which]))
        seen = max(0, len(messages) - behind)
        unseen = any(m.author in ("patient", "staff") for m in messages if m.number > seen)
        client_id = f"staff-{which}-{len(messages)}-{who}-{behind}-{self.now.timestamp()}"
        new = StaffReply(client_id, "A person answers.", seen)

        async def work() -> None:
            async with self.database.transaction() as session:
                await answering.reply(
                    session, self.clinic, self.ids[which], _PEOPLE[who], self.now, new
                )

        self._or_conflict(which, work(), "staff", may=not unseen)
        if not unseen:
            self.persons[self.ids[which]] = who

    def _or_conflict(
        self, which: int, work: Coroutine[Any, Any, None], owner: str, *, may: bool
    ) -> None:
        if not may:
            with pytest.raises(Conflict):
                self.do(work)
            return
        self.do(work)
        self._owned(which, owner)

    def _owner(self, which: int) -> str:
        return self.owners[self.ids[which]][-1][1]

    def _owned(self, which: int, owner: str) -> None:
        """Note from which message on the conversation is whose."""
        one = self.ids[which]
        if self.owners[one][-1][1] != owner:
            notices = [m for m in self.do(self._messages(one)) if m.author == "notice"]
            self.owners[one].append((notices[-1].number, owner))

    # What must be true whatever has happened.

    @invariant()
    def every_promise_is_kept(self) -> None:
        for one in self.ids:
            self.do(self._check(one))

    async def _messages(self, one: str) -> list[Message]:
        async with self.database.reading() as session:
            return await conversations.messages_after(session, one, 0)

    async def _check(self, one: str) -> None:
        async with self.database.reading() as session:
            conversation = await conversations.find(session, one)
            messages = await conversations.messages_after(session, one, 0)
            of_turns = list(await session.scalars(select(Turn).where(Turn.conversation_id == one)))
            cards = await handovers.all_handovers(session, one)
            booked = await bookings.of_conversation(session, one)
        _numbers_have_no_gap(conversation, messages)
        _each_message_of_ours_is_there_once(self.sent, self.ids.index(one), messages)
        _the_assistant_is_silent_where_it_does_not_own(self.owners[one], messages)
        _there_is_one_owner(self.owners[one][-1][1], conversation)
        _each_turn_is_answered_once(messages, of_turns, booked)
        _nothing_is_forgotten(conversation, messages, of_turns, cards)


def _answer(turn_id: str, effect: str) -> bytes:
    kinds: dict[str, list[dict[str, Any]]] = {
        "": [],
        "booking_request": [{"reference": reference(turn_id), "details": DETAILS}],
        "handover": [{"reason": "clinical_question", "priority": "normal", "question": "may I?"}],
        "emergency": [{"category": "breathing"}],
    }
    body: dict[str, Any] = {
        "turn_id": turn_id,
        "understanding": {"route": "faq", "topics": []},
        "replies": [{"text": f"Re: {turn_id}", "choices": [], "topic": None}],
        "effects": [{"type": effect, **one} for one in kinds[effect]],
        "form": None,
    }
    return json.dumps(body).encode()


def _numbers_have_no_gap(conversation: Conversation, messages: list[Message]) -> None:
    assert [message.number for message in messages] == list(range(1, len(messages) + 1))
    assert conversation.last_number == len(messages)


def _each_message_of_ours_is_there_once(
    sent: dict[tuple[int, str], tuple[str, int]], which: int, messages: list[Message]
) -> None:
    ours = {
        client_id: (text, number)
        for (where, client_id), (text, number) in sent.items()
        if where == which
    }
    stored = {m.client_id: (m.text, m.number) for m in messages if m.author == "patient"}
    assert stored == ours


def _the_assistant_is_silent_where_it_does_not_own(
    owners: list[tuple[int, str]], messages: list[Message]
) -> None:
    for message in messages:
        if message.author == "assistant" and message.kind != "emergency":
            owner = next(who for number, who in reversed(owners) if number < message.number)
            assert owner == "assistant", f"message {message.number}"


def _there_is_one_owner(owner: str, conversation: Conversation) -> None:
    assert conversation.owner == owner
    assert (conversation.owner_staff_id is not None) == (owner == "staff")


def _each_turn_is_answered_once(
    messages: list[Message], of_turns: list[Turn], bookings: list[Booking]
) -> None:
    said = Counter(message.text for message in messages)
    booked = Counter(booking.turn_id for booking in bookings)
    for turn in of_turns:
        assert said[f"Re: {turn.id}"] <= 1
        assert booked[turn.id] <= 1


def _nothing_is_forgotten(
    conversation: Conversation,
    messages: list[Message],
    of_turns: list[Turn],
    cards: list[Handover],
) -> None:
    """Each question is answered, waits for its turn, or waits for a person who knows of it."""
    said = {message.text for message in messages}
    turn_of = {turn.message_id: turn for turn in of_turns}
    last_reply = max((m.number for m in messages if m.author == "staff"), default=0)
    carded = {handover.message_number for handover in cards if handover.closed_at is None}
    for message in messages:
        if message.author != "patient" or message.advice is not None:
            continue
        turn = turn_of.get(message.id)
        is_answered = turn is not None and f"Re: {turn.id}" in said
        waits_for_turn = (
            conversation.owner == "assistant" and turn is not None and turn.finished_at is None
        )
        waits_for_person = (
            conversation.owner != "assistant" and conversation.unanswered_since is not None
        )
        assert (
            is_answered
            or waits_for_turn
            or waits_for_person
            or message.number < last_reply
            or message.number in carded
        ), f"message {message.number} is forgotten"


def test_any_order_of_events_keeps_the_promises(
    tables_url: str, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The queue's last resort is the order of ids: in an example that is run again it is the same.
    monkeypatch.setattr(conversations, "new_id", map("{:012}".format, count()).__next__)

    class OnThisDatabase(MessageCore):
        def __init__(self) -> None:
            super().__init__(tables_url, clinic)

    examples = int(os.environ.get("MACHINE_EXAMPLES", _EXAMPLES))
    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            # The same ones at each run; more of them are new ones.
            derandomize=examples == _EXAMPLES,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
