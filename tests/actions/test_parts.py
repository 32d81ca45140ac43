"""What a message asks, sorted out of its parts."""

from actions.parts import Part, asked, parts_of

RESPONSES = [f"utter_faq/{topic}" for topic in "abcde"] + ["utter_unanswered/a", "utter_clarify/x"]


def labelled(*labels: str) -> list[Part]:
    return [Part(label) for label in labels]


def test_answers_come_in_the_messages_order_and_once() -> None:
    found = asked(labelled("faq/b", "faq/a", "faq/b", "unanswered/a"), RESPONSES)
    assert (found.answers, found.rest) == (["faq/b", "faq/a", "unanswered/a"], False)


def test_a_fourth_answer_is_left() -> None:
    found = asked(labelled("faq/a", "faq/b", "faq/c", "faq/d"), RESPONSES)
    assert (found.answers, found.rest) == (["faq/a", "faq/b", "faq/c"], True)


def test_staff_get_it_for_the_riskiest() -> None:
    assert asked(labelled("admin", "faq/a", "human", "clinical"), RESPONSES).staff == "clinical"
    assert asked(labelled("admin", "human"), RESPONSES).staff == "human"
    assert asked(labelled("faq/a", "booking"), RESPONSES).staff is None


def test_what_is_no_question_is_not_left() -> None:
    kinds = ("faq/a", "smalltalk", "affirm", "deny", "inform", "booking", "follow_up")
    assert not asked(labelled(*kinds), RESPONSES).rest


def test_what_was_not_understood_is_left() -> None:
    for label in ("nlu_fallback", "out_of_scope", "faq/nothing"):
        assert asked(labelled("faq/a", label), RESPONSES).rest


def test_the_first_uncertain_part_gives_the_choices() -> None:
    uncertain = [Part("faq/a", ["faq/a", "clinical"]), Part("faq/c", ["faq/c", "faq/d"])]
    found = asked(uncertain, RESPONSES)
    assert (found.answers, found.staff, found.choices) == ([], None, ["faq/a", "clinical"])


def test_a_second_uncertain_part_is_left() -> None:
    uncertain = [Part("faq/a", ["faq/a", "clinical"]), Part("faq/c", ["faq/c", "faq/d"])]
    assert asked(uncertain, RESPONSES).rest
    assert not asked(uncertain[:1], RESPONSES).rest


def test_a_quick_reply_is_the_one_part_that_it_stands_for() -> None:
    selected = {"faq": {"response": {"intent_response_key": "faq/a"}}}
    message = {"intent": {"name": "faq"}, "response_selector": selected}
    assert parts_of(message) == [Part("faq/a")]
    assert parts_of({"intent": {"name": "clinical"}}) == [Part("clinical")]
