"""A stand-in for Twilio: takes texts over its Messages API and posts what patients text."""

import base64
import random
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.twilio_http import Answer, Response, Server
from tests.fakes.twilio_line import Line
from tests.fakes.twilio_wire import (
    API_VERSION,
    Message,
    Parameters,
    fields,
    matching,
    new_sid,
    page,
    refusal,
    shown,
    sign,
)

UNREACHABLE = 30003


@dataclass(frozen=True)
class Callback:
    """A status callback that was sent, and what the front desk made of it."""

    message_sid: str
    status: str
    answer: Answer


@dataclass
class FakeTwilio(Line):
    """Serves the Messages API of one account, on a free `port` by default; what goes wrong is set.

    `sent` has what it accepted, oldest first.
    """

    port: int = 0
    sent: list[Message] = field(default_factory=list)
    # Every request, the form of every create (refused ones too), every status callback.
    asked: list[str] = field(default_factory=list)
    tried: list[dict[str, str]] = field(default_factory=list)
    called: list[Callback] = field(default_factory=list)

    # What goes wrong next: (status, code) for each create and each read, and how many creates
    # are closed or garbled. `hang`, while it is set, holds back every answer.
    refuse: list[tuple[int, int]] = field(default_factory=list)
    refuse_reads: list[tuple[int, int]] = field(default_factory=list)
    retry_after_seconds: int = 1
    cut_before_accept: int = 0
    cut_after_accept: int = 0
    garbage: int = 0
    delay_seconds: float = 0
    hang: threading.Event = field(default_factory=threading.Event)

    # What follows an accepted message. `shuffle_callbacks` may be the order, as indexes.
    callbacks: Sequence[str] = ("sent", "delivered")
    lose_callbacks: bool = False
    duplicate_callbacks: bool = False
    shuffle_callbacks: bool | Sequence[int] = False
    callback_before_answer: bool = False
    hold_callbacks: bool = False
    delivery_errors: dict[str, tuple[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start serving."""
        super().__post_init__()
        self._random = random.Random(1)
        self._quiet = threading.Condition()
        self._due = 0
        self._held: list[tuple[Message, list[Parameters]]] = []
        self._closed = threading.Event()
        self._server = Server(self.respond, self._may_answer, self.port)

    @property
    def url(self) -> str:
        """Where it listens: what TWILIO_API_BASE is to be."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving, also on connections that are still open."""
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()

    # What the front desk asks of it.

    def fail(self, status: int, code: int, times: int = 1) -> None:
        """Refuse so many of the next creates."""
        self.refuse += [(status, code)] * times

    def texts_to(self, number: str) -> list[str]:
        """What was accepted for that handset, in order; not the provider's own texts."""
        return [each.body for each in self.sent if each.to == number]

    def respond(self, method: str, target: str, authorization: str, body: str) -> Response:
        """The answer to one request of the front desk."""
        with self._lock:
            self.asked.append(f"{method} {target}")
        if self._closed.is_set():
            return Response(cut=True)
        url = urlsplit(target)
        account = f"/{API_VERSION}/Accounts/{self.account_sid}"
        if authorization != _basic(self.account_sid, self.auth_token):
            return refusal(401, 20003, {})
        if method == "POST" and url.path == f"{account}/Messages.json":
            return self._create(fields(body))
        if method == "GET" and url.path.startswith(f"{account}/Messages"):
            return self._read(url.path, fields(url.query))
        return refusal(404, 20404, {})

    def _may_answer(self) -> bool:
        self._closed.wait(self.delay_seconds)
        while self.hang.is_set() and not self._closed.is_set():
            self._closed.wait(0.01)
        return not self._closed.is_set()

    def _create(self, form: dict[str, str]) -> Response:
        with self._lock:
            self.tried.append(form)
        refused = self._next_refusal(self.refuse, form) or self._objection(form)
        if refused:
            return refused
        if self._spend("cut_before_accept"):
            return Response(cut=True)
        message = self._accept(form)
        answer = shown(201, message.resource())
        if self.callback_before_answer:
            self._follow(message)
        else:
            answer = replace(answer, then=partial(_in_background, self._follow, message))
        return self._spoiled(answer)

    def _spoiled(self, answer: Response) -> Response:
        """The answer as it arrives, if it does."""
        if self._spend("cut_after_accept"):
            return replace(answer, cut=True)
        if self._spend("garbage"):
            return replace(answer, body=b"<html>as the test wants it")
        return answer

    def _objection(self, form: dict[str, str]) -> Response | None:
        """Why Twilio would not take this message."""
        to, sender, body = (form.get(name, "") for name in ("To", "From", "Body"))
        faults = {
            21604: not to,
            21603: not sender and not form.get("MessagingServiceSid"),
            21602: not body,
            21211: not re.fullmatch(r"\+[1-9]\d{6,14}", to),
            21606: sender not in {"", self.number},
            21617: len(body) > 1600,
            21610: to in self.opted_out,
        }
        code = next((code for code, wrong in faults.items() if wrong), None)
        return refusal(400, code, form) if code else None

    def _next_refusal(self, due: list[tuple[int, int]], form: Mapping[str, str]) -> Response | None:
        with self._lock:
            if not due:
                return None
            status, code = due.pop(0)
        return refusal(status, code, form, self.retry_after_seconds)

    def _spend(self, knob: str) -> bool:
        """Whether one more is to go wrong in that way; counts it."""
        with self._lock:
            left: int = getattr(self, knob)
            setattr(self, knob, max(left - 1, 0))
        return left > 0

    def _accept(self, form: dict[str, str]) -> Message:
        now, service = self._moment(), form.get("MessagingServiceSid") or None
        with self._lock:
            message = Message(
                serial=next(self._serial),
                sid=new_sid("SM"),
                account_sid=self.account_sid,
                sender=form.get("From") or None,
                to=form["To"],
                body=form["Body"],
                direction="outbound-api",
                status="accepted" if service else "queued",
                created=now,
                updated=now,
                service=service,
                callback=form.get("StatusCallback") or None,
            )
            self.sent.append(message)
        with self._quiet:
            self._due += 1
        return message

    def _read(self, path: str, query: dict[str, str]) -> Response:
        refused = self._next_refusal(self.refuse_reads, query)
        if refused:
            return refused
        with self._lock:
            known = [*self.received, *self.sent]
            if path.endswith("/Messages.json"):
                try:
                    return shown(200, page(matching(known, query), path, query))
                except ValueError:
                    return refusal(400, 20001, query)
            found = next((each for each in known if each.uri == path), None)
            return shown(200, found.resource()) if found else refusal(404, 20404, {})

    # What becomes of a message, and the status callbacks that tell of it.

    def delivered_error(self, to: str, code: int, status: str = "undelivered") -> None:
        """Let messages to that number end undelivered (or failed) with that error."""
        self.delivery_errors[to] = status, code

    def report(self, message: Message, status: str, error: int | None = None) -> Answer:
        """Put a message to a status, whatever it was before, and tell the front desk."""
        return self._call(message, self._reached(message, status, error))

    def release(self) -> None:
        """Send the callbacks that were held, and hold none from now on."""
        with self._quiet:
            self.hold_callbacks = False
            held, self._held = self._held, []
            self._due += len(held)
        for message, forms in held:
            _in_background(self._tell, message, forms)

    def settle(self, seconds: float = 10) -> None:
        """Wait until no callbacks but held ones are outstanding.

        Raises:
            TimeoutError: some still are.
        """
        with self._quiet:
            if not self._quiet.wait_for(lambda: not self._due, seconds):
                raise TimeoutError(f"callbacks of {self._due} messages are outstanding")

    def _follow(self, message: Message) -> None:
        forms = [self._reached(message, status) for status in self._course(message.to)]
        copies = [form for form in forms for _ in range(1 + self.duplicate_callbacks)]
        with self._quiet:
            if self.hold_callbacks:
                self._held.append((message, copies))
                copies = []
        self._tell(message, copies)

    def _course(self, to: str) -> list[str]:
        """The statuses that a message to this number goes through."""
        end, _ = self.delivery_errors.get(to, (None, 0))
        if not end:
            return list(self.callbacks)
        passed = {"queued", "sending"} if end == "failed" else {"queued", "sending", "sent"}
        return [*(each for each in self.callbacks if each in passed), end]

    def _reached(self, message: Message, status: str, error: int | None = None) -> Parameters:
        _, expected = self.delivery_errors.get(message.to, ("", UNREACHABLE))
        with self._lock:
            message.sender = message.sender or self.number
            message.reach(status, self._moment(), error or expected)
            return message.status_form()

    def _tell(self, message: Message, forms: list[Parameters]) -> None:
        try:
            for form in self._in_order(forms):
                if not self.lose_callbacks and not self._closed.is_set():
                    self._call(message, form)
        finally:
            with self._quiet:
                self._due -= 1
                self._quiet.notify_all()

    def _in_order(self, forms: list[Parameters]) -> list[Parameters]:
        order = self.shuffle_callbacks
        if isinstance(order, bool):
            return self._random.sample(forms, len(forms)) if order else forms
        return [forms[index] for index in order] if forms else []

    def _call(self, message: Message, form: Parameters) -> Answer:
        url = message.callback
        if not url:
            return Answer(0, {}, "no StatusCallback was asked for", 0)
        signature = sign(self.auth_token, url, form)
        answer = self.post(self._path(url), form, signature=signature)
        with self._lock:
            self.called.append(Callback(message.sid, dict(form)["MessageStatus"], answer))
        return answer

    def _path(self, url: str) -> str:
        """What the front desk's own server sees of a public address."""
        if self.public_url and url.startswith(self.public_url):
            return url.removeprefix(self.public_url).partition("#")[0]
        return urlsplit(url)._replace(scheme="", netloc="", fragment="").geturl()


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _in_background(work: Callable[..., None], *arguments: Any) -> None:
    threading.Thread(target=work, args=arguments, daemon=True).start()
