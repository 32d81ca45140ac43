"""What patients do at the stand-in for Twilio: they text, and it posts that to the front desk."""

import itertools
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

from tests.fakes.twilio_http import Answer, post_to
from tests.fakes.twilio_wire import (
    PROVIDER_TEXTS,
    Message,
    Parameters,
    inbound_form,
    keyword,
    new_sid,
    sign,
)

HEX = "0123456789abcdef" * 2
WEBHOOK = "/sms/twilio/messages"


@dataclass
class Line:
    """One account and its one number, and the texts that come in on it, oldest first.

    Requests to the front desk are signed over `public_url` and sent to `desk_url`. `handset` has
    the provider's own texts: (number, words). Without `handles_keywords` STOP is a text like any.
    """

    account_sid: str = "AC" + HEX
    auth_token: str = HEX[::-1]
    number: str = "+16025550100"
    public_url: str = "https://clinic.example"
    desk_url: str = ""
    now: Callable[[], datetime] = field(default_factory=lambda: lambda: datetime.now(UTC))
    patience_seconds: float = 15

    received: list[Message] = field(default_factory=list)
    opted_out: set[str] = field(default_factory=set)
    handset: list[tuple[str, str]] = field(default_factory=list)
    handles_keywords: bool = False
    advanced_opt_out: bool = False

    def __post_init__(self) -> None:
        """Number the messages."""
        self._lock = threading.RLock()
        self._serial = itertools.count(1)

    def text(
        self,
        sender: str,
        body: str,
        *,
        sid: str | None = None,
        to: str | None = None,
        media: int = 0,
        deliver: bool = True,
        path: str = WEBHOOK,
        **more: str | None,
    ) -> Answer:
        """Text the clinic. Undelivered, only the list has it, and the answer's status is 0.

        `more` overrides or adds fields of the webhook, and leaves out those that are None.
        The same `sid` again is the same text, brought once more.
        """
        message = self._inbound(sender, body, sid, to, media)
        message.service = more.get("MessagingServiceSid")
        self._keep(message)
        if not deliver:
            return Answer(0, {}, "kept from the webhook", 0)
        return self.post(path, self._form(message, more))

    def form_for(
        self,
        sender: str,
        body: str,
        *,
        sid: str | None = None,
        to: str | None = None,
        media: int = 0,
        **more: str | None,
    ) -> list[tuple[str, str]]:
        """What the webhook would carry for this text; nothing is kept or sent."""
        return self._form(self._inbound(sender, body, sid, to, media), more)

    def post(
        self,
        path: str,
        parameters: Parameters,
        *,
        signature: str | None = None,
        headers: Mapping[str, str] | None = None,
        raw_body: bytes | None = None,
    ) -> Answer:
        """Post any form to the front desk, signed unless a signature is given ("" for none)."""
        if signature is None:
            signature = sign(self.auth_token, self.public_url + path, parameters)
        body = urlencode(parameters).encode() if raw_body is None else raw_body
        said = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
            **({"X-Twilio-Signature": signature} if signature else {}),
            **(headers or {}),
        }
        return post_to(self.desk_url + path, body, said, self.patience_seconds)

    def _moment(self) -> datetime:
        return self.now().astimezone(UTC).replace(microsecond=0)

    def _inbound(
        self, sender: str, body: str, sid: str | None, to: str | None, media: int
    ) -> Message:
        now = self._moment()
        return Message(
            serial=next(self._serial),
            sid=sid or new_sid("MM" if media else "SM"),
            account_sid=self.account_sid,
            sender=sender,
            to=to or self.number,
            body=body,
            direction="inbound",
            status="received",
            created=now,
            updated=now,
            sent=now,
            media=media,
        )

    def _form(self, message: Message, more: Mapping[str, str | None]) -> list[tuple[str, str]]:
        form: dict[str, str | None] = {**inbound_form(message)}
        if self.handles_keywords and self.advanced_opt_out:
            form["OptOutType"] = keyword(message.body)
        form.update(more)
        return [(name, value) for name, value in form.items() if value is not None]

    def _keep(self, message: Message) -> None:
        with self._lock:
            if any(each.sid == message.sid for each in self.received):
                return
            self.received.append(message)
            if self.handles_keywords:
                self._heed(message.sender or "", keyword(message.body))

    def _heed(self, sender: str, word: str | None) -> None:
        """Stop or start texts to the number; the provider answers when that changes something."""
        stopped = sender in self.opted_out
        if word == "STOP":
            self.opted_out.add(sender)
        elif word == "START":
            self.opted_out.discard(sender)
        answers = {"STOP": not stopped, "START": stopped, "HELP": not stopped}
        if word and answers[word]:
            self.handset.append((sender, PROVIDER_TEXTS[word]))
