"""A browser of staff as far as HTTP goes, for the tests of the inbox's pages."""

import asyncio
import html
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx2
from sqlalchemy.ext.asyncio import AsyncSession

from frontdesk.database import Database
from frontdesk.settings import Settings
from tests.frontdesk.desk import RunningDesk, Visitor

ATTACK = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{7*7}}"

PASSWORD = "sugar water and patience"
EMAIL = "dana@example.com"
PAGES = ("waiting", "open", "ended", "bookings")
BY_ITSELF = {"HX-Request": "true"}
T = TypeVar("T")


class Browser:
    """A browser as far as forms and cookies go."""

    def __init__(self, url: str, address: str | None = None) -> None:
        transport = httpx2.HTTPTransport(local_address=address)
        self.http = httpx2.Client(
            base_url=url, timeout=10, trust_env=False, transport=transport, verify=False
        )

    def get(self, path: str, **more: Any) -> httpx2.Response:
        return self.http.get(f"/inbox{path}", **more)

    def post(self, path: str, **values: str) -> httpx2.Response:
        """Send a form as our own page would."""
        headers = {"Origin": str(self.http.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        return self.http.post(f"/inbox{path}", data=values, headers=headers)

    def form(self, path: str, **more: Any) -> dict[str, str]:
        """The hidden fields of the page."""
        text = self.get(path, **more).text
        found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text)
        return {name: html.unescape(value) for name, value in found}

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> httpx2.Response:
        return self.post("/sign-in", email=email, password=password)


def in_database(settings: Settings, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """What a command does beside the running front desk."""

    async def run() -> T:
        database = Database(settings.database)
        async with database.transaction() as session:
            result = await work(session)
        await database.close()
        return result

    return asyncio.run(run())


def emergency(desk: RunningDesk) -> Visitor:
    """A visitor who wrote of an emergency."""
    visitor = desk.visit()
    visitor.say("my chest hurts and I can't breathe")
    visitor.wait_until_quiet()
    return visitor
