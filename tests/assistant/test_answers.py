"""The approved answers: plain words, a named source, no promise; and what is said without one."""

import re
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
AREAS_WITH_NUMBERS = {"knee", "wrist", "ankle", "back", "neck"}


@cache
def read(path: str) -> dict[str, Any]:
    """A YAML file of the repository."""
    return dict(yaml.safe_load((ROOT / path).read_text(encoding="utf-8")))


def variants(topic: str) -> list[dict[str, Any]]:
    """All variants of a topic's answer."""
    return list(read(f"data/faq_{topic}.yml")["responses"][f"utter_faq/{topic}"])


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


SILENT = read("data/unanswered.yml")["responses"]
ASKING_BACK = read("data/clarify.yml")["responses"]


@pytest.mark.parametrize("name", sorted(SILENT))
def test_where_the_sources_are_silent_that_is_said_and_staff_are_offered(name: str) -> None:
    (said,) = SILENT[name]
    assert name.removeprefix("utter_unanswered/") in TOPICS
    assert said["text"].startswith("Our approved sources ")
    assert "/pass_on" in {button["payload"] for button in said["buttons"]}


@pytest.mark.parametrize("name", sorted([*SILENT, *ASKING_BACK]))
def test_what_is_said_without_an_answer_is_plain_and_can_be_sent_by_sms(name: str) -> None:
    said = {**SILENT, **ASKING_BACK}[name][0]
    assert grade(said["text"]) <= 8
    assert len(said["text"].split()) <= 40
    assert all(text.isascii() for text in (said["text"], *_titles(said)))


@pytest.mark.parametrize("name", sorted(ASKING_BACK))
def test_a_question_back_offers_two_or_three_different_things(name: str) -> None:
    (asked,) = ASKING_BACK[name]
    assert 2 <= len(set(_titles(asked))) == len(asked["buttons"]) <= 3


def _titles(said: dict[str, Any]) -> list[str]:
    return [str(button["title"]) for button in said["buttons"]]


@pytest.mark.parametrize(
    ("word", "count"),
    [("treatment", 2), ("prolotherapy", 5), ("injected", 3), ("tissue", 2), ("caused", 1)],
)
def test_syllables_are_counted_about_right(word: str, count: int) -> None:
    assert syllables(word) == count
