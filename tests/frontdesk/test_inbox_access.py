"""Who gets into the inbox's pages, and how long."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from frontdesk.clock import system_clock
from frontdesk.migrating import migrate
from frontdesk.settings import Settings
from frontdesk.staff import service as staff_service
from tests.frontdesk.browser import (
    BY_ITSELF,
    EMAIL,
    PAGES,
    PASSWORD,
    Browser,
    emergency,
    in_database,
)
from tests.frontdesk.desk import RunningDesk


@pytest.fixture
def tables_url(tmp_path: Path) -> str:
    """Pages do not depend on the kind of database: one is enough here."""
    url = f"sqlite:///{tmp_path / 'frontdesk.db'}"
    migrate(url)
    return url


@pytest.fixture
def first_link(desk: RunningDesk, settings: Settings) -> str:
    """The path of the one-time link that makes the first account."""
    token = in_database(settings, lambda s: staff_service.first_invitation(s, system_clock()))
    return f"/invitations/{token}"


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
