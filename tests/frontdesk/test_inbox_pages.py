"""The inbox's pages over HTTP: who gets in, what they see, and what their forms do."""

import asyncio
import html
import re
import uuid
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from frontdesk.clock import system_clock
from frontdesk.database import Database
from frontdesk.settings import Settings
from frontdesk.staff import service as staff_service
from tests.fakes.assistant import saying
from tests.frontdesk.conftest import PASSWORD, hire
from tests.frontdesk.desk import RunningDesk, Visitor, eventually

ATTACK = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{7*7}}"
EMAIL = "dana@example.com"
PAGES = ("waiting", "open", "ended", "bookings")
BY_ITSELF = {"HX-Request": "true"}
T = TypeVar("T")


class Browser:
    """A browser as far as forms and cookies go."""

    def __init__(self, url: str, address: str | None = None) -> None:
        transport = httpx2.HTTPTransport(local_address=address)
        self.http = httpx2.Client(base_url=url, timeout=10, trust_env=False, transport=transport)

    def get(self, path: str, **more: Any) -> httpx2.Response:
        return self.http.get(f"/inbox{path}", **more)

    def post(self, path: str, **values: str) -> httpx2.Response:
        """Send a form as our own page would."""
        headers = {"Origin": str(self.http.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        return self.http.post(f"/inbox{path}", data=values, headers=headers)

    def form(self, path: str, **more: Any) -> dict[str, str]:
        """The hidden fields of the page."""
        text = self.get(path, **more).text
        found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text)
        return {name: html.unescape(value) for name, value in found}

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> httpx2.Response:
        return self.post("/sign-in", email=email, password=password)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """Pages do not depend on the kind of database: one is enough here."""
    return f"sqlite:///{tmp_path / 'frontdesk.db'}"


@pytest.fixture
def stranger(desk: RunningDesk) -> Iterator[Browser]:
    """Somebody who is not signed in."""
    browser = Browser(desk.url)
    yield browser
    browser.http.close()


@pytest.fixture
def dana(desk: RunningDesk, settings: Settings, stranger: Browser) -> Browser:
    """Dana, signed in."""
    hire(desk, settings, "Dana Reyes", EMAIL)
    assert stranger.sign_in().status_code == 303
    return stranger


def in_database(settings: Settings, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """What a command does beside the running front desk."""

    async def run() -> T:
        database = Database(settings.database)
        async with database.transaction() as session:
            result = await work(session)
        await database.close()
        return result

    return asyncio.run(run())


@pytest.fixture
def first_link(desk: RunningDesk, settings: Settings) -> str:
    """The path of the one-time link that makes the first account."""
    token = in_database(settings, lambda s: staff_service.first_invitation(s, system_clock()))
    return f"/invitations/{token}"


def emergency(desk: RunningDesk) -> Visitor:
    visitor = desk.visit()
    visitor.say("my chest hurts and I can't breathe")
    visitor.wait_until_quiet()
    return visitor


class TestGettingIn:
    """Sign-in, the one-time link, sign-out."""

    def test_every_page_asks_strangers_to_sign_in(self, stranger: Browser) -> None:
        for page in (*PAGES, "conversations/abc"):
            response = stranger.get(f"/{page}")
            assert response.status_code == 303
            assert response.headers["location"] == f"/inbox/sign-in?next=/inbox/{page}"

    def test_the_feed_is_refused_to_strangers(self, stranger: Browser) -> None:
        assert stranger.get("/feed").status_code == 303

    def test_a_part_of_a_page_is_refused_without_a_redirect(self, stranger: Browser) -> None:
        assert stranger.get("/waiting", headers={"HX-Request": "true"}).status_code == 401

    def test_a_wrong_password_keeps_the_address_and_not_the_password(self, dana: Browser) -> None:
        response = dana.sign_in(password="not the right one")
        assert response.status_code == 401
        assert EMAIL in response.text
        assert "not the right one" not in response.text

    def test_signing_in_leads_nowhere_outside(self, dana: Browser) -> None:
        for goal in ("https://evil.example", "//evil.example", "/inbox//evil", "/inbox/\\evil"):
            response = dana.post("/sign-in", email=EMAIL, password=PASSWORD, next=goal)
            assert response.headers["location"] == "/inbox/waiting"

    def test_a_form_of_another_site_is_refused(self, dana: Browser) -> None:
        headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        values = {"email": EMAIL, "password": PASSWORD}
        response = dana.http.post("/inbox/sign-in", data=values, headers=headers)
        assert response.status_code == 403
        assert "set-cookie" not in response.headers

    def test_the_session_cookie_is_out_of_reach_for_scripts_and_sites(self, dana: Browser) -> None:
        cookie = dana.sign_in().headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "path=/" in cookie

    def test_after_signing_out_the_old_cookie_opens_nothing(self, dana: Browser) -> None:
        csrf = dana.form("/waiting")["csrf"]
        kept = dict(dana.http.cookies)
        assert dana.post("/sign-out", csrf=csrf).status_code == 303
        dana.http.cookies.update(kept)
        assert dana.get("/waiting").status_code == 303

    def test_the_first_link_makes_the_first_account_once(
        self, stranger: Browser, first_link: str
    ) -> None:
        assert "Make the first account" in stranger.get(first_link).text
        refused = stranger.post(first_link, name="Ada", email="ada@example.com", password="short")
        assert refused.status_code == 422
        assert "at least 12 characters" in refused.text
        assert 'value="Ada"' in refused.text
        filled = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}
        assert stranger.post(first_link, **filled).status_code == 303
        assert "Ada" in stranger.get("/waiting").text
        assert stranger.get(first_link).status_code == 404


class TestGuessing:
    """How often somebody may try."""

    @pytest.fixture(autouse=True)
    def _two_tries(self, settings: Settings) -> None:
        settings.sign_ins_per_minute = 2

    def test_one_address_has_few_tries(self, stranger: Browser) -> None:
        tries = [stranger.sign_in(f"{name}@example.com").status_code for name in "abc"]
        assert tries == [401, 401, 429]

    def test_one_account_has_few_tries_from_all_addresses(self, desk: RunningDesk) -> None:
        guessers = [Browser(desk.url, f"127.0.0.{number}") for number in range(2, 6)]
        tries = [guesser.sign_in().status_code for guesser in guessers for _ in range(2)]
        assert tries == [401] * 6 + [429] * 2
        assert Browser(desk.url, "127.0.0.6").sign_in(" DANA@example.com").status_code == 429
        assert Browser(desk.url, "127.0.0.7").sign_in("ada@example.com").status_code == 401


class TestSignOff:
    """The automatic sign-off after two hours in which the person did nothing."""

    def test_comes_although_the_open_page_fetches_itself(
        self, dana: Browser, desk: RunningDesk
    ) -> None:
        desk.clock.ahead = timedelta(hours=1, minutes=59)
        for page in PAGES:
            assert dana.get(f"/{page}", headers=BY_ITSELF).status_code == 200
        with dana.http.stream("GET", "/inbox/feed") as response:
            assert next(response.iter_lines())
        desk.clock.ahead = timedelta(hours=2, minutes=1)
        assert dana.get("/waiting", headers=BY_ITSELF).status_code == 401
        assert dana.get("/waiting").status_code == 303

    def test_is_put_off_by_going_to_a_page(self, dana: Browser, desk: RunningDesk) -> None:
        desk.clock.ahead = timedelta(hours=1, minutes=59)
        dana.get("/open")
        desk.clock.ahead = timedelta(hours=3)
        assert dana.get("/waiting").status_code == 200

    def test_is_put_off_by_what_the_person_sends(self, dana: Browser, desk: RunningDesk) -> None:
        path = f"/conversations/{emergency(desk).conversation_id}"
        csrf = dana.form(path, headers=BY_ITSELF)["csrf"]
        desk.clock.ahead = timedelta(hours=1, minutes=59)
        dana.http.headers.update(BY_ITSELF)
        assert dana.post(f"{path}/take", csrf=csrf).status_code == 303
        desk.clock.ahead = timedelta(hours=3)
        assert dana.get("/waiting").status_code == 200


class TestHeaders:
    """What keeps other people's scripts and caches out."""

    def test_pages_allow_our_own_files_only_and_are_not_kept(self, dana: Browser) -> None:
        for page in ("sign-in", *PAGES):
            headers = dana.get(f"/{page}").headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "script-src 'self'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["cache-control"] == "no-store"

    def test_pages_hold_nothing_that_the_policy_refuses(self, dana: Browser) -> None:
        for page in ("sign-in", *PAGES):
            text = dana.get(f"/{page}").text
            assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
            assert not any(re.findall(r"<script[^>]*>(.*?)</script>", text))


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
        assert "<dt>Part of the body</dt><dd>left knee</dd>" in text
        assert "<dt>Medicine</dt><dd>warfarin</dd>" in text

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
        for text in ("", "   \n", "x" * 4_001, "a\x00b"):
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
