"""What staff see of texts: the number, whether it may be texted, and what became of each text."""

from collections.abc import Iterator

import pytest

from tests.fakes.twilio import FakeTwilio
from tests.frontdesk.browser import Browser
from tests.frontdesk.desk import eventually
from tests.frontdesk.sms.conftest import ANSWER, Texting


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    """The provider of a front desk without TLS, whose cookies this client gives back."""
    fake = FakeTwilio(public_url="http://localhost")
    yield fake
    fake.close()


@pytest.fixture
def page(texting: Texting, dana: Browser) -> "Page":
    """The conversation's page, once there is one."""
    return Page(texting, dana)


class Page:
    """One conversation in the inbox."""

    def __init__(self, texting: Texting, browser: Browser) -> None:
        self._texting = texting
        self._browser = browser

    def text(self) -> str:
        """The page as it is now."""
        path = f"/conversations/{self._texting.conversation_id()}"
        answer = self._browser.get(path)
        assert answer.status_code == 200
        return " ".join(answer.text.split())

    def shows(self, words: str) -> bool:
        """Whether the words come to stand there."""
        return bool(eventually(lambda: words in self.text()))


def test_the_number_and_what_became_of_each_text(texting: Texting, page: Page) -> None:
    texting.text("Does it hurt?")
    texting.wait_for_text(ANSWER)
    assert page.shows("Delivered to the phone")
    assert '<a class="tel" href="tel:+16025550111">(602) 555-0111</a>' in page.text()
    assert "It goes out as a text message" in page.text()


def test_a_text_that_did_not_arrive_with_what_to_do(texting: Texting, page: Page) -> None:
    texting.twilio.delivered_error(texting.phone, 30006)
    texting.text("Does it hurt?")
    assert page.shows("Our text did not arrive. It is a landline, or its carrier takes no texts.")


def test_that_the_patient_stopped_our_texts(texting: Texting, page: Page) -> None:
    texting.text("CANCEL")
    assert page.shows("They stopped our texts.")
    assert "It may have meant an appointment. Phone them." in page.text()
    assert "so a reply cannot be sent" in page.text()


def test_that_a_picture_came(texting: Texting, page: Page) -> None:
    texting.text("", media=2)
    assert page.shows("[2 pictures or files, not opened here]")
    assert "ask for it in another way" in page.text()


def test_the_other_conversations_of_the_number(texting: Texting, page: Page) -> None:
    texting.text("Does it hurt?")
    first = texting.conversation_id()
    texting.rows_changed("UPDATE sms_numbers SET conversation_id = NULL")
    texting.text("And after?")
    assert page.shows(f'href="/inbox/conversations/{first}"')
