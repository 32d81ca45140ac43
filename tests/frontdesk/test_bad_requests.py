"""Requests that are broken, hostile or endless: one front desk gets them all and goes on."""

import json
import re
import resource
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from schemathesis.core.result import Ok
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Message as Event
from starlette.types import Receive, Scope, Send

from clinic.contract import MAX_TEXT
from clinic.settings import Clinic
from frontdesk import connections, refusals
from frontdesk.conversations import service as conversations
from frontdesk.conversations.models import Message
from frontdesk.migrating import migrate
from frontdesk.settings import Settings
from frontdesk.web_chat import live
from tests.frontdesk.browser import EMAIL, PASSWORD, in_database
from tests.frontdesk.conftest import hire
from tests.frontdesk.desk import RunningDesk, Visitor, eventually
from tests.frontdesk.naughty import (
    CANARY,
    Answer,
    Line,
    ask,
    head_of_message,
    lasting_desk,
    message,
    post,
    unharmed,
)

FILE = "/widget/v1/main.js"
MEGABYTES = 24
LONGEST = "🦵" * MAX_TEXT
CHUNKED = "Transfer-Encoding: chunked\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded"
HOSTS = (
    *("evil.example", "evil.example.", "evil.example:99999", "a b", "[::1", "x/../y", "x@y", ""),
    *("x?y", "x#y", "x\\y", "\xff", "a" * 50_000, "http://evil.example"),
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, clinic: Clinic) -> Iterator[RunningDesk]:
    """One front desk for all of these requests; they end before any database."""
    folder = tmp_path_factory.mktemp("bad_requests")
    url = f"sqlite:///{folder / 'frontdesk.db'}"
    migrate(url)
    with lasting_desk(url, folder, clinic) as running:
        yield running


@pytest.fixture(autouse=True)
def _unharmed(
    desk: RunningDesk, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[None]:
    with unharmed(desk, caplog, capfd):
        yield


@pytest.fixture
def visitor(desk: RunningDesk) -> Visitor:
    """Somebody who writes."""
    return desk.visit()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A front desk that waits for a moment only."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(connections, "STUCK_SECONDS", 0.2)
    monkeypatch.setattr(refusals, "_BODY_SECONDS", 0.2)


def code(answer: Answer) -> tuple[int, str]:
    """The status and the code of a refusal."""
    return answer.status, json.loads(answer.body)["code"]


def said(visitor: Visitor) -> list[str]:
    """What the patient has said, as it was kept."""
    return [line["text"] for line in visitor.messages() if line["author"] == "patient"]


def feed(visitor: Visitor, *lines: str) -> bytes:
    """The request for the feed."""
    head = f"GET {visitor.path}/feed HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {visitor.token}"
    return "\r\n".join([head, *lines, "", ""]).encode("latin-1")


def readers(visitor: Visitor) -> int:
    """How many read the conversation at the moment."""
    number: int = visitor.desk.app.state.desk.feed.readers_of(visitor.conversation_id)
    return number


async def fill(session: AsyncSession, visitor: Visitor) -> None:
    """Make the conversation many megabytes long."""
    conversation = await conversations.find(session, visitor.conversation_id)
    size = len(LONGEST.encode())
    for number in range(2, MEGABYTES * 1_000_000 // size):
        session.add(
            Message(
                id=conversations.new_id(),
                conversation_id=conversation.id,
                number=number,
                author="patient",
                text=LONGEST,
                created_at=conversation.created_at,
            )
        )
        conversation.last_number = number


def send_form(desk: RunningDesk, body: bytes, *lines: str) -> Answer:
    """Send the body of a form as it stands to the sign-in page."""
    head = ["POST /inbox/sign-in HTTP/1.1", "Host: x", "Connection: close", *lines]
    length = f"Content-Length: {len(body)}"
    with Line(desk) as line:
        return line.send("\r\n".join([*head, length, "", ""]).encode(), body).answer()


class TestClientIds:
    def test_are_those_of_one_conversation_only(self, desk: RunningDesk) -> None:
        name = str(uuid.uuid4())
        for visitor in (desk.visit(), desk.visit()):
            assert visitor.post(client_id=name, text="my knee").status_code == 201
            assert said(visitor) == ["my knee"]

    def test_are_the_same_however_they_are_spelled(self, visitor: Visitor) -> None:
        name = str(uuid.uuid4())
        first = visitor.post(client_id=name, text="my knee")
        spellings = (name.upper(), name.replace("-", ""), f"{{{name}}}", f"urn:uuid:{name}")
        for spelling in spellings:
            again = visitor.post(client_id=spelling, text="my knee")
            assert (again.status_code, again.json()) == (200, first.json())
            other = visitor.post(client_id=spelling, text="my hip")
            assert (other.status_code, other.json()["code"]) == (409, "client_id_used")
        assert said(visitor) == ["my knee"]

    def test_that_are_none_are_refused(self, visitor: Visitor) -> None:
        name = str(uuid.uuid4())
        for wrong in (
            "",
            f" {name}",
            f"{name}0",
            name[:-1],
            "'; --",
            "a" * 60_000,
            7,
            None,
            [name],
        ):
            answer = visitor.post(client_id=wrong, text=CANARY)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid")

    def test_of_a_megabyte_are_refused(self, visitor: Visitor) -> None:
        assert code(post(visitor, message(client_id="a" * 1_000_000))) == (413, "too_large")


class TestCursors:
    def first_event(self, visitor: Visitor, *lines: str) -> tuple[str, str]:
        """The first event, and where the messages begin."""
        with Line(visitor.desk) as line:
            came = line.send(feed(visitor, *lines)).read_until(b"event: state").decode()
        found = re.search(r"event: (\w+).*?id: (\d+)", came, re.DOTALL)
        assert found is not None
        return found[1], found[2]

    def test_that_tell_nothing_begin_at_the_first_message(self, visitor: Visitor) -> None:
        for cursor in ((), ("Last-Event-ID:",), ("Last-Event-ID:  ",), ("Last-Event-ID: 0",)):
            assert self.first_event(visitor, *cursor) == ("message", "1")

    def test_that_are_no_number_begin_anew(self, visitor: Visitor) -> None:
        wrong = ("-1", "+1", "1.0", "1e1", "0x1", "1_0", "1,2", "\xb2", "\xd9\xa1", "1" + "0" * 30)
        for cursor in (*wrong, "1' OR '1'='1", "a" * 50_000):
            assert self.first_event(visitor, f"Last-Event-ID: {cursor}") == ("reset", "1")

    def test_of_another_conversation_are_places_in_this_one(self, visitor: Visitor) -> None:
        other = visitor.desk.visit()
        for text in ("one", "two", "three"):
            other.say(text)
        other.wait_until_quiet()
        last = other.messages()[-1]["number"]
        assert self.first_event(visitor, f"Last-Event-ID: {last}") == ("reset", "1")

    def test_that_come_twice_count_once(self, visitor: Visitor) -> None:
        visitor.say("my knee")
        cursors = ("Last-Event-ID: 1", "Last-Event-ID: 99")
        assert self.first_event(visitor, *cursors) == ("message", "2")


class TestFeeds:
    def test_of_one_visitor_are_few_and_free_again_when_one_closes(self, visitor: Visitor) -> None:
        with ExitStack() as stack:
            lines = [stack.enter_context(Line(visitor.desk)) for _ in range(live._READERS)]
            for line in lines:
                line.send(feed(visitor)).read_until(b"event: state")
            with Line(visitor.desk) as one_more:
                refused = one_more.send(feed(visitor, "Connection: close")).answer()
            assert code(refused) == (429, "too_many")
            assert int(refused.headers["retry-after"]) > 0
            lines[0].socket.close()
            eventually(lambda: readers(visitor) < live._READERS)
            with Line(visitor.desk) as one_more:
                assert b"event: state" in one_more.send(feed(visitor)).read_until(b"event: state")
        eventually(lambda: not readers(visitor))

    def test_asked_for_at_once_are_not_more_than_are_allowed(self, visitor: Visitor) -> None:
        with ExitStack() as stack:
            lines = [stack.enter_context(Line(visitor.desk)) for _ in range(3 * live._READERS)]
            for line in lines:
                line.send(feed(visitor))
            got = [line.read_until(b"\r\n")[9:12] for line in lines]
        assert got.count(b"200") == live._READERS
        assert got.count(b"429") == 2 * live._READERS

    def test_begun_and_left_a_thousand_times_leave_nothing_behind(self, visitor: Visitor) -> None:
        for _ in range(1_000 // live._READERS):
            with ExitStack() as stack:
                lines = [stack.enter_context(Line(visitor.desk)) for _ in range(live._READERS)]
                for line in lines:
                    line.send(feed(visitor))
                for line in lines:
                    assert line.read_until(b"\r\n")[9:12] in (b"200", b"429")
        eventually(lambda: not readers(visitor))

    def test_end_when_their_reader_has_said_all_that_it_will(self, visitor: Visitor) -> None:
        with Line(visitor.desk) as line:
            line.send(feed(visitor)).read_until(b"event: state")
            line.half_close()
            line.rest()
        eventually(lambda: not readers(visitor))


class TestHalfClosing:
    def test_behind_a_message_takes_nothing_from_it(self, visitor: Visitor) -> None:
        body = message('"my knee"')
        head = head_of_message(visitor, f"Content-Length: {len(body)}", "")
        with Line(visitor.desk) as line:
            line.send(head, body).half_close()
            assert line.answer().status == 201
        assert said(visitor) == ["my knee"]

    def test_and_leaving_at_once_loses_no_message(self, visitor: Visitor) -> None:
        body = message('"my knee"')
        head = head_of_message(visitor, f"Content-Length: {len(body)}", "")
        with Line(visitor.desk) as line:
            line.send(head, body)
        eventually(lambda: said(visitor) == ["my knee"])

    def test_within_a_message_stores_nothing_of_it(self, visitor: Visitor) -> None:
        with Line(visitor.desk) as line:
            line.send(head_of_message(visitor, "Content-Length: 100", ""), message()[:50])
            line.half_close()
            assert line.answer().status == 0
        assert said(visitor) == []


@pytest.mark.usefixtures("hurried")
class TestSlowness:
    def test_of_a_head_ends_the_connection(self, desk: RunningDesk) -> None:
        for begun in (b"", b"GET / HTT", b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 30_000):
            with Line(desk) as line:
                assert line.send(begun).answer().status == 0

    def test_of_a_body_is_told(self, visitor: Visitor) -> None:
        for length in ("Content-Length: 100", CHUNKED.strip()):
            with Line(visitor.desk) as line:
                line.send(head_of_message(visitor, "Connection: close", length, ""), b"5\r\nab")
                assert code(line.answer()) == (408, "too_slow")

    def test_of_a_body_that_was_answered_before_ends_the_connection(
        self, desk: RunningDesk
    ) -> None:
        with Line(desk) as line:
            line.send(b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\na")
            line.read_until(b"at this address")
            assert b"HTTP" not in line.send(b"a").rest()

    async def test_of_our_own_is_not_put_down_to_the_sender(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = 0.0
        monkeypatch.setattr(refusals, "time", SimpleNamespace(monotonic=lambda: now))
        bodies: list[bytes] = []

        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal now
            now += 60
            bodies.append((await receive())["body"])

        async def receive() -> Event:
            return {"type": "http.request", "body": b"my knee"}

        async def send(_: Event) -> None:
            """Nothing is sent."""

        scope = {"type": "http", "headers": []}
        await refusals.BodyLimit(slow, max_body=100)(scope, receive, send)
        assert bodies == [b"my knee"]

    def test_of_a_reader_that_takes_nothing_ends_it_and_fills_no_memory(
        self, visitor: Visitor
    ) -> None:
        in_database(visitor.desk.app.state.desk.settings, lambda s: fill(s, visitor))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with Line(visitor.desk) as line:
            line.send(feed(visitor))
            eventually(lambda: readers(visitor))
            eventually(lambda: not readers(visitor))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < MEGABYTES * 1_000


class TestVersions:
    def test_of_http_that_need_no_host_are_served_without(self, visitor: Visitor) -> None:
        for host in ("", "x"):
            body = message('"my knee"')
            length = f"Content-Length: {len(body)}"
            head = head_of_message(visitor, length, "", version="1.0", host=host)
            with Line(visitor.desk) as line:
                assert line.send(head, body).answer().status == 201
        assert said(visitor) == ["my knee"] * 2

    def test_of_http_that_need_one_are_refused_without(self, desk: RunningDesk) -> None:
        assert ask(desk, "/api/v1/clinic", host=None).status == 400
        assert ask(desk, "/api/v1/clinic", "Host: y").status == 400

    def test_of_other_protocols_are_refused(self, desk: RunningDesk) -> None:
        for hello in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"SSH-2.0-x\r\n\r\n"):
            with Line(desk) as line:
                assert line.send(hello + CANARY.encode()).answer().status == 400


class TestLengths:
    def test_told_in_two_ways_are_refused_and_the_connection_ends(self, visitor: Visitor) -> None:
        body = message('"my knee"')
        chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        behind = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
        for lengths in ((CHUNKED.strip(), "Content-Length: 5"), ("Content-Length: 5", CHUNKED)):
            head = head_of_message(visitor, *(line.strip() for line in lengths), "")
            with Line(visitor.desk) as line:
                answer = line.send(head, chunks, behind).answer()
            assert code(answer) == (400, "two_lengths")
            assert answer.headers["connection"] == "close"
        assert said(visitor) == []

    def test_that_are_none_or_differ_are_refused(self, visitor: Visitor) -> None:
        one = ("-1", "+5", "0x5", "1e3", "9" * 30, "\xb2", "", "5, 6", "5\r\nContent-Length: 6")
        for length in one:
            head = head_of_message(visitor, f"Content-Length: {length}", "")
            with Line(visitor.desk) as line:
                assert line.send(head, message()).answer().status == 400
        assert said(visitor) == []

    def test_in_encodings_that_we_do_not_know_are_refused(self, visitor: Visitor) -> None:
        for encoding in ("identity", "gzip, chunked", "chunked\r\nTransfer-Encoding: chunked"):
            head = head_of_message(visitor, f"Transfer-Encoding: {encoding}", "")
            with Line(visitor.desk) as line:
                assert line.send(head, message()).answer().status == 400

    def test_of_chunks_that_are_none_are_refused(self, visitor: Visitor) -> None:
        name = CANARY.encode()
        head = head_of_message(visitor, CHUNKED)
        for chunk in (name + b"\r\n", b"-5\r\nhello\r\n", b"2\r\n" + name + b"\r\n", b"f" * 30):
            with Line(visitor.desk) as line:
                assert line.send(head, chunk, b"\r\n\r\n").answer().status == 400
        assert said(visitor) == []

    def test_of_chunks_that_are_none_behind_an_answer_only_end_the_connection(
        self, desk: RunningDesk
    ) -> None:
        with Line(desk) as line:
            line.send(f"POST /nowhere HTTP/1.1\r\nHost: x\r\n{CHUNKED}\r\n5\r\nhello\r\n".encode())
            assert b"404" in line.read_until(b"not_found")
            line.send(CANARY.encode(), b"\r\n\r\n")
            assert b"HTTP" not in line.rest()


class TestHosts:
    def test_stand_in_no_link_and_no_redirect(self, desk: RunningDesk) -> None:
        pages = ("/", "/inbox", "/inbox/waiting", "/inbox/sign-in", "/demo", "/widget", "/demo/")
        more = ("/inbox/waiting/", "/api/v1/clinic", "/api/v1/clinic/", "/openapi.json")
        for host in HOSTS:
            for page in (*pages, *more) if host == HOSTS[0] else ("/inbox/waiting/", "/inbox"):
                answer = ask(desk, page, host=host)
                assert answer.status < 500
                assert not host or host not in answer.text or len(host) < 5
                assert answer.headers.get("location", "/inbox")[:2] in ("/i", "/d")

    def test_with_a_character_that_no_header_has_are_refused(self, desk: RunningDesk) -> None:
        for host in ("x\x00y", "x\x0by", "x\ny"):
            assert ask(desk, "/inbox", host=host).status == 400


class TestForwardedHeaders:
    FORWARDED = ("X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https", "Forwarded: host=e")

    def test_change_no_link_and_no_redirect(self, desk: RunningDesk) -> None:
        for page in ("/", "/inbox", "/inbox/waiting", "/inbox/waiting/", "/inbox/sign-in"):
            plain, forwarded = ask(desk, page), ask(desk, page, *self.FORWARDED)
            assert (plain.status, plain.body) == (forwarded.status, forwarded.body)
            assert plain.headers.get("location") == forwarded.headers.get("location")
            assert "evil.example" not in str(forwarded.headers)

    def test_change_no_cookie(self, desk: RunningDesk) -> None:
        hire(desk, desk.app.state.desk.settings, "Dana Reyes", EMAIL)
        body = f"email={EMAIL}&password={PASSWORD.replace(' ', '+')}".encode()
        answer = send_form(desk, body, FORM, *self.FORWARDED)
        assert (answer.status, answer.headers["location"]) == (303, "/inbox/waiting")
        cookie = answer.headers["set-cookie"].lower()
        assert "domain" not in cookie
        assert "path=/;" in cookie

    @pytest.mark.parametrize(
        ("address", "sender"), [("127.0.0.2", "1.2.3.{}"), ("127.0.0.1", "1.2.3.{}, 203.0.113.7")]
    )
    def test_give_nobody_more_tries(
        self,
        desk: RunningDesk,
        monkeypatch: pytest.MonkeyPatch,
        address: str,
        sender: str,
    ) -> None:
        settings: Settings = desk.app.state.desk.settings
        monkeypatch.setattr(settings, "visits_per_minute", 2)
        tries = []
        for number in range(3):
            lines = ("Host: x", "Connection: close", "Content-Length: 0")
            forwarded = f"X-Forwarded-For: {sender.format(number)}"
            head = "\r\n".join(["POST /api/v1/visits HTTP/1.1", *lines, forwarded, "", ""])
            with Line(desk, address) as line:
                tries.append(line.send(head.encode()).answer().status)
        assert tries == [201, 201, 429]


class TestRanges:
    def test_by_the_thousand_are_one_whole_answer(self, desk: RunningDesk) -> None:
        whole = ask(desk, FILE).body
        many = ask(desk, FILE, "Range: bytes=" + "0-0," * 10_000)
        assert (many.status, many.body) == (200, whole)

    def test_are_answered_in_parts_or_refused(self, desk: RunningDesk) -> None:
        few = ",".join(f"{place}-{place}" for place in range(0, 200, 4))
        ranges = {few: 206, "0-0,0-0": 206, "-1": 206, "999999-": 416, "5-1": 400, "x": 400}
        for wanted, status in {**ranges, "9" * 5_000 + "-": 400, "\xb2-": 400}.items():
            answer = ask(desk, FILE, f"Range: bytes={wanted}")
            assert answer.status == status
            assert len(answer.body) < 20_000


class TestForms:
    def test_of_a_hundred_thousand_fields_are_refused(self, desk: RunningDesk) -> None:
        assert code(send_form(desk, b"a=1&" * 100_000, FORM)) == (413, "too_large")
        assert code(send_form(desk, b"a&" * 20_000, FORM)) == (400, "unreadable")

    def test_of_ten_thousand_parts_are_refused(self, desk: RunningDesk) -> None:
        kind = "Content-Type: multipart/form-data; boundary=b"
        part = b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n"
        assert code(send_form(desk, part * 10_000 + b"--b--\r\n", kind)) == (413, "too_large")
        assert code(send_form(desk, part * 1_200 + b"--b--\r\n", kind)) == (400, "unreadable")

    def test_that_are_broken_are_refused(self, desk: RunningDesk) -> None:
        kind = "Content-Type: multipart/form-data"
        for form_type, body in ((kind, b"--b\r\n"), (f"{kind}; boundary=b", CANARY.encode())):
            assert code(send_form(desk, body, form_type)) == (400, "unreadable")

    def test_with_a_file_in_the_place_of_words_are_refused(self, desk: RunningDesk) -> None:
        kind = "Content-Type: multipart/form-data; boundary=b"
        part = (
            b'--b\r\nContent-Disposition: form-data; name=email; filename="../x.svg"\r\n\r\nx\r\n'
        )
        assert send_form(desk, part + b"--b--\r\n", kind).status == 404

    def test_that_are_compressed_are_not_decoded(self, desk: RunningDesk) -> None:
        bomb = b"\x1f\x8b\x08" + b"\x00" * 10_000
        assert send_form(desk, bomb, FORM, "Content-Encoding: gzip").status == 401


class TestPaths:
    def test_lead_out_of_no_folder(self, desk: RunningDesk) -> None:
        up = ("../", "..%2f", "%2e%2e/", "..%5c", "..\\", "%252e%252e%252f", "....//", "..;/", "//")
        for step in up:
            for folder in ("/widget/", "/widget/v1/", "/inbox/static/"):
                for name in ("clinic.yml", "etc/passwd"):
                    assert code(ask(desk, folder + step * 4 + name)) == (404, "not_found")

    def test_lead_to_no_other_site(self, desk: RunningDesk) -> None:
        for path in ("//evil.example", "//evil.example/inbox/", "/\\evil.example", "/.//evil/"):
            answer = ask(desk, path)
            assert (*code(answer), answer.headers.get("location")) == (404, "not_found", None)
        assert ask(desk, "/inbox//evil.example/").status == 404
        assert "//" not in ask(desk, "/inbox/sign-in?next=//evil.example").text.replace("://", "")

    def test_with_odd_characters_lead_nowhere(self, desk: RunningDesk) -> None:
        odd = ("%00", "main.js%00.html", "main.js;x", ";", "%ff", "%0d%0aSet-Cookie:%20a=b", "%")
        for name in (*odd, "a" * 300, "a/" * 2_000, "a" * 60_000):
            answer = ask(desk, f"/widget/v1/{name}")
            assert code(answer) == (404, "not_found")
            assert "set-cookie" not in answer.headers
        assert "set-cookie" not in ask(desk, "/inbox/%0d%0aSet-Cookie:%20a=b").headers

    def test_of_conversations_hold_no_odd_characters(self, visitor: Visitor) -> None:
        token = f"Authorization: Bearer {visitor.token}"
        for name in ("%00", "a;b", "..", "%ff", "a" * 65, "a%0d%0ab", "' OR 1=1", "%F0%9F%A6%B5"):
            path = f"/api/v1/conversations/{name.replace(' ', '%20')}/messages"
            assert ask(visitor.desk, path, token).status in (404, 422)

    def test_that_are_longer_than_any_head_are_refused(self, desk: RunningDesk) -> None:
        with Line(desk) as line:
            answer = line.send(b"GET /", b"a" * 1_000_000, b" HTTP/1.1\r\n\r\n").answer()
        assert answer.status in (0, 400)

    def test_with_a_slash_too_many_are_no_page(self, desk: RunningDesk) -> None:
        for path in ("/demo/", "/health/live/", "/api/v1/clinic/", "/widget"):
            assert code(ask(desk, path)) == (404, "not_found")


class TestMethods:
    def test_are_what_the_request_line_says(self, visitor: Visitor) -> None:
        names = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
        for name in names:
            answer = post(visitor, message('"my knee"'), f"{name}: DELETE")
            assert answer.status == 201
        path = f"{visitor.path}/end?_method=POST"
        token = f"Authorization: Bearer {visitor.token}"
        answer = ask(visitor.desk, path, token, "X-HTTP-Method-Override: POST")
        assert code(answer) == (405, "wrong_method")
        body = b"_method=PUT&email=a&password=b"
        assert send_form(visitor.desk, body, FORM).status == 401
        assert said(visitor) == ["my knee"] * len(names)
        assert visitor.read()["state"]["ended"] is False

    def test_that_we_do_not_know_are_refused(self, desk: RunningDesk) -> None:
        for method in ("DELETE", "TRACE", "PROPFIND", "get", "X" * 1_000):
            assert code(ask(desk, "/api/v1/clinic", method=method)) == (405, "wrong_method")
        assert ask(desk, "evil.example:443", method="CONNECT").status == 404


class TestDescription:
    def test_promises_nothing_that_breaks_us(self, visitor: Visitor) -> None:
        described = schemathesis.openapi.from_url(f"{visitor.desk.url}/openapi.json")
        public = described.include(path_regex="^/api/v1/(visits|clinic|conversations)")
        for found in public.exclude(path_regex="/feed$").get_all_operations():
            assert isinstance(found, Ok)
            operation = found.ok()

            @given(case=operation.as_strategy())
            @with_settings(
                max_examples=4,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            )
            def try_it(case: Any) -> None:
                case.path_parameters["conversation_id"] = visitor.conversation_id
                answer = case.call(base_url=visitor.desk.url, headers=visitor.headers)
                assert answer.status_code < 500

            try_it()
