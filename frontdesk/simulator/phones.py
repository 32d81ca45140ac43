"""The simulated provider: its messages, its phones, and its signed calls back to the front desk."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final

import httpx2

from frontdesk.lines import Line
from frontdesk.sms.signature import sign

_MOST_PHONES: Final = 200
_MOST_MESSAGES: Final = 5_000
_PREFIX: Final = "+1602555"
_LAST_OF_THE_FICTIONAL: Final = 199
_TIMEOUT_SECONDS: Final = 10


@dataclass
class Held:
    """A message that the provider holds."""

    number: int
    sid: str
    sender: str
    to: str
    words: str
    is_inbound: bool
    at: datetime
    status: str

    def as_json(self, account: str) -> dict[str, Any]:
        """The provider's own shape of it."""
        at = format_datetime(self.at)
        return {
            "sid": self.sid,
            "account_sid": account,
            "from": self.sender,
            "to": self.to,
            "body": self.words,
            "status": self.status,
            "direction": "inbound" if self.is_inbound else "outbound-api",
            "date_created": at,
            "date_sent": at,
            "date_updated": at,
            "num_media": "0",
            "error_code": None,
            "error_message": None,
        }


@dataclass
class Phones:
    """All that the simulator knows; it forgets it at the end of the process."""

    line: Line
    held: list[Held] = field(default_factory=list)
    owners: dict[str, str] = field(default_factory=dict)
    _count: int = 0
    _calls: set["asyncio.Task[None]"] = field(default_factory=set)

    def new_phone(self) -> tuple[str, str]:
        """A number that nobody has (555-0100 to 555-0199 are fictional), and its secret."""
        free = [
            number
            for digits in range(100, _LAST_OF_THE_FICTIONAL + 1)
            if (number := f"{_PREFIX}{digits:04}") not in (*self.owners.values(), self.line.sender)
        ]
        if not free or len(self.owners) >= _MOST_PHONES:
            # The oldest phone goes: this is a demo, and somebody else wants one.
            free = [self.owners.pop(next(iter(self.owners)))]
        token = secrets.token_urlsafe(24)
        self.owners[token] = secrets.choice(free)
        self.held = [each for each in self.held if self.owners[token] not in (each.sender, each.to)]
        return self.owners[token], token

    def keep(self, sender: str, to: str, words: str, *, is_inbound: bool) -> Held:
        """Hold one more message."""
        self._count += 1
        made = Held(
            number=self._count,
            sid=f"SM{secrets.token_hex(16)}",
            sender=sender,
            to=to,
            words=words,
            is_inbound=is_inbound,
            at=datetime.now(UTC),
            status="received" if is_inbound else "queued",
        )
        self.held = [*self.held[-_MOST_MESSAGES:], made]
        return made

    def of_phone(self, number: str, after: int) -> list[Held]:
        """What stands on the phone's screen."""
        theirs = (each for each in self.held if number in (each.sender, each.to))
        return [each for each in theirs if each.number > after]

    async def bring(self, held: Held) -> int:
        """Bring a text to the front desk as the provider does; gives the status of its answer."""
        fields = [
            ("MessageSid", held.sid),
            ("SmsSid", held.sid),
            ("AccountSid", self.line.account_sid),
            ("From", held.sender),
            ("To", held.to),
            ("Body", held.words),
            ("NumMedia", "0"),
            ("FromCity", ""),
            ("ApiVersion", "2010-04-01"),
        ]
        answer = await self._call(self.line.inbound_url, fields)
        return 0 if answer is None else answer

    def deliver(self, held: Held, callback: str) -> None:
        """Tell the front desk, by and by, that the text has arrived."""
        task = asyncio.create_task(self._deliver(held, callback))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _deliver(self, held: Held, callback: str) -> None:
        for status in ("sent", "delivered"):
            await asyncio.sleep(0.3)
            held.status = status
            if callback.startswith(self.line.public_url):
                fields = [
                    ("MessageSid", held.sid),
                    ("MessageStatus", status),
                    ("AccountSid", self.line.account_sid),
                    ("From", held.sender),
                    ("To", held.to),
                ]
                await self._call(callback, fields)

    async def _call(self, address: str, fields: Sequence[tuple[str, str]]) -> int | None:
        """Ask the front desk at this machine's own port; the signature is over its address."""
        here = self.line.api_base.rpartition("/")[0] + address.removeprefix(self.line.public_url)
        signature = sign(self.line.auth_tokens[0], address, fields)
        try:
            async with httpx2.AsyncClient(trust_env=False, timeout=_TIMEOUT_SECONDS) as http:
                answer = await http.post(
                    here, data=dict(fields), headers={"X-Twilio-Signature": signature}
                )
        except httpx2.HTTPError:
            return None
        return answer.status_code
