"""The approved answers: plain words, a named source, no promise; and the examples beside them."""

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TOPICS = [
    "what_is",
    "how_it_works",
    "procedure",
    "ultrasound",
    "injectate",
    "appointment_length",
    "pain",
    "risks",
    "recovery",
    "time_to_results",
    "session_count",
    "session_frequency",
    "combine",
    "conditions",
    "effectiveness",
    "benefits",
]
ROUTES = {"clinical", "emergency", "booking", "human", "admin", "smalltalk", "out_of_scope"}
DIALOGUE = {"affirm", "deny", "cancel_form", "inform"}
FEWEST_EXAMPLES = {"clinical": 120, "emergency": 80, **dict.fromkeys(DIALOGUE, 40)}
AREAS_WITH_NUMBERS = {"knee", "wrist", "ankle", "back", "neck"}


@cache
def read(path: str) -> dict[str, Any]:
    """A YAML file of the repository."""
    return dict(yaml.safe_load((ROOT / path).read_text(encoding="utf-8")))


def variants(topic: str) -> list[dict[str, Any]]:
    """All variants of a topic's answer."""
    return list(read(f"data/faq_{topic}.yml")["responses"][f"utter_faq/{topic}"])


def examples() -> list[tuple[str, str]]:
    """Every training example as (label, text)."""
    return [
        (block["intent"], line.removeprefix("- "))
        for path in sorted((ROOT / "data").glob("*.yml"))
        for block in read(f"data/{path.name}").get("nlu", [])
        for line in block["examples"].strip().splitlines()
    ]


def heldout() -> list[dict[str, str]]:
    """The lines of the held-out file."""
    path = Path(__file__).with_name("heldout.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def simple(text: str) -> str:
    """A text without case and stops, to find the same example twice."""
    return " ".join("".join(c for c in text.casefold() if c.isalnum() or c == " ").split())


def syllables(word: str) -> int:
    """Syllables of an English word: groups of vowels without a silent e. Errs upwards."""
    if not word.isalpha():
        return max(1, len(word) - 1)
    groups = len(re.findall(r"[aeiouy]+", word))
    silent = re.search(r"[^aeiouyl]e$|[^aeiouytd]ed$|[^aeiouyscgxz]es$", word)
    return max(1, groups - bool(silent and groups > 1))


def grade(text: str) -> float:
    """The Flesch-Kincaid grade (Kincaid and others, 1975)."""
    sentences = len(re.findall(r"[.!?](?:\s|$)", text))
    said = re.findall(r"[a-z0-9']+", text.lower())
    spoken = sum(syllables(word.replace("'", "")) for word in said)
    return 0.39 * len(said) / sentences + 11.8 * spoken / len(said) - 15.59


ANSWERS = [
    pytest.param(topic, *variant["text"].rsplit("\nSource: ", 1), id=f"{topic}-{number}")
    for topic in TOPICS
    for number, variant in enumerate(variants(topic))
]
every_answer = pytest.mark.parametrize(("topic", "body", "sources"), ANSWERS)


def test_the_sixteen_topics_have_one_file_each() -> None:
    files = {path.stem.removeprefix("faq_") for path in (ROOT / "data").glob("faq_*.yml")}
    assert files == set(TOPICS)


@every_answer
def test_an_answer_names_sources_that_the_clinic_lists(topic: str, body: str, sources: str) -> None:
    titles = {source["title"] for source in read("clinic/sources.yml").values()}
    assert set(sources.strip().split("; ")) <= titles


@every_answer
def test_an_answer_reads_at_grade_eight_or_below(topic: str, body: str, sources: str) -> None:
    assert grade(body) <= 8


@every_answer
def test_an_answer_is_short(topic: str, body: str, sources: str) -> None:
    assert 40 <= len(body.split()) <= 90


@every_answer
def test_an_answer_can_be_sent_by_sms_as_it_is(topic: str, body: str, sources: str) -> None:
    rendered = (body + sources).replace("{emergency_number}", "911")
    assert rendered.isascii()
    assert not set(rendered) & set("{}[]~^|\\`*_#<>")


@every_answer
def test_an_answer_promises_nothing(topic: str, body: str, sources: str) -> None:
    words = body.lower()
    for promise in ("cure", "guarantee", "permanent", "safe for you", "you are a candidate"):
        assert promise not in words
    if "percent" in words or "%" in words.replace("50% dextrose", ""):
        assert "debate" in words


@every_answer
def test_an_answer_gives_no_instruction_about_medicines(
    topic: str, body: str, sources: str
) -> None:
    assert not re.search(r"\b(stop|start|skip|hold|take|keep) (taking|your|any)\b", body.lower())


def test_the_answers_on_effect_say_that_experts_debate_it() -> None:
    for topic in ("effectiveness", "benefits", "time_to_results", "session_count", "what_is"):
        assert all("debate" in variant["text"] for variant in variants(topic))


def test_the_answer_on_risks_is_open_about_its_limits_and_says_when_to_get_help() -> None:
    (risks,) = variants("risks")
    for words in ("infection", "more pain", "allergic reaction", "not complete"):
        assert words in risks["text"]
    assert "Call {emergency_number} for" in risks["text"]
    assert "Call the clinic" in risks["text"]


def test_only_areas_with_numbers_in_the_sources_have_a_variant_of_their_own() -> None:
    by_area = {
        variant["condition"][0]["value"]: variant["text"]
        for variant in variants("session_count")
        if "condition" in variant
    }
    assert set(by_area) == AREAS_WITH_NUMBERS <= set(read("clinic/areas.yml")["parts"])
    assert all("2 to 4 treatments" in text for text in by_area.values())
    twice = {area for area, text in by_area.items() if "twice as long" in text}
    assert twice == {"back", "neck"}


@pytest.mark.parametrize("topic", TOPICS)
def test_every_answer_has_one_variant_for_whatever_the_slots_hold(topic: str) -> None:
    assert sum("condition" not in variant for variant in variants(topic)) == 1


def test_every_label_has_enough_examples() -> None:
    count = Counter(label for label, _ in examples())
    assert set(count) == {f"faq/{topic}" for topic in TOPICS} | ROUTES | DIALOGUE
    for label, found in count.items():
        assert found >= FEWEST_EXAMPLES.get(label, 45 if "/" in label else 60), label


def test_no_example_stands_twice() -> None:
    count = Counter(simple(text) for _, text in examples())
    assert [text for text, found in count.items() if found > 1] == []


def test_the_held_out_messages_are_not_among_the_examples() -> None:
    known = {simple(text) for _, text in examples()}
    assert [line["text"] for line in heldout() if simple(line["text"]) in known] == []


def test_the_held_out_messages_cover_every_topic_and_route() -> None:
    labels = Counter(line["label"] for line in heldout())
    assert set(labels) == {f"faq/{topic}" for topic in TOPICS} | ROUTES
    assert labels.total() >= 160
    assert min(labels.values()) >= 6


@pytest.mark.parametrize(
    ("word", "count"),
    [("treatment", 2), ("prolotherapy", 5), ("injected", 3), ("tissue", 2), ("caused", 1)],
)
def test_syllables_are_counted_about_right(word: str, count: int) -> None:
    assert syllables(word) == count
