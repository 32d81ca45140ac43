"""Red flags in a patient's message: by the reviewable rules of red_flags.yml, else by likeness.

Pure and fast: no framework, one automaton for all phrases, compiled at the first call, and a
linear model for what no rule foresaw (`clinic.likeness`). Used by the front desk on receipt and
again inside the assistant. When in doubt it fires; see docs/decisions/0007 and 0015.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import yaml

from clinic import likeness
from clinic.assertion import Reading
from clinic.phrases import Hit, PhraseError, Phrases, Vocabulary, Word, clean, plain, words

Language = Literal["en", "es"]

ANY = "emergency"
"""The category of a plain cry for help, and of an emergency whose kind is not known."""
RULES_FILE = Path(__file__).with_name("red_flags.yml")
LANGUAGES: tuple[Language, ...] = get_args(Language)
_CONTEXTS = (
    "figures_of_speech",
    "negations",
    "not_negations",
    "past",
    "present",
    "general",
    "general_after",
    "hearsay",
)
_WORD_SETS = (
    *("negation_ends", "personal", "pointers", "here", "clause_words", "fillers"),
    *("english", "spanish"),
)


class TriageError(ValueError):
    """The rules file cannot be used; the message names the place in it."""


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A red flag: its category in red_flags.yml, and the patient's words that fired.

    `language` is the one in which the patient should read the advice; `by` says whether a rule
    fired or the message is like known emergencies.
    """

    category: str
    words: str
    language: Language = "en"
    by: Literal["rule", "likeness"] = "rule"


@dataclass(frozen=True, slots=True)
class Category:
    """One category of red_flags.yml as read, with its own examples for the tests.

    What is `serious` is not excused by hearsay and fear.
    """

    name: str
    serious: bool
    source: str
    advice: Mapping[Language, str]
    patterns: tuple[str, ...]
    must_fire: tuple[str, ...]
    must_not_fire: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Pattern:
    category: str
    parts: tuple[int, ...]
    alone: bool


def screen(text: str) -> RedFlag | None:
    """Return the first red flag of a message in the order of the file, or what it is like, or None.

    `text` may have any length; the time grows in step with it.
    """
    cleaned = clean(text)
    said = words(cleaned)
    return _rules().screen(cleaned, said) or _alike(cleaned, said)


def prepare() -> None:
    """Read the rules and the model now. Raises TriageError when one of them cannot be used."""
    _rules()
    try:
        likeness.shared()
    except (OSError, ValueError) as error:
        raise TriageError(f"{likeness.MODEL_FILE.name}: {error}") from error


def screen_together(earlier: Sequence[str], text: str) -> RedFlag | None:
    """Return the red flag of a message that goes on where `earlier` ones broke off, or None.

    "my chest" and "hurts so bad" are nothing alone. `earlier` are the messages right before, in
    their order, in each of which nothing was found.
    """
    return screen(" ".join([*earlier, text])) if earlier else None


def category_of(text: str) -> str:
    """Return which kind of emergency a text is like that is known to be one; else `ANY`."""
    said = likeness.plainly(words(clean(text)))
    return likeness.shared().category(said) or ANY


def advice(category: str, emergency_number: str, language: Language = "en") -> str:
    """Return what the patient reads; its first line says what to do now.

    Raises KeyError for an unknown category.
    """
    text = _rules().categories[category].advice[language]
    return text.replace("{emergency_number}", emergency_number)


def reminder(category: str, emergency_number: str, language: Language = "en") -> str:
    """Return what the patient reads who has the advice already and writes of the same again.

    Raises KeyError for an unknown category.
    """
    first = advice(category, emergency_number, language).partition("\n")[0]
    return f"{first}\n{_rules().reminder[language]}"


def language_of(text: str) -> Language:
    """Return the language that most of the words are in which the rules know as one's own."""
    return _rules().language_of(words(clean(text)))


def categories() -> tuple[str, ...]:
    """All categories, the one that goes first at the front."""
    return tuple(_rules().categories)


def load(path: Path = RULES_FILE) -> "Rules":
    """Read and check a rules file. Raises TriageError with the place that is wrong."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise TriageError(f"{path.name}: {error}") from error
    for section in ("lists", "context", "reminder", "red_flags"):
        if not isinstance(raw, dict) or not isinstance(raw.get(section), dict):
            raise TriageError(f"{path.name}: the section '{section}' is missing")
    found = [_category(path.name, name, body) for name, body in raw["red_flags"].items()]
    reminder = _in_languages(f"{path.name}: reminder", raw["reminder"])
    return Rules(raw["lists"], raw["context"], reminder, found, path.name)


def _alike(text: str, said: Sequence[Word]) -> RedFlag | None:
    alike = likeness.shared().find(said)
    if alike is None:
        return None
    quoted = text[said[alike.first].start : said[alike.last - 1].end]
    category = alike.category or ANY
    return RedFlag(category, quoted, _rules().language_of(said), "likeness")


@cache
def _rules() -> "Rules":
    return load()


def _category(file: str, name: str, body: object) -> Category:
    if not isinstance(body, dict):
        raise TriageError(f"{file}: red_flags.{name} must have fields")
    where = f"{file}: red_flags.{name}"
    if not isinstance(body.get("source"), str) or not body["source"].strip():
        raise TriageError(f"{where}.source must be a text")
    advice = _in_languages(f"{where}.advice", body.get("advice"))
    for language, text in advice.items():
        if "{emergency_number}" not in text.partition("\n")[0]:
            raise TriageError(
                f"{where}.advice.{language} must name {{emergency_number}} in its first line"
            )
    return Category(
        name,
        body.get("serious") is True,
        body["source"],
        advice,
        *(_texts(where, body, field) for field in ("patterns", "must_fire", "must_not_fire")),
    )


def _in_languages(where: str, value: object) -> dict[Language, str]:
    texts = value if isinstance(value, dict) else {}
    for language in LANGUAGES:
        if not isinstance(texts.get(language), str) or not texts[language].strip():
            raise TriageError(f"{where}.{language} must be a text")
    return {language: texts[language] for language in LANGUAGES}


def _texts(where: str, body: Mapping[str, object], field: str) -> tuple[str, ...]:
    value = body.get(field)
    if not isinstance(value, list) or not value:
        raise TriageError(f"{where}.{field} must be a list of texts")
    for item in value:
        if not isinstance(item, str):
            raise TriageError(f"{where}.{field}: {item!r} is not a text (put it in quotes)")
    return tuple(value)


class Rules:
    """The compiled rules. Made by `load`."""

    def __init__(
        self,
        lists: Mapping[str, Sequence[str]],
        context: Mapping[str, object],
        reminder: Mapping[Language, str],
        found: Iterable[Category],
        file: str,
    ) -> None:
        self.reminder = reminder
        self.categories = {category.name: category for category in found}
        where = f"{file}: context"
        spelling = context.get("spelling")
        if not isinstance(spelling, dict):
            raise TriageError(f"{where}.spelling must list words and their misspellings")
        vocabulary = Vocabulary(spelling, _texts(where, context, "not_typos"))
        checked = {name: _texts(f"{file}: lists", lists, name) for name in lists}
        self._phrases = Phrases(checked, vocabulary)
        self._context = {
            name: self._add_all(_texts(where, context, name), f"{where}.{name}")
            for name in _CONTEXTS
        }
        self._words = {
            name: frozenset(map(plain, _texts(where, context, name))) for name in _WORD_SETS
        }
        self._patterns = [
            self._compile(category.name, pattern, f"{file}: red_flags.{category.name}")
            for category in self.categories.values()
            for pattern in category.patterns
        ]
        self._serious = frozenset(
            part
            for pattern in self._patterns
            if self.categories[pattern.category].serious
            for part in pattern.parts
        )
        self._begun_by: dict[int, list[int]] = {}
        for place, pattern in enumerate(self._patterns):
            self._begun_by.setdefault(pattern.parts[0], []).append(place)

    def _add_all(self, phrases: Iterable[str], where: str) -> frozenset[int]:
        return frozenset(self._add(phrase, where) for phrase in phrases)

    def _add(self, phrase: str, where: str) -> int:
        try:
            return self._phrases.add(phrase)
        except PhraseError as error:
            raise TriageError(f"{where}: {error}") from error

    def _compile(self, category: str, pattern: str, where: str) -> _Pattern:
        alone = pattern.startswith("= ")
        parts = pattern.removeprefix("= ").split(" & ")
        return _Pattern(category, tuple(self._add(part, where) for part in parts), alone)

    def screen(self, text: str, said: Sequence[Word]) -> RedFlag | None:
        """Return the first red flag of a cleaned text and its words, or None."""
        hits = self._phrases.scan(said)
        if not hits:
            return None
        reading = Reading(said, hits, self._context, self._words)
        found: dict[int, Hit] = {}
        for hit in hits:
            serious = hit.phrase in self._serious
            if hit.phrase not in found and reading.stands(hit, serious=serious):
                found[hit.phrase] = hit
        begun = {place for part in found for place in self._begun_by.get(part, ())}
        for pattern in (self._patterns[place] for place in sorted(begun)):
            spans = [found[part] for part in pattern.parts if part in found]
            if len(spans) == len(pattern.parts) and (not pattern.alone or reading.alone(spans[0])):
                quoted = _quote(text, said, spans)
                return RedFlag(pattern.category, quoted, self.language_of(said))
        return None

    def language_of(self, said: Sequence[Word]) -> Language:
        """Return the language that most of the known words are in."""
        spanish, english = (
            sum(word.plain in self._words[name] for word in said) for name in ("spanish", "english")
        )
        return "es" if spanish > english else "en"


def _quote(text: str, said: Sequence[Word], spans: Iterable[Hit]) -> str:
    ordered = sorted(spans, key=lambda hit: hit.start)
    return " ... ".join(text[said[hit.start].start : said[hit.end - 1].end] for hit in ordered)
