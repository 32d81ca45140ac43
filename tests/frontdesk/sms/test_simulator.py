"""Texts without an account: the phone page's interface, and the provider behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from pydantic import AnyHttpUrl
from sqlalchemy import create_engine, text

from clinic.settings import Clinic
from frontdesk.app import create_app
from frontdesk.lines import line_of
from frontdesk.settings import Settings
from tests.fakes.assistant import FakeAssistant
from tests.frontdesk.desk import RunningDesk, TestClock, eventually, served
from tests.frontdesk.sms.conftest import ANSWER


@pytest.fixture
def settings(settings: Settings, unused_port: int) -> Settings:
    """As `make run` has them: no account, no public address."""
    return settings.model_copy(
        update={"sms_provider": "simulator", "public_url": None, "port": unused_port}
    )


@pytest.fixture
def desk(settings: Settings, clinic: Clinic, assistant: FakeAssistant) -> Iterator[RunningDesk]:
    """A front desk at the port that its settings name, since the simulator asks it there."""
    clock = TestClock()
    app = create_app(settings, clinic, clock)
    with served(app, settings.port) as url:
        running = RunningDesk(app, url, assistant, clock)
        yield running
        running.http.close()


@dataclass
class Phone:
    """A simulated phone, as the page has it."""

    desk: RunningDesk
    number: str
    token: str

    def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.desk.http.request(method, f"/demo/phone{path}", headers=headers, **more)

    def text(self, words: str) -> bool:
        answer = self.ask("POST", "/texts", json={"text": words})
        assert answer.status_code == 201
        return bool(answer.json()["arrived"])

    def screen(self, after: int = 0) -> list[tuple[bool, str]]:
        texts = self.ask("GET", f"/texts?after={after}").json()["texts"]
        return [(text["mine"], text["text"]) for text in texts]


@pytest.fixture
def phone(desk: RunningDesk) -> Phone:
    """A phone that has just been taken."""
    return take(desk)


def take(desk: RunningDesk) -> Phone:
    """Take a phone."""
    taken = desk.http.post("/demo/phone/phones").json()
    return Phone(desk, taken["number"], taken["token"])


def test_sends_and_gets_texts(phone: Phone) -> None:
    assert phone.text("Does it hurt?")
    eventually(lambda: len(phone.screen()) == 2)
    (asked, answered) = phone.screen()
    assert asked == (True, "Does it hurt?")
    assert not answered[0]
    assert answered[1].endswith(ANSWER)


def test_hears_that_its_texts_arrived(phone: Phone, settings: Settings) -> None:
    phone.text("Does it hurt?")
    engine = create_engine(settings.database)

    def states() -> list[str]:
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT state FROM sms_deliveries"))
            return [row[0] for row in rows]

    eventually(lambda: states() == ["delivered"])
    engine.dispose()


def test_shows_no_other_phones_texts(phone: Phone, desk: RunningDesk) -> None:
    phone.text("Does it hurt?")
    other = take(desk)
    assert other.number != phone.number
    assert other.screen() == []
    nobody = Phone(desk, phone.number, "x")
    assert nobody.ask("GET", "/texts").status_code == 401


def test_gives_phones_to_everybody_who_comes(desk: RunningDesk) -> None:
    phones = [take(desk) for _ in range(103)]
    assert len({phone.number for phone in phones}) == 99
    assert phones[0].ask("GET", "/texts").json()["code"] == "no_phone"
    assert phones[-1].text("Does it hurt?")


@pytest.mark.parametrize("words", ["", " ", "x" * 1_601])
def test_takes_no_text_that_no_phone_could_send(phone: Phone, words: str) -> None:
    assert phone.ask("POST", "/texts", json={"text": words}).status_code == 422


def test_provider_is_closed_to_whoever_has_no_account(desk: RunningDesk) -> None:
    path = "/simulator/2010-04-01/Accounts/ACsimulator/Messages.json"
    assert desk.http.get(path).status_code == 401
    assert desk.http.get(path, auth=("ACsimulator", "guess")).status_code == 401


@pytest.mark.parametrize("address", ["https://chat.clinic.example", "http://192.168.1.7:8000"])
def test_is_not_there_at_an_address_that_others_reach(
    settings: Settings, clinic: Clinic, address: str
) -> None:
    public = settings.model_copy(update={"public_url": AnyHttpUrl(address)})
    assert line_of(public, clinic, "k" * 40) is None
    with served(create_app(public, clinic)) as url:
        for path in ("/demo/phone", "/demo/phone/phones", "/simulator/x", "/sms/twilio/messages"):
            assert httpx2.post(f"{url}{path}", trust_env=False).status_code == 404
        about = httpx2.get(f"{url}/api/v1/clinic", trust_env=False).json()
        assert (about["texting"], about["texting_simulated"]) == (False, False)
