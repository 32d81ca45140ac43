"""Reading the answers to a booking."""

import random
import re
from datetime import date

import msgspec
import pytest

from clinic import booking
from clinic.booking_times import parse_times
from clinic.contract import BookingDetails

TUESDAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("maria lopez", "Maria Lopez"),
        ("My name is Maria Lopez.", "Maria Lopez"),
        ("hi, I'm Bob", "Bob"),
        ("it\u2019s JOHN SMITH", "John Smith"),
        ("Jos\u00e9 \u00c1ngel O'Neill-Ruiz", "Jos\u00e9 \u00c1ngel O'Neill-Ruiz"),
        ("\u738b\u5c0f\u660e", "\u738b\u5c0f\u660e"),
        ("Dr. Ana van der Berg", "Dr. Ana van der Berg"),
        ("Jose\u0301 Ruiz", "Jos\u00e9 Ruiz"),
        ("\u092a\u094d\u0930\u093f\u092f\u093e \u0936\u0930\u094d\u092e\u093e",) * 2,
        ("Will Young", "Will Young"),
        ("An Nguyen", "An Nguyen"),
        ("Bob\nStone \U0001f600", "Bob Stone"),
        ("Maria Lopez, 602 555 0142", "Maria Lopez"),
        ("my name is Maria Lopez and my phone is 602 555 0142", "Maria Lopez"),
        ("no, change the name to Ana Ruiz", "Ana Ruiz"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert booking.parse_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "does it hurt?",
        "I'm pregnant",
        "I'm on warfarin",
        "my chest hurts",
        "why do you need it",
        "602 555 0142",
        "never mind",
        "/restart",
        "<b>Bob</b>",
        "a" * 200,
        "one two three four five six",
        "i'm tired",
        "the name is wrong",
        "Maria {clinic_name}",
        "\u200b",
    ],
)
def test_what_is_no_name(text: str) -> None:
    assert booking.parse_name(text) is None


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("602 555 0142", "+16025550142"),
        ("my cell is (602) 555-0142, thanks", "+16025550142"),
        ("1-602-555-0142", "+16025550142"),
        ("+44 20 7946 0958", "+442079460958"),
        ("six zero two, five five five, oh one four two", "+16025550142"),
        ("6 0 2 5 5 5 0 1 4 2", "+16025550142"),
        ("555-0142", None),
        ("602 555 014", None),
        ("no", None),
    ],
)
def test_phones(text: str, phone: str | None) -> None:
    assert booking.parse_phone(text, "US") == phone


@pytest.mark.parametrize(
    ("text", "part"), [("my knee", "knee"), ("somewhere else", "other"), ("the moon", None)]
)
def test_areas(text: str, part: str | None) -> None:
    area = booking.parse_area(text)
    assert (area.part if area else None) == part


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("yes", True),
        ("Yes, please!", True),
        ("that\u2019s right", True),
        ("no", False),
        ("No, that's wrong", False),
        ("of course not", False),
        ("no problem", True),
        ("yes please, send it to the clinic", True),
        ("\U0001f44d\U0001f3fd", True),
        ("No, the phone is wrong", None),
        ("right knee", None),
        ("yes no", None),
        ("maybe", None),
        ("ok but not before 9", None),
        ("yes, does it hurt?", None),
        ("yes but can I have it while I take warfarin", None),
        ("why?", None),
        ("", None),
    ],
)
def test_yes_and_no(text: str, answer: bool | None) -> None:
    assert booking.parse_yes_no(text) is answer


@pytest.mark.parametrize(
    ("text", "slot"),
    [("change the phone", "booking_phone"), ("the time", "booking_time"), ("hello", None)],
)
def test_what_to_change(text: str, slot: str | None) -> None:
    assert booking.parse_change(text) == slot


@pytest.mark.parametrize(
    ("text", "question"),
    [("is thursday ok", True), ("thursday?", True), ("island", False), ("thursday", False)],
)
def test_questions(text: str, question: bool) -> None:
    assert booking.asks(text) is question


def test_a_reference_can_be_read_out() -> None:
    made = {booking.reference(random.Random(seed)) for seed in range(500)}
    assert len(made) == 500
    assert all(re.fullmatch(r"[A-Z0-9]{3}-[A-Z0-9]{3}", one) for one in made)
    assert not set("".join(made)) & set("0O1IL2Z5S8B6GUV")


def test_a_draft_has_the_contracts_shape() -> None:
    draft = booking.details({"booking_name": "Ana", "booking_phone": None, "area": "knee"})
    assert draft == BookingDetails(name="Ana")


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("thursday afternoon", [{"weekday": "thursday", "part": "afternoon"}]),
        ("Mon or Tues, mornings", [
            {"weekday": "monday", "part": "morning"},
            {"weekday": "tuesday", "part": "morning"},
        ]),
        ("after 3 on thursdays", [{"weekday": "thursday", "from": "15:00"}]),
        ("before 10:30 am", [{"to": "10:30"}]),
        ("tomorrow", [{"date": "2026-03-11"}]),
        ("March 12 at 9", [{"date": "2026-03-12", "from": "09:00"}]),
        ("the 2nd of january", [{"date": "2027-01-02"}]),
        ("3/12", [{"date": "2026-03-12"}]),
        ("2026-03-12", [{"date": "2026-03-12"}]),
        ("the 12th", [{"date": "2026-03-12"}]),
        ("the 1st", [{"date": "2026-04-01"}]),
        ("3pm", [{"from": "15:00"}]),
        ("three o'clock", [{"from": "15:00"}]),
        ("half past nine", [{"from": "09:30"}]),
        ("not before 9", [{"from": "09:00"}]),
        ("between 9 and 11", [{"from": "09:00", "to": "11:00"}]),
        ("friday 2-4 pm", [{"weekday": "friday", "from": "14:00", "to": "16:00"}]),
        ("wed to fri", [{"weekday": day} for day in ("wednesday", "thursday", "friday")]),
    ],
)  # fmt: skip
def test_wishes_for_a_time(text: str, options: list[dict[str, str]]) -> None:
    wishes = parse_times(text, TUESDAY)
    assert wishes is not None
    said = [
        {field: value for field, value in msgspec.to_builtins(wish).items() if value}
        for wish in wishes.options
    ]
    assert (said, wishes.not_, wishes.soonest) == (options, [], False)


def test_a_day_that_does_not_suit() -> None:
    wishes = parse_times("any time except friday", TUESDAY)
    assert wishes is not None
    assert ([wish.weekday for wish in wishes.not_], wishes.options) == (["friday"], [])


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("not the morning", {"part": "morning"}),
        ("tuesday, but not tuesday evening", {"weekday": "tuesday", "part": "evening"}),
    ],
)
def test_a_part_of_the_day_that_does_not_suit(text: str, refused: dict[str, str]) -> None:
    wishes = parse_times(text, TUESDAY)
    assert wishes is not None
    said = [{key: value for key, value in msgspec.to_builtins(wishes.not_[0]).items() if value}]
    assert said == [refused]
    assert not any(wish.part for wish in wishes.options)


@pytest.mark.parametrize("text", ["as soon as possible", "ASAP", "whenever"])
def test_the_soonest(text: str) -> None:
    wishes = parse_times(text, TUESDAY)
    assert wishes is not None
    assert wishes.soonest


@pytest.mark.parametrize(
    "text", ["", "blue", "february 30", "25/40", "3-12", "at 3:75", "does it hurt?"]
)
def test_what_names_no_time(text: str) -> None:
    assert parse_times(text, TUESDAY) is None
