"""From probabilities over labels to Rasa's fields."""

import pytest

from assistant.labels import Leanings, as_rasa, choose, route_of

LEANINGS = Leanings(prefer={"emergency": 0.25, "clinical": 0.25}, fallback=0.3, mention=0.25)


@pytest.mark.parametrize(
    ("probabilities", "label"),
    [
        ({"faq/pain": 0.9, "clinical": 0.1}, "faq/pain"),
        ({"faq/pain": 0.7, "clinical": 0.3}, "clinical"),
        ({"clinical": 0.7, "emergency": 0.3}, "emergency"),
        ({"faq/pain": 0.29, "faq/risks": 0.28, "human": 0.24}, "nlu_fallback"),
        ({"human": 0.31, "faq/risks": 0.28}, "human"),
    ],
)
def test_the_label_that_is_acted_on(probabilities: dict[str, float], label: str) -> None:
    assert choose(probabilities, LEANINGS) == label


def test_a_topic_in_rasas_shape() -> None:
    fields = as_rasa({"faq/pain": 0.6, "faq/risks": 0.3, "affirm": 0.1}, LEANINGS)
    assert fields["intent"] == {"name": "faq", "confidence": 0.6}
    assert [one["name"] for one in fields["intent_ranking"]] == ["faq", "affirm"]
    selected = fields["response_selector"]["faq"]["response"]
    assert selected["intent_response_key"] == "faq/pain"
    assert selected["utter_action"] == "utter_faq/pain"
    assert fields["topics"] == [
        {"name": "faq/pain", "confidence": 0.6},
        {"name": "faq/risks", "confidence": 0.3},
    ]


def test_what_only_means_something_in_a_dialogue_is_no_topic() -> None:
    assert as_rasa({"affirm": 0.9, "deny": 0.1}, LEANINGS)["topics"] == []


@pytest.mark.parametrize(
    ("intent", "route"),
    [("faq", "faq"), ("nlu_fallback", "out_of_scope"), ("pass_on", "human"), ("deny", "smalltalk")],
)
def test_the_route_of_an_intent(intent: str, route: str) -> None:
    assert route_of(intent) == route
