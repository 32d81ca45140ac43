"""Phrases over words: the small pattern language of red_flags.yml and its matcher.

A phrase is written in words, so that a clinician can review it:

    word     that word; one wrong letter is forgiven in words of six letters or more
    word*    that beginning with any ending
    a/b      either word
    word?    may be left out
    {name}   any phrase of that named list
    ..       up to three other words, ... up to six, both within one sentence
    #        a number, #many a number of eight or more, #year a year

All phrases together become one automaton that reads each word once. So the time
grows with the length of the text and the file cannot bring in a slow pattern.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

GAPS = {"..": 3, "...": 6}
MANY = 8
_FUZZY_FROM = 6
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_WORD = re.compile(r"[^\W_]+(?:['\u2018\u2019\u02bc`\u00b4][^\W_]+)*")
_STOP = re.compile(r"[.!?;\n]")
_REPEATED = re.compile(r"([^\W\d_])\1+")


class PhraseError(ValueError):
    """A phrase or a list that cannot be read; the message quotes it."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text: its plain form, its place, and the breaks right before it."""

    plain: str
    start: int
    end: int
    after_stop: bool
    after_comma: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """Phrase number `phrase` stands in words `start` up to, not including, `end`."""

    phrase: int
    start: int
    end: int

    def overlaps(self, other: "Hit") -> bool:
        """Whether the two share a word."""
        return self.start < other.end and other.start < self.end


def clean(text: str) -> str:
    """Bring full-width and styled letters to plain ones and drop invisible characters."""
    return unicodedata.normalize("NFKC", text.translate(_INVISIBLE))


def plain(word: str) -> str:
    """Lower case without accents and apostrophes, every doubled letter written once.

    >>> plain("CAN\u2019T"), plain("heeelp"), plain("Swelling"), plain("911")
    ('cant', 'help', 'sweling', '911')
    """
    bare = "".join(c for c in unicodedata.normalize("NFD", word.casefold()) if c.isalnum())
    return _REPEATED.sub(r"\1", bare)


def words(text: str) -> list[Word]:
    """The words of a cleaned text, with the sentence ends and commas before each."""
    found: list[Word] = []
    plainly: dict[str, str] = {}
    last = 0
    for match in _WORD.finditer(text):
        between = text[last : match.start()]
        form = match.group().lower() if match.group().isascii() else match.group()
        if form not in plainly:
            plainly[form] = plain(form)
        found.append(
            Word(
                plainly[form],
                match.start(),
                match.end(),
                _STOP.search(between) is not None,
                "," in between,
            )
        )
        last = match.end()
    return found


def one_edit_apart(a: str, b: str) -> bool:
    """Whether one letter was added, left out, changed, or swapped with its neighbour."""
    if len(a) > len(b):
        a, b = b, a
    if len(b) - len(a) > 1:
        return False
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) < len(b):
        return a[at:] == b[at + 1 :]
    swapped = a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :]
    return swapped or a[at + 1 :] == b[at + 1 :]


def _shorter(word: str) -> set[str]:
    return {word} | {word[:i] + word[i + 1 :] for i in range(1, len(word))}


class Vocabulary:
    """Which written words stand for which words of the phrases."""

    def __init__(self, spelling: Mapping[str, Iterable[str]], not_typos: Iterable[str]) -> None:
        self._variants = {plain(v): plain(word) for word, vs in spelling.items() for v in vs}
        self._not_typos = {plain(word) for word in not_typos}
        self._exact: set[str] = set()
        self._prefixes: set[str] = set()
        self._near: dict[str, set[str]] = {}

    def symbol(self, written: str) -> str:
        """Take in one word of a phrase and return what stands for it."""
        if written.startswith("#"):
            return written
        form = plain(written.removesuffix("*"))
        if not form:
            raise PhraseError(f"'{written}' is not a word")
        if written.endswith("*"):
            self._prefixes.add(form)
            return form + "*"
        self._exact.add(form)
        if len(form) >= _FUZZY_FROM:
            for part in _shorter(form):
                self._near.setdefault(part, set()).add(form)
        return form

    def symbols(self, form: str) -> list[str]:
        """Everything that a word in its plain form can stand for; mostly nothing."""
        found = _number_symbols(form) if form.isdigit() else []
        for spelled in {form, self._variants.get(form, form)}:
            found += [spelled] if spelled in self._exact else []
            starts = (spelled[:n] for n in range(2, len(spelled) + 1))
            found += [start + "*" for start in starts if start in self._prefixes]
        if not found and len(form) >= _FUZZY_FROM - 1 and form not in self._not_typos:
            found = self._typo_of(form)
        return found

    def _typo_of(self, form: str) -> list[str]:
        near = {word for part in _shorter(form) for word in self._near.get(part, ())}
        return sorted(word for word in near if one_edit_apart(form, word))


def _number_symbols(digits: str) -> list[str]:
    value = int(digits[:9])
    year = ["#year"] if len(digits) == 4 and 1940 <= value <= 2100 else []
    many = ["#many"] if MANY <= value < 1000 else []
    return ["#", *year, *many]


class Phrases:
    """All phrases in one automaton. Add them first, then scan as often as needed."""

    def __init__(self, lists: Mapping[str, Sequence[str]], vocabulary: Vocabulary) -> None:
        self._lists = lists
        self._vocabulary = vocabulary
        self._moves: list[dict[str, list[int]]] = [{}]
        self._any: list[list[int]] = [[]]
        self._free: list[list[int]] = [[]]
        self._made: dict[tuple[int, str], int] = {}
        self._ends: dict[int, list[int]] = {}
        self._reached: dict[int, tuple[int, ...]] = {}
        self._count = 0

    def add(self, phrase: str) -> int:
        """Take in one phrase and return its number. Raises PhraseError."""
        items = phrase.split()
        if not items or items[0] in GAPS or items[-1] in GAPS:
            raise PhraseError(f"'{phrase}' must begin and end with a word")
        number, self._count = self._count, self._count + 1
        self._ends.setdefault(self._chain(0, items, ()), []).append(number)
        if self._free[0]:
            raise PhraseError(f"'{phrase}' must not begin with a word that may be left out")
        return number

    def scan(self, text: Sequence[Word]) -> list[Hit]:
        """Every place where a phrase stands, in the order of their ends."""
        hits: list[Hit] = []
        active: set[tuple[int, int]] = set()
        meanings = {form: self._vocabulary.symbols(form) for form in {one.plain for one in text}}
        for at, word in enumerate(text):
            symbols = meanings[word.plain]
            if not symbols and not active:
                continue
            active = set(self._step(active, symbols, at, word.after_stop))
            hits += [
                Hit(phrase, start, at + 1)
                for state, start in active
                for phrase in self._ends.get(state, ())
            ]
        return hits

    def _step(
        self, active: set[tuple[int, int]], symbols: list[str], at: int, after_stop: bool
    ) -> Iterator[tuple[int, int]]:
        for symbol in symbols:
            for state in self._moves[0].get(symbol, ()):
                yield from ((reached, at) for reached in self._reach(state))
        for state, start in active:
            for symbol in symbols:
                for target in self._moves[state].get(symbol, ()):
                    yield from ((reached, start) for reached in self._reach(target))
            # A gap must not run over the end of a sentence; words in a row may ("CAN'T. BREATHE.").
            if not after_stop:
                for target in self._any[state]:
                    yield from ((reached, start) for reached in self._reach(target))

    def _reach(self, state: int) -> tuple[int, ...]:
        """The state and all that follow from it without a further word."""
        if state not in self._reached:
            after = (self._reach(target) for target in self._free[state])
            self._reached[state] = (state, *{s for states in after for s in states})
        return self._reached[state]

    def _chain(self, state: int, items: Sequence[str], inside: tuple[str, ...]) -> int:
        for item in items:
            state = self._item(state, item, inside)
        return state

    def _item(self, state: int, item: str, inside: tuple[str, ...]) -> int:
        choices = item.removesuffix("?").split("/")
        for name in (choice.strip("{}") for choice in choices if choice.startswith("{")):
            if name not in self._lists or name in inside:
                raise PhraseError(f"the list {{{name}}} does not exist or contains itself")
        if (state, item) in self._made:
            return self._made[state, item]
        after = self._made[state, item] = self._new_state()
        if item in GAPS:
            self._gap(state, after, GAPS[item])
            return after
        for choice in choices:
            if choice.startswith("{"):
                self._named(state, after, choice.strip("{}"), inside)
            else:
                self._move(state, self._vocabulary.symbol(choice), after)
        if item.endswith("?"):
            self._free[state].append(after)
        return after

    def _gap(self, state: int, after: int, most: int) -> None:
        self._free[state].append(after)
        for _ in range(most):
            between = self._new_state()
            self._any[state].append(between)
            self._free[between].append(after)
            state = between

    def _named(self, state: int, after: int, name: str, inside: tuple[str, ...]) -> None:
        for phrase in self._lists[name]:
            self._free[self._chain(state, phrase.split(), (*inside, name))].append(after)

    def _move(self, state: int, symbol: str, target: int) -> None:
        self._moves[state].setdefault(symbol, []).append(target)

    def _new_state(self) -> int:
        self._moves.append({})
        self._any.append([])
        self._free.append([])
        return len(self._moves) - 1
