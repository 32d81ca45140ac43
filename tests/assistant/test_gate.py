"""What is done with an uncertain message follows from what mistakes cost."""

import pytest

from assistant.gate import Costs, decide
from assistant.labels import FALLBACK

COSTS = Costs()
TOPICS = ["faq/pain", "faq/risks", "faq/recovery", "unanswered/recovery", "clinical"]


@pytest.mark.parametrize(
    ("likely", "label"),
    [
        ({"faq/pain": 0.95, "faq/risks": 0.05}, "faq/pain"),
        ({"human": 0.9, "faq/pain": 0.1}, "human"),
        # A clinical question must not be answered like a general one; a handover costs little.
        ({"faq/pain": 0.75, "clinical": 0.25}, "clinical"),
        # Nor may an emergency be taken for a clinical question, or for a general one.
        ({"clinical": 0.7, "emergency": 0.3}, "emergency"),
        ({"faq/risks": 0.75, "emergency": 0.25}, "emergency"),
        # But a far-off chance of one sends nobody to the emergency room.
        ({"admin": 0.95, "emergency": 0.05}, "admin"),
        # Where the sources may be silent, it says so rather than answer something else.
        ({"faq/recovery": 0.45, "unanswered/recovery": 0.55}, "unanswered/recovery"),
    ],
)
def test_the_label_that_costs_least(likely: dict[str, float], label: str) -> None:
    decision = decide(likely, COSTS)
    assert (decision.label, decision.options) == (label, [])
    assert decision.confidence == likely[label]


def test_torn_between_two_topics_it_asks_which() -> None:
    decision = decide({"faq/pain": 0.5, "faq/risks": 0.48, "admin": 0.02}, COSTS, TOPICS)
    assert decision.options == ["faq/pain", "faq/risks"]
    assert decision.confidence == pytest.approx(0.98)


def test_at_most_three_choices_are_offered() -> None:
    likely = {
        "faq/pain": 0.26,
        "faq/risks": 0.26,
        "faq/recovery": 0.25,
        "unanswered/recovery": 0.23,
    }
    assert len(decide(likely, COSTS, TOPICS).options) <= 3


def test_what_cannot_be_a_choice_is_not_offered() -> None:
    decision = decide({"smalltalk": 0.5, "out_of_scope": 0.5}, COSTS, TOPICS)
    assert decision.options == []


def test_of_one_topic_with_and_without_an_answer_the_likelier_is_taken() -> None:
    likely = {"faq/recovery": 0.5, "unanswered/recovery": 0.35, "admin": 0.15}
    assert decide(likely, COSTS).label == "faq/recovery"
    assert decide(likely, Costs(near=50.0)).label != "faq/recovery"


def test_without_any_idea_a_person_is_offered() -> None:
    likely = dict.fromkeys(
        ["faq/pain", "faq/risks", "human", "admin", "booking", "smalltalk"], 1 / 6
    )
    decision = decide(likely, COSTS, ["faq/pain", "faq/risks"])
    assert decision.label == FALLBACK


def test_the_dearer_a_wrong_answer_the_surer_it_must_be() -> None:
    likely = {"faq/pain": 0.7, "human": 0.3}
    assert decide(likely, Costs(answer=5.0)).label == "faq/pain"
    assert decide(likely, Costs(answer=50.0)).label != "faq/pain"
