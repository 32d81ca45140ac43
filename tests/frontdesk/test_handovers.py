"""From the assistant to a person and back, through the staff's JSON interface."""

import uuid
from typing import Any

import httpx2
import pytest

from frontdesk.settings import Settings
from tests.fakes.assistant import Answer, Turn, saying
from tests.frontdesk.conftest import Person, hire
from tests.frontdesk.desk import RunningDesk, Visitor

QUESTION = "I'm on warfarin, can I have this?"
DETAILS = {
    "name": "Ana Ruiz",
    "phone": "+14805550177",
    "area": {"part": "knee", "side": "left"},
    "preferences": {"options": [{"weekday": "friday", "part": "afternoon"}]},
    "consent": {"given": True, "wording": "May we call you?", "at": "2026-11-22T10:00:00-07:00"},
}


def handing_over() -> Answer:
    """An assistant that sends every question to staff."""

    def answer(turn: Turn) -> dict[str, Any]:
        effect = {
            "type": "handover",
            "reason": "clinical_question",
            "priority": "normal",
            "question": turn["text"],
        }
        return saying("A person from the clinic will answer.", effects=[effect])(turn)

    return answer


@pytest.fixture
def patient(desk: RunningDesk) -> Visitor:
    """A patient whose clinical question waits for a person."""
    desk.assistant.answer = handing_over()
    visitor = desk.visit()
    visitor.say(QUESTION)
    visitor.wait_until_quiet()
    return visitor


def reply(nurse: Person, visitor: Visitor, text: str, seen: int, **more: Any) -> httpx2.Response:
    """Send a reply as a program does."""
    body = {"client_id": str(uuid.uuid4()), "text": text, "seen_number": seen, **more}
    path = f"/conversations/{visitor.conversation_id}/replies"
    return nurse.call("POST", path, json=body)


class TestHandover:
    def test_shows_the_patients_own_words(self, patient: Visitor, nurse: Person) -> None:
        [row] = nurse.waiting()
        assert (row["reason"], row["question"]) == ("clinical_question", QUESTION)
        assert patient.read()["state"]["waiting"] is True

    def test_leaves_general_questions_to_the_assistant_until_somebody_answers(
        self, desk: RunningDesk, patient: Visitor
    ) -> None:
        desk.assistant.answer = saying("It can hurt a little.")
        patient.say("does it hurt?")
        patient.wait_for("It can hurt a little.")


class TestReply:
    def test_reaches_the_patient_and_silences_the_assistant(
        self, desk: RunningDesk, patient: Visitor, nurse: Person
    ) -> None:
        assert reply(nurse, patient, "Please bring your list.", seen=3).status_code == 201
        answer = patient.wait_for("Please bring your list.")
        assert (answer["author"], answer["name"]) == ("staff", "Dana Reyes")
        turns = len(desk.assistant.turns)
        patient.say("thank you, and does it hurt?")
        state = patient.read()["state"]
        assert (state["owner"], state["thinking"]) == ("staff", False)
        assert len(desk.assistant.turns) == turns

    def test_ends_the_waiting_until_the_patient_writes_again(
        self, patient: Visitor, nurse: Person
    ) -> None:
        reply(nurse, patient, "Please bring your list.", seen=3)
        assert nurse.waiting() == []
        patient.say("thank you, which list?")
        [row] = nurse.waiting()
        assert row["question"] == "thank you, which list?"

    def test_is_refused_when_the_patient_wrote_meanwhile(
        self, patient: Visitor, nurse: Person
    ) -> None:
        patient.say("and I am pregnant")
        patient.wait_until_quiet()
        refused = reply(nurse, patient, "Please come.", seen=3)
        assert (refused.status_code, refused.json()["code"]) == (409, "stale")
        assert [m["text"] for m in refused.json()["messages"]] == ["and I am pregnant"]
        assert "Please come." not in patient.texts()

    def test_of_two_people_at_once_is_sent_once(
        self, desk: RunningDesk, settings: Settings, patient: Visitor, nurse: Person
    ) -> None:
        colleague = hire(desk, settings, "Sam Ode", "sam@example.com")
        first = reply(nurse, patient, "Please bring your list.", seen=3)
        second = reply(colleague, patient, "Please bring a list.", seen=3)
        assert (first.status_code, second.status_code) == (201, 409)

    @pytest.mark.parametrize(
        "body",
        [
            {"seen_number": 99},
            {"seen_number": 2**31},
            {"seen_number": 2**63},
            {"seen_number": -1},
            {"text": "\x00"},
            {"text": " "},
            {"client_id": "1"},
        ],
    )
    def test_that_cannot_be_read_is_refused(
        self, patient: Visitor, nurse: Person, body: dict[str, Any]
    ) -> None:
        refused = reply(nurse, patient, **{"text": "Please come.", "seen": 3, **body})
        assert refused.status_code == 422
        assert "Please come." not in patient.texts()

    def test_sent_twice_is_stored_once(self, patient: Visitor, nurse: Person) -> None:
        client_id = str(uuid.uuid4())
        first = reply(nurse, patient, "Please call.", seen=3, client_id=client_id)
        second = reply(nurse, patient, "Please call.", seen=3, client_id=client_id)
        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json() == second.json()

    def test_keeps_from_the_patient_what_the_assistant_was_about_to_say(
        self, desk: RunningDesk, patient: Visitor, nurse: Person
    ) -> None:
        desk.assistant.answer = saying("Too late.")
        desk.assistant.hold.clear()
        seen = patient.say("does it hurt?")
        assert reply(nurse, patient, "I can tell you.", seen=seen).status_code == 201
        desk.assistant.hold.set()
        patient.wait_until_quiet()
        patient.say("thanks")
        assert "Too late." not in patient.texts()


class TestTake:
    def test_leaves_the_question_under_way_to_the_person(
        self, desk: RunningDesk, patient: Visitor, nurse: Person
    ) -> None:
        path = f"/conversations/{patient.conversation_id}"
        reply(nurse, patient, "Please bring your list.", seen=3)
        nurse.call("POST", f"{path}/give-back")
        desk.assistant.hold.clear()
        patient.say("does it hurt?")
        nurse.call("POST", f"{path}/take")
        desk.assistant.hold.set()
        [row] = nurse.waiting()
        assert row["question"]
        card = nurse.call("GET", path).json()
        assert card["state"]["waiting"] is patient.read()["state"]["waiting"] is True
        desk.assistant.answer = saying("It can hurt a little.")
        nurse.call("POST", f"{path}/give-back")
        patient.wait_for("It can hurt a little.")


class TestGiveBack:
    def test_lets_the_assistant_answer_again_and_says_so(
        self, desk: RunningDesk, patient: Visitor, nurse: Person
    ) -> None:
        reply(nurse, patient, "Please bring your list.", seen=3)
        state = nurse.call("POST", f"/conversations/{patient.conversation_id}/give-back").json()
        assert (state["owner"], state["waiting"]) == ("assistant", False)
        desk.assistant.answer = saying("It can hurt a little.")
        patient.say("does it hurt?")
        patient.wait_for("It can hurt a little.")
        assert any("automated assistant" in text for text in patient.texts()[4:])

    def test_lets_the_assistant_answer_what_staff_left_unanswered(
        self, desk: RunningDesk, patient: Visitor, nurse: Person
    ) -> None:
        path = f"/conversations/{patient.conversation_id}"
        nurse.call("POST", f"{path}/take")
        patient.say("may I ask one more thing?")
        desk.assistant.answer = lambda turn: saying(f"To: {turn['text']}")(turn)
        nurse.call("POST", f"{path}/give-back")
        patient.wait_for("To: may I ask one more thing?")
        patient.wait_until_quiet()
        assert not any(text == f"To: {QUESTION}" for text in patient.texts())

    def test_of_what_nobody_took_is_refused_and_closes_no_card(
        self, patient: Visitor, nurse: Person
    ) -> None:
        refused = nurse.call("POST", f"/conversations/{patient.conversation_id}/give-back")
        assert (refused.status_code, refused.json()["code"]) == (409, "not_taken")
        assert len(nurse.waiting()) == 1

    def test_may_happen_again_and_again(self, patient: Visitor, nurse: Person) -> None:
        path = f"/conversations/{patient.conversation_id}"
        for _ in range(3):
            assert nurse.call("POST", f"{path}/take").json()["owner"] == "staff"
            assert nurse.call("POST", f"{path}/give-back").json()["owner"] == "assistant"


FORM = {
    "name": "booking_form",
    "asking": "area",
    "slots": {"name": "Maria Lopez", "phone": "+16025550142"},
}


class TestGiveBackOfABooking:
    """A form that was open when staff took the conversation."""

    def begun(self, desk: RunningDesk, nurse: Person) -> tuple[Visitor, str]:
        """A booking that is open, in a conversation that staff have taken."""
        desk.assistant.answer = saying("Which part of your body?", form=FORM)
        visitor = desk.visit()
        visitor.say("Maria Lopez, 602 555 0142")
        visitor.wait_until_quiet()
        path = f"/conversations/{visitor.conversation_id}"
        nurse.call("POST", f"{path}/take")
        return visitor, path

    def test_lets_it_go_on_at_a_tap(self, desk: RunningDesk, nurse: Person) -> None:
        visitor, path = self.begun(desk, nurse)
        nurse.call("POST", f"{path}/give-back")
        offer = visitor.messages()[-1]
        assert offer["text"] == "Your booking is not finished. Shall we go on with it?"
        assert offer["choices"] == ["Go on with the booking", "Do not book"]
        visitor.tap(offer["number"], 0)
        visitor.wait_until_quiet()
        turn = desk.assistant.turns[-1]
        assert turn["choice"] == {"intent": "booking", "entities": {}}
        assert "form" not in turn["context"]
        assert nurse.call("GET", path).json()["card"]["draft"]["asking"] == "area"

    def test_drops_it_where_staff_say_so_and_tells_the_assistant_once(
        self, desk: RunningDesk, nurse: Person
    ) -> None:
        visitor, path = self.begun(desk, nurse)
        nurse.call("POST", f"{path}/give-back?keep_form=false")
        assert nurse.call("GET", path).json()["card"]["draft"] is None
        assert "automated assistant" in visitor.texts()[-1]
        desk.assistant.answer = saying("It can hurt a little.")
        for words in ("does it hurt?", "and afterwards?"):
            visitor.say(words)
            visitor.wait_until_quiet()
        told = [turn["context"].get("form") for turn in desk.assistant.turns[-2:]]
        assert told == ["dropped", None]

    def test_answers_first_what_the_patient_wrote_meanwhile(
        self, desk: RunningDesk, nurse: Person
    ) -> None:
        visitor, path = self.begun(desk, nurse)
        visitor.say("my left knee")
        desk.assistant.answer = saying("When would you like to come?", form=FORM)
        nurse.call("POST", f"{path}/give-back")
        visitor.wait_for("When would you like to come?")
        assert not any("not finished" in text for text in visitor.texts())


class TestBookings:
    def test_are_listed_with_the_reference_that_the_patient_saw(
        self, desk: RunningDesk, nurse: Person
    ) -> None:
        effect = {"type": "booking_request", "reference": "K7M-2QF", "details": DETAILS}
        desk.assistant.answer = saying("Your reference is K7M-2QF.", effects=[effect])
        visitor = desk.visit()
        visitor.say("yes")
        visitor.wait_until_quiet()
        [booking] = nurse.call("GET", "/bookings").json()["bookings"]
        assert booking["reference"] == "K7M-2QF"
        assert booking["details"]["area"] == {"part": "knee", "side": "left"}
        visitor.say("what did I book?")
        visitor.wait_until_quiet()
        known = desk.assistant.turns[-1]["context"]["bookings"]
        assert [booking["reference"] for booking in known] == ["K7M-2QF"]


class TestTokens:
    @pytest.mark.parametrize("token", ["", "x", "é"])
    def test_that_are_unknown_open_nothing(
        self, desk: RunningDesk, nurse: Person, token: str
    ) -> None:
        headers = {b"Authorization": f"Bearer {token}".strip().encode()}
        response = desk.http.get("/api/v1/staff/conversations", headers=headers)
        assert (response.status_code, response.json()["code"]) == (401, "token_unknown")

    def test_of_visitors_open_nothing_of_the_staffs(self, desk: RunningDesk, nurse: Person) -> None:
        response = desk.http.get("/api/v1/staff/conversations", headers=desk.visit().headers)
        assert response.status_code == 401

    def test_are_needed_at_every_address_of_the_staff(self, desk: RunningDesk) -> None:
        paths = desk.http.get("/openapi.json").json()["paths"]
        staff = [(p, m) for p, methods in paths.items() for m in methods if "/staff" in p]
        assert len(staff) >= 6
        for path, method in staff:
            response = desk.http.request(method, path.format(conversation_id="x"), json={})
            assert response.status_code == 401, path
