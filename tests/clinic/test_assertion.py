"""Whether a phrase is meant as happening now, apart from the clinic's own rules."""

import pytest

from clinic.assertion import Reading
from clinic.phrases import Hit, Phrases, Vocabulary, clean, words

CONTEXT = {
    "figures_of_speech": ["lump in my throat from crying"],
    "negations": ["no", "not"],
    "not_negations": ["no one"],
    "past": ["in #year", "years ago"],
    "present": ["hurts", "again", "am"],
    "general": ["can it cause"],
    "general_after": ["a risk"],
    "hearsay": ["scared of", "podcast"],
}
WORDS = {
    "negation_ends": {"but", "my"},
    "personal": {"i", "my"},
    "pointers": {"this"},
    "clause_words": {"and", "but"},
    "here": {"my", "this"},
    "fillers": {"help", "please"},
}


def read(text: str) -> tuple[Reading, list[Hit]]:
    """A text read with one flag, and the places of that flag."""
    phrases = Phrases({}, Vocabulary({}, []))
    kinds = {kind: frozenset(map(phrases.add, items)) for kind, items in CONTEXT.items()}
    flag = phrases.add("fever/throat")
    said = words(clean(text))
    hits = phrases.scan(said)
    sets = {kind: frozenset(items) for kind, items in WORDS.items()}
    return Reading(said, hits, kinds, sets), [hit for hit in hits if hit.phrase == flag]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fever", True),
        ("no fever", False),
        ("no pain or fever", False),
        ("no pain, swelling or fever", False),
        ("no, fever", True),
        ("no pain but fever", True),
        ("no. Fever", True),
        ("no one sees this fever", True),
        ("no one two three four five six seven fever", True),
        ("fever in 2016", False),
        ("In 2016, fever", False),
        ("fever years ago and fever again", True),
        ("I had it in 2016 and fever today", True),
        ("can it cause fever", False),
        ("can it cause this, my fever", True),
        ("can it cause this fever", True),
        ("can it cause pain? fever", True),
        ("is fever a risk", False),
        ("lump in my throat from crying", False),
        ("scared of a fever", False),
        ("scared of this fever", True),
        ("scared of it and my fever", True),
        ("scared of it, fever", True),
        ("a podcast on fever", False),
    ],
)
def test_a_phrase_stands_unless_something_near_takes_it_back(text: str, expected: bool) -> None:
    reading, flags = read(text)
    assert any(map(reading.stands, flags)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("fever", True), ("Help, FEVER please!", True), ("fever on friday", False)],
)
def test_a_phrase_is_alone_among_words_that_say_nothing(text: str, expected: bool) -> None:
    reading, (flag,) = read(text)
    assert reading.alone(flag) is expected
