"""From the parts of a message to Rasa's fields."""

import pytest

from assistant.labels import Part, as_rasa, riskiest, route_of, topic_of


def part(label: str, confidence: float = 0.9, **rest: list[str]) -> Part:
    return Part(label, "words", confidence, **rest)


def test_a_topic_in_rasas_shape() -> None:
    fields = as_rasa([part("faq/pain", 0.6)], {"faq/pain": 0.6, "faq/risks": 0.3, "affirm": 0.1})
    assert fields["intent"] == {"name": "faq", "confidence": 0.6}
    assert [one["name"] for one in fields["intent_ranking"]] == ["faq", "affirm"]
    selected = fields["response_selector"]["faq"]["response"]
    assert selected["intent_response_key"] == "faq/pain"
    assert selected["utter_action"] == "utter_faq/pain"
    assert fields["topics"] == [{"name": "faq/pain", "confidence": 0.6}]
    assert fields["parts"] == [{"label": "faq/pain", "text": "words", "confidence": 0.6}]


def test_several_parts_are_all_named_and_the_riskiest_decides() -> None:
    fields = as_rasa([part("faq/pain"), part("clinical", 0.8)], {"clinical": 0.5})
    assert fields["intent"] == {"name": "clinical", "confidence": 0.8}
    assert [topic["name"] for topic in fields["topics"]] == ["faq/pain", "clinical"]


def test_what_the_sources_are_silent_on_counts_as_its_topic() -> None:
    fields = as_rasa([part("unanswered/recovery")], {"unanswered/recovery": 0.9})
    assert fields["intent"]["name"] == "unanswered"
    selected = fields["response_selector"]["unanswered"]["response"]
    assert selected["intent_response_key"] == "unanswered/recovery"
    assert [topic["name"] for topic in fields["topics"]] == ["faq/recovery"]


def test_an_uncertain_part_asks_back_and_names_its_choices() -> None:
    uncertain = part("faq/pain", options=["faq/pain", "faq/risks"])
    fields = as_rasa([uncertain], {"faq/pain": 0.5, "faq/risks": 0.4})
    assert fields["intent"]["name"] == "clarify"
    assert [topic["name"] for topic in fields["topics"]] == ["faq/pain", "faq/risks"]


def test_what_only_means_something_in_a_dialogue_is_no_topic() -> None:
    assert as_rasa([part("affirm")], {"affirm": 0.9})["topics"] == []


@pytest.mark.parametrize(
    ("labels", "first"),
    [
        (["faq/pain", "emergency", "clinical"], "emergency"),
        (["booking", "clinical"], "clinical"),
        (["faq/pain", "booking"], "booking"),
        (["smalltalk", "faq/pain"], "faq/pain"),
        (["unanswered/recovery", "faq/pain"], "faq/pain"),
    ],
)
def test_the_riskiest_part(labels: list[str], first: str) -> None:
    assert riskiest([part(label) for label in labels]).label == first


@pytest.mark.parametrize(
    ("intent", "route"),
    [
        ("faq", "faq"),
        ("unanswered", "faq"),
        ("clarify", "clarify"),
        ("follow_up", "clarify"),
        ("nlu_fallback", "out_of_scope"),
        ("pass_on", "human"),
        ("deny", "smalltalk"),
    ],
)
def test_the_route_of_an_intent(intent: str, route: str) -> None:
    assert route_of(intent) == route


def test_the_contracts_name_of_a_label() -> None:
    labels = ("faq/pain", "unanswered/pain", "clinical", "follow_up")
    assert [topic_of(label) for label in labels] == ["faq/pain", "faq/pain", "clinical", "clarify"]
