"""A chat and a phone: joined by a code that came back, and by nothing else."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from frontdesk.sms import joining
from tests.frontdesk.conftest import Person
from tests.frontdesk.desk import Visitor, eventually
from tests.frontdesk.sms.conftest import ANSWER, Texting, assert_nothing_more
from tests.frontdesk.sms.test_consent import reply_to

PHONE = "(602) 555-0111"
PAGE = "00000000-0000-4000-8000-000000000001"
OTHER_PAGE = "00000000-0000-4000-8000-000000000002"


@pytest.fixture
def chat(texting: Texting) -> Visitor:
    """A patient in the chat, whose question waits for staff."""
    visitor = texting.desk.visit()
    visitor.say("does it hurt?")
    visitor.wait_until_quiet()
    return visitor


def ask(chat: Visitor, path: str, method: str = "POST", **body: Any) -> httpx2.Response:
    """Ask one of the chat's addresses for texts."""
    address = f"{chat.path}/phone{path}"
    sent = body if method == "POST" else None
    return chat.desk.http.request(method, address, headers=chat.headers, json=sent)


def code_on(texting: Texting, number: int = 0) -> str:
    """The code that the phone has got."""
    eventually(lambda: sum("your code is" in text for text in texting.texts()) > number)
    codes = [text for text in texting.texts() if "your code is" in text]
    found = re.search(r"\b\d{6}\b", codes[number])
    assert found is not None
    return found[0]


def join(chat: Visitor, texting: Texting, how: str = "link") -> None:
    """Prove the phone."""
    assert ask(chat, "", phone=PHONE, how=how).status_code == 202
    answer = ask(chat, "/code", code=code_on(texting))
    assert answer.status_code == 200
    assert answer.json()["answer_by_text"] == {"how": how, "ends_with": "11"}


def open_link(texting: Texting, token: str, page: str = PAGE) -> httpx2.Response:
    """Trade a link, as a page does."""
    return texting.desk.http.post("/api/v1/links", json={"token": token, "client_id": page})


def later(texting: Texting) -> None:
    """The time in which an answer may be read in the chat is over."""
    eventually(lambda: texting.values("SELECT count(*) FROM outgoing") == [0])
    texting.desk.clock.ahead += timedelta(seconds=31)


class TestCode:
    def test_that_comes_back_joins(self, chat: Visitor, texting: Texting) -> None:
        answer = ask(chat, "", phone=PHONE)
        assert answer.json() == {"phone_display": PHONE, "good_for_minutes": 10}
        code = code_on(texting)
        assert chat.read()["state"]["answer_by_text"] is None
        spaced = f" {code[:3]}-{code[3:]} "
        assert ask(chat, "/code", code=spaced).status_code == 200
        assert chat.read()["state"]["answer_by_text"] == {"how": "link", "ends_with": "11"}
        assert texting.values("SELECT phone FROM conversations WHERE channel = 'web'") == [
            texting.phone
        ]
        assert texting.rows("SELECT source FROM sms_consents") == [("website",)]
        # Its answer may get lost: the same code again is right again.
        assert ask(chat, "/code", code=code).status_code == 200

    def test_that_is_wrong_five_times_is_over(self, chat: Visitor, texting: Texting) -> None:
        ask(chat, "", phone=PHONE)
        code = code_on(texting)
        wrong = f"{(int(code) + 1) % 1_000_000:06}"
        for _ in range(5):
            assert ask(chat, "/code", code=wrong).json()["code"] == "wrong_code"
        assert ask(chat, "/code", code=code).json()["code"] == "wrong_code"
        assert texting.values("SELECT phone FROM conversations") == [None]

    def test_is_over_after_ten_minutes(self, chat: Visitor, texting: Texting) -> None:
        ask(chat, "", phone=PHONE)
        code = code_on(texting)
        texting.desk.clock.ahead = timedelta(minutes=11)
        assert ask(chat, "/code", code=code).status_code == 422

    def test_of_another_chat_joins_nothing(self, chat: Visitor, texting: Texting) -> None:
        ask(chat, "", phone=PHONE)
        code = code_on(texting)
        other = texting.desk.visit()
        assert ask(other, "/code", code=code).status_code == 422
        assert ask(other, "", phone=PHONE).status_code == 202
        code_on(texting, 1)
        assert ask(chat, "/code", code=code).status_code == 200

    def test_is_sent_seldom(self, chat: Visitor, texting: Texting) -> None:
        for _ in range(3):
            assert ask(chat, "", phone=PHONE).status_code == 202
        assert ask(chat, "", phone="(602) 555-0112").status_code == 429
        other = texting.desk.visit()
        assert ask(other, "", phone=PHONE).status_code == 202
        assert ask(other, "", phone=PHONE).status_code == 429
        eventually(lambda: len(texting.twilio.sent) == 4)

    def test_goes_out_no_more_often_however_many_ask_at_once(
        self, chat: Visitor, texting: Texting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(joining, "_CODES_IN_ALL", 3)
        chats = [texting.desk.visit() for _ in range(8)]
        with ThreadPoolExecutor(len(chats)) as pool:
            answers = pool.map(
                lambda one: ask(chats[one], "", phone=f"(602) 555-02{one:02}"), range(len(chats))
            )
            assert sorted(answer.status_code for answer in answers) == [202] * 3 + [429] * 5

    def test_is_not_sent_for_a_chat_that_has_ended(self, chat: Visitor, texting: Texting) -> None:
        texting.desk.http.post(f"{chat.path}/end", headers=chat.headers)
        assert ask(chat, "", phone=PHONE).json()["code"] == "ended"

    def test_is_not_kept_where_it_could_be_read(self, chat: Visitor, texting: Texting) -> None:
        ask(chat, "", phone=PHONE)
        code = code_on(texting)
        eventually(lambda: texting.states() == ["delivered"])
        for table in ("sms_deliveries", "sms_proofs"):
            assert code not in str(texting.rows(f"SELECT * FROM {table}"))

    def test_to_a_number_that_stopped_is_not_sent_and_nothing_tells_so(
        self, chat: Visitor, texting: Texting
    ) -> None:
        texting.text("STOP")
        assert ask(chat, "", phone=PHONE).json()["phone_display"] == PHONE
        assert ask(chat, "/code", code="123456").json()["code"] == "wrong_code"
        assert_nothing_more(texting, [])

    @pytest.mark.parametrize(
        ("phone", "code"),
        [
            ("911", "no_phone_number"),
            ("my number", "no_phone_number"),
            ("+16025550100", "our_own_number"),
            ("(602) 555-0142", "our_own_number"),
            ("+525512345678", "phone_abroad"),
            ("22333", "no_phone_number"),
            ("+1 900 555 0111 ext. 5", "no_phone_number"),
            ("+1 800 555 0111", "no_phone_number"),
        ],
    )
    def test_goes_to_no_other_kind_of_number(
        self, chat: Visitor, texting: Texting, phone: str, code: str
    ) -> None:
        answer = ask(chat, "", phone=phone)
        assert (answer.status_code, answer.json()["code"]) == (422, code)

    def test_typed_number_joins_nothing(self, chat: Visitor, texting: Texting) -> None:
        texting.text("Does it hurt?")
        texting.wait_for_text(ANSWER)
        chat.say("my number is (602) 555-0111")
        chat.wait_until_quiet()
        ask(chat, "", phone=PHONE)
        web = texting.values("SELECT phone FROM conversations WHERE channel = 'web'")
        assert web == [None]


class TestAnswer:
    def test_as_a_link_says_nothing_of_health_and_opens_the_chat_once(
        self, chat: Visitor, texting: Texting, nurse: Person
    ) -> None:
        join(chat, texting)
        assert reply_to(nurse, chat.conversation_id, "Yes, with your blood thinner too.") == 201
        later(texting)
        text = texting.wait_for_text("have answered your question")
        assert "thinner" not in text
        found = re.search(r"https://clinic\.example/answer#(\S+)", text)
        assert found is not None
        opened = open_link(texting, found[1])
        assert opened.status_code == 201
        again = open_link(texting, found[1])
        assert again.json()["conversation"] == opened.json()["conversation"]
        visit = opened.json()
        phone = Visitor(texting.desk, visit["conversation"]["id"], visit["token"])
        assert "Yes, with your blood thinner too." in phone.texts()
        elsewhere = open_link(texting, found[1], OTHER_PAGE)
        assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "link_used")
        eventually(lambda: texting.states()[-1] == "delivered")
        assert found[1] not in str(texting.rows("SELECT * FROM sms_deliveries"))

    def test_in_full_is_the_answer(self, chat: Visitor, texting: Texting, nurse: Person) -> None:
        join(chat, texting, "full")
        assert reply_to(nurse, chat.conversation_id, "Yes, come on Monday.") == 201
        later(texting)
        text = texting.wait_for_text("Yes, come on Monday.")
        assert text == "Dana Reyes, Prolotherapy Clinic: Yes, come on Monday."

    def test_that_was_read_in_the_chat_is_not_texted(
        self, chat: Visitor, texting: Texting, nurse: Person
    ) -> None:
        join(chat, texting)
        reply_to(nurse, chat.conversation_id, "Yes.")
        number = chat.read()["state"]["last_number"]
        chat.desk.http.post(f"{chat.path}/read", json={"number": number}, headers=chat.headers)
        later(texting)
        eventually(lambda: texting.states()[-1] == "dropped")
        assert len(texting.twilio.sent) == 1

    def test_of_several_at_once_is_one_text(
        self, chat: Visitor, texting: Texting, nurse: Person
    ) -> None:
        join(chat, texting)
        reply_to(nurse, chat.conversation_id, "Yes.")
        eventually(lambda: len(texting.states()) == 2)
        reply_to(nurse, chat.conversation_id, "And bring your scans.")
        later(texting)
        texting.wait_for_text("have answered your question")
        eventually(lambda: texting.values("SELECT count(*) FROM outgoing") == [0])
        assert len(texting.twilio.sent) == 2

    def test_is_not_texted_after_the_patient_stopped_it(
        self, chat: Visitor, texting: Texting, nurse: Person
    ) -> None:
        join(chat, texting)
        assert ask(chat, "", "DELETE").json()["answer_by_text"] is None
        reply_to(nurse, chat.conversation_id, "Yes.")
        later(texting)
        assert_nothing_more(texting, texting.texts()[:1])

    def test_is_not_texted_to_a_number_that_stopped(
        self, chat: Visitor, texting: Texting, nurse: Person
    ) -> None:
        join(chat, texting)
        texting.text("STOP")
        assert chat.read()["state"]["answer_by_text"] is None
        assert reply_to(nurse, chat.conversation_id, "Yes.") == 201
        later(texting)
        eventually(lambda: texting.states()[-1] == "dropped")
        assert "Yes." in chat.texts()

    def test_of_the_assistant_stays_in_the_chat(self, chat: Visitor, texting: Texting) -> None:
        join(chat, texting)
        chat.say("and after?")
        chat.wait_until_quiet()
        later(texting)
        assert_nothing_more(texting, texting.texts()[:1])

    def test_that_waits_goes_nowhere_when_the_patient_stops_it_meanwhile(
        self, chat: Visitor, texting: Texting, nurse: Person
    ) -> None:
        join(chat, texting, "full")
        reply_to(nurse, chat.conversation_id, "Yes.")
        eventually(lambda: len(texting.states()) == 2)
        ask(chat, "", "DELETE")
        later(texting)
        eventually(lambda: texting.states()[-1] == "dropped")
        assert_nothing_more(texting, texting.texts()[:1])

    def test_as_a_link_opens_nothing_once_it_was_stopped(
        self, chat: Visitor, texting: Texting, nurse: Person
    ) -> None:
        join(chat, texting)
        reply_to(nurse, chat.conversation_id, "Yes.")
        later(texting)
        found = re.search(r"answer#(\S+)", texting.wait_for_text("have answered"))
        assert found is not None
        ask(chat, "", "DELETE")
        assert open_link(texting, found[1]).status_code == 409


class TestLink:
    @pytest.mark.parametrize("token", ["x", "é" * 20, "../..", "A" * 100])
    def test_that_is_none_opens_nothing(self, texting: Texting, token: str) -> None:
        assert open_link(texting, token).status_code == 409

    def test_page_loads_nothing_from_elsewhere_and_names_no_token(self, texting: Texting) -> None:
        page = texting.desk.http.get("/answer")
        assert page.status_code == 200
        assert "default-src 'none'" in page.headers["content-security-policy"]
