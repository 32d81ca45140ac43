"""Takes the README's pictures of a running Preconsult: `python -m tests.browser.pictures`.

Run it in the front desk's environment, in the repository's root; it writes `docs/images/`.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, expect, sync_playwright

from tests.browser.conftest import QUIET, chromium_path
from tests.browser.people import Patient, Staff
from tests.browser.whole import ROOT, Whole, running

IMAGES = ROOT / "docs" / "images"
QUESTION = "I'm on warfarin, can I have this?"


def take(browser: Browser, whole: Whole) -> None:
    """A chat with an answer, and the same conversation in the inbox after a handover."""
    screen = ViewportSize(width=1280, height=800)
    page = browser.new_page(base_url=whole.base_url, viewport=screen, device_scale_factor=1.5)
    patient = Patient.arrives(page)
    patient.asks("does it hurt?")
    page.screenshot(path=IMAGES / "chat.png")
    patient.asks(QUESTION)

    desk = browser.new_page(base_url=whole.base_url, viewport=screen, device_scale_factor=1.5)
    staff = Staff.joins(desk, whole.staff_link("Dr. Rivera", "rivera@clinic.example"))
    staff.opens(QUESTION)
    expect(desk.get_by_test_id("card")).to_be_visible()
    desk.screenshot(path=IMAGES / "inbox.png")


def main() -> None:
    """Start everything, take the pictures, stop."""
    found = chromium_path()
    assert found is not None, "no Chromium on this machine: apt install chromium"
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, headless=True, args=QUIET)
        with running(Path(folder)) as whole:
            take(browser, whole)
        browser.close()


if __name__ == "__main__":
    main()
