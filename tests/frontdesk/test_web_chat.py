"""The website chat through its public interface."""

import uuid
from datetime import timedelta

import pytest

from clinic.contract import MAX_TEXT
from tests.fakes.assistant import saying
from tests.frontdesk.desk import RunningDesk


class TestVisit:
    def test_the_first_message_says_what_this_is_and_what_to_do_in_an_emergency(
        self, desk: RunningDesk
    ) -> None:
        first = desk.visit().messages()[0]
        assert first["number"] == 1
        assert first["kind"] == "greeting"
        for words in ("automated assistant", "not for emergencies", "call 911", "(602) 555-0142"):
            assert words in first["text"]

    def test_the_clinic_is_described_for_the_chats_frame(self, desk: RunningDesk) -> None:
        body = desk.http.get("/api/v1/clinic").json()
        assert body["phone"] == "+16025550142"
        assert "{" not in "".join(body["wording"].values())


class TestMessages:
    def test_are_acknowledged_numbered_and_answered(self, desk: RunningDesk) -> None:
        visitor = desk.visit()
        assert visitor.say("does it hurt?") == 2
        answer = visitor.wait_for("Here is what our pages say.")
        assert (answer["number"], answer["author"]) == (3, "assistant")

    def test_sent_twice_are_stored_and_answered_once(self, desk: RunningDesk) -> None:
        visitor = desk.visit()
        message = {"client_id": str(uuid.uuid4()), "text": "does it hurt?"}
        first, second = visitor.post(**message), visitor.post(**message)
        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json() == second.json()
        visitor.wait_until_quiet()
        assert [m["author"] for m in visitor.messages()] == ["assistant", "patient", "assistant"]

    def test_of_one_client_id_with_other_content_are_refused(self, desk: RunningDesk) -> None:
        visitor = desk.visit()
        client_id = str(uuid.uuid4())
        visitor.post(client_id=client_id, text="does it hurt?")
        other = visitor.post(client_id=client_id, text="how long does it take?")
        assert (other.status_code, other.json()["code"]) == (409, "client_id_used")
        assert "how long does it take?" not in visitor.texts()

    @pytest.mark.parametrize(
        ("message", "code"),
        [
            ({"text": ""}, "empty"),
            ({"text": "   "}, "empty"),
            ({"text": "a" * 10_000}, "too_long"),
            ({"text": "\x00\x01"}, "empty"),
            ({}, "invalid"),
            ({"text": "a", "choice": {"number": 1, "index": 0}}, "invalid"),
            ({"choice": {"number": 1, "index": 0}}, "no_such_choice"),
            ({"choice": {"number": 99, "index": 0}}, "no_such_choice"),
            ({"choice": {"number": 1, "index": -1}}, "invalid"),
            ({"choice": {"number": 2**63, "index": 0}}, "invalid"),
            ({"text": ["a"]}, "invalid"),
            ({"text": "a", "author": "staff"}, "invalid"),
        ],
    )
    def test_that_cannot_be_read_are_refused_and_harm_nothing(
        self, desk: RunningDesk, message: dict[str, object], code: str
    ) -> None:
        visitor = desk.visit()
        response = visitor.post(client_id=str(uuid.uuid4()), **message)
        assert (response.status_code, response.json()["code"]) == (422, code)
        assert len(visitor.messages()) == 1

    def test_with_a_client_id_that_is_none_are_refused(self, desk: RunningDesk) -> None:
        assert desk.visit().post(client_id="1", text="hello").status_code == 422

    def test_in_broken_json_are_refused(self, desk: RunningDesk) -> None:
        visitor = desk.visit()
        response = desk.http.post(
            f"{visitor.path}/messages",
            content=b'{"client_id": ',
            headers={**visitor.headers, "Content-Type": "application/json"},
        )
        assert (response.status_code, response.json()["code"]) == (422, "invalid_json")

    def test_of_many_megabytes_are_refused(self, desk: RunningDesk) -> None:
        response = desk.visit().post(client_id=str(uuid.uuid4()), text="a" * 1_000_000)
        assert (response.status_code, response.json()["code"]) == (413, "too_large")

    def test_of_unknown_length_are_refused_when_they_grow_too_long(self, desk: RunningDesk) -> None:
        visitor = desk.visit()
        headers = {**visitor.headers, "Content-Type": "application/json"}
        chunks = iter([b'{"text": "', b"a" * 100_000, b'"}'])
        response = desk.http.post(f"{visitor.path}/messages", content=chunks, headers=headers)
        assert (response.status_code, response.json()["code"]) == (413, "too_large")

    @pytest.mark.parametrize(
        "text",
        [
            "<img src=x onerror=alert(1)>",
            "/restart",
            '/faq{"x":1}',
            "EXTERNAL: x",
            "💉🦵" * 100,
            "a" * MAX_TEXT,
            "{{7*7}} {clinic_name}",
        ],
    )
    def test_are_kept_and_passed_on_to_the_letter(self, desk: RunningDesk, text: str) -> None:
        visitor = desk.visit()
        visitor.say(text)
        visitor.wait_until_quiet()
        assert visitor.messages()[1]["text"] == text
        assert desk.assistant.turns[0]["text"] == text


class TestChoices:
    def offer(self, desk: RunningDesk) -> None:
        choice = {"label": "Pain", "intent": "faq/pain", "entities": {"area": "knee"}}
        desk.assistant.answer = saying("Which one?", choices=[choice])

    def test_are_shown_as_labels_and_chosen_by_their_place(self, desk: RunningDesk) -> None:
        self.offer(desk)
        visitor = desk.visit()
        visitor.say("hmm")
        offered = visitor.wait_for("Which one?")
        assert offered["choices"] == ["Pain"]
        assert visitor.tap(offered["number"], 0).status_code == 201
        visitor.wait_until_quiet()
        assert desk.assistant.turns[1]["choice"] == {
            "intent": "faq/pain",
            "entities": {"area": "knee"},
        }
        messages = visitor.messages()
        assert messages[2]["chosen"] == 0
        assert (messages[3]["text"], messages[3]["choice"]) == ("Pain", {"number": 3, "index": 0})

    def test_that_were_not_offered_are_refused(self, desk: RunningDesk) -> None:
        self.offer(desk)
        visitor = desk.visit()
        visitor.say("hmm")
        offered = visitor.wait_for("Which one?")
        assert visitor.tap(offered["number"], 1).status_code == 422
        assert visitor.tap(2, 0).status_code == 422


class TestTokens:
    def test_of_another_visitor_open_nothing(self, desk: RunningDesk) -> None:
        mine, theirs = desk.visit(), desk.visit()
        mine.token = theirs.token
        response = mine.post(client_id=str(uuid.uuid4()), text="hello")
        assert (response.status_code, response.json()["code"]) == (403, "not_yours")
        assert len(theirs.messages()) == 1

    @pytest.mark.parametrize("token", ["", "x", "WyJhIiwxXQ.AAAA", "é"])
    def test_that_we_did_not_sign_open_nothing(self, desk: RunningDesk, token: str) -> None:
        visitor = desk.visit()
        response = desk.http.get(
            f"{visitor.path}/messages",
            headers={b"Authorization": f"Bearer {token}".strip().encode()},
        )
        assert (response.status_code, response.json()["code"]) == (401, "token_unknown")

    def test_expire(self, desk: RunningDesk) -> None:
        visitor = desk.visit()
        hours = desk.app.state.desk.clinic.chat.visit_hours
        desk.clock.ahead = timedelta(hours=hours + 1)
        response = visitor.post(client_id=str(uuid.uuid4()), text="hello")
        assert (response.status_code, response.json()["code"]) == (401, "token_expired")
        assert "start a new one" in response.json()["error"]

    def test_do_not_open_a_conversation_that_is_unknown(self, desk: RunningDesk) -> None:
        visitor = desk.visit()
        visitor.conversation_id = "nobody-knows-this-one"
        assert visitor.post(client_id=str(uuid.uuid4()), text="hello").status_code == 403


class TestFeed:
    def test_brings_what_is_new_and_how_things_stand(self, desk: RunningDesk) -> None:
        visitor = desk.visit()
        with visitor.feed() as events:
            assert next(events)["data"]["kind"] == "greeting"
            assert next(events)["data"]["thinking"] is False
            visitor.say("does it hurt?")
            seen = [next(e for e in events if e["event"] == "message") for _ in range(2)]
        assert [(e["id"], e["data"]["author"]) for e in seen] == [
            ("2", "patient"),
            ("3", "assistant"),
        ]

    def test_resumes_after_the_last_event(self, desk: RunningDesk) -> None:
        visitor = desk.visit()
        visitor.say("does it hurt?")
        visitor.wait_until_quiet()
        with visitor.feed("2") as events:
            assert next(events)["id"] == "3"

    @pytest.mark.parametrize("cursor", ["99", "-1", "abc", "1" * 30, "1; DROP TABLE messages"])
    def test_tells_when_the_cursor_is_of_no_use_and_starts_over(
        self, desk: RunningDesk, cursor: str
    ) -> None:
        with desk.visit().feed(cursor) as events:
            assert next(events)["event"] == "reset"
            assert next(events)["id"] == "1"

    def test_reaches_two_tabs_alike(self, desk: RunningDesk) -> None:
        visitor = desk.visit()
        with visitor.feed() as one, visitor.feed() as two:
            visitor.say("does it hurt?")
            first, second = (
                [next(e for e in tab if e["event"] == "message")["id"] for _ in range(3)]
                for tab in (one, two)
            )
        assert first == second == ["1", "2", "3"]


class TestEnd:
    def test_is_shown_and_a_late_message_is_not_lost(self, desk: RunningDesk) -> None:
        visitor = desk.visit()
        ended = desk.http.post(f"{visitor.path}/end", headers=visitor.headers)
        assert ended.json()["ended"] is True
        visitor.say("one more thing")
        visitor.wait_for("Here is what our pages say.")
        assert visitor.read()["state"]["ended"] is False


class TestLimits:
    def test_hold_back_a_flood_but_never_an_emergency(self, desk: RunningDesk) -> None:
        object.__setattr__(desk.app.state.desk.settings, "messages_per_minute", 1)
        visitor = desk.visit()
        visitor.say("hello")
        refused = visitor.post(client_id=str(uuid.uuid4()), text="hello again")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
        assert int(refused.headers["Retry-After"]) > 0
        visitor.say("my chest hurts and I can't breathe")
        assert any(message["kind"] == "emergency" for message in visitor.messages())


class TestHealth:
    def test_is_ready_and_says_whether_questions_are_answered(self, desk: RunningDesk) -> None:
        assert desk.http.get("/health/live").json() == {"status": "live"}
        assert desk.http.get("/health/ready").json()["assistant"] == "ready"
        desk.assistant.status = 503
        after = desk.http.get("/health/ready")
        assert (after.status_code, after.json()["assistant"]) == (200, "not_ready")
