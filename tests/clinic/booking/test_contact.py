"""Reading telephone numbers and e-mail addresses."""

import pytest

from clinic.booking.contact import find_email, find_ending, find_phone, like_a_phone, said_once


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("602 555 0142", "+16025550142"),
        ("my cell is (602) 555-0142, thanks", "+16025550142"),
        ("1-602-555-0142", "+16025550142"),
        ("+44 20 7946 0958", "+442079460958"),
        ("six zero two, five five five, oh one four two", "+16025550142"),
        ("area code 602 then 555 0142", "+16025550142"),
        ("6 0 2 5 5 5 0 1 4 2", "+16025550142"),
        ("602.555.0142 ext 12", "+16025550142"),
        ("not 602 555 0142 but 480 555 0177", "+14805550177"),
        ("555-0142", None),
        ("602 555 014", None),
        ("602-KNEE-NOW", None),
        ("602-555-0I42", None),
        ("12345", None),
        ("no", None),
    ],
)
def test_phones(text: str, phone: str | None) -> None:
    found = find_phone(text, "US")
    assert (found[0] if found else None) == phone


@pytest.mark.parametrize(
    ("text", "meant"),
    [("5550142", True), ("55512", True), ("602-555-0I42", True), ("no", False), ("3pm", False)],
)
def test_what_was_meant_for_a_phone(text: str, meant: bool) -> None:
    assert (like_a_phone(text) is not None) is meant


def test_digits_said_once_for_several() -> None:
    assert said_once("480 triple five double oh 12") == "480 five five five oh oh 12"


def test_how_a_number_ends() -> None:
    assert find_ending("it should end in 0135") == "0135"
    assert find_ending("it should end on 0135 5") is not None
    assert find_ending("the end") is None


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("maria@example.com", "maria@example.com"),
        ("mail Ana.Ruiz+clinic@Example.org, please", "ana.ruiz+clinic@example.org"),
        ("maria at gmail dot com", "maria@gmail.com"),
        ("maria (at) mail (dot) example (dot) org", "maria@mail.example.org"),
        ("maria.example.com", None),
        ("maria@example", None),
        ("see you at noon", None),
        ("i am at work till 5", None),
    ],
)
def test_emails(text: str, email: str | None) -> None:
    found = find_email(text)
    assert (found[0] if found else None) == email
