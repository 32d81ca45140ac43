"""The live feed: typing, reading, owners, and several front desk processes."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from clinic.settings import Clinic
from frontdesk.app import create_app
from frontdesk.conversations import feed as feeds
from frontdesk.conversations.feed import Feed
from frontdesk.conversations.notices import pass_on
from frontdesk.settings import Settings
from tests.frontdesk.conftest import Person
from tests.frontdesk.desk import RunningDesk, TestClock, Visitor, served


@pytest.fixture
def other(settings: Settings, clinic: Clinic, desk: RunningDesk) -> Iterator[RunningDesk]:
    """A second front desk on the same database; one process alone serves SQLite."""
    if settings.database.startswith("sqlite"):
        yield desk
        return
    app = create_app(settings, clinic, desk.clock)
    with served(app) as url:
        running = RunningDesk(app, url, desk.assistant, desk.clock)
        yield running
        running.http.close()


def state_with(events: Iterator[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    """The first state in which these values hold."""
    for event in events:
        if event["event"] == "state" and wanted.items() <= event["data"].items():
            state: dict[str, Any] = event["data"]
            return state
    raise AssertionError("the feed ended")


class TestTyping:
    def test_is_shown_to_the_other_side_and_ends_with_the_message(
        self, desk: RunningDesk, visitor: Visitor, nurse: Person
    ) -> None:
        path = f"/conversations/{visitor.conversation_id}"
        with visitor.feed() as events:
            assert nurse.call("POST", f"{path}/typing").status_code == 204
            state_with(events, typing=["staff"])
            seen = visitor.read()["state"]["last_number"]
            body = {"client_id": "8a0d0c1e-1111-4222-8333-444455556666", "text": "Hello."}
            nurse.call("POST", f"{path}/replies", json={**body, "seen_number": seen})
            assert state_with(events, owner="staff")["typing"] == []

    def test_of_the_patient_is_on_the_card(
        self, desk: RunningDesk, visitor: Visitor, nurse: Person
    ) -> None:
        typing = desk.http.post(f"{visitor.path}/typing", headers=visitor.headers)
        assert typing.status_code == 204
        card = nurse.call("GET", f"/conversations/{visitor.conversation_id}").json()
        assert card["state"]["typing"] == ["patient"]

    def test_ends_by_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(feeds, "TYPING_SECONDS", 0.01)

        async def work() -> None:
            feed = Feed()
            with feed.reader("c1") as changed:
                feed.types("c1", "staff")
                assert feed.typing("c1") == ["staff"]
                changed.clear()
                await changed.wait()
                assert feed.typing("c1") == []

        asyncio.run(work())


class TestReading:
    def test_is_told_to_the_other_side_and_never_goes_back(
        self, desk: RunningDesk, visitor: Visitor, nurse: Person
    ) -> None:
        path = f"/conversations/{visitor.conversation_id}"
        for number, kept in ((2, 2), (1, 2), (99, 3)):
            answer = nurse.call("POST", f"{path}/read", json={"number": number})
            assert answer.status_code == 204
            assert visitor.read()["state"]["read"] == {"patient": 0, "staff": kept}
        mine = desk.http.post(f"{visitor.path}/read", json={"number": 3}, headers=visitor.headers)
        assert mine.status_code == 204
        state = nurse.call("GET", path).json()["state"]
        assert state["read"] == {"patient": 3, "staff": 3}

    @pytest.mark.parametrize("body", [{}, {"number": -1}, {"number": "x"}, {"number": 2**40}])
    def test_of_no_number_is_refused(
        self, desk: RunningDesk, visitor: Visitor, body: dict[str, Any]
    ) -> None:
        answer = desk.http.post(f"{visitor.path}/read", json=body, headers=visitor.headers)
        assert answer.status_code == 422

    def test_comes_over_the_feed(self, visitor: Visitor, nurse: Person) -> None:
        with visitor.feed() as events:
            nurse.call("POST", f"/conversations/{visitor.conversation_id}/read", json={"number": 2})
            state_with(events, read={"patient": 0, "staff": 2})


class TestOwner:
    def test_is_told_to_who_comes_back_later(self, visitor: Visitor, nurse: Person) -> None:
        last = str(visitor.read()["state"]["last_number"])
        nurse.call("POST", f"/conversations/{visitor.conversation_id}/take")
        with visitor.feed(last) as events:
            assert next(events)["data"]["kind"] == "notice"
            assert next(events)["data"]["owner"] == "staff"


class TestLongConversation:
    def test_comes_in_pieces_and_in_order(
        self, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("frontdesk.web_chat.live._AT_ONCE", 2)
        for number in range(4):
            visitor.say(f"question {number}")
            visitor.wait_until_quiet()
        with visitor.feed() as events:
            messages = (event for event in events if event["event"] == "message")
            assert [next(messages)["id"] for _ in range(11)] == [str(n) for n in range(1, 12)]


class TestStop:
    def test_ends_the_feed_with_a_hint_when_to_come_back(
        self, settings: Settings, clinic: Clinic, desk: RunningDesk
    ) -> None:
        app = create_app(settings, clinic, TestClock())
        lines: list[str] = []
        is_open = threading.Event()

        def listen(visitor: Visitor) -> None:
            with visitor.desk.http.stream(
                "GET", f"{visitor.path}/feed", headers=visitor.headers
            ) as response:
                for line in response.iter_lines():
                    lines.append(line)
                    is_open.set()

        with served(app) as url:
            visitor = RunningDesk(app, url, desk.assistant, desk.clock).visit()
            listening = threading.Thread(target=listen, args=(visitor,))
            listening.start()
            is_open.wait(5)
        listening.join(5)
        hint = next(line for line in reversed(lines) if line.startswith("retry: "))
        assert ": stopping" in lines
        assert 300 <= int(hint.removeprefix("retry: ")) <= 2_000


class TestSeveralProcesses:
    def test_deliver_to_each_others_readers(
        self, desk: RunningDesk, other: RunningDesk, visitor: Visitor
    ) -> None:
        elsewhere = Visitor(other, visitor.conversation_id, visitor.token)
        with elsewhere.feed("3") as events:
            next(events)
            visitor.say("and afterwards?")
            messages = (event for event in events if event["event"] == "message")
            assert [next(messages)["id"] for _ in range(2)] == ["4", "5"]

    def test_tell_each_other_who_types(
        self, desk: RunningDesk, other: RunningDesk, visitor: Visitor
    ) -> None:
        elsewhere = Visitor(other, visitor.conversation_id, visitor.token)
        with elsewhere.feed("3") as events:
            next(events)
            desk.http.post(f"{visitor.path}/typing", headers=visitor.headers)
            state_with(events, typing=["patient"])

    def test_wake_everybody_by_a_notice_that_cannot_be_read(self) -> None:
        async def work() -> None:
            feed = Feed()
            with feed.reader("c1") as one, feed.reader("c2") as two:
                for told, woken in (
                    ("c1", [True, False]),
                    ("typing:staff:c2", [False, True]),
                    ("typing:nobody:c2", [True, True]),
                    ("x:y", [True, True]),
                ):
                    one.clear()
                    two.clear()
                    pass_on(told, feed)
                    assert [one.is_set(), two.is_set()] == woken

        asyncio.run(work())
