"""Emergency advice comes first, whoever owns the conversation and whatever is down."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine

from clinic.contract import MAX_TEXT
from clinic.settings import Clinic
from frontdesk import intake
from frontdesk.clock import system_clock
from frontdesk.conversations import service as conversations
from frontdesk.database import Database
from frontdesk.intake import Incoming
from frontdesk.settings import Settings
from tests.fakes.assistant import saying
from tests.frontdesk.conftest import Person
from tests.frontdesk.desk import RunningDesk, Visitor, eventually

CHEST = "my chest hurts and I can't breathe"
OTHER = "the bleeding won't stop, 3 towels already"


def acknowledged(visitor: Visitor, text: str, client_id: str | None = None) -> dict[str, Any]:
    """What the front desk answers to the message itself."""
    body: dict[str, Any] = visitor.post(client_id=client_id or str(uuid.uuid4()), text=text).json()
    return body


def kinds(visitor: Visitor) -> list[str]:
    """Who spoke and how, in order, behind the greeting."""
    return [
        message["kind"] if message["author"] == "assistant" else message["author"]
        for message in visitor.messages()[1:]
    ]


def card(nurse: Person, visitor: Visitor) -> dict[str, Any]:
    """What staff see."""
    found: dict[str, Any] = nurse.call("GET", f"/conversations/{visitor.conversation_id}").json()
    return found["card"]  # type: ignore[no-any-return]


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

    def test_comes_when_the_conversation_has_ended(self, desk: RunningDesk) -> None:
        visitor = desk.visit()
        desk.http.post(f"{visitor.path}/end", json={}, headers=visitor.headers)
        assert say_and_read_next(visitor)["kind"] == "emergency"

    def test_comes_while_a_question_waits_for_staff(self, desk: RunningDesk) -> None:
        effect = {
            "type": "handover",
            "reason": "clinical_question",
            "priority": "normal",
            "question": "warfarin?",
        }
        desk.assistant.answer = saying("A person will answer.", effects=[effect])
        visitor = desk.visit()
        visitor.say("warfarin?")
        visitor.wait_until_quiet()
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


class TestAcknowledgement:
    def test_carries_the_advice_as_the_next_message(self, desk: RunningDesk) -> None:
        visitor = desk.visit()
        body = acknowledged(visitor, CHEST)
        [stored] = visitor.messages(after=body["number"])[:1]
        assert body["advice"] == stored
        assert body["advice"]["number"] == body["number"] + 1
        assert body["advice"]["text"].startswith("Call 911 now")

    def test_is_the_same_when_the_message_is_sent_again(self, desk: RunningDesk) -> None:
        visitor, client_id = desk.visit(), str(uuid.uuid4())
        first = acknowledged(visitor, CHEST, client_id)
        assert acknowledged(visitor, CHEST, client_id) == first
        assert kinds(visitor)[:2] == ["patient", "emergency"]

    def test_of_another_message_holds_its_id_and_number_alone(self, desk: RunningDesk) -> None:
        assert set(acknowledged(desk.visit(), "does it hurt?")) == {"id", "number"}


class TestWords:
    def test_are_spanish_for_who_writes_spanish(self, desk: RunningDesk) -> None:
        body = acknowledged(desk.visit(), "me duele mucho el pecho y no puedo respirar")
        assert body["advice"]["text"].startswith("Llame al 911 ahora.")

    def test_are_not_the_same_twice_in_a_row(self, desk: RunningDesk) -> None:
        desk.assistant.close()
        visitor = desk.visit()
        said = [acknowledged(visitor, CHEST)["advice"]["text"] for _ in range(3)]
        assert all(text.startswith("Call 911 now.") for text in said)
        assert said[0] != said[1] != said[2]
        assert "still holds" in said[1]

    def test_are_whole_again_after_a_while(self, desk: RunningDesk) -> None:
        desk.assistant.close()
        visitor = desk.visit()
        first = acknowledged(visitor, CHEST)["advice"]["text"]
        desk.clock.ahead = timedelta(minutes=11)
        assert acknowledged(visitor, CHEST)["advice"]["text"] == first

    def test_are_whole_for_another_danger(self, desk: RunningDesk) -> None:
        desk.assistant.close()
        visitor = desk.visit()
        acknowledged(visitor, CHEST)
        assert "clean cloth" in acknowledged(visitor, OTHER)["advice"]["text"]


class TestSentenceInPieces:
    @pytest.mark.parametrize(
        "pieces",
        [("my chest", "hurts so bad"), ("so my throat", "its", "closing up"), ("cant", "breathe")],
    )
    def test_is_read_as_one(self, desk: RunningDesk, pieces: tuple[str, ...]) -> None:
        visitor = desk.visit()
        answers = [acknowledged(visitor, piece) for piece in pieces]
        assert ["advice" in answer for answer in answers] == [False] * (len(pieces) - 1) + [True]

    def test_is_not_when_minutes_lie_between(self, desk: RunningDesk) -> None:
        visitor = desk.visit()
        acknowledged(visitor, "my chest")
        desk.clock.ahead = timedelta(minutes=10)
        assert "advice" not in acknowledged(visitor, "hurts so bad")

    def test_is_advised_on_once(self, desk: RunningDesk) -> None:
        visitor = desk.visit()
        for piece in ("my chest", "hurts so bad"):
            acknowledged(visitor, piece)
        assert "advice" not in acknowledged(visitor, "ok")


class TestNothingElse:
    def test_what_was_asked_before_is_left_to_staff(self, desk: RunningDesk, nurse: Person) -> None:
        desk.assistant.answer = saying("It can hurt a little.")
        desk.assistant.hold.clear()
        visitor = desk.visit()
        visitor.say("does it hurt?")
        eventually(lambda: desk.assistant.turns)
        visitor.say(CHEST)
        desk.assistant.hold.set()
        visitor.wait_until_quiet()
        assert kinds(visitor) == ["patient", "patient", "emergency"]
        matters = {
            matter["question"]: matter["reason"] for matter in card(nurse, visitor)["handovers"]
        }
        assert matters == {"does it hurt?": "not_answered", CHEST: "emergency"}

    def test_a_greeting_before_it_needs_no_card(self, desk: RunningDesk, nurse: Person) -> None:
        small = {"route": "smalltalk", "topics": []}
        desk.assistant.answer = saying("Hello!", understanding=small)
        desk.assistant.hold.clear()
        visitor = desk.visit()
        visitor.say("hi")
        eventually(lambda: desk.assistant.turns)
        visitor.say(CHEST)
        desk.assistant.hold.set()
        visitor.wait_until_quiet()
        assert kinds(visitor) == ["patient", "patient", "emergency"]
        assert [one["reason"] for one in card(nurse, visitor)["handovers"]] == ["emergency"]

    def test_the_patient_can_go_on_afterwards(self, desk: RunningDesk) -> None:
        desk.assistant.answer = saying("It can hurt a little.")
        visitor = desk.visit()
        visitor.say(CHEST)
        visitor.say("ok they are coming. does it hurt?")
        visitor.wait_for("It can hurt a little.")
        assert kinds(visitor) == ["patient", "emergency", "patient", "text"]


class TestUnreachable:
    async def test_patients_get_no_advice_and_staff_learn_to_phone(
        self, desk: RunningDesk, settings: Settings, clinic: Clinic, nurse: Person
    ) -> None:
        visitor = desk.visit()
        database = Database(settings.database)
        incoming = Incoming(client_id=str(uuid.uuid4()), text=CHEST, reachable=False)
        async with database.transaction() as session:
            received = await intake.receive(
                session, clinic, visitor.conversation_id, incoming, system_clock()
            )
            conversation = await conversations.find(session, visitor.conversation_id)
        await database.close()
        assert received.advice is None
        assert conversation.channel == "web"
        visitor.wait_until_quiet()
        assert kinds(visitor) == ["patient"]
        [matter] = card(nurse, visitor)["handovers"]
        assert (matter["priority"], matter["details"]["told"]) == ("urgent", "no")


class TestUrgentCard:
    def test_gathers_what_is_written_before_somebody_has_seen_it(
        self, desk: RunningDesk, nurse: Person
    ) -> None:
        desk.assistant.close()
        visitor = desk.visit()
        for text in (CHEST, "i cant breathe", OTHER):
            visitor.say(text)
        matters = card(nurse, visitor)["handovers"]
        [breathing] = [one for one in matters if one["details"]["category"] == "breathing"]
        assert [one["words"] for one in breathing["details"]["again"]] == ["cant breathe"]
        assert len(matters) == 2

    def test_is_a_new_one_once_the_first_was_acknowledged(
        self, desk: RunningDesk, nurse: Person
    ) -> None:
        desk.assistant.close()
        visitor = desk.visit()
        visitor.say(CHEST)
        path = f"/conversations/{visitor.conversation_id}/acknowledge"
        assert nurse.call("POST", path).json()["waiting"]
        [seen] = card(nurse, visitor)["handovers"]
        assert (seen["acknowledged_by"], seen["closed_at"]) == ("Dana Reyes", None)
        visitor.say(CHEST)
        assert [one["acknowledged_at"] is None for one in card(nurse, visitor)["handovers"]] == [
            True,
            False,
        ]

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
