"""Several assistants behind one front desk, and one that is left alone while it fails."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from clinic.settings import Clinic
from frontdesk.app import create_app
from frontdesk.settings import Settings
from frontdesk.turns.assistant import in_order
from frontdesk.turns.breaker import FAILURES
from tests.fakes.assistant import FakeAssistant, saying
from tests.frontdesk.conftest import TOKEN
from tests.frontdesk.desk import RunningDesk, TestClock, eventually, served


@pytest.fixture
def second() -> Iterator[FakeAssistant]:
    """Another assistant."""
    fake = FakeAssistant(TOKEN, answer=saying("The second says so."))
    yield fake
    fake.close()


@pytest.fixture
def two(
    settings: Settings, clinic: Clinic, assistant: FakeAssistant, second: FakeAssistant
) -> Iterator[RunningDesk]:
    """A front desk with two assistants."""
    addresses: dict[str, Any] = {"assistant_url": f"{assistant.url}, {second.url}"}
    values = {**settings.model_dump(), "assistant_token": TOKEN, **addresses}
    clock = TestClock()
    app = create_app(Settings.model_validate(values), clinic, clock)
    with served(app) as url:
        running = RunningDesk(app, url, assistant, clock)
        yield running
        running.http.close()


def asked(desk: RunningDesk, second: FakeAssistant) -> dict[str, set[str]]:
    """Which conversations each assistant was asked about."""
    return {
        each.url: {turn["conversation_id"] for turn in each.turns}
        for each in (desk.assistant, second)
    }


class TestChoice:
    def test_is_the_same_for_one_conversation_and_spreads_over_many(self) -> None:
        addresses = ["http://a", "http://b", "http://c"]
        first = [in_order(addresses, f"conversation {n}")[0] for n in range(3_000)]
        assert first == [in_order(addresses, f"conversation {n}")[0] for n in range(3_000)]
        assert all(900 < first.count(address) < 1_100 for address in addresses)

    def test_moves_only_the_conversations_of_the_one_that_is_gone(self) -> None:
        addresses = ["http://a", "http://b", "http://c"]
        for number in range(300):
            order = in_order(addresses, f"conversation {number}")
            left = [address for address in order if address != "http://b"]
            assert in_order(["http://a", "http://c"], f"conversation {number}") == left

    def test_stays_with_one_assistant_for_all_of_a_conversation(
        self, two: RunningDesk, second: FakeAssistant
    ) -> None:
        visitors = [two.visit() for _ in range(8)]
        for visitor in visitors * 2:
            visitor.say("does it hurt?")
            visitor.wait_until_quiet()
        one, other = asked(two, second).values()
        assert not one & other
        assert len(one | other) == len(visitors)


class TestFailure:
    def test_of_one_that_is_gone_loses_no_question(
        self, two: RunningDesk, second: FakeAssistant
    ) -> None:
        two.assistant.close()
        visitors = [two.visit() for _ in range(6)]
        for visitor in visitors:
            visitor.say("does it hurt?")
        for visitor in visitors:
            visitor.wait_for("The second says so.")
        assert two.http.get("/health/ready").json()["assistant"] == "ready"

    def test_of_one_that_hangs_moves_its_conversations_to_the_other(
        self, two: RunningDesk, second: FakeAssistant
    ) -> None:
        visitor = two.visit()
        while not two.assistant.turns:  # a conversation of the first
            visitor = two.visit()
            visitor.say("does it hurt?")
            visitor.wait_until_quiet()
        two.assistant.status = 503
        visitor.say("and afterwards?")
        eventually(lambda: len(two.assistant.turns) > FAILURES)
        two.clock.ahead += timedelta(seconds=10)
        visitor.wait_for("The second says so.")


class TestBreaker:
    def test_asks_no_more_while_all_fail_and_goes_on_by_itself(self, desk: RunningDesk) -> None:
        desk.assistant.status = 503
        visitors = [desk.visit() for _ in range(FAILURES + 2)]
        for visitor in visitors:
            visitor.say("does it hurt?")
        eventually(lambda: len(desk.assistant.turns) >= FAILURES)
        # Due at once, again and again: only the breaker holds them back.
        seen = len(desk.assistant.turns)
        for _ in range(5):
            desk.clock.ahead += timedelta(seconds=6)
            visitors[0].read()
        assert len(desk.assistant.turns) <= seen + 2
        desk.assistant.status = 200
        for visitor in visitors:
            desk.clock.ahead += timedelta(seconds=6)
            visitor.wait_for("Here is what our pages say.")
