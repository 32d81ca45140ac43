"""The provider's signature: accepted as its own library makes it, and refused when touched."""

import base64
import random
import string
from collections.abc import Callable
from urllib.parse import quote_plus, urlencode

import pytest

from frontdesk.sms.signature import Fields, is_signed, read_form, sign
from tests.fakes.twilio_wire import sign as signed_by_twilio

TRIALS = 10_000
TOKEN = "12345"
ADDRESS = "https://mycompany.com/myapp.php?foo=1&bar=2"
CALL = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]
TWICE = [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678")]
TWICE += [("Digits", "1234"), ("Digits", "1234")]
# What patients write, what carriers add, and what breaks naive forms.
PIECES = (
    *string.printable,
    *"áñ¿“”–\u00a0€🦵🏽👩‍⚕️\u202e\u2028\x00膝",
    *("", " ", "  ", "+", "%", "&", "=", "\r\n", "%2B", "+16025550111"),
)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [(CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="), (TWICE, "IK+Dwps556ElfBT0I3Rgjkr1wJU=")],
)
def test_is_the_published_one(fields: Fields, expected: str) -> None:
    assert sign(TOKEN, ADDRESS, fields) == expected
    assert is_signed([TOKEN], ADDRESS, fields, expected)


@pytest.mark.parametrize(
    "address",
    [
        "https://clinic.example/sms/twilio/messages",
        "https://clinic.example:443/sms/twilio/messages",
        "http://clinic.example:80/a/prefix/sms/twilio/messages?x=1",
        "https://clinic.example:8443/sms/twilio/messages",
    ],
)
def test_holds_with_and_without_the_port(address: str) -> None:
    for port in (":443", ":80", ":8443"):
        signature = sign(TOKEN, address.replace(port, ""), CALL)
        if port in address:
            assert is_signed([TOKEN], address, CALL, signature)
    assert is_signed([TOKEN], address, CALL, sign(TOKEN, address, CALL))


def made(chance: random.Random) -> tuple[str, str, list[tuple[str, str]]]:
    """A token, an address and a form, as they may come."""

    def words(most: int) -> str:
        return "".join(chance.choice(PIECES) for _ in range(chance.randrange(most)))

    token = "".join(chance.choice("0123456789abcdef") for _ in range(32))
    query = f"?{urlencode({'a': words(4)})}" if chance.random() < 0.3 else ""
    host = chance.choice(["clinic.example", "sms.clinic.example:8443", "127.0.0.1:8000"])
    names = [chance.choice(["Body", "From", "To", "FromCity", "New", words(6) or "x"])]
    names += [f"Field{number}" for number in range(chance.randrange(6))]
    if chance.random() < 0.3:
        names.append(names[0])
    chance.shuffle(names)
    form = [(name, words(12)) for name in names]
    return token, f"https://{host}/sms/twilio/messages{query}", form


def test_accepts_ten_thousand_requests_as_the_provider_signs_them() -> None:
    chance = random.Random(7)
    for _ in range(TRIALS):
        token, address, form = made(chance)
        body = urlencode(form).encode()
        signature = signed_by_twilio(token, address, form)
        assert is_signed(["another", token], address, read_form(body), signature), form


Touch = Callable[[random.Random, list[tuple[str, str]]], list[tuple[str, str]]]


def change_a_value(chance: random.Random, form: list[tuple[str, str]]) -> list[tuple[str, str]]:
    place = chance.randrange(len(form))
    name, value = form[place]
    at = chance.randrange(len(value) + 1)
    return [*form[:place], (name, f"{value[:at]}\u2603{value[at:]}"), *form[place + 1 :]]


def rename_a_field(chance: random.Random, form: list[tuple[str, str]]) -> list[tuple[str, str]]:
    place = chance.randrange(len(form))
    name, value = form[place]
    return [*form[:place], (f"{name}\u2603", value), *form[place + 1 :]]


def add_a_field(chance: random.Random, form: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [*form, ("\u2603", "")]


def drop_a_field(chance: random.Random, form: list[tuple[str, str]]) -> list[tuple[str, str]]:
    place = chance.randrange(len(form))
    rest = [*form[:place], *form[place + 1 :]]
    # A value that is there twice is signed once: without one of them it is the same request.
    return rest if form[place] not in rest else add_a_field(chance, form)


def test_refuses_ten_thousand_requests_that_were_touched() -> None:
    chance = random.Random(8)
    touches: list[Touch] = [change_a_value, rename_a_field, add_a_field, drop_a_field]
    for trial in range(TRIALS):
        token, address, form = made(chance)
        signature = signed_by_twilio(token, address, form)
        kind = trial % 7
        if kind < len(touches):
            form = touches[kind](chance, form)
        elif kind == 4:
            address = chance.choice(
                [
                    address.replace("messages", "message"),
                    address.replace("https", "http"),
                    f"{address}&b=1" if "?" in address else f"{address}?b=1",
                    address.replace("clinic", "clinik").replace("127.", "128."),
                ]
            )
        elif kind == 5:
            token = token[:-1] + ("0" if token[-1] != "0" else "1")
        else:
            digest = bytearray(base64.b64decode(signature))
            digest[chance.randrange(len(digest))] ^= 1 << chance.randrange(8)
            signature = base64.b64encode(bytes(digest)).decode()
        assert not is_signed([token], address, form, signature), (kind, form)


@pytest.mark.parametrize("signature", ["", "x", "é", "\udcff", "A" * 10_000, "0="])
def test_that_is_none_is_refused(signature: str) -> None:
    assert not is_signed([TOKEN], ADDRESS, CALL, signature)


def test_of_bytes_that_are_no_text_is_over_the_bytes() -> None:
    body = b"Body=" + quote_plus(b"\xff\xfe caf\xc3\xa9").encode()
    fields = read_form(body)
    assert fields == [("Body", "\udcff\udcfe café")]
    assert is_signed([TOKEN], ADDRESS, fields, sign(TOKEN, ADDRESS, fields))


def test_of_too_many_fields_is_not_read() -> None:
    with pytest.raises(ValueError, match="fields"):
        read_form(b"a=1&" * 1_001)
