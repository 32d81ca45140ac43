"""Spelling noise, as a part of the clinic's spaCy pipeline: "sesions", "achillies", "chirop".

Only words that nobody writes on purpose are mended: those that stand neither in an English or
Spanish word list nor in the clinic's files. They become the clinic's word that is a slip or two
away, or that they are the beginning of.
"""

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA
from spacy.language import Language
from spacy.tokens import Doc
from spellchecker import SpellChecker

_SHORTEST: Final = 5
_LONG: Final = 8
_BEGINNING: Final = 5
_FILE: Final = "words.json"


class Spelling:
    """Sets each token's lemma to the word that was meant, in lower case; the text itself stays."""

    def __init__(self, known: Iterable[str] = (), meant: Iterable[str] = ()) -> None:
        """Take the words that are right as they are, and those that others are mended to.

        `meant` is in the order of preference, the most frequent first.
        """
        self.learn(known, meant)

    def __call__(self, doc: Doc) -> Doc:
        """Mend the tokens of `doc`."""
        for token in doc:
            token.lemma_ = self._mended(token.text)
        return doc

    def to_disk(self, path: Path, exclude: Iterable[str] = ()) -> None:
        """Keep the words in the pipeline's folder."""
        path.mkdir(parents=True, exist_ok=True)
        words = {"known": sorted(self._known), "meant": list(self._meant)}
        (path / _FILE).write_text(json.dumps(words), encoding="utf-8")

    def from_disk(self, path: Path, exclude: Iterable[str] = ()) -> "Spelling":
        """Read what `to_disk` kept."""
        self.learn(**json.loads((path / _FILE).read_text(encoding="utf-8")))
        return self

    def learn(self, known: Iterable[str], meant: Iterable[str]) -> None:
        """Take other words, as `__init__` does."""
        self._meant = tuple(dict.fromkeys(word for word in meant if len(word) >= _SHORTEST))
        self._known = frozenset(known) | frozenset(self._meant)
        self._mended: Callable[[str], str] = lru_cache(maxsize=10_000)(self._mend)

    def _mend(self, text: str) -> str:
        word = text.lower()
        if len(word) < _SHORTEST or not word.isalpha() or word in self._known:
            return word
        alike = [other for other in self._meant if other[0] == word[0]]
        if found := _nearest(word, alike):
            return found
        begun = [other for other in alike if other.startswith(word)]
        return begun[0] if len(word) >= _BEGINNING and begun else word


def _nearest(word: str, others: Iterable[str]) -> str | None:
    slips = 1 if len(word) < _LONG else 2
    found = process.extractOne(word, others, scorer=OSA.distance, score_cutoff=slips)
    return str(found[0]) if found else None


@Language.factory("spelling")
def make_spelling(nlp: Language, name: str) -> Spelling:
    """Make the component, without words: they come with the pipeline's folder."""
    return Spelling()


def word_list() -> set[str]:
    """Return the English and Spanish words that are right, also without their accents."""
    listed = set(SpellChecker(language=["en", "es"]).word_frequency.dictionary)
    return listed | {_plain(word) for word in listed}


def _plain(word: str) -> str:
    letters = unicodedata.normalize("NFD", word)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def by_frequency(texts: Iterable[str], least: int) -> list[str]:
    """Return the words that stand at least so often in `texts`, the most frequent first."""
    counted = Counter(word for text in texts for word in text.lower().split() if word.isalpha())
    return [word for word, count in counted.most_common() if count >= least]


def without_slips(words: Iterable[str], right: Iterable[str]) -> list[str]:
    """Leave out those that are not `right` and only a slip of a word before them in the list."""
    right = frozenset(right)
    kept: list[str] = []
    for word in words:
        if word in right or len(word) < _SHORTEST or not _nearest(word, kept):
            kept.append(word)
    return kept
