"""What becomes of a question when the assistant is slow, down, or talks nonsense."""

import logging
from datetime import timedelta

import pytest

from clinic.settings import Clinic
from frontdesk.app import create_app
from frontdesk.migrating import migrate
from frontdesk.settings import Settings
from tests.fakes.assistant import FakeAssistant, saying
from tests.frontdesk.conftest import Person
from tests.frontdesk.desk import RunningDesk, TestClock, eventually, served

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
