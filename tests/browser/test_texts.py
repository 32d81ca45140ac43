"""Texts, end to end: the demo's phone, the chat's answers by text, and what staff see of both."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.people import ANSWER_MS, LONG_MS, Patient, Staff
from tests.browser.whole import Whole

CHEST = "my chest hurts and I can't breathe, on the bus"


@dataclass(frozen=True)
class Phone:
    """The simulated phone, open on its page."""

    page: Page

    @classmethod
    def taken(cls, page: Page) -> "Phone":
        """Open the page and wait for the phone's number."""
        page.goto("/demo/phone")
        expect(page.locator("#own-number")).to_contain_text("555-01")
        return cls(page)

    @property
    def number(self) -> str:
        """The phone's own number."""
        return self.page.locator("#own-number").inner_text()

    @property
    def got(self) -> Locator:
        """The clinic's texts, oldest first."""
        return self.page.locator("li.text.from-clinic")

    def texts(self, words: str) -> str:
        """Text the clinic; gives the clinic's next text."""
        before = self.got.count()
        self.page.get_by_label("Your text to the clinic").fill(words)
        self.page.get_by_role("button", name="Send", exact=True).click()
        expect(self.got.nth(before)).to_be_visible(timeout=ANSWER_MS)
        return self.got.nth(before).inner_text()


@pytest.fixture
def phone(device: BrowserContext) -> Phone:
    """A patient's phone."""
    return Phone.taken(device.new_page())


@pytest.fixture
def staff(staff_device: BrowserContext, whole: Whole, request: pytest.FixtureRequest) -> Staff:
    """Dr. Rivera, in a browser of her own."""
    email = f"{abs(hash(request.node.name))}@clinic.example"
    return Staff.joins(staff_device.new_page(), whole.staff_link("Dr. Rivera", email))


def test_a_phone_asks_books_gets_help_and_advice(phone: Phone, staff: Staff) -> None:
    first = phone.texts("does it hurt?")
    assert "automated assistant" in first
    assert "numbed" in first
    assert phone.number in phone.texts("I'd like to book a visit")
    assert "Emergency? Call 911" in phone.texts("HELP")
    assert re.search(r"^Clinic:\s+Call 911", phone.texts(CHEST))
    staff.opens(CHEST)
    expect(staff.page.get_by_test_id("phone")).to_contain_text(phone.number)
    expect(staff.page.get_by_test_id("delivery").last).to_have_text("Delivered to the phone")
    staff.page.get_by_role("button", name="Acknowledge").click()
    staff.replies("Are you still at home?")
    expect(phone.got.filter(has_text="Are you still at home?")).to_be_visible(timeout=ANSWER_MS)


def test_an_answer_comes_to_the_phone_as_a_link_that_opens_the_chat(
    patient: Patient, phone: Phone, staff: Staff, staff_device: BrowserContext
) -> None:
    patient.asks("can I do it while I take warfarin for my heart?")
    chat = patient.chat
    chat.get_by_role("button", name="Get the answer by text").click()
    chat.get_by_label("Your phone number").fill(phone.number)
    chat.get_by_role("button", name="Send me a code").click()
    expect(phone.got.first).to_contain_text("your code is", timeout=ANSWER_MS)
    found = re.search(r"\b\d{6}\b", phone.got.first.inner_text())
    assert found is not None
    chat.get_by_label("Code from the text").fill(found[0])
    chat.get_by_role("button", name="Confirm").click()
    expect(chat.get_by_text(f"ending in {phone.number[-2:]}")).to_be_visible()
    patient.page.goto("about:blank")
    staff.opens("warfarin for my heart")
    staff.replies("Please bring your last INR.")
    text = phone.got.filter(has_text="have answered your question")
    expect(text).to_be_visible(timeout=LONG_MS)
    assert "INR" not in text.inner_text()
    address = re.search(r"http\S+/answer#\S+", text.inner_text())
    assert address is not None
    reader = staff_device.new_page()
    reader.goto(address[0])
    reader.get_by_role("button", name="Read the answer").click()
    expect(reader.locator("#messages")).to_contain_text("Please bring your last INR.")
    assert "#" not in reader.url
