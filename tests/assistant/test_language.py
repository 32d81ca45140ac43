"""The clinic's spaCy pipeline: spelling, names and clauses."""

from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from assistant.clauses import CLAUSES, asks
from assistant.language import DATA, TERMS, build, examples
from assistant.spelling import by_frequency, without_slips
from clinic.areas import load_areas
from clinic.terms import load_terms


@pytest.fixture(scope="module")
def language() -> Language:
    return build(load_areas(), load_terms(), examples(DATA))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sesions", "sessions"),
        ("achillies", "achilles"),
        ("chirop", "chiro"),
        ("Proletherapy", "prolotherapy"),
        ("injectons", "injections"),
        ("ultrasond", "ultrasound"),
        ("sholder", "shoulder"),
        # These are words, whatever they are near to.
        ("puncture", "puncture"),
        ("scam", "scam"),
        ("latex", "latex"),
        ("rodilla", "rodilla"),
        ("2-4", "2-4"),
        ("qwrtzp", "qwrtzp"),
    ],
)
def test_only_slips_are_mended(language: Language, written: str, meant: str) -> None:
    assert "".join(token.lemma_ for token in language(written)) == meant


def test_the_text_itself_stays(language: Language) -> None:
    assert language("My SHOLDER hurts").text == "My SHOLDER hurts"


@pytest.mark.parametrize(
    ("text", "label", "name"),
    [
        ("im on eliquis", "medicine", "apixaban"),
        ("Baby Aspirin daily", "medicine", "aspirin"),
        ("torn meniscus", "condition", "meniscus tear"),
        ("fibro", "condition", "fibromyalgia"),
        ("can i see my chiro", "treatment", "chiropractic"),
        ("a cortizone shot", "treatment", "cortisone"),
    ],
)
def test_everyday_names_have_their_canonical_one(
    language: Language, text: str, label: str, name: str
) -> None:
    doc = language(text)
    assert (label, name) in {(span.label_, span.id_) for span in doc.spans[TERMS]}


def test_a_misspelled_part_of_the_body_is_found_too(language: Language) -> None:
    assert [span.ent_id_ for span in language("my left sholder").ents] == ["left", "shoulder"]


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("does it hurt and is it ok with MS", ["does it hurt", "is it ok with MS"]),
        ("does it hurt how many do i need", ["does it hurt", "how many do i need"]),
        ("cost? parking?", ["cost?", "parking?"]),
        ("side effects, cost, how many", ["side effects", "cost", "how many"]),
        ("ok thanks, and whats in it", ["ok thanks", "whats in it"]),
        ("what happens when i come in", ["what happens when i come in"]),
        ("tell me how many i need", ["tell me how many i need"]),
        ("is it like a steroid shot or what", ["is it like a steroid shot or what"]),
        ("what is it and whether it works", ["what is it", "whether it works"]),
        ("is it safe and is steroid in it", ["is it safe", "is steroid in it"]),
        ("do i need a letter or can i just come", ["do i need a letter or can i just come"]),
        ("cuánto cuesta y duele", ["cuánto cuesta", "duele"]),
        ("?!", []),
        ("", []),
    ],
)
def test_clauses_are_proposed(language: Language, text: str, clauses: list[str]) -> None:
    doc = language(text)
    assert [span.text for span in doc.spans[CLAUSES]] == clauses


def test_there_are_at_most_four_clauses_and_none_is_lost(language: Language) -> None:
    doc = language("one? two? three? four? five? six?")
    spans = list(doc.spans[CLAUSES])
    assert len(spans) == 4
    assert spans[-1].text == "four? five? six?"


def test_an_endless_text_is_one_clause(language: Language) -> None:
    assert len(language("does it hurt? " * 100).spans[CLAUSES]) == 1


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("does it hurt", True),
        ("parking?", True),
        ("I need a visit", True),
        ("tell me the good points", True),
        ("please cancel my visit", True),
        ("my knee is bad", False),
    ],
)
def test_what_looks_like_a_question(language: Language, text: str, asked: bool) -> None:
    doc = language(text)
    assert asks(doc[:]) is asked


def test_the_saved_pipeline_reads_alike(language: Language, tmp_path: Path) -> None:
    language.to_disk(tmp_path / "language")
    text = "how many sesions for my achillies, im on warfrin"
    again, before = spacy.load(tmp_path / "language")(text), language(text)
    assert [token.lemma_ for token in again] == [token.lemma_ for token in before]
    assert [span.id_ for span in again.spans[TERMS]] == [span.id_ for span in before.spans[TERMS]]


def test_words_without_a_list_stay() -> None:
    assert by_frequency(["a knee a", "knee"], least=2) == ["a", "knee"]
    assert without_slips(["sessions", "sesions", "knee"], right={"sessions"}) == [
        "sessions",
        "knee",
    ]
