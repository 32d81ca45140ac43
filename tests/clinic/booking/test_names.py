"""Reading people's names."""

import pytest

from clinic.booking.names import find_name, is_keyboard, name_after


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
        ("will young", "Will Young"),
        ("D'Angelo Price", "D'Angelo Price"),
        ("An Nguyen", "An Nguyen"),
        ("Bob Stone \U0001f600", "Bob Stone"),
        ("Lopez, Maria", "Maria Lopez"),
        ("rusty mcallister", "Rusty McAllister"),
        ("no, change the name to Ana Ruiz", "Ana Ruiz"),
        ("it's Jon Smyth with a y", "Jon Smyth"),
    ],
)
def test_an_answer_to_the_question_for_it(text: str, name: str) -> None:
    assert find_name(text, asked=True) == name


@pytest.mark.parametrize(
    "text",
    [
        "", "does it hurt?", "I'm pregnant", "I'm on warfarin", "my chest hurts",
        "why do you need it", "602 555 0142", "never mind", "/restart", "a" * 200,
        "one two three four five six", "i'm tired", "the name is wrong", "Maria {clinic_name}",
        "\u200b", "asdf", "asdf asdf", "xxx", "qwerty", "yes", "idk", "Knee", "?", "\U0001f44d",
    ],
)  # fmt: skip
def test_what_is_no_name(text: str) -> None:
    assert find_name(text, asked=True) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hi this is Raj Malhotra again, my knee is back at it", "Raj Malhotra"),
        ("my knee hurts and my name is dana white", "Dana White"),
        ("Hunter Day here, need a visit", "Hunter Day"),
        ("I need an appointment for my knee", None),
        ("my neighbor Earl recommended you", None),
        ("Dr. Patel sent me", None),
        ("I'm in pain", None),
    ],
)
def test_in_passing_a_name_must_be_told_by_something(text: str, name: str | None) -> None:
    assert find_name(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [(" Rosa Diaz, she's 70", "Rosa Diaz"), (" needs an appointment", None), (", Tom", "Tom")],
)
def test_the_name_behind_a_relative(text: str, name: str | None) -> None:
    found = name_after(text)
    assert (found[0] if found else None) == name


@pytest.mark.parametrize(
    ("word", "stroke"), [("asdf", True), ("zzz", True), ("Bob", False), ("Ng", False)]
)
def test_strokes_over_the_keyboard(word: str, stroke: bool) -> None:
    assert is_keyboard(word) is stroke
