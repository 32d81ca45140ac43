"""The thirteen things that must never be said, over every word that a patient can be told.

The list is that of the safety page (docs/safety.md). What depends on the message and not on the
words alone stands in tests/conversations/never and tests/frontdesk/test_emergencies.py.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from clinic.settings import BookingFields, load_clinic
from clinic.triage import LANGUAGES, advice, categories, reminder

ROOT = Path(__file__).parents[2]


def _responses() -> Iterator[tuple[str, str]]:
    for path in [ROOT / "domain.yml", *sorted((ROOT / "data").glob("*.yml"))]:
        content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, variants in (content.get("responses") or {}).items():
            for place, variant in enumerate(variants):
                titles = [button["title"] for button in variant.get("buttons") or []]
                yield f"{name}-{place}", "\n".join([variant["text"], *titles])


def _of_emergencies() -> Iterator[tuple[str, str]]:
    for category in categories():
        for language in LANGUAGES:
            yield f"advice-{category}-{language}", advice(category, "911", language)
            yield f"reminder-{category}-{language}", reminder(category, "911", language)


def _of_the_front_desk() -> Iterator[tuple[str, str]]:
    wording = load_clinic(ROOT / "clinic.yml").wording
    for name in wording.__struct_fields__:
        yield f"wording-{name}", getattr(wording, name)


def _of_the_widget() -> Iterator[tuple[str, str]]:
    text = (ROOT / "widget" / "v1" / "words.js").read_text(encoding="utf-8")
    for place, words in enumerate(re.findall(r'"((?:[^"\\]|\\.)*)"', text)):
        yield f"widget-{place}", words


ANSWERS = list(_responses())
ADVICE = list(_of_emergencies())
EVERYTHING = [*ANSWERS, *ADVICE, *_of_the_front_desk(), *_of_the_widget()]


def each(said: list[tuple[str, str]]) -> pytest.MarkDecorator:
    """The words, one test each."""
    return pytest.mark.parametrize("words", [pytest.param(text, id=name) for name, text in said])


NEVER = {
    "1 a verdict on candidacy": (
        r"\byou(?:'re| are| may be| could be| would be| seem)(?: not| probably| likely)? an? "
        r"(?:good |bad |ideal |poor )?candidate\b"
        r"|(?<!whether it is )\b(?:safe|right|suitable|unsafe|wrong) for you\b"
        r"|\byou (?:qualify|should have it|can have it|cannot have it)\b"
    ),
    "2 an instruction about a medicine": (
        r"\b(?:stop|start|skip|hold|pause|double|lower|raise|halve)\b[^.]{0,30}"
        r"\b(?:medicine|medication|pills?|dose|aspirin|thinners?|warfarin|insulin|tablets?)\b"
        r"|\btake (?:an?|two|some|your|more|less|no) (?!deep)\w*\s?"
        r"(?:aspirin|pills?|ibuprofen|tylenol|dose)"
    ),
    "3 a reading of scans, or a diagnosis": (
        r"\byou (?:have|probably have|may have|seem to have) (?:an? )?"
        r"(?!question|visit|message|booking|already)\w+(?:itis|osis|tear|sprain|infection|clot)\b"
        r"|\byour (?:mri|x-ray|scan|lab|photo|results?) (?:shows?|looks?|means?)\b"
    ),
    "4 that a symptom is normal, or to wait": (
        r"\b(?:perfectly |quite |completely |usually |totally )?"
        r"(?:(?<!back to )normal|harmless|nothing serious)\b"
        r"|\busually fine\b|\bdo(?: not|n't) worry\b|\bwait and see\b|\bno need to (?:call|worry)\b"
    ),
    "6 a cure, permanence or a guarantee": (
        r"\bcure[sd]?\b|\bpermanent(?:ly)?\b|\bguarantee[sd]?\b|\bwill work\b|\b100 ?%"
    ),
    "11 that a person is speaking": (
        r"\bI(?:'m| am) (?:a |your )?(?:real )?(?:nurse|doctor|clinician|human|person|physician)\b"
    ),
}


@pytest.mark.parametrize("rule", NEVER)
@each(EVERYTHING)
def test_it_is_never_said(rule: str, words: str) -> None:
    found = re.search(NEVER[rule], words, re.IGNORECASE)
    assert found is None, f"{rule}: {found and found.group()}"


@each(ANSWERS)
def test_a_percentage_never_stands_without_the_debate(words: str) -> None:
    shares = words.replace("50% dextrose", "")
    if re.search(r"%|\bpercent\b", shares):
        assert "debate" in words


def test_the_risks_are_never_called_complete() -> None:
    [risks] = [words for name, words in ANSWERS if name.startswith("utter_faq/risks")]
    assert "not complete" in risks


@each(ADVICE)
def test_nothing_is_asked_before_or_with_the_advice(words: str) -> None:
    assert "?" not in words
    assert "\u00bf" not in words


@each([one for one in ADVICE if "-suicide-" in one[0]])
def test_despair_is_not_argued_with_and_no_secrecy_is_promised(words: str) -> None:
    argued = (
        r"\b(?:should not|shouldn't|must not feel|selfish|wrong to|secret|between us|promise)\b"
    )
    assert re.search(argued, words, re.IGNORECASE) is None
    assert "988" in words


def test_the_first_message_says_what_it_is_and_how_to_reach_a_person() -> None:
    clinic = load_clinic(ROOT / "clinic.yml")
    greeting = clinic.say(clinic.wording.greeting)
    assert "automated assistant" in greeting
    assert "not for emergencies" in greeting
    assert "call 911" in greeting
    assert "reach a person" in greeting
    assert clinic.phone_display in greeting


def test_a_booking_asks_for_no_health_details() -> None:
    asked = {name.partition("-")[0] for name, _ in ANSWERS if name.startswith("utter_ask_")}
    of_persons = ("name", "phone", "email", "for", "patient_name", "age", "guardian", "patient")
    of_the_visit = ("area", "side", "time/first", "time/again", "reason")
    wanted = {f"utter_ask_booking_{field}" for field in (*of_persons, *of_the_visit)}
    assert asked == wanted | {"utter_ask_another_booking"}
    # What is wrong is kept when it is said, and asked only where a clinic wants that.
    assert BookingFields().reason == "taken"


@pytest.mark.parametrize("rule", NEVER)
def test_each_rule_finds_what_it_forbids(rule: str) -> None:
    forbidden = {
        "1": ["You are a good candidate.", "It is safe for you."],
        "2": ["Please stop your blood thinners.", "Take two ibuprofen first."],
        "3": ["You have tendinitis.", "Your MRI shows a tear."],
        "4": ["That is perfectly normal.", "It is usually fine.", "Do not worry."],
        "6": ["It cures arthritis.", "We guarantee relief."],
        "11": ["I am a nurse at the clinic."],
    }
    for words in forbidden[rule.partition(" ")[0]]:
        assert re.search(NEVER[rule], words, re.IGNORECASE), words
