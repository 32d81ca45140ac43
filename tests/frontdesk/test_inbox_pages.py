"""The inbox's pages over HTTP: what people see, and what their forms do."""

import html
import re
import uuid
from pathlib import Path

import pytest

from frontdesk.clock import system_clock
from frontdesk.migrating import migrate
from frontdesk.settings import Settings
from frontdesk.staff import service as staff_service
from tests.fakes.assistant import saying
from tests.frontdesk.browser import EMAIL, PAGES, Browser, emergency, in_database
from tests.frontdesk.desk import RunningDesk, eventually

ATTACK = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{7*7}}"


@pytest.fixture
def tables_url(tmp_path: Path) -> str:
    """Pages do not depend on the kind of database: one is enough here."""
    url = f"sqlite:///{tmp_path / 'frontdesk.db'}"
    migrate(url)
    return url


class TestLists:
    """What waits, and in which order."""

    def test_nobody_waits_at_first(self, dana: Browser) -> None:
        assert "Nobody is waiting." in dana.get("/waiting").text

    def test_the_urgent_come_first_and_are_counted(self, dana: Browser, desk: RunningDesk) -> None:
        question = "I take warfarin, may I have this?"
        handover = {"reason": "clinical_question", "priority": "normal", "question": question}
        desk.assistant.answer = saying(
            "A person answers.", effects=[{"type": "handover", **handover}]
        )
        desk.visit().say(question)
        eventually(lambda: "I take warfarin" in dana.get("/waiting").text)
        emergency(desk)
        text = dana.get("/waiting").text
        assert text.index("my chest hurts") < text.index("I take warfarin")
        assert "<title>(2)" in text
        assert "A question about their own case" in text

    @pytest.mark.parametrize("page", PAGES)
    def test_an_emergency_stays_on_every_page_until_it_is_acknowledged(
        self, dana: Browser, desk: RunningDesk, page: str
    ) -> None:
        path = f"/conversations/{emergency(desk).conversation_id}"
        assert 'data-count="1"' in dana.get(f"/{page}").text
        assert "not been acknowledged by anybody" in dana.get(f"/{page}").text
        dana.post(f"{path}/acknowledge", csrf=dana.form(path)["csrf"])
        assert 'data-count="0"' in dana.get(f"/{page}").text
        assert "not been acknowledged by anybody" not in dana.get(f"/{page}").text

    def test_many_emergencies_leave_room_for_the_page(
        self, dana: Browser, desk: RunningDesk
    ) -> None:
        for _ in range(7):
            visitor = emergency(desk)
        visitor.say("the bleeding won't stop, 3 towels already")
        text = dana.get("/bookings").text
        assert 'data-count="7"' in text
        assert text.count('<li><a id="alarm-') == 6
        assert "and 2 more" in text

    def test_an_unknown_list_is_not_found(self, dana: Browser) -> None:
        response = dana.get("/everything")
        assert response.status_code == 404
        assert "Go to the inbox" in response.text

    def test_what_a_patient_writes_stays_text(self, dana: Browser, desk: RunningDesk) -> None:
        visitor = emergency(desk)
        visitor.say(ATTACK)
        for path in ("/open", f"/conversations/{visitor.conversation_id}"):
            text = dana.get(path).text
            assert "<img src=x" not in text
            assert "<script>alert" not in text
        assert html.escape("<script>alert(2)</script>{{7*7}}") in text


class TestConversation:
    """One conversation: its card, and what staff do."""

    def test_may_be_left_to_colleagues_and_waits_in_the_list(
        self, dana: Browser, desk: RunningDesk
    ) -> None:
        visitor = desk.visit()
        visitor.say("does it hurt?")
        visitor.wait_until_quiet()
        path = f"/conversations/{visitor.conversation_id}"
        assert "Leave to colleagues" not in dana.get(path).text
        dana.post(f"{path}/take", csrf=dana.form(path)["csrf"])
        assert "Leave to colleagues" in dana.get(path).text
        dana.post(f"{path}/leave", csrf=dana.form(path)["csrf"])
        assert "whoever of the staff takes it" in dana.get(path).text
        assert "Left to colleagues" in dana.get("/waiting").text

    def test_shows_what_the_assistant_would_have_said(
        self, dana: Browser, desk: RunningDesk
    ) -> None:
        desk.assistant.answer = saying("It can be sore.")
        desk.assistant.hold.clear()
        visitor = desk.visit()
        visitor.say("does it hurt?")
        eventually(lambda: desk.assistant.turns)
        path = f"/conversations/{visitor.conversation_id}"
        dana.post(f"{path}/take", csrf=dana.form(path)["csrf"])
        desk.assistant.hold.set()
        eventually(lambda: "It can be sore." in dana.get(path).text)
        assert "the patient has not read it" in dana.get(path).text

    def test_tells_the_patient_who_types_and_shows_what_the_patient_has_seen(
        self, dana: Browser, desk: RunningDesk
    ) -> None:
        visitor = desk.visit()
        path = f"/conversations/{visitor.conversation_id}"
        csrf = dana.form(path)["csrf"]
        assert dana.post(f"{path}/typing", csrf=csrf).status_code == 204
        assert visitor.read()["state"]["typing"] == ["staff"]
        assert dana.post(f"{path}/read", csrf=csrf, number="1").status_code == 204
        assert visitor.read()["state"]["read"]["staff"] == 1
        dana.post(f"{path}/replies", **dana.form(path), text="I am here.")
        assert "Seen by the patient" not in dana.get(path).text
        last = visitor.read()["state"]["last_number"]
        desk.http.post(f"{visitor.path}/read", json={"number": last}, headers=visitor.headers)
        assert "Seen by the patient" in dana.get(path).text

    def test_the_card_tells_what_was_asked_and_what_was_advised(
        self, dana: Browser, desk: RunningDesk
    ) -> None:
        visitor = emergency(desk)
        text = dana.get(f"/conversations/{visitor.conversation_id}").text
        assert 'data-testid="urgent"' in text
        assert re.search(r"What the patient was told, at \d+:\d\d [AP]M", text)
        assert "Acknowledge" in text

    def test_the_card_shows_what_was_written_again(self, dana: Browser, desk: RunningDesk) -> None:
        visitor = emergency(desk)
        visitor.say("now i really cant breathe")
        text = dana.get(f"/conversations/{visitor.conversation_id}").text
        assert 'data-testid="again"' in text

    def test_the_card_names_what_the_question_is_about(
        self, dana: Browser, desk: RunningDesk
    ) -> None:
        question = "I take coumadin, may I have this in my left knee?"
        named = {"medicine": "warfarin", "area": "knee", "side": "left"}
        handover = {"reason": "clinical_question", "priority": "normal", "question": question}
        desk.assistant.answer = saying(
            "A person answers.", effects=[{"type": "handover", **handover, "details": named}]
        )
        visitor = desk.visit()
        visitor.say(question)
        path = f"/conversations/{visitor.conversation_id}"
        eventually(lambda: 'data-testid="named"' in dana.get(path).text)
        text = dana.get(path).text
        assert "<dt>Part of the body</dt><dd><bdi>left knee</bdi></dd>" in text
        assert "<dt>Medicine</dt><dd><bdi>warfarin</bdi></dd>" in text

    def test_acknowledging_is_shown_with_the_name(self, dana: Browser, desk: RunningDesk) -> None:
        path = f"/conversations/{emergency(desk).conversation_id}"
        assert dana.post(f"{path}/acknowledge", csrf=dana.form(path)["csrf"]).status_code == 303
        text = dana.get(path).text
        assert "Seen by Dana Reyes" in text
        assert "action-acknowledge" not in text

    @pytest.mark.parametrize("action", ["acknowledge", "take"])
    def test_what_came_after_the_page_was_drawn_is_not_acknowledged(
        self, dana: Browser, desk: RunningDesk, action: str
    ) -> None:
        visitor = emergency(desk)
        path = f"/conversations/{visitor.conversation_id}"
        form = dana.form(path)
        visitor.say("the bleeding won't stop, 3 towels already")
        dana.post(f"{path}/{action}", csrf=form["csrf"], seen_number=form["seen_number"])
        assert 'data-count="1"' in dana.get("/waiting").text
        assert "Bleeding" in dana.get("/waiting").text

    def test_giving_back_closes_no_emergency_that_was_not_on_the_page(
        self, dana: Browser, desk: RunningDesk
    ) -> None:
        visitor = emergency(desk)
        path = f"/conversations/{visitor.conversation_id}"
        dana.post(f"{path}/take", csrf=dana.form(path)["csrf"])
        form = dana.form(path)
        visitor.say("the bleeding won't stop, 3 towels already")
        dana.post(f"{path}/give-back", csrf=form["csrf"], seen_number=form["seen_number"])
        assert 'data-count="1"' in dana.get("/waiting").text

    def test_a_reply_reaches_the_patient_and_takes_over(
        self, dana: Browser, desk: RunningDesk
    ) -> None:
        visitor = emergency(desk)
        path = f"/conversations/{visitor.conversation_id}"
        sent = dana.post(f"{path}/replies", **dana.form(path) | {"text": "Are you safe?"})
        assert sent.status_code == 303
        last = visitor.messages()[-1]
        assert (last["author"], last["name"], last["text"]) == (
            "staff",
            "Dana Reyes",
            "Are you safe?",
        )
        assert "<strong>You</strong> answer" in dana.get(path).text

    def test_the_same_form_sent_twice_sends_one_reply(
        self, dana: Browser, desk: RunningDesk
    ) -> None:
        visitor = emergency(desk)
        path = f"/conversations/{visitor.conversation_id}"
        form = dana.form(path) | {"text": "Are you safe?"}
        assert [dana.post(f"{path}/replies", **form).status_code for _ in range(2)] == [303, 303]
        assert visitor.texts().count("Are you safe?") == 1

    def test_a_reply_that_does_not_know_the_newest_message_is_kept_and_asked_about(
        self, dana: Browser, desk: RunningDesk
    ) -> None:
        visitor = emergency(desk)
        path = f"/conversations/{visitor.conversation_id}"
        form = dana.form(path) | {"text": "Are you safe?"}
        visitor.say("I have called them")
        refused = dana.post(f"{path}/replies", **form)
        assert refused.status_code == 409
        assert "Send anyway" in refused.text
        assert ">Are you safe?</textarea>" in refused.text
        assert "I have called them" in refused.text.partition("reply-error")[2]
        shown = re.search(r'name="shown_number" value="(\d+)"', refused.text)
        assert shown is not None
        again = dana.post(f"{path}/replies", **form | {"shown_number": shown[1]})
        assert again.status_code == 303
        assert visitor.texts()[-1] == "Are you safe?"

    def test_a_reply_that_cannot_be_sent_comes_back(self, dana: Browser, desk: RunningDesk) -> None:
        visitor = emergency(desk)
        before = len(visitor.messages())
        path = f"/conversations/{visitor.conversation_id}"
        for text in ("", "   \n", "x" * 4_001, "\x00"):
            refused = dana.post(f"{path}/replies", **dana.form(path) | {"text": text})
            assert refused.status_code == 422
            assert 'data-testid="reply-error"' in refused.text
        assert len(visitor.messages()) == before

    def test_taking_over_and_giving_back_change_who_answers(
        self, dana: Browser, desk: RunningDesk
    ) -> None:
        visitor = emergency(desk)
        path = f"/conversations/{visitor.conversation_id}"
        dana.post(f"{path}/take", csrf=dana.form(path)["csrf"])
        assert visitor.read()["state"]["owner"] == "staff"
        dana.post(f"{path}/give-back", csrf=dana.form(path)["csrf"])
        assert visitor.read()["state"]["owner"] == "assistant"

    @pytest.mark.parametrize(("keep_form", "goes_on"), [("true", True), ("false", False)])
    def test_giving_back_an_open_booking_keeps_or_drops_it(
        self, dana: Browser, desk: RunningDesk, keep_form: str, goes_on: bool
    ) -> None:
        form = {"name": "booking_form", "asking": "area", "slots": {"name": "Maria Lopez"}}
        desk.assistant.answer = saying("Which part of your body?", form=form)
        visitor = desk.visit()
        visitor.say("Maria Lopez")
        visitor.wait_until_quiet()
        path = f"/conversations/{visitor.conversation_id}"
        csrf = dana.form(path)["csrf"]
        dana.post(f"{path}/take", csrf=csrf)
        page = dana.get(path).text
        assert "Give back, booking goes on" in page
        assert "Give back, drop the booking" in page
        dana.post(f"{path}/give-back", csrf=csrf, keep_form=keep_form)
        assert ("Booking not finished" in dana.get(path).text) is goes_on

    def test_a_form_without_its_token_changes_nothing(
        self, dana: Browser, desk: RunningDesk
    ) -> None:
        visitor = emergency(desk)
        before = visitor.read()
        for action in ("take", "give-back", "acknowledge", "replies"):
            for csrf in ("", "guessed", "é"):
                form = {"csrf": csrf, "text": "hello", "client_id": str(uuid.uuid4())}
                path = f"/conversations/{visitor.conversation_id}/{action}"
                assert dana.post(path, **form).status_code == 403
        assert visitor.read() == before

    def test_a_conversation_that_is_not_there_is_not_found(self, dana: Browser) -> None:
        assert dana.get("/conversations/unknown").status_code == 404


class TestLive:
    """The notice that something has changed."""

    def test_it_comes_with_every_change_and_carries_no_words(
        self, dana: Browser, desk: RunningDesk
    ) -> None:
        with dana.http.stream("GET", "/inbox/feed") as response:
            lines = response.iter_lines()
            assert next(line for line in lines if line.startswith("event")) == "event: changed"
            emergency(desk)
            after = [next(lines) for _ in range(6)]
        assert "event: changed" in after
        assert "chest" not in "".join(after)

    def test_it_tells_who_types_in_the_conversation_that_is_shown(
        self, dana: Browser, desk: RunningDesk
    ) -> None:
        shown, other = desk.visit(), desk.visit()
        with dana.http.stream("GET", f"/inbox/feed?conversation={shown.conversation_id}") as feed:
            lines = (line for line in feed.iter_lines() if line.startswith(("event", "data")))
            assert next(lines) == "event: changed"
            for visitor in (other, shown):
                desk.http.post(f"{visitor.path}/typing", headers=visitor.headers)
            assert "event: typing" in lines
            assert next(lines) == 'data: {"typing": ["patient"]}'
            shown.say("does it hurt?")
            assert "event: typing" in lines
            assert next(lines) == 'data: {"typing": []}'

    def test_it_ends_when_the_session_has_ended(self, dana: Browser) -> None:
        csrf = dana.form("/waiting")["csrf"]
        with dana.http.stream("GET", "/inbox/feed") as response:
            lines = response.iter_lines()
            assert next(line for line in lines if line.startswith("event")) == "event: changed"
            dana.post("/sign-out", csrf=csrf)
            assert [line for line in lines if line.startswith("event")] == ["event: signed-out"]

    def test_it_ends_for_a_disabled_account_also_when_there_is_news(
        self, dana: Browser, desk: RunningDesk, settings: Settings
    ) -> None:
        with dana.http.stream("GET", "/inbox/feed") as response:
            lines = response.iter_lines()
            assert next(line for line in lines if line.startswith("event")) == "event: changed"
            in_database(settings, lambda s: staff_service.disable(s, EMAIL, system_clock()))
            desk.visit()
            assert [line for line in lines if line.startswith("event")] == ["event: signed-out"]
