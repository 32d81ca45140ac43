"""The one adapter for the provider: a text out, its list of texts in, or one clear error.

Speaks Twilio's Messages resource (https://www.twilio.com/docs/messaging/api/message-resource).
Creating a message is not idempotent there: whatever leaves it open whether a text was taken is
`Unclear`, and only what surely did not arrive is `NotReached`.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import httpx2

from frontdesk.lines import Line
from frontdesk.sms.deliveries import Sending

_SECONDS: Final = 20.0
_CONNECT_SECONDS: Final = 5.0
_LONGEST_ANSWER: Final = 4 * 1024 * 1024
_MOST_PAGES: Final = 500
_PAGE: Final = 200
_LONGEST_WAIT: Final = 600


class ProviderError(Exception):
    """The provider did not take a text, or did not list them; it holds no patient's words."""


class NotReached(ProviderError):
    """It has got nothing from us."""


class Unclear(ProviderError):
    """It may have taken it."""


class Refused(ProviderError):
    """It did not take it: `code` says why, `wait_seconds` when it may be asked again."""

    def __init__(self, code: str, wait_seconds: int | None = None) -> None:
        super().__init__(code)
        self.code, self.wait_seconds = code, wait_seconds


@dataclass(frozen=True)
class Listed:
    """A text as the provider holds it; `at` is when it was sent, or made where it was not yet."""

    sid: str
    is_inbound: bool
    sender: str
    to: str
    words: str
    status: str
    media: int
    error: str | None
    at: datetime


class Provider:
    """Asks the provider over HTTP."""

    def __init__(self, line: Line) -> None:
        """Opens nothing yet."""
        self._line = line
        account = f"{line.api_base}/2010-04-01/Accounts/{line.account_sid}"
        self._messages = f"{account}/Messages.json"
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(_SECONDS, connect=_CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
        )

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def send(self, sending: Sending) -> tuple[str, str]:
        """Hand a text over; gives the provider's id and status. Raises `ProviderError`."""
        source = "MessagingServiceSid" if self._line.is_service else "From"
        form = {
            "To": sending.number,
            source: self._line.sender,
            "Body": sending.text,
            "StatusCallback": self._line.status_url(sending.id),
        }
        try:
            async with asyncio.timeout(_SECONDS):
                answer = await self._request("POST", self._messages, data=form)
        except (TimeoutError, httpx2.HTTPError) as error:
            if isinstance(error, (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)):
                raise NotReached(type(error).__name__) from error
            raise Unclear(type(error).__name__) from error
        return _sent(answer)

    async def listed(self, since: datetime, *, to: str | None = None) -> AsyncIterator[Listed]:
        """The texts since then, newest first; raises `ProviderError`.

        Of one number it asks for all, since what still waits at the provider has no time of sending
        to be found by.
        """
        query = {"PageSize": str(_PAGE)}
        query |= {"DateSent>": _iso(since)} if to is None else {"To": to}
        address: str | None = f"{self._messages}?{httpx2.QueryParams(query)}"
        for _ in range(_MOST_PAGES):
            page = await self._page(address)
            held = [found for each in page.get("messages") or [] if (found := _listed(each))]
            for each in held:
                if each.at >= since:
                    yield each
            address = self._next(page)
            if address is None or all(each.at < since for each in held):
                return

    async def _page(self, address: str | None) -> dict[str, Any]:
        try:
            async with asyncio.timeout(_SECONDS):
                answer = await self._request("GET", str(address))
        except (TimeoutError, httpx2.HTTPError) as error:
            raise NotReached(type(error).__name__) from error
        page = _json(answer)
        if answer.status_code != 200 or page is None:
            raise NotReached(f"status {answer.status_code}")
        return page

    def _next(self, page: Mapping[str, Any]) -> str | None:
        """The next page, and never at another host: our token goes with the request."""
        following = page.get("next_page_uri")
        if not isinstance(following, str) or not following:
            return None
        address = urljoin(self._messages, following)
        if self._line.api_base and not following.startswith("http"):
            address = self._line.api_base + following
        here, there = urlsplit(self._messages), urlsplit(address)
        return address if (here.scheme, here.netloc) == (there.scheme, there.netloc) else None

    async def _request(
        self, method: str, address: str, data: dict[str, str] | None = None
    ) -> httpx2.Response:
        """Sign in with the first token, and with the other while they rotate."""
        answer: httpx2.Response | None = None
        for token in self._line.auth_tokens:
            answer = await self._http.request(
                method, address, data=data, auth=(self._line.account_sid, token)
            )
            if answer.status_code != 401:
                break
        assert answer is not None, "a line has a token"
        return answer


def _sent(answer: httpx2.Response) -> tuple[str, str]:
    body = _json(answer)
    if answer.is_success:
        sid = body.get("sid") if body else None
        if not isinstance(sid, str):
            raise Unclear("an answer that cannot be read")
        return sid, str((body or {}).get("status") or "queued")
    if answer.status_code >= 500:
        raise Unclear(f"status {answer.status_code}")
    code = str((body or {}).get("code") or answer.status_code)
    if answer.status_code == 429:
        raise Refused(code, _wait_of(answer))
    raise Refused(code)


def _wait_of(answer: httpx2.Response) -> int:
    asked = answer.headers.get("Retry-After", "")
    return min(int(asked[:6]), _LONGEST_WAIT) if asked.isdecimal() else 5


def _json(answer: httpx2.Response) -> dict[str, Any] | None:
    if len(answer.content) > _LONGEST_ANSWER:
        return None
    try:
        body = answer.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _listed(each: object) -> Listed | None:
    """A text of the list; none where it has no id or no time."""
    if not isinstance(each, dict) or not isinstance(each.get("sid"), str):
        return None
    at = _date(each.get("date_sent")) or _date(each.get("date_created"))
    if at is None:
        return None
    code = each.get("error_code")
    return Listed(
        sid=each["sid"],
        is_inbound=str(each.get("direction", "")).startswith("inbound"),
        sender=str(each.get("from") or ""),
        to=str(each.get("to") or ""),
        words=str(each.get("body") or ""),
        status=str(each.get("status") or ""),
        media=count(each.get("num_media")),
        error=None if code is None else str(code),
        at=at,
    )


def count(written: object) -> int:
    """A small number as the provider writes it; 0 for anything else."""
    text = str(written)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0


def _date(written: object) -> datetime | None:
    try:
        at = parsedate_to_datetime(str(written))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
