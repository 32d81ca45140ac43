"""What becomes of a question when the assistant is slow, down, or talks nonsense."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, update

from clinic.settings import Clinic
from frontdesk.app import create_app
from frontdesk.bookings.models import Booking
from frontdesk.migrating import migrate
from frontdesk.settings import Settings
from tests.fakes.assistant import FakeAssistant, saying
from tests.frontdesk.conftest import Person
from tests.frontdesk.desk import RunningDesk, TestClock, eventually, served
from tests.frontdesk.test_handovers import DETAILS

DELAYED = "taking longer than usual"


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

    def test_that_lasts_calls_for_a_person(self, desk: RunningDesk, nurse: Person) -> None:
        desk.assistant.status = 500
        visitor = desk.visit()
        visitor.say("does it hurt?")
        desk.clock.ahead = timedelta(minutes=6)
        [row] = eventually(nurse.waiting)
        assert (row["reason"], row["question"]) == ("not_answered", "does it hurt?")

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
