"""What becomes of a question when the assistant is slow, down, or talks nonsense."""

import logging
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import create_engine, select, update

from clinic.settings import Clinic
from frontdesk.app import create_app
from frontdesk.bookings.models import Booking
from frontdesk.conversations.models import Conversation
from frontdesk.migrating import migrate
from frontdesk.settings import Settings
from frontdesk.turns.service import TOO_MUCH
from tests.fakes.assistant import Failing, FakeAssistant, saying
from tests.frontdesk.conftest import Person
from tests.frontdesk.desk import RunningDesk, TestClock, Visitor, eventually, served
from tests.frontdesk.test_handovers import DETAILS

DELAYED = "taking longer than usual"


def _asked(desk: RunningDesk, times: int) -> bool:
    return len(desk.assistant.turns) >= times


class TestOutage:
    def test_is_told_once_and_the_question_is_answered_afterwards(self, desk: RunningDesk) -> None:
        desk.assistant.status = 503
        visitor = desk.visit()
        visitor.say("does it hurt?")
        desk.clock.ahead = timedelta(seconds=60)
        visitor.wait_for(DELAYED)
        desk.clock.ahead = timedelta(seconds=120)
        desk.assistant.status = 200
        visitor.wait_for("Here is what our pages say.")
        assert len([text for text in visitor.texts() if DELAYED in text]) == 1

    def test_calls_for_a_person_as_soon_as_the_patient_is_told(
        self, desk: RunningDesk, nurse: Person
    ) -> None:
        desk.assistant.status = 503
        visitor = desk.visit()
        visitor.say("does it hurt?")
        desk.clock.ahead = timedelta(seconds=9)
        visitor.wait_for(DELAYED)
        [row] = nurse.waiting()
        assert (row["reason"], row["question"]) == ("not_answered", "does it hurt?")

    def test_needs_no_person_once_the_assistant_has_answered(
        self, desk: RunningDesk, nurse: Person
    ) -> None:
        desk.assistant.status = 503
        visitor = desk.visit()
        visitor.say("does it hurt?")
        desk.clock.ahead = timedelta(seconds=9)
        visitor.wait_for(DELAYED)
        desk.assistant.status = 200
        visitor.wait_for("Here is what our pages say.")
        assert nurse.waiting() == []
        assert visitor.read()["state"]["waiting"] is False
        path = f"/conversations/{visitor.conversation_id}"
        [matter] = nurse.call("GET", path).json()["card"]["handovers"]
        assert matter["closed_by"] == "the assistant"

    def test_of_one_question_alone_goes_to_a_person_and_the_next_is_answered(
        self, desk: RunningDesk, nurse: Person
    ) -> None:
        def answer(turn: dict[str, Any]) -> dict[str, Any]:
            if turn["text"] == "poison":
                raise Failing
            return saying("Here is what our pages say.")(turn)

        desk.assistant.answer = answer
        visitor = desk.visit()
        visitor.say("poison")
        visitor.say("does it hurt?")
        # Each pause between two tries is over at once.
        for tries in range(1, TOO_MUCH + 1):
            eventually(partial(_asked, desk, tries))
            desk.clock.ahead += timedelta(seconds=6)
        visitor.wait_for("Here is what our pages say.")
        [row] = nurse.waiting()
        assert (row["reason"], row["question"]) == ("not_answered", "poison")

    def test_does_not_count_as_an_answer_that_cannot_be_used(self, desk: RunningDesk) -> None:
        desk.assistant.status = 503
        visitor = desk.visit()
        visitor.say("does it hurt?")
        desk.clock.ahead = timedelta(seconds=60)
        eventually(lambda: len(desk.assistant.turns) > 3)
        desk.assistant.status, desk.assistant.raw = 200, b"broken once"
        seen = len(desk.assistant.turns)
        eventually(lambda: len(desk.assistant.turns) > seen)
        desk.assistant.raw = None
        desk.clock.ahead = timedelta(seconds=120)
        visitor.wait_for("Here is what our pages say.")

    def test_keeps_the_order_of_what_was_asked(self, desk: RunningDesk) -> None:
        desk.assistant.answer = lambda turn: saying(f"To: {turn['text']}")(turn)
        desk.assistant.status = 503
        visitor = desk.visit()
        for text in ("one", "two", "three"):
            visitor.say(text)
        desk.assistant.status = 200
        visitor.wait_for("To: three")
        answers = [text for text in visitor.texts() if text.startswith("To: ")]
        assert answers == ["To: one", "To: two", "To: three"]


class TestNonsense:
    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"[]",
            b"not json",
            b'{"turn_id": "another", "understanding": {"route": "faq"}}',
            b'{"turn_id": "x", "replies": [{"text": 1}], "understanding": {"route": "faq"}}',
            b"x" * 1_000_000,
        ],
    )
    def test_is_never_shown_and_a_person_is_called(
        self, desk: RunningDesk, nurse: Person, raw: bytes
    ) -> None:
        desk.assistant.raw = raw
        visitor = desk.visit()
        visitor.say("does it hurt?")
        desk.clock.ahead = timedelta(seconds=5)
        [row] = eventually(nurse.waiting)
        assert row["reason"] == "not_answered"
        assert [m["author"] for m in visitor.messages()][2:] == ["notice"]
        desk.assistant.raw = None
        visitor.say("and how long does it take?")
        desk.clock.ahead = timedelta(seconds=20)
        visitor.wait_for("Here is what our pages say.")


class TestOneBadTurn:
    """Whatever is wrong with one turn, its patient gets a person and the others their answers."""

    def test_with_a_reference_that_was_given_before_goes_to_a_person(
        self, desk: RunningDesk, nurse: Person
    ) -> None:
        effect = {"type": "booking_request", "reference": "K7M-2QF", "details": DETAILS}
        desk.assistant.answer = saying("Your reference is K7M-2QF.", effects=[effect])
        first, second = desk.visit(), desk.visit()
        first.say("yes")
        first.wait_until_quiet()
        second.say("yes")
        desk.clock.ahead = timedelta(seconds=5)
        [row] = eventually(nurse.waiting)
        assert (row["id"], row["reason"]) == (second.conversation_id, "not_answered")
        assert "K7M-2QF" not in "".join(second.texts())

    def test_with_an_unreadable_booking_holds_up_nobody(
        self, desk: RunningDesk, settings: Settings, nurse: Person
    ) -> None:
        effect = {"type": "booking_request", "reference": "K7M-2QF", "details": DETAILS}
        desk.assistant.answer = saying("Your reference is K7M-2QF.", effects=[effect])
        broken, other = desk.visit(), desk.visit()
        broken.say("yes")
        broken.wait_until_quiet()
        engine = create_engine(settings.database)
        with engine.begin() as connection:
            connection.execute(update(Booking).values(details={"phone": "what was this?"}))
        engine.dispose()
        desk.assistant.answer = saying("Here is what our pages say.")
        broken.say("what did I book?")
        other.say("does it hurt?")
        other.wait_for("Here is what our pages say.")
        desk.clock.ahead = timedelta(seconds=5)
        [row] = eventually(nurse.waiting)
        assert row["question"] == "what did I book?"


class TestSlowness:
    def test_is_told_even_while_the_assistant_holds_the_turn(self, desk: RunningDesk) -> None:
        desk.assistant.hold.clear()
        visitor = desk.visit()
        visitor.say("does it hurt?")
        eventually(lambda: desk.assistant.turns)
        desk.clock.ahead = timedelta(seconds=9)
        visitor.wait_for(DELAYED)

    def test_of_an_answer_that_drips_is_cut_off(self, desk: RunningDesk) -> None:
        desk.assistant.drip_seconds = 0.3
        visitor = desk.visit()
        visitor.say("does it hurt?")
        eventually(lambda: len(desk.assistant.turns) > 1)
        desk.assistant.drip_seconds = 0
        visitor.wait_for("Here is what our pages say.")

    def test_of_half_an_answer_is_no_answer(self, desk: RunningDesk) -> None:
        desk.assistant.cut = True
        visitor = desk.visit()
        visitor.say("does it hurt?")
        eventually(lambda: len(desk.assistant.turns) > 1)
        assert len(visitor.messages()) == 2
        desk.assistant.cut = False
        visitor.wait_for("Here is what our pages say.")


class TestGivenBack:
    """A question that a person took and left to the assistant again is as if it had just come."""

    def handed_back(self, desk: RunningDesk, nurse: Person) -> Visitor:
        """A question of an outage that was told, taken, and given back."""
        desk.assistant.status = 503
        visitor = desk.visit()
        visitor.say("does it hurt?")
        desk.clock.ahead = timedelta(seconds=9)
        visitor.wait_for(DELAYED)
        for step in ("take", "give-back"):
            nurse.call("POST", f"/conversations/{visitor.conversation_id}/{step}")
        return visitor

    def test_calls_for_a_person_again_where_the_outage_lasts(
        self, desk: RunningDesk, nurse: Person
    ) -> None:
        visitor = self.handed_back(desk, nurse)
        assert nurse.waiting() == []
        desk.clock.ahead = timedelta(seconds=20)
        [row] = eventually(nurse.waiting)
        assert (row["id"], row["reason"]) == (visitor.conversation_id, "not_answered")

    def test_is_answered_also_where_the_assistant_had_given_up(
        self, desk: RunningDesk, nurse: Person
    ) -> None:
        desk.assistant.raw = b"nonsense"
        visitor = desk.visit()
        visitor.say("does it hurt?")
        desk.clock.ahead = timedelta(seconds=5)
        eventually(nurse.waiting)
        desk.assistant.raw = None
        for step in ("take", "give-back"):
            nurse.call("POST", f"/conversations/{visitor.conversation_id}/{step}")
        visitor.wait_for("Here is what our pages say.")

    def test_is_answered_also_where_an_emergency_had_held_the_answer_back(
        self, desk: RunningDesk, nurse: Person
    ) -> None:
        desk.assistant.hold.clear()
        visitor = desk.visit()
        visitor.say("does it hurt?")
        visitor.say("my chest hurts and I can't breathe")
        desk.assistant.hold.set()
        visitor.wait_until_quiet()
        assert "Here is what our pages say." not in visitor.texts()
        for step in ("take", "give-back"):
            nurse.call("POST", f"/conversations/{visitor.conversation_id}/{step}")
        visitor.wait_for("Here is what our pages say.")


class TestLateness:
    def test_is_told_once_for_several_questions(self, desk: RunningDesk, nurse: Person) -> None:
        desk.assistant.status = 503
        visitor = desk.visit()
        for text in ("one", "two", "three"):
            visitor.say(text)
        desk.clock.ahead = timedelta(seconds=9)
        visitor.wait_for(DELAYED)
        path = f"/conversations/{visitor.conversation_id}"
        cards = nurse.call("GET", path).json()["card"]["handovers"]
        assert {card["question"] for card in cards} == {"one", "two", "three"}
        assert len([text for text in visitor.texts() if DELAYED in text]) == 1

    @pytest.mark.parametrize("template", ["postgresql"], indirect=True)
    def test_is_told_to_others_while_one_conversation_is_locked(
        self, desk: RunningDesk, settings: Settings
    ) -> None:
        desk.assistant.status = 503
        stuck, other = desk.visit(), desk.visit()
        for visitor in (stuck, other):
            visitor.say("does it hurt?")
        engine = create_engine(settings.database)
        with engine.connect() as connection:
            locked = select(Conversation.id).where(Conversation.id == stuck.conversation_id)
            connection.execute(locked.with_for_update())
            desk.clock.ahead = timedelta(seconds=9)
            other.wait_for(DELAYED)
            connection.rollback()
        engine.dispose()
        stuck.wait_for(DELAYED)


class TestClockJumps:
    def test_back_keep_nobody_from_being_told_that_it_takes_longer(
        self, desk: RunningDesk, nurse: Person
    ) -> None:
        desk.assistant.status = 503
        visitor = desk.visit()
        visitor.say("does it hurt?")
        desk.clock.ahead = timedelta(hours=-1)
        visitor.wait_for(DELAYED)
        assert len(nurse.waiting()) == 1

    @pytest.mark.parametrize("hours", [-1, 1, -24])
    def test_hold_up_no_question(self, desk: RunningDesk, hours: int) -> None:
        desk.assistant.status = 503
        visitor = desk.visit()
        visitor.say("one")
        eventually(lambda: desk.assistant.turns)
        desk.clock.ahead = timedelta(hours=hours)
        visitor.say("two")
        desk.assistant.answer = lambda turn: saying(f"To: {turn['text']}")(turn)
        desk.assistant.status = 200
        visitor.wait_for("To: two")
        said = [text for text in visitor.texts() if "To: " in text]
        assert said == ["To: one", "To: two"]

    def test_do_not_change_the_order_in_which_messages_are_shown(self, desk: RunningDesk) -> None:
        visitor = desk.visit()
        for hours in (0, -2, 3, -1):
            desk.clock.ahead = timedelta(hours=hours)
            visitor.say(f"{hours} hours")
            visitor.wait_until_quiet()
        numbers = [message["number"] for message in visitor.messages()]
        assert numbers == list(range(1, 10))
        said = [m["text"] for m in visitor.messages() if m["author"] == "patient"]
        assert said == ["0 hours", "-2 hours", "3 hours", "-1 hours"]


class TestRestart:
    def test_of_the_front_desk_loses_no_question(
        self, settings: Settings, clinic: Clinic, assistant: FakeAssistant
    ) -> None:
        migrate(settings.database)
        assistant.status = 503
        clock = TestClock()
        first = create_app(settings, clinic, clock)
        with served(first) as url:
            visitor = RunningDesk(first, url, assistant, clock).visit()
            visitor.say("does it hurt?")
        assistant.status = 200
        second = create_app(settings, clinic, clock)
        with served(second) as url:
            visitor.desk = RunningDesk(second, url, assistant, clock)
            visitor.wait_for("Here is what our pages say.")


class TestPrivacy:
    def test_no_word_of_a_patient_is_in_any_log(
        self,
        desk: RunningDesk,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        caplog.set_level(logging.INFO)
        canary = "zebrafinch"
        visitor = desk.visit()
        visitor.say(f"{canary} one")
        desk.assistant.raw = b'{"replies": "nonsense"}'
        visitor.say(f"{canary} two")
        visitor.post(client_id="not a uuid", text=f"{canary} three")
        visitor.post(client_id="", text=canary * 1_000)
        desk.clock.ahead = timedelta(minutes=10)
        visitor.wait_for(DELAYED)
        output = capfd.readouterr()
        assert "turn.postponed" in output.out + output.err
        assert canary not in caplog.text + output.out + output.err
