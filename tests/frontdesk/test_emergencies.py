"""Emergency advice comes first, whoever owns the conversation and whatever is down."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine

from clinic.contract import MAX_TEXT
from frontdesk.settings import Settings
from tests.fakes.assistant import saying
from tests.frontdesk.conftest import Person
from tests.frontdesk.desk import RunningDesk, Visitor, eventually

CHEST = "my chest hurts and I can't breathe"


def say_and_read_next(visitor: Visitor) -> dict[str, object]:
    """The message that stands right behind the patient's when it is acknowledged."""
    number = visitor.say(CHEST)
    return visitor.messages(after=number)[0]


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Nobody else can write to the conversations until the block ends."""
    engine = create_engine(url)
    lock = "LOCK TABLE conversations IN EXCLUSIVE MODE"
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if engine.name == "sqlite" else lock)
        yield
        connection.rollback()
    engine.dispose()


class TestAdvice:
    def test_stands_in_the_acknowledgements_own_transaction(self, desk: RunningDesk) -> None:
        desk.assistant.hold.clear()
        advice = say_and_read_next(desk.visit())
        assert advice["kind"] == "emergency"
        assert "911" in str(advice["text"]).splitlines()[0]

    def test_comes_with_the_assistant_dead(self, desk: RunningDesk) -> None:
        desk.assistant.close()
        assert say_and_read_next(desk.visit())["kind"] == "emergency"

    def test_comes_while_staff_own_the_conversation(self, desk: RunningDesk, nurse: Person) -> None:
        visitor = desk.visit()
        nurse.call("POST", f"/conversations/{visitor.conversation_id}/take")
        assert say_and_read_next(visitor)["kind"] == "emergency"

    def test_comes_alone_whatever_the_assistant_answers(self, desk: RunningDesk) -> None:
        desk.assistant.answer = saying("It can hurt a little.")
        visitor = desk.visit()
        say_and_read_next(visitor)
        visitor.wait_until_quiet()
        assert [m["kind"] for m in visitor.messages()] == ["greeting", "text", "emergency"]

    def test_is_not_given_twice_for_one_message(self, desk: RunningDesk, nurse: Person) -> None:
        effect = {"type": "emergency", "category": "heart"}
        desk.assistant.answer = saying("Call 911.", effects=[effect])
        visitor = desk.visit()
        say_and_read_next(visitor)
        visitor.wait_until_quiet()
        assert [m["kind"] for m in visitor.messages()].count("emergency") == 1
        card = nurse.call("GET", f"/conversations/{visitor.conversation_id}").json()["card"]
        assert len(card["handovers"]) == 1

    def test_comes_when_only_the_assistant_saw_it(self, desk: RunningDesk, nurse: Person) -> None:
        effect = {"type": "emergency", "category": "heart"}
        desk.assistant.answer = saying("Call 911.", effects=[effect])
        visitor = desk.visit()
        visitor.say("something the rules do not know")
        visitor.wait_until_quiet()
        last = visitor.messages()[-1]
        assert (last["kind"], "911" in last["text"]) == ("emergency", True)
        assert nurse.waiting()[0]["priority"] == "urgent"

    def test_comes_for_a_category_that_the_rules_do_not_have(
        self, desk: RunningDesk, nurse: Person
    ) -> None:
        effect = {"type": "emergency", "category": "something_new"}
        desk.assistant.answer = saying("Call 911.", effects=[effect])
        visitor = desk.visit()
        visitor.say("something the rules do not know")
        visitor.wait_until_quiet()
        last = visitor.messages()[-1]
        assert (last["kind"], "911" in last["text"]) == ("emergency", True)

    def test_comes_with_a_message_that_is_too_long_to_keep(self, desk: RunningDesk) -> None:
        text = CHEST + " and " + "a" * MAX_TEXT
        refused = desk.visit().post(client_id=str(uuid.uuid4()), text=text)
        assert (refused.status_code, refused.json()["code"]) == (422, "emergency")
        assert "911" in refused.json()["error"].splitlines()[0]

    def test_comes_when_the_database_cannot_be_written_to(
        self, desk: RunningDesk, settings: Settings
    ) -> None:
        visitor = desk.visit()
        with locked(settings.database):
            refused = visitor.post(client_id=str(uuid.uuid4()), text=CHEST)
            plain = visitor.post(client_id=str(uuid.uuid4()), text="does it hurt?")
        assert (refused.status_code, refused.json()["code"]) == (503, "emergency")
        assert "911" in refused.json()["error"].splitlines()[0]
        assert (plain.status_code, plain.json()["code"]) == (503, "unavailable")


class TestUrgentCard:
    def test_shows_the_category_and_the_patients_words(
        self, desk: RunningDesk, nurse: Person
    ) -> None:
        visitor = desk.visit()
        visitor.say(CHEST)
        [row] = eventually(nurse.waiting)
        assert (row["priority"], row["reason"], row["question"]) == ("urgent", "emergency", CHEST)
        card = nurse.call("GET", f"/conversations/{visitor.conversation_id}").json()["card"]
        assert card["handovers"][0]["details"] == {
            "category": "breathing",
            "words": "can't breathe",
        }

    def test_stands_before_what_has_waited_longer(self, desk: RunningDesk, nurse: Person) -> None:
        desk.assistant.answer = lambda turn: saying(
            "A person will answer.",
            effects=[
                {
                    "type": "handover",
                    "reason": "clinical_question",
                    "priority": "normal",
                    "question": turn["text"],
                }
            ],
        )(turn)
        patient = desk.visit()
        patient.say("I'm on warfarin, can I have this?")
        patient.wait_until_quiet()
        desk.visit().say(CHEST)
        assert [row["priority"] for row in nurse.waiting()] == ["urgent", "normal"]
