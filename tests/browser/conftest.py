"""One browser and one running Preconsult for all tests of this folder."""

import re
import shutil
from collections.abc import Generator, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.browser.people import Patient
from tests.browser.whole import ROOT, Whole, running

PICTURES = ROOT / "var" / "browser"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Other tests run beside these, and nobody waits for the sake of speed here.
PATIENCE_MS = 15_000
FAILED = pytest.StashKey[bool]()


def chromium_path() -> str | None:
    """The Chromium of this machine, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's own Chromium: nothing is downloaded."""
    found = chromium_path()
    if found is None:
        pytest.skip("no Chromium on this machine: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, headless=True, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def whole(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """The three processes, started once (and only where there is a browser to look at them)."""
    with running(tmp_path_factory.mktemp("var")) as whole:
        yield whole


@pytest.fixture
def base_url(whole: Whole) -> str:
    """The front desk's address."""
    return whole.base_url


@pytest.fixture
def device(
    chromium: Browser, base_url: str, request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:
    """A patient's browser, with a picture of each of its pages when the test fails."""
    yield from _device(chromium, base_url, request, "patient")


@pytest.fixture
def staff_device(
    chromium: Browser, base_url: str, request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:
    """The browser of somebody of the staff."""
    yield from _device(chromium, base_url, request, "staff")


def _device(
    chromium: Browser, base_url: str, request: pytest.FixtureRequest, owner: str
) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=base_url, locale="en-US")
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield context
    if request.node.stash.get(FAILED, False):
        _photograph(context, f"{request.node.name}-{owner}")
    context.close()


def _photograph(context: BrowserContext, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(context.pages, start=1):
        file = re.sub(r"\W+", "-", f"{name}-{number}") + ".png"
        page.screenshot(path=PICTURES / file)


@pytest.fixture
def patient(device: BrowserContext) -> Patient:
    """A patient on the clinic's page, the chat open."""
    return Patient.arrives(device.new_page())
