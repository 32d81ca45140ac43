"""Who may answer: the assistant, one person, or the queue; and what comes too late."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from frontdesk.cli import main
from frontdesk.settings import Settings
from tests.fakes.assistant import saying
from tests.frontdesk.conftest import Person, hire
from tests.frontdesk.desk import RunningDesk, Visitor, eventually
from tests.frontdesk.test_handovers import DETAILS, FORM, reply


def path_of(visitor: Visitor) -> str:
    """Where staff find the conversation."""
    return f"/conversations/{visitor.conversation_id}"


class TestQueue:
    def test_is_the_staffs_and_nobodys_in_particular(
        self, desk: RunningDesk, visitor: Visitor, nurse: Person
    ) -> None:
        nurse.call("POST", f"{path_of(visitor)}/take")
        state = nurse.call("POST", f"{path_of(visitor)}/leave").json()
        assert (state["owner"], state["staff_name"]) == ("queue", None)
        asked = len(desk.assistant.turns)
        visitor.say("are you there?")
        [row] = nurse.waiting()
        assert (row["id"], row["owner"]) == (visitor.conversation_id, "queue")
        assert len(desk.assistant.turns) == asked
        assert "Dana Reyes has passed this chat on" in visitor.texts()[-2]

    def test_gives_it_to_whoever_takes_it_first(
        self, desk: RunningDesk, settings: Settings, visitor: Visitor, nurse: Person
    ) -> None:
        nurse.call("POST", f"{path_of(visitor)}/take")
        nurse.call("POST", f"{path_of(visitor)}/leave")
        colleague = hire(desk, settings, "Sam Ode", "sam@example.com")
        seen = visitor.read()["state"]["last_number"]
        assert reply(colleague, visitor, "I am here.", seen=seen).status_code == 201
        assert visitor.read()["state"]["staff_name"] == "Sam Ode"

    def test_waits_for_somebody_also_where_nothing_was_asked(
        self, visitor: Visitor, nurse: Person
    ) -> None:
        nurse.call("POST", f"{path_of(visitor)}/take")
        assert nurse.waiting() == []
        nurse.call("POST", f"{path_of(visitor)}/leave")
        assert [row["id"] for row in nurse.waiting()] == [visitor.conversation_id]

    def test_keeps_a_booking_that_was_begun(
        self, desk: RunningDesk, visitor: Visitor, nurse: Person
    ) -> None:
        desk.assistant.answer = saying("Which part of your body?", form=FORM)
        visitor.say("book me in")
        visitor.wait_until_quiet()
        for step in ("take", "leave", "give-back"):
            nurse.call("POST", f"{path_of(visitor)}/{step}")
        assert visitor.texts()[-1] == "Your booking is not finished. Shall we go on with it?"

    def test_may_give_it_back_to_the_assistant(self, visitor: Visitor, nurse: Person) -> None:
        nurse.call("POST", f"{path_of(visitor)}/take")
        nurse.call("POST", f"{path_of(visitor)}/leave")
        visitor.say("and afterwards?")
        nurse.call("POST", f"{path_of(visitor)}/give-back")
        eventually(lambda: visitor.texts().count("Here is what our pages say.") == 2)

    def test_is_not_for_what_a_colleague_has_taken(
        self, desk: RunningDesk, settings: Settings, visitor: Visitor, nurse: Person
    ) -> None:
        colleague = hire(desk, settings, "Sam Ode", "sam@example.com")
        colleague.call("POST", f"{path_of(visitor)}/take")
        refused = nurse.call("POST", f"{path_of(visitor)}/leave")
        assert (refused.status_code, refused.json()["code"]) == (409, "not_yours")
        assert visitor.read()["state"]["staff_name"] == "Sam Ode"

    def test_is_not_for_what_nobody_has_taken(self, visitor: Visitor, nurse: Person) -> None:
        refused = nurse.call("POST", f"{path_of(visitor)}/leave")
        assert (refused.status_code, refused.json()["code"]) == (409, "not_taken")
        assert visitor.read()["state"]["owner"] == "assistant"

    def test_gets_what_somebody_had_who_works_here_no_longer(
        self,
        settings: Settings,
        visitor: Visitor,
        nurse: Person,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        nurse.call("POST", f"{path_of(visitor)}/take")
        monkeypatch.setenv("DATABASE_URL", settings.database)
        monkeypatch.setenv("VAR_DIR", str(settings.var_dir))
        assert main(["staff", "disable", "--email", nurse.email]) == 0
        assert visitor.read()["state"]["owner"] == "queue"


class TestTable:
    @pytest.mark.parametrize(
        "values",
        [
            "owner = 'somebody'",
            "owner = 'staff'",
            "owner_staff_id = 'x'",
            "owner = 'queue', owner_staff_id = 'x'",
        ],
    )
    def test_keeps_no_other_owner(self, settings: Settings, visitor: Visitor, values: str) -> None:
        engine = create_engine(settings.database)
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(text(f"UPDATE conversations SET {values}"))
        engine.dispose()


class TestLateAnswer:
    def late(self, desk: RunningDesk, visitor: Visitor, nurse: Person) -> None:
        """The assistant is asked, a person takes over, and only then it answers."""
        asked = len(desk.assistant.turns)
        desk.assistant.hold.clear()
        visitor.say("and afterwards?")
        eventually(lambda: len(desk.assistant.turns) > asked)
        nurse.call("POST", f"{path_of(visitor)}/take")
        desk.assistant.hold.set()

    def card(self, visitor: Visitor, nurse: Person) -> dict[str, Any]:
        """The card."""
        card: dict[str, Any] = nurse.call("GET", path_of(visitor)).json()["card"]
        return card

    def test_is_kept_for_staff_and_never_shown(
        self, desk: RunningDesk, visitor: Visitor, nurse: Person
    ) -> None:
        desk.assistant.answer = saying("It can be sore.")
        self.late(desk, visitor, nurse)
        [late] = eventually(lambda: self.card(visitor, nurse)["suggestions"])
        assert (late["message_number"], late["text"]) == (4, "It can be sore.")
        assert datetime.fromisoformat(late["created_at"]) <= datetime.now(UTC)
        assert "It can be sore." not in visitor.texts()

    def test_is_gone_when_a_person_has_answered(
        self, desk: RunningDesk, visitor: Visitor, nurse: Person
    ) -> None:
        self.late(desk, visitor, nurse)
        eventually(lambda: self.card(visitor, nurse)["suggestions"])
        seen = visitor.read()["state"]["last_number"]
        reply(nurse, visitor, "A little sore.", seen=seen)
        assert self.card(visitor, nurse)["suggestions"] == []

    def test_is_given_when_the_assistant_has_the_conversation_back(
        self, desk: RunningDesk, visitor: Visitor, nurse: Person
    ) -> None:
        desk.assistant.answer = saying("It can be sore.")
        self.late(desk, visitor, nurse)
        eventually(lambda: self.card(visitor, nurse)["suggestions"])
        nurse.call("POST", f"{path_of(visitor)}/give-back")
        visitor.wait_for("It can be sore.")
        visitor.wait_until_quiet()
        assert visitor.texts().count("It can be sore.") == 1
        assert self.card(visitor, nurse)["suggestions"] == []

    def test_with_a_booking_that_the_patient_has_confirmed_is_a_booking(
        self, desk: RunningDesk, visitor: Visitor, nurse: Person
    ) -> None:
        effect = {"type": "booking_request", "reference": "K7M-2QF", "details": DETAILS}
        desk.assistant.answer = saying("Your reference is K7M-2QF.", effects=[effect])
        self.late(desk, visitor, nurse)
        [booking] = eventually(lambda: self.card(visitor, nurse)["bookings"])
        assert booking["reference"] == "K7M-2QF"
        nurse.call("POST", f"{path_of(visitor)}/give-back")
        visitor.wait_for("Your reference is K7M-2QF.")
        assert len(nurse.call("GET", "/bookings").json()["bookings"]) == 1

    def test_with_what_the_patient_had_told_fills_the_card(
        self, desk: RunningDesk, visitor: Visitor, nurse: Person
    ) -> None:
        desk.assistant.answer = saying("Which part of your body?", form=FORM)
        self.late(desk, visitor, nurse)
        draft = eventually(lambda: self.card(visitor, nurse)["draft"])
        assert draft["asking"] == "area"

    def test_that_finds_an_emergency_still_advises(
        self, desk: RunningDesk, visitor: Visitor, nurse: Person
    ) -> None:
        effect = {"type": "emergency", "category": "breathing"}
        desk.assistant.answer = saying("Call 911 now.", effects=[effect])
        self.late(desk, visitor, nurse)
        eventually(lambda: visitor.messages()[-1]["kind"] == "emergency")
        assert visitor.texts()[-1].startswith("Call 911")
        assert nurse.waiting()[0]["priority"] == "urgent"
