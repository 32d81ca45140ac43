"""What hostile or unlucky clients send: words, and bytes that no HTTP client would."""

import logging
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from clinic.settings import Clinic
from frontdesk.app import create_app
from frontdesk.settings import Settings
from tests.fakes.assistant import FakeAssistant
from tests.frontdesk.desk import RunningDesk, TestClock, Visitor, served

CANARY = "zebrafinch"
"""Stands in every bad message for a patient's words: no log may hold it."""
_TOKEN = "a-token-for-tests-of-32-characters"
_ANSWER = "Here is what our pages say."
_FAILURES = ("request.failed", "database.failed", "Traceback", "Exception in ASGI", "Fatal error")

STRINGS = {
    "sql": "Robert'); DROP TABLE messages;--",
    "sql, always true": "' OR 1=1 -- ",
    "sql, doubled quote": "O''Brien \"said\" `so`",
    "sql, wildcards": "100% of _them_ [a-z]*",
    "shell": "$(touch /tmp/x); `id` && rm -rf ~ | cat > /dev/null &",
    "shell, shellshock": "() { :; }; echo vulnerable",
    "format, printf": "%s%s%n%x %d %(name)s %5$*d",
    "format, python": "{0} {self.__class__.__mro__} {} {{",
    "format, bind": ":name $1 ? @p1 #{x} ${x} ${jndi:ldap://x/a}",
    "template": "{% import os %}{{ config.items() }}<%= 7*7 %>",
    "script": "<script>alert(1)</script>",
    "script, in an attribute": "\"><svg/onload=alert(1)>' onmouseover='alert(1)",
    "script, mutation": "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "script, a link": "javascript:alert(1) data:text/html,<script>1</script>",
    "script, the end of a comment": "--><!-- ]]> </textarea></title>",
    "entities": "&lt;b&gt; &amp;amp; &#x0; &nbsp; &unknown;",
    "xml": '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
    "json": '{"text": "\\u0000", "a": [1, null]} \\" \\\\ \\/',
    "event stream": "one\n\nevent: message\ndata: {}\n\nid: 99",
    "header": "a\r\nSet-Cookie: x=1\r\n\r\nb",
    "log line": 'a\n{"event": "signed in", "level": "info"}',
    "paths": "../../../../etc/passwd ..\\..\\ %2e%2e%2f /dev/null C:\\CON",
    "a web address": "http://169.254.169.254/latest/ //evil.example \\\\evil\\share",
    "a spreadsheet's formula": '=HYPERLINK("http://x","y") +1 -1 @SUM(1)',
    "emoji, a family": "👩‍👩‍👧‍👦👨🏿‍⚕️🏳️‍🌈🇺🇸🇺🇳1️⃣",
    "emoji, a flag of tags": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "right to left": "الركبة تؤلمني 123 (456) שלום",
    "direction, overridden": "abc \u202egnp.eenk\u202c \u202d \u2067\u2068 x",
    "direction, marks": "a\u200eb\u200fc\u061cd",
    "zero width": "my\u200b kn\u200cee\u200d hu\u2060rts\u00ad",
    "byte order mark inside": "a\ufeffb",
    "line separators": "one\u2028two\u2029three\u0085four",
    "zalgo": "k" + "\u0301\u0327\u0335" * 333 + "\u0308nee",
    "no characters": "\uffff \ufffe \U0010ffff \ue000",
    "beyond the basic plane": "𝕂𝕟𝕖𝕖 𠜎𠜱 𒐫 ﷽",
    "homoglyphs": "Dr. Dаnа Rеyеs",
    "turkish": "İstanbul ıI ß ﬁ Ǆ",
    "composed": "caf\u00e9 \u1e9b\u0323",
    "decomposed": "cafe\u0301 \u017f\u0323\u0307",
    "japanese": "膝が痛いです。ﾊﾝｶｸ １２３",
    "thai": "ปวดเข่ามากครับ",
    "a very long word": "a" * 3_000 + "ﷺ" * 1_000,
    "only punctuation": "?!.,;:…—“”'\"()[]{}",
    "only a dot": ".",
    "only a mark": "\u0301",
    "kinds of white space": "a\tb\u00a0c\u2003d\u3000e\u202ff\u180eg\vh\fi\rj",
    "numbers": "0 -0 1/0 1e999 NaN Infinity 0x1F ١٢٣ Ⅷ ½",
    "words of programs": "undefined null None true nil NaN [object Object]",
    "commands": "/session_start{} /help \\q :wq .exit ~.",
    "telephone": "+1 (602) 555‑0142 ext. 911 tel:911",
}


@contextmanager
def lasting_desk(database_url: str, folder: Path, clinic: Clinic) -> Iterator[RunningDesk]:
    """One front desk for many bad requests: what it must not do is suffer from those before."""
    assistant = FakeAssistant(_TOKEN)
    values: dict[str, Any] = {
        "var_dir": folder,
        "database_url": database_url,
        "assistant_url": assistant.url,
        "assistant_token": _TOKEN,
        "visits_per_minute": 100_000,
        "messages_per_minute": 100_000,
    }
    clock = TestClock()
    app = create_app(Settings.model_validate(values), clinic, clock)
    with served(app) as url:
        desk = RunningDesk(app, url, assistant, clock)
        yield desk
        desk.http.close()
    assistant.close()


@contextmanager
def unharmed(
    desk: RunningDesk, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[None]:
    """After the block the next patient is answered, and no log has failures or patients' words."""
    caplog.set_level(logging.INFO)
    yield
    visitor = desk.visit()
    assert visitor.say("does it hurt?") == 2
    visitor.wait_for(_ANSWER)
    output = capfd.readouterr()
    records = [record for when in ("setup", "call") for record in caplog.get_records(when)]
    logged = "\n".join([*map(caplog.handler.format, records), output.out, output.err])
    assert CANARY not in logged
    assert not [failure for failure in _FAILURES if failure in logged], logged


class Line:
    """A connection that sends what it is told, byte by byte as it stands."""

    def __init__(self, desk: RunningDesk, address: str = "127.0.0.1", seconds: float = 10) -> None:
        """`seconds` is how long an answer is waited for."""
        host, _, port = desk.url.removeprefix("http://").partition(":")
        self.socket = socket.create_connection((host, int(port)), seconds, (address, 0))

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, *parts: bytes) -> "Line":
        """Send it all, or as much as is taken."""
        with suppress(ConnectionError):  # it has answered and closed
            self.socket.sendall(b"".join(parts))
        return self

    def half_close(self) -> None:
        """Say that nothing more will be sent, and go on listening."""
        self.socket.shutdown(socket.SHUT_WR)

    def read_until(self, wanted: bytes) -> bytes:
        """What comes up to the wanted bytes, or to the end of the connection."""
        came = b""
        while wanted not in came and (part := self._part()):
            came += part
        return came

    def rest(self) -> bytes:
        """What comes up to the end of the connection."""
        return b"".join(iter(self._part, b""))

    def answer(self) -> "Answer":
        """The answer, of a connection that is closed behind it."""
        return Answer(self.rest())

    def _part(self) -> bytes:
        try:
            return self.socket.recv(65_536)
        except ConnectionError:
            return b""


class Answer:
    """An answer as it came; `status` 0 is none at all."""

    def __init__(self, came: bytes) -> None:
        head, _, self.body = came.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(first.split()[1]) if first else 0
        pairs = (line.partition(": ") for line in lines)
        self.headers = {name.lower(): value for name, _, value in pairs}
        self.text = self.body.decode("utf-8", "replace")


def ask(
    desk: RunningDesk, path: str | bytes, *lines: str, host: str | None = "x", method: str = "GET"
) -> Answer:
    """A request of these header lines; `host` None sends no Host."""
    target = path.encode() if isinstance(path, str) else path
    known = [] if host is None else [f"Host: {host}"]
    head = "\r\n".join([*known, "Connection: close", *lines, "", ""]).encode("latin-1")
    with Line(desk) as line:
        return line.send(method.encode(), b" ", target, b" HTTP/1.1\r\n", head).answer()


def head_of_message(visitor: Visitor, *lines: str, version: str = "1.1", host: str = "x") -> bytes:
    """The head of a message's request, without its length."""
    all_lines = [
        f"POST {visitor.path}/messages HTTP/{version}",
        *([f"Host: {host}"] if host else []),
        f"Authorization: Bearer {visitor.token}",
        "Content-Type: application/json",
        *lines,
        "",
    ]
    return "\r\n".join(all_lines).encode("latin-1")


def message(text: str = f'"{CANARY}"', client_id: str | None = None) -> bytes:
    """The body of a message; `text` is JSON."""
    name = client_id or uuid.uuid4()
    return f'{{"client_id": "{name}", "text": {text}}}'.encode()


def post(visitor: Visitor, body: bytes, *lines: str) -> Answer:
    """Send a body as it stands to where messages go."""
    head = head_of_message(visitor, "Connection: close", *lines)
    with Line(visitor.desk) as line:
        line.send(head, b"Content-Length: %d\r\n\r\n" % len(body), body)
        return line.answer()
