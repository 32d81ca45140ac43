"""One message a turn, and numbers for what cannot be tapped."""

import pytest

from assistant.sms import as_one, choice_of
from clinic.contract import Choice, ChoiceMade, Reply

PASS_ON = Choice("Pass it on", "pass_on")
YES = Choice("Yes", "booking_answer", {"answer": "yes"})
NO = Choice("No", "booking_answer", {"answer": "no"})


def test_the_replies_of_a_turn_are_one_message() -> None:
    replies = [Reply("Hello."), Reply("It can hurt.", topic="faq/pain"), Reply("Sugar.", topic="x")]
    assert as_one(replies) == [Reply("Hello.\n\nIt can hurt.\n\nSugar.", topic="faq/pain")]


def test_choices_are_numbered_on_below_the_text_that_offers_them() -> None:
    (reply,) = as_one([Reply("Not known.", [PASS_ON]), Reply("May we call?", [YES, NO])])
    assert reply.text == "Not known.\n1) Pass it on\n\nMay we call?\n2) Yes\n3) No"
    assert reply.choices == [PASS_ON, YES, NO]


def test_a_choice_that_is_offered_twice_has_one_number() -> None:
    (reply,) = as_one([Reply("Not known.", [PASS_ON]), Reply("Nor this.", [PASS_ON])])
    assert reply == Reply("Not known.\n\nNor this.\n1) Pass it on", [PASS_ON])


def test_silence_stays_silence() -> None:
    assert as_one([]) == []


@pytest.mark.parametrize("text", ["2", "2.", "2)", " 2 ", "02"])
def test_a_bare_number_is_its_choice(text: str) -> None:
    assert choice_of(text, [Reply("?", [YES, NO])]) == ChoiceMade("booking_answer", NO.entities)


@pytest.mark.parametrize("text", ["0", "3", "2 knees", "12", "two", "602 555 0142", "", "\u0662"])
def test_anything_else_is_not(text: str) -> None:
    assert choice_of(text, [Reply("?", [YES, NO])]) is None
