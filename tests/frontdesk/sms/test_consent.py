"""Who may be texted: what stops it, what starts it again, and what staff are told."""

import uuid
from datetime import datetime, timedelta

import pytest

from tests.frontdesk.conftest import Person
from tests.frontdesk.desk import eventually
from tests.frontdesk.sms.conftest import ANSWER, Texting, assert_nothing_more


def reply(nurse: Person, texting: Texting, words: str) -> int:
    """Staff reply to the phone; gives the status."""
    return reply_to(nurse, texting.conversation_id(), words)


def reply_to(nurse: Person, conversation_id: str, words: str) -> int:
    """Staff reply in a conversation that they have just read; gives the status."""
    path = f"/conversations/{conversation_id}"
    seen = nurse.call("GET", path).json()["state"]["last_number"]
    new = {"client_id": str(uuid.uuid4()), "text": words, "seen_number": seen}
    return nurse.call("POST", f"{path}/replies", json=new).status_code


class TestStop:
    @pytest.mark.parametrize(
        "words",
        ["STOP", " Stop. ", "please don't text me again", "no me escriban más"],
    )
    def test_in_any_words_ends_all_texts(self, texting: Texting, words: str) -> None:
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        texting.text(words)
        texting.text("And how long does it take?")
        assert ("not_answered", "And how long does it take?") in texting.cards()
        assert len(texting.desk.assistant.turns) == 1
        assert_nothing_more(texting, texting.texts()[:1])
        given = texting.rows(
            "SELECT given, words, source FROM sms_consents WHERE number = :number "
            "ORDER BY at, given DESC",
            number=texting.phone,
        )
        assert [(bool(row[0]), row[2]) for row in given] == [(True, "text"), (False, "text")]
        assert given[1][1] == words.strip()

    @pytest.mark.parametrize(
        "words", ["cancel my appt tomorrow plz", "should I stop ibuprofen first?"]
    )
    def test_is_not_what_only_holds_the_word(self, texting: Texting, words: str) -> None:
        texting.text(words)
        texting.wait_for_text(ANSWER)
        assert texting.values("SELECT stopped_at FROM sms_numbers") == [None]

    @pytest.mark.parametrize("words", ["CANCEL", "Cancelar"])
    def test_by_cancel_tells_staff_that_it_may_have_meant_the_visit(
        self, texting: Texting, nurse: Person, words: str
    ) -> None:
        texting.text(words)
        assert texting.cards() == [("administrative", words)]
        (card,) = nurse.call("GET", f"/conversations/{texting.conversation_id()}").json()["card"][
            "handovers"
        ]
        assert card["details"] == {"texts": "cancelled"}
        assert_nothing_more(texting, [])

    def test_holds_back_what_was_about_to_be_sent(self, texting: Texting, nurse: Person) -> None:
        texting.desk.assistant.hold.clear()
        texting.text("Does it hurt?")
        texting.text("STOP")
        texting.desk.assistant.hold.set()
        eventually(lambda: texting.states() == ["dropped"])
        assert texting.texts() == []

    def test_refuses_what_staff_write_and_says_to_phone(
        self, texting: Texting, nurse: Person
    ) -> None:
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        texting.text("STOP")
        assert reply(nurse, texting, "It pinches.") == 409
        assert "It pinches." not in [said[2] for said in texting.said()]

    def test_at_the_carrier_counts_as_one(self, texting: Texting) -> None:
        texting.twilio.opted_out.add(texting.phone)
        texting.text("Does it hurt?")
        eventually(lambda: texting.states() == ["failed"])
        ((reason, _),) = texting.cards()
        assert reason == "not_answered"
        assert (
            texting.rows("SELECT given, source FROM sms_consents ORDER BY at DESC, given")[0][1]
            == "provider"
        )
        texting.text("And after?")
        assert len(texting.twilio.tried) == 1

    def test_beside_a_picture_is_one_too(self, texting: Texting) -> None:
        texting.text("stop", media=1)
        assert texting.values("SELECT outcome FROM sms_inbound") == ["stop"]
        assert_nothing_more(texting, [])

    def test_that_the_provider_alone_knows_is_one(self, texting: Texting) -> None:
        texting.text("no mas por favor", OptOutType="STOP")
        assert texting.values("SELECT outcome FROM sms_inbound") == ["stop"]

    def test_in_an_emergency_is_told_to_staff(self, texting: Texting) -> None:
        words = "stop texting me, my chest hurts and I can't breathe"
        texting.text(words)
        texting.wait_for_text("911")
        assert sorted(texting.cards()) == [("administrative", words), ("emergency", words)]

    def test_that_is_newer_than_a_lost_start_stands(self, texting: Texting) -> None:
        texting.twilio.text(texting.phone, "START", deliver=False)
        texting.desk.clock.ahead = timedelta(seconds=5)
        texting.text("please don't text me again")
        eventually(lambda: "start, before a stop" in texting.outcomes())
        assert texting.values("SELECT stopped_at IS NULL FROM sms_numbers") in ([False], [0])


class TestStart:
    @pytest.mark.parametrize("words", ["START", "Yes"])
    def test_lets_texts_go_again(self, texting: Texting, words: str) -> None:
        texting.text("STOP")
        texting.text(words)
        text = texting.wait_for_text("automated assistant of")
        assert "STOP" in text
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)

    def test_yes_answers_a_question_where_nothing_was_stopped(self, texting: Texting) -> None:
        texting.text("YES")
        texting.wait_for_text(ANSWER)
        assert texting.desk.assistant.turns[0]["text"] == "YES"


class TestHelp:
    @pytest.mark.parametrize("words", ["HELP", "ayuda"])
    def test_names_the_clinic_its_number_and_911(self, texting: Texting, words: str) -> None:
        texting.text(words)
        text = texting.wait_for_text("Emergency? Call 911")
        assert "Prolotherapy Clinic, (602) 555-0142" in text
        assert texting.desk.assistant.turns == []

    def test_that_is_a_cry_is_screened_like_any_words(self, texting: Texting) -> None:
        texting.text("help help help")
        text = texting.wait_for_text("911")
        assert "911" in text.splitlines()[0]
        assert [reason for reason, _ in texting.cards()] == ["emergency"]

    def test_that_the_provider_has_answered_is_not_answered_again(self, texting: Texting) -> None:
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        texting.text("HELP", OptOutType="HELP")
        texting.text("And after?")
        eventually(lambda: len(texting.texts()) == 2)
        assert texting.texts()[1] == ANSWER


class TestQuietHours:
    @staticmethod
    def set_clock(texting: Texting, local: str) -> None:
        wanted = datetime.fromisoformat(local)
        texting.desk.clock.ahead += wanted - texting.desk.clock()

    def test_hold_what_staff_begin_until_the_morning(self, texting: Texting, nurse: Person) -> None:
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        assert reply(nurse, texting, "A little, and not for long.") == 201
        texting.wait_for_text("A little, and not for long.")
        self.set_clock(texting, "2027-03-03T23:30:00-07:00")
        assert reply(nurse, texting, "We have a free hour tomorrow.") == 201
        eventually(lambda: texting.states()[-1] == "waiting")
        (until,) = texting.values("SELECT max(not_before) FROM sms_deliveries")
        assert "2027-03-04 15:00:00" in str(until).replace("T", " ")
        assert not any("free hour" in text for text in texting.texts())
        self.set_clock(texting, "2027-03-04T08:00:01-07:00")
        texting.wait_for_text("We have a free hour tomorrow.")

    def test_hold_no_answer(self, texting: Texting, nurse: Person) -> None:
        self.set_clock(texting, "2027-03-03T23:30:00-07:00")
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        assert reply(nurse, texting, "A little, and not for long.") == 201
        texting.wait_for_text("A little, and not for long.")
