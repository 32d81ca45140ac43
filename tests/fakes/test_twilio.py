"""The stand-in for Twilio keeps to Twilio's words, and goes wrong as it is told."""

import base64
import http.client
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.fakes.twilio import FakeTwilio
from tests.fakes.twilio_wire import Parameters, segments, sign

PATIENT = "+16025550123"
OTHER = "+16025550124"
CALLBACK = "https://clinic.example/sms/twilio/status/17?part=1"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
Form = dict[str, str]


@dataclass
class Desk:
    """Takes whatever is posted; `status` is its answer, `order` all it saw."""

    status: int = 204
    forms: list[list[tuple[str, str]]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    signatures: list[str | None] = field(default_factory=list)
    before_answering: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        """Start serving."""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _receiver(self))
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def statuses(self) -> list[str]:
        """The statuses that callbacks brought, in order."""
        return [dict(form)["MessageStatus"] for form in self.forms]


def _receiver(desk: Desk) -> type[BaseHTTPRequestHandler]:
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            desk.forms.append(parse_qsl(body, keep_blank_values=True))
            desk.paths.append(self.path)
            desk.signatures.append(self.headers["X-Twilio-Signature"])
            desk.before_answering()
            self.send_response(desk.status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Receiver


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.server.shutdown()
    desk.server.server_close()


@pytest.fixture
def twilio(desk: Desk) -> Iterator[FakeTwilio]:
    twilio = FakeTwilio(desk_url=desk.url)
    yield twilio
    twilio.close()


@dataclass(frozen=True)
class Said:
    """An answer of the API."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def ask(
    twilio: FakeTwilio, method: str, target: str, form: Form | None = None, token: str | None = None
) -> Said:
    user = f"{twilio.account_sid}:{token or twilio.auth_token}"
    headers = {
        "Authorization": "Basic " + base64.b64encode(user.encode()).decode(),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection = http.client.HTTPConnection(urlsplit(twilio.url).netloc, timeout=10)
    try:
        connection.request(method, target, urlencode(form or {}), headers)
        response = connection.getresponse()
        return Said(response.status, dict(response.getheaders()), response.read().decode())
    finally:
        connection.close()


def at(minute: int) -> Callable[[], datetime]:
    return lambda: NOON + timedelta(minutes=minute)


def messages(twilio: FakeTwilio) -> str:
    return f"/2010-04-01/Accounts/{twilio.account_sid}/Messages.json"


def create(twilio: FakeTwilio, **form: str) -> Said:
    whole = {"To": PATIENT, "From": twilio.number, "Body": "See you at 9.", **form}
    return ask(
        twilio, "POST", messages(twilio), {name: value for name, value in whole.items() if value}
    )


def listed(twilio: FakeTwilio, query: str = "") -> list[str]:
    said = ask(twilio, "GET", f"{messages(twilio)}?{query}")
    assert said.status == 200, said.body
    return [each["body"] for each in said.json["messages"]]


class TestSignature:
    URL = "https://mycompany.com/myapp.php?foo=1&bar=2"

    def test_is_that_of_twilios_own_tests(self) -> None:
        parameters = [
            ("CallSid", "CA1234567890ABCDE"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
            ("Caller", "+14158675309"),
        ]
        assert sign("12345", self.URL, parameters) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="

    def test_counts_a_value_given_twice_once(self) -> None:
        digits = [("Digits", value) for value in ("5678", "1234", "1234")]
        parameters = [("Sid", "CA123"), ("SidAccount", "AC123"), *digits]
        assert sign("12345", self.URL, parameters) == "IK+Dwps556ElfBT0I3Rgjkr1wJU="


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("€" * 153, 3),  # 76 to a part, as no escape is cut from its letter
        ("’" * 70, 1),
        ("’" * 71, 2),
        ("’" * 134, 2),
        ("’" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 67, 3),  # 33 to a part, as no pair is cut in two
    ],
)
def test_parts_are_counted_as_the_handset_gets_them(body: str, parts: int) -> None:
    assert segments(body) == parts


class TestCreate:
    def test_a_wrong_token_is_refused(self, twilio: FakeTwilio) -> None:
        said = ask(twilio, "POST", messages(twilio), {"To": PATIENT}, token="wrong")
        assert (said.status, said.json["code"]) == (401, 20003)
        assert twilio.tried == []

    def test_another_account_is_not_found(self, twilio: FakeTwilio) -> None:
        said = ask(twilio, "POST", f"/2010-04-01/Accounts/AC{'0' * 32}/Messages.json")
        assert (said.status, said.json["code"]) == (404, 20404)

    @pytest.mark.parametrize(
        ("form", "code"),
        [
            ({"Body": ""}, 21602),
            ({"From": ""}, 21603),
            ({"To": ""}, 21604),
            ({"To": "602 555 0123"}, 21211),
            ({"From": OTHER}, 21606),
            ({"Body": "a" * 1601}, 21617),
            ({"To": OTHER}, 21610),
        ],
    )
    def test_what_twilio_would_not_take_is_refused_in_its_words(
        self, twilio: FakeTwilio, form: Form, code: int
    ) -> None:
        twilio.opted_out.add(OTHER)
        said = create(twilio, **form)
        assert said.status == 400
        assert set(said.json) == {"code", "message", "more_info", "status"}
        assert said.json["code"] == code
        assert said.json["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
        assert twilio.sent == []

    def test_refusals_are_used_up_in_order(self, twilio: FakeTwilio) -> None:
        twilio.retry_after_seconds = 7
        twilio.fail(429, 20429)
        twilio.fail(503, 20500, times=2)
        answers = [create(twilio) for _ in range(4)]
        assert [each.status for each in answers] == [429, 503, 503, 201]
        assert answers[0].json["code"] == 20429
        assert answers[0].headers["Retry-After"] == "7"
        assert len(twilio.tried) == 4
        assert len(twilio.sent) == 1

    def test_a_message_is_accepted_as_documented(self, twilio: FakeTwilio) -> None:
        twilio.now = at(0)
        said = create(twilio, Body="a" * 161)
        assert said.status == 201
        sid = said.json["sid"]
        assert sid.startswith("SM")
        assert len(sid) == 34
        assert said.json == {
            **said.json,
            "account_sid": twilio.account_sid,
            "api_version": "2010-04-01",
            "body": "a" * 161,
            "date_created": "Mon, 02 Mar 2026 12:00:00 +0000",
            "date_sent": None,
            "date_updated": "Mon, 02 Mar 2026 12:00:00 +0000",
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": twilio.number,
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": "2",
            "status": "queued",
            "to": PATIENT,
            "uri": f"/2010-04-01/Accounts/{twilio.account_sid}/Messages/{sid}.json",
        }
        assert twilio.texts_to(PATIENT) == ["a" * 161]

    def test_a_messaging_service_finds_the_sender_later(self, twilio: FakeTwilio) -> None:
        said = create(twilio, From="", MessagingServiceSid="MG1")
        assert (said.json["status"], said.json["from"]) == ("accepted", None)
        assert said.json["num_segments"] == "0"
        twilio.settle()
        fetched = ask(twilio, "GET", said.json["uri"]).json
        assert (fetched["status"], fetched["from"]) == ("delivered", twilio.number)
        assert fetched["messaging_service_sid"] == "MG1"
        assert fetched["num_segments"] == "1"

    def test_a_cut_before_it_accepts_leaves_nothing(self, twilio: FakeTwilio) -> None:
        twilio.cut_before_accept = 1
        with pytest.raises(http.client.RemoteDisconnected):
            create(twilio)
        assert twilio.sent == []
        assert create(twilio).status == 201

    def test_a_cut_after_it_accepts_still_sends(self, twilio: FakeTwilio, desk: Desk) -> None:
        twilio.cut_after_accept = 1
        with pytest.raises(http.client.RemoteDisconnected):
            create(twilio, StatusCallback=CALLBACK)
        assert twilio.texts_to(PATIENT) == ["See you at 9."]
        twilio.settle()
        assert desk.statuses == ["sent", "delivered"]
        assert listed(twilio) == ["See you at 9."]
        assert create(twilio).status == 201

    def test_garbage_is_no_json_but_accepted(self, twilio: FakeTwilio) -> None:
        twilio.garbage = 1
        said = create(twilio)
        assert said.status == 201
        with pytest.raises(json.JSONDecodeError):
            json.loads(said.body)
        assert len(twilio.sent) == 1
        assert create(twilio).json["status"] == "queued"

    def test_an_answer_may_hang(self, twilio: FakeTwilio) -> None:
        twilio.hang.set()
        answers: list[Said] = []
        waiting = threading.Thread(target=lambda: answers.append(create(twilio)))
        waiting.start()
        waiting.join(0.1)
        assert answers == []
        twilio.hang.clear()
        waiting.join(10)
        assert [each.status for each in answers] == [201]

    def test_nothing_is_accepted_once_it_is_closed(self, twilio: FakeTwilio) -> None:
        connection = http.client.HTTPConnection(urlsplit(twilio.url).netloc, timeout=10)
        connection.request("GET", "/")
        connection.getresponse().read()
        twilio.close()
        connection.request("POST", messages(twilio), "")
        with pytest.raises(http.client.RemoteDisconnected):
            connection.getresponse()
        connection.close()


class TestList:
    @pytest.fixture
    def filled(self, twilio: FakeTwilio) -> FakeTwilio:
        """Five texts, a minute apart, from 12:00 on; the fourth goes out."""
        for minute, sender in enumerate([PATIENT, OTHER, PATIENT]):
            twilio.now = at(minute)
            twilio.text(sender, f"in {minute}", deliver=False)
        twilio.now = at(3)
        create(twilio, Body="out 3")
        twilio.settle()
        twilio.now = at(4)
        twilio.text(PATIENT, "in 4", deliver=False)
        return twilio

    def test_a_read_may_be_refused(self, twilio: FakeTwilio) -> None:
        twilio.refuse_reads = [(500, 20500)]
        assert ask(twilio, "GET", messages(twilio)).status == 500
        assert listed(twilio) == []

    def test_a_date_that_is_none_is_refused(self, twilio: FakeTwilio) -> None:
        twilio.text(PATIENT, "in", deliver=False)
        assert ask(twilio, "GET", f"{messages(twilio)}?DateSent=yesterday").status == 400

    def test_an_unknown_message_is_not_found(self, twilio: FakeTwilio) -> None:
        path = messages(twilio).replace(".json", f"/SM{'0' * 32}.json")
        said = ask(twilio, "GET", path)
        assert (said.status, said.json["code"]) == (404, 20404)

    def test_the_newest_comes_first(self, filled: FakeTwilio) -> None:
        assert listed(filled) == ["in 4", "out 3", "in 2", "in 1", "in 0"]

    def test_of_one_second_the_later_comes_first(self, twilio: FakeTwilio) -> None:
        twilio.now = at(0)
        for number in range(3):
            twilio.text(PATIENT, f"in {number}", deliver=False)
        assert listed(twilio) == ["in 2", "in 1", "in 0"]

    def test_it_shows_what_came_in(self, filled: FakeTwilio) -> None:
        said = ask(filled, "GET", f"{messages(filled)}?PageSize=1").json["messages"][0]
        assert (said["direction"], said["status"]) == ("inbound", "received")
        assert (said["from"], said["to"]) == (PATIENT, filled.number)
        assert said["date_sent"] == "Mon, 02 Mar 2026 12:04:00 +0000"
        assert ask(filled, "GET", said["uri"]).json == said

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("To=%2B16025550100", ["in 4", "in 2", "in 1", "in 0"]),
            ("From=%2B16025550124", ["in 1"]),
            ("DateSent>=2026-03-02T12:03:00Z", ["in 4", "out 3"]),
            ("DateSent%3E=2026-03-02T12%3A03%3A01Z", ["in 4"]),
            ("DateSent<=2026-03-02T12:01:00Z", ["in 1", "in 0"]),
            ("DateSent>=2026-03-02T12:01:00Z&DateSent<=2026-03-02T12:02:00Z", ["in 2", "in 1"]),
            ("DateSent>=2026-03-02T14:04:00%2B02:00", ["in 4"]),
            ("DateSent=2026-03-02&PageSize=1", ["in 4"]),
            ("DateSent=2026-03-01", []),
            ("DateSent>=2026-03-03", []),
        ],
    )
    def test_filters_hold(self, filled: FakeTwilio, query: str, found: list[str]) -> None:
        assert listed(filled, query) == found

    def test_pages_follow_one_another_though_more_comes_in(self, filled: FakeTwilio) -> None:
        query = "PageSize=2&DateSent>=2026-03-02T12:00:00Z&To=%2B16025550100"
        target, found = f"{messages(filled)}?{query}", []
        while target:
            said = ask(filled, "GET", target).json
            assert said["page_size"] == 2
            found.append([each["body"] for each in said["messages"]])
            filled.text(OTHER, "meanwhile", deliver=False)
            target = said["next_page_uri"]
        assert found == [["in 4", "in 2"], ["in 1", "in 0"]]


class TestCallbacks:
    def test_are_signed_over_the_address_as_given(self, twilio: FakeTwilio, desk: Desk) -> None:
        twilio.now = at(0)
        sid = create(twilio, StatusCallback=CALLBACK).json["sid"]
        twilio.settle()
        assert desk.paths == ["/sms/twilio/status/17?part=1"] * 2
        assert desk.signatures == [sign(twilio.auth_token, CALLBACK, form) for form in desk.forms]
        assert dict(desk.forms[1]) == {
            "AccountSid": twilio.account_sid,
            "ApiVersion": "2010-04-01",
            "From": twilio.number,
            "MessageSid": sid,
            "MessageStatus": "delivered",
            "RawDlrDoneDate": "2603021200",
            "SmsSid": sid,
            "SmsStatus": "delivered",
            "To": PATIENT,
        }
        assert [each.answer.status for each in twilio.called] == [204, 204]

    def test_leave_out_what_a_proxy_takes_away(self, twilio: FakeTwilio, desk: Desk) -> None:
        twilio.public_url = "https://clinic.example/desk"
        create(twilio, StatusCallback="https://clinic.example/desk/status/1#rc=2")
        twilio.settle()
        assert desk.paths == ["/status/1"] * 2

    def test_come_after_the_answer(self, twilio: FakeTwilio, desk: Desk) -> None:
        answered = threading.Event()
        seen: list[bool] = []
        desk.before_answering = lambda: seen.append(answered.wait(10))
        create(twilio, StatusCallback=CALLBACK)
        answered.set()
        twilio.settle()
        assert seen == [True, True]

    def test_may_come_before_the_answer(self, twilio: FakeTwilio, desk: Desk) -> None:
        twilio.callback_before_answer = True
        assert create(twilio, StatusCallback=CALLBACK).json["status"] == "queued"
        assert desk.statuses == ["sent", "delivered"]

    def test_may_be_lost_while_the_message_goes_on(self, twilio: FakeTwilio, desk: Desk) -> None:
        twilio.lose_callbacks = True
        uri = create(twilio, StatusCallback=CALLBACK).json["uri"]
        twilio.settle()
        assert desk.forms == []
        assert ask(twilio, "GET", uri).json["status"] == "delivered"

    def test_may_come_twice_and_in_any_order(self, twilio: FakeTwilio, desk: Desk) -> None:
        twilio.duplicate_callbacks = True
        twilio.shuffle_callbacks = (3, 0, 2, 1)
        create(twilio, StatusCallback=CALLBACK)
        twilio.settle()
        assert desk.statuses == ["delivered", "sent", "delivered", "sent"]

    def test_may_be_shuffled(self, twilio: FakeTwilio, desk: Desk) -> None:
        twilio.callbacks = ("queued", "sending", "sent", "delivered", "read")
        twilio.shuffle_callbacks = True
        create(twilio, StatusCallback=CALLBACK)
        twilio.settle()
        assert sorted(desk.statuses) == sorted(twilio.callbacks)
        assert desk.statuses != list(twilio.callbacks)

    def test_may_be_held(self, twilio: FakeTwilio, desk: Desk) -> None:
        twilio.hold_callbacks = True
        create(twilio, StatusCallback=CALLBACK)
        twilio.settle()
        assert desk.forms == []
        twilio.release()
        twilio.settle()
        assert desk.statuses == ["sent", "delivered"]

    @pytest.mark.parametrize(
        ("status", "course"),
        [("undelivered", ["sent", "undelivered"]), ("failed", ["failed"])],
    )
    def test_tell_why_a_message_did_not_arrive(
        self, twilio: FakeTwilio, desk: Desk, status: str, course: list[str]
    ) -> None:
        twilio.delivered_error(PATIENT, 30005, status)
        uri = create(twilio, StatusCallback=CALLBACK).json["uri"]
        twilio.settle()
        assert desk.statuses == course
        assert dict(desk.forms[-1])["ErrorCode"] == "30005"
        fetched = ask(twilio, "GET", uri).json
        assert (fetched["status"], fetched["error_code"]) == (status, 30005)
        assert fetched["error_message"] == "Unknown destination handset"
        assert (fetched["date_sent"] is None) == (status == "failed")

    def test_may_be_sent_one_by_one(self, twilio: FakeTwilio, desk: Desk) -> None:
        twilio.callbacks = ()
        create(twilio, StatusCallback=CALLBACK)
        twilio.settle()
        assert twilio.report(twilio.sent[0], "delivered").ok
        assert desk.statuses == ["delivered"]

    def test_that_fail_are_recorded(self, twilio: FakeTwilio, desk: Desk) -> None:
        desk.status = 500
        create(twilio, StatusCallback=CALLBACK)
        twilio.settle()
        twilio.desk_url = "http://127.0.0.1:1"
        create(twilio, StatusCallback=CALLBACK)
        twilio.settle()
        assert [each.answer.status for each in twilio.called] == [500, 500, 0, 0]
        assert "Refused" in twilio.called[-1].answer.body


class TestText:
    def test_is_posted_signed_with_its_blanks(self, twilio: FakeTwilio, desk: Desk) -> None:
        answer = twilio.text(PATIENT, " Sí + ¿9? ", MessagingServiceSid="MG1")
        assert answer.status == 204
        assert desk.paths == ["/sms/twilio/messages"]
        form: Parameters = desk.forms[0]
        url = "https://clinic.example/sms/twilio/messages"
        assert desk.signatures == [sign(twilio.auth_token, url, form)]
        sid = twilio.received[0].sid
        expected = {"From": PATIENT, "To": twilio.number, "Body": " Sí + ¿9? ", "FromCity": ""}
        expected |= {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "NumMedia": "0"}
        expected |= {"SmsStatus": "received", "MessagingServiceSid": "MG1", "NumSegments": "1"}
        assert dict(form) == {**dict(form), **expected}

    def test_may_carry_pictures_and_leave_fields_out(self, twilio: FakeTwilio) -> None:
        form = dict(twilio.form_for(PATIENT, "", media=2, Body=None))
        assert form["MessageSid"].startswith("MM")
        assert form["NumMedia"] == "2"
        assert form["MediaUrl1"].startswith("https://api.twilio.com/")
        assert form["MediaContentType0"] == "image/jpeg"
        assert "Body" not in form
        assert twilio.received == []

    def test_is_one_text_however_often_it_is_brought(self, twilio: FakeTwilio, desk: Desk) -> None:
        sid = f"SM{'1' * 32}"
        for _ in range(2):
            twilio.text(PATIENT, "Hello", sid=sid)
        assert len(desk.forms) == 2
        assert listed(twilio) == ["Hello"]

    def test_may_be_kept_from_the_webhook(self, twilio: FakeTwilio, desk: Desk) -> None:
        assert not twilio.text(PATIENT, "Hello", deliver=False).ok
        assert desk.forms == []
        assert listed(twilio) == ["Hello"]

    def test_is_answered_by_nothing_when_the_desk_is_gone(self, twilio: FakeTwilio) -> None:
        twilio.desk_url = "http://127.0.0.1:1"
        assert twilio.text(PATIENT, "Hello").status == 0

    def test_any_signature_and_body_may_be_posted(self, twilio: FakeTwilio, desk: Desk) -> None:
        twilio.post("/sms", [("Body", "a")], signature="forged", raw_body=b"Body=b")
        twilio.post("/sms", [("Body", "a")], signature="")
        assert desk.signatures == ["forged", None]
        assert desk.forms == [[("Body", "b")], [("Body", "a")]]


class TestKeywords:
    def test_are_texts_like_any_unless_handled(self, twilio: FakeTwilio) -> None:
        twilio.text(PATIENT, "STOP")
        assert create(twilio).status == 201
        assert twilio.handset == []

    def test_stop_and_start_are_heeded_and_answered_once(
        self, twilio: FakeTwilio, desk: Desk
    ) -> None:
        twilio.handles_keywords = True
        for body in ("please stop", " Stop ", "STOP"):
            twilio.text(PATIENT, body)
        assert create(twilio).json["code"] == 21610
        assert [number for number, _ in twilio.handset] == [PATIENT]
        assert twilio.texts_to(PATIENT) == []
        twilio.text(PATIENT, "unstop")
        assert create(twilio).status == 201
        assert len(desk.forms) == 4
        assert all("OptOutType" not in dict(form) for form in desk.forms)

    @pytest.mark.parametrize(
        ("body", "kind"), [("Quit", "STOP"), ("yes", "START"), ("INFO", "HELP"), ("hello", None)]
    )
    def test_advanced_opt_out_says_what_it_took_them_for(
        self, twilio: FakeTwilio, body: str, kind: str | None
    ) -> None:
        twilio.handles_keywords = twilio.advanced_opt_out = True
        assert dict(twilio.form_for(PATIENT, body)).get("OptOutType") == kind
