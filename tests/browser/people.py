"""The people of a browser test, in the words of what they do."""

import re
from dataclasses import dataclass

from playwright.sync_api import FrameLocator, Locator, Page, expect

# The assistant's process takes seconds to come back after a kill.
ANSWER_MS = 20_000
LONG_MS = 90_000
PASSWORD = "sugar water and patience"


@dataclass(frozen=True)
class Patient:
    """Somebody with the chat open on the clinic's page."""

    page: Page

    @classmethod
    def arrives(cls, page: Page) -> "Patient":
        """Open the clinic's page, and the chat on it."""
        page.goto("/demo")
        patient = cls(page)
        patient.open_chat()
        return patient

    @property
    def chat(self) -> FrameLocator:
        """The chat's frame."""
        return self.page.frame_locator("iframe")

    @property
    def messages(self) -> Locator:
        """Every message, oldest first."""
        return self.chat.locator("#messages .message")

    def open_chat(self) -> None:
        """Open the chat, unless the tab did so by itself."""
        self.page.wait_for_load_state("load")
        if not self.page.locator("iframe").count():
            self.page.get_by_role("button", name="Ask a question").click()
        expect(self.messages.first).to_be_visible()

    def says(self, text: str) -> None:
        """Type and send."""
        box = self.chat.locator("#box")
        box.fill(text)
        box.press("Enter")
        expect(self.messages.filter(has_text=text).last).to_be_visible()

    def chooses(self, label: str) -> None:
        """Tap one of the answers on offer."""
        self.chat.locator(
            ".choices .choice", has_text=re.compile(label, re.IGNORECASE)
        ).last.click()

    def answers(self) -> Locator:
        """What the assistant has said."""
        return self.chat.locator("#messages .message.from-assistant")

    def asks(self, text: str, timeout: int = ANSWER_MS) -> str:
        """Say something and wait for the assistant's next message; gives its whole text."""
        before = self.answers().count()
        self.says(text)
        expect(self.answers().nth(before)).to_be_visible(timeout=timeout)
        expect(self.chat.locator("#thinking")).to_be_hidden(timeout=timeout)
        return "\n".join(self.answers().all_inner_texts()[before:])

    def sees(self, text: str | re.Pattern[str], timeout: int = ANSWER_MS) -> None:
        """Wait for a message with this text."""
        expect(self.messages.filter(has_text=text).last).to_be_visible(timeout=timeout)

    def sees_emergency_advice(self, times: int = 1) -> None:
        """The advice to call 911 stands there, so many times."""
        advice = self.chat.locator("#messages .kind-emergency")
        expect(advice).to_have_count(times)
        expect(advice.last).to_contain_text("911")

    def transcript(self) -> list[tuple[str, str]]:
        """The numbers and texts of all messages, oldest first."""
        found = self.messages.all()
        return [(one.get_attribute("data-number") or "", one.inner_text()) for one in found]


@dataclass(frozen=True)
class Staff:
    """Somebody of the clinic, signed in to the inbox."""

    page: Page

    @classmethod
    def joins(cls, page: Page, link: str) -> "Staff":
        """Open the one-time link and choose a password."""
        page.goto(link)
        page.get_by_label("New password").fill(PASSWORD)
        page.get_by_role("button", name="Set password and go in").click()
        expect(page.get_by_role("heading", name="Waiting for a person")).to_be_visible()
        return cls(page)

    def row(self, words: str) -> Locator:
        """The waiting conversation with these words of the patient."""
        return self.page.get_by_test_id("row").filter(has_text=words)

    def opens(self, words: str) -> None:
        """Open the waiting conversation with these words of the patient."""
        self.page.goto("/inbox/waiting")
        self.row(words).get_by_role("link").click()
        expect(self.page.get_by_test_id("conversation")).to_be_visible()

    def replies(self, text: str) -> None:
        """Write to the patient."""
        self.page.get_by_label("Your reply").fill(text)
        self.page.get_by_role("button", name="Send reply").click()
        expect(self.page.get_by_test_id("transcript")).to_contain_text(text)

    def gives_back(self) -> None:
        """Let the assistant answer again."""
        self.page.get_by_role("button", name="Give back to assistant").click()
        expect(self.page.get_by_test_id("owner").first).to_contain_text("automated assistant")
