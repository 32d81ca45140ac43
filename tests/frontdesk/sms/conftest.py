"""Fixtures: a front desk with a line at the stand-in for the provider."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from frontdesk.settings import Settings
from frontdesk.sms import worker
from tests.fakes.twilio import FakeTwilio
from tests.fakes.twilio_http import Answer
from tests.frontdesk.desk import RunningDesk, eventually

PHONE = "+16025550111"
ANSWER = "Here is what our pages say."


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    """The provider."""
    fake = FakeTwilio()
    yield fake
    fake.close()


@pytest.fixture
def unused_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def tokens(twilio: FakeTwilio) -> str:
    """What TWILIO_AUTH_TOKEN holds."""
    return twilio.auth_token


@pytest.fixture
def settings(settings: Settings, twilio: FakeTwilio, tokens: str) -> Settings:
    """The settings of a front desk with an account there."""
    return settings.model_validate(
        {
            **settings.model_dump(exclude={"assistant_token", "twilio_auth_token"}),
            "assistant_token": settings.token,
            "sms_provider": "twilio",
            "twilio_account_sid": twilio.account_sid,
            "twilio_auth_token": tokens,
            "twilio_from": twilio.number,
            "twilio_api_base": twilio.url,
            "public_url": twilio.public_url,
        }
    )


@pytest.fixture
def texting(
    desk: RunningDesk, twilio: FakeTwilio, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> "Texting":
    """The front desk, its provider, and the patients' phones."""
    twilio.desk_url, twilio.now = desk.url, desk.clock
    return Texting(desk, twilio, settings)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done every few seconds or minutes is done at once."""
    monkeypatch.setattr(worker, "_POLL_SECONDS", 0.1)
    monkeypatch.setattr(worker, "_SETTLE_SECONDS", 0.1)
    monkeypatch.setattr(worker, "_SWEEP_SECONDS", 0.2)


@dataclass
class Texting:
    """What a test may do, and what it may look at."""

    desk: RunningDesk
    twilio: FakeTwilio
    settings: Settings
    phone: str = PHONE

    def text(self, words: str, *, phone: str | None = None, **more: Any) -> Answer:
        """A patient texts; the front desk has to take it."""
        answer = self.twilio.text(phone or self.phone, words, **more)
        assert (answer.status, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
        return answer

    def texts(self, phone: str | None = None) -> list[str]:
        """What the phone has got from us, in order."""
        return self.twilio.texts_to(phone or self.phone)

    def wait_for_text(self, words: str, phone: str | None = None) -> str:
        """The first text on the phone that holds the words."""
        eventually(lambda: any(words in each for each in self.texts(phone)))
        return next(each for each in self.texts(phone) if words in each)

    def rows(self, query: str, **values: Any) -> list[Any]:
        """What stands in the database."""
        engine = create_engine(self.settings.database)
        with engine.connect() as connection:
            found = connection.execute(text(query), values).all()
        engine.dispose()
        return list(found)

    def rows_changed(self, statement: str) -> None:
        """Change what stands in the database."""
        engine = create_engine(self.settings.database)
        with engine.begin() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def values(self, query: str, **values: Any) -> list[Any]:
        """The first column of what stands in the database."""
        return [row[0] for row in self.rows(query, **values)]

    def states(self) -> list[str]:
        """The state of every delivery, in the order in which they were made."""
        return self.values("SELECT state FROM sms_deliveries ORDER BY created_at, place, id")

    def wait_for_deliveries(self, count: int) -> None:
        """Until so many have been made."""
        eventually(lambda: len(self.states()) >= count)

    def conversation_id(self, phone: str | None = None) -> str:
        """The phone's conversation by text."""
        found = self.values(
            "SELECT conversation_id FROM sms_numbers WHERE number = :number",
            number=phone or self.phone,
        )
        return str(found[0])

    def said(self, phone: str | None = None) -> list[tuple[str, str, str]]:
        """The conversation: (author, kind, text)."""
        return [
            (row[0], row[1], row[2])
            for row in self.rows(
                "SELECT author, kind, text FROM messages WHERE conversation_id = :id "
                "ORDER BY number",
                id=self.conversation_id(phone),
            )
        ]

    def outcomes(self) -> list[str]:
        """What became of each text that came."""
        return self.values("SELECT outcome FROM sms_inbound ORDER BY received_at, id")

    def cards(self) -> list[tuple[str, str]]:
        """What waits for staff: (reason, question)."""
        return [
            (row[0], row[1])
            for row in self.rows(
                "SELECT reason, question FROM handovers WHERE closed_at IS NULL ORDER BY opened_at"
            )
        ]


def assert_nothing_more(texting: Texting, texts: list[str], phone: str | None = None) -> None:
    """The phone has got these texts and no more, since another phone's later one is there."""
    other = "+16025550199"
    before = len(texting.texts(other))
    texting.text("HELP", phone=other)
    eventually(lambda: len(texting.texts(other)) > before)
    assert texting.texts(phone) == texts
