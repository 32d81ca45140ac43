"""Whatever characters a patient's message holds: it is kept, or refused with a reason."""

import gzip
import json
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from clinic.contract import MAX_TEXT
from clinic.settings import Clinic
from frontdesk.migrating import migrate
from tests.frontdesk.conftest import new_database, postgresql_server
from tests.frontdesk.desk import RunningDesk, Visitor
from tests.frontdesk.naughty import (
    CANARY,
    STRINGS,
    Answer,
    lasting_desk,
    message,
    post,
    unharmed,
)

DEEP = 10_000


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, clinic: Clinic
) -> Iterator[RunningDesk]:
    """One front desk on each database for all of these messages."""
    folder = tmp_path_factory.mktemp("bad_text")
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'frontdesk.db'}"
        if request.param == "postgresql":
            url = stack.enter_context(new_database(postgresql_server()))
        migrate(url)
        yield stack.enter_context(lasting_desk(url, folder, clinic))


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


def asked(visitor: Visitor) -> list[str]:
    """What the assistant was asked in this conversation."""
    visitor.wait_until_quiet()
    mine = visitor.conversation_id
    turns = visitor.desk.assistant.turns
    return [turn["text"] for turn in turns if turn["conversation_id"] == mine]


def said(visitor: Visitor) -> list[str]:
    """What the patient has said, as it was kept."""
    return [line["text"] for line in visitor.messages() if line["author"] == "patient"]


def refused(answer: Answer) -> tuple[int, str]:
    """The status and the code; the sentence is there and does not repeat what was sent."""
    body = json.loads(answer.body)
    assert body["error"]
    assert CANARY not in body["error"]
    return answer.status, body["code"]


class TestStrings:
    def test_of_all_kinds_are_kept_and_passed_on_to_the_letter(self, visitor: Visitor) -> None:
        for text in STRINGS.values():
            visitor.say(text)
        kept = {kind: text.strip() for kind, text in STRINGS.items()}
        assert dict(zip(STRINGS, said(visitor), strict=True)) == kept
        assert dict(zip(STRINGS, asked(visitor), strict=True)) == kept

    def test_of_white_space_alone_are_refused_as_empty(self, visitor: Visitor) -> None:
        for space in (" ", "\t\n", "\u00a0", "\u3000\u2003", "\u2028", "\v\f"):
            answer = visitor.post(client_id=str(uuid.uuid4()), text=space)
            assert (answer.status_code, answer.json()["code"]) == (422, "empty")


class TestControlCharacters:
    def test_are_taken_out_rather_than_the_message_lost(self, visitor: Visitor) -> None:
        kept = {
            "my\x00 knee\x00 hurts": "my knee hurts",
            "m\x00y\x00 \x00k\x00n\x00e\x00e\x00": "my knee",
            "\x1b[31mmy knee\x07\x08": "[31mmy knee",
            "\x00 my knee \x00": "my knee",
            "a" * MAX_TEXT + "\x00": "a" * MAX_TEXT,
        }
        for text in kept:
            visitor.say(text)
        assert said(visitor) == list(kept.values())
        assert asked(visitor) == list(kept.values())

    def test_sent_again_under_the_same_id_give_the_same_answer(self, visitor: Visitor) -> None:
        again = {"client_id": str(uuid.uuid4()), "text": "my\x00 knee hurts"}
        first, second = visitor.post(**again), visitor.post(**again)
        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json() == second.json()

    def test_alone_are_refused_as_empty(self, visitor: Visitor) -> None:
        answer = visitor.post(client_id=str(uuid.uuid4()), text="\x00\x01")
        assert (answer.status_code, answer.json()["code"]) == (422, "empty")

    def test_hide_no_emergency(self, visitor: Visitor) -> None:
        visitor.say("my ch\x00est hurts and I can't br\x07eathe")
        assert any(line["kind"] == "emergency" for line in visitor.messages())


class TestSurrogates:
    def test_that_are_alone_are_replaced_rather_than_the_message_lost(
        self, visitor: Visitor
    ) -> None:
        kept = {
            rb"my \ud800 knee": "my \ufffd knee",
            rb"my \udc00\ud800 knee": "my \ufffd\ufffd knee",
            rb"my \ud83e\uddb5 knee": "my 🦵 knee",
            rb"\ud83e": "\ufffd",
            b"my \xed\xa0\x80 knee": "my \ufffd knee",
        }
        for sent in kept:
            body = message('"?"').replace(b"?", sent)
            first, second = post(visitor, body), post(visitor, body)
            assert (first.status, second.status) == (201, 200)
            assert first.body == second.body
        assert said(visitor) == list(kept.values())
        assert asked(visitor) == list(kept.values())


class TestNormalForms:
    def test_are_kept_as_sent_and_tell_two_messages_of_one_id_apart(self, visitor: Visitor) -> None:
        composed = "caf\u00e9"
        decomposed = unicodedata.normalize("NFD", composed)
        name = str(uuid.uuid4())
        first = visitor.post(client_id=name, text=decomposed)
        other = visitor.post(client_id=name, text=composed)
        assert (first.status_code, other.status_code) == (201, 409)
        assert other.json()["code"] == "client_id_used"
        assert visitor.post(client_id=name, text=decomposed).status_code == 200
        assert said(visitor) == [decomposed]


class TestBytes:
    def test_that_are_no_utf8_are_refused(self, visitor: Visitor) -> None:
        for bad in (b"\xff\xfe\x80", b"\xc0\x80", b"\xf5", b"\xc3", b"caf\xe9"):
            body = message().replace(b'"}', bad + b'"}')
            assert refused(post(visitor, body)) == (400, "unreadable")
        assert said(visitor) == []

    def test_of_a_byte_order_mark_before_the_body_do_no_harm(self, visitor: Visitor) -> None:
        assert post(visitor, b"\xef\xbb\xbf" + message('"my knee"')).status == 201
        assert said(visitor) == ["my knee"]

    def test_of_a_control_character_that_is_not_escaped_are_refused(self, visitor: Visitor) -> None:
        assert refused(post(visitor, message(f'"{CANARY}\x01"'))) == (422, "invalid_json")

    def test_of_ten_megabytes_are_refused(self, visitor: Visitor) -> None:
        body = message(f'"{"a" * 10_000_000}"')
        assert refused(post(visitor, body)) == (413, "too_large")

    def test_that_are_compressed_are_not_decoded(self, visitor: Visitor) -> None:
        bomb = gzip.compress(message(f'"{"a" * 10_000_000}"'))
        assert refused(post(visitor, bomb, "Content-Encoding: gzip")) == (400, "unreadable")


class TestJson:
    def test_that_is_ten_thousand_deep_is_refused(self, visitor: Visitor) -> None:
        deep = (b"[" * DEEP + b"]" * DEEP, b'{"a":' * DEEP + b"1" + b"}" * DEEP, b"[" * DEEP)
        for value in deep:
            inside = message().replace(b'"text": ', b'"text": ' + value + b', "a": ')
            assert refused(post(visitor, value)) == (400, "unreadable")
            assert refused(post(visitor, inside)) == (400, "unreadable")
        assert said(visitor) == []

    def test_with_a_key_twice_means_the_last_one(self, visitor: Visitor) -> None:
        body = message('"the first", "text": "the last"')
        assert post(visitor, body).status == 201
        assert said(visitor) == ["the last"]

    def test_with_a_number_that_is_none_is_refused(self, visitor: Visitor) -> None:
        for number in ("NaN", "Infinity", "-Infinity", "1e999", "1.5", "-1", "9" * 30, "null"):
            choice = f'null, "choice": {{"number": {number}, "index": 0}}'
            assert refused(post(visitor, message(choice))) == (422, "invalid")
            assert refused(post(visitor, message(number))) == (422, "invalid")

    def test_with_a_number_of_thousands_of_digits_is_refused(self, visitor: Visitor) -> None:
        assert refused(post(visitor, message("9" * 5_000))) == (400, "unreadable")

    def test_with_no_number_to_read_after_is_refused(self, visitor: Visitor) -> None:
        for number in ("NaN", "1e999", "9" * 5_000, "-1", str(2**31), "²", "%00"):
            path = f"{visitor.path}/messages?after={number}"
            answer = visitor.desk.http.get(path, headers=visitor.headers)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid")

    def test_of_another_shape_is_refused(self, visitor: Visitor) -> None:
        for body in (b"", b"null", b"[]", b'"text"', b"1", b"{}", b"{} {}", b"{"):
            assert refused(post(visitor, body))[0] == 422
