"""Whether a message is like known emergencies: what no rule of red_flags.yml foresaw.

A linear model over hashed n-grams of words and letters, learned from `emergencies.jsonl` by
`python -m assistant.learn_emergencies` and kept in `emergencies.bin`. Reading it needs nothing but
Python, so the front desk has it on receipt, whatever else is down. It knows no reasons, only
likeness: the rules go first, and one of the two is enough.
"""

import json
import math
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from clinic.phrases import Word

MODEL_FILE: Final = Path(__file__).with_name("emergencies.bin")
EXAMPLES_FILE: Final = Path(__file__).with_name("emergencies.jsonl")
SIZE: Final = 2**17
"""Places for the n-grams that tell danger."""
CATEGORY_SIZE: Final = 2**14
"""Places for those that tell its category; the same n-grams, folded."""
WORD_WEIGHT: Final = 1.5
_LETTERS: Final = (3, 4, 5)
# "no chest pain" is not like "chest pain": what a denial reaches counts as words of its own.
_DENIALS: Final = frozenset((
    "no", "not", "dont", "doesnt", "didnt", "never", "without", "nothing", "havent", "hasnt",
    "isnt", "arent", "wasnt", "denies", "neither", "nor", "none", "zero", "sin", "ni", "nunca",
    "jamas",
))  # fmt: skip
_DENIAL_ENDS: Final = frozenset((
    "but", "just", "only", "its", "it", "i", "im", "ive", "my", "he", "hes", "she", "shes",
    "his", "we", "they", "however", "though", "except", "still", "now", "like", "feels", "feel",
    "and", "because", "cuz", "so", "then", "when", "since", "yes", "also", "plus", "sudenly",
    "today", "pero", "me", "mi", "y",
))  # fmt: skip
_DENIAL_REACH: Final = 4
# A long message is read by its sentences, and endless ones in stretches of two steps, so that one
# sentence of danger does not drown in it. As a whole it is not judged: what is long grows like an
# emergency, and three of four harmless stories of twelve sentences were taken for one.
_LONG: Final = 40
_STEP: Final = 12
_QUOTE: Final = 7
# Of fewer words nothing can be told: "my chest" may answer which part of the body it is about.
_LEAST: Final = 3


@dataclass(frozen=True, slots=True)
class Alike:
    """A message that is like emergencies.

    `category` is None where the likeness is to several; `first` and `last` are the places of the
    words that tell most.
    """

    category: str | None
    first: int
    last: int


def plainly(said: Sequence[Word]) -> list[str]:
    """Return the plain words of a message, each that a denial reaches with a minus before it."""
    found: list[str] = []
    denied = 0
    for word in said:
        if word.after_stop or word.after_comma or word.plain in _DENIAL_ENDS:
            denied = 0
        found.append(f"-{word.plain}" if denied else word.plain)
        denied = _DENIAL_REACH if word.plain in _DENIALS else max(0, denied - 1)
    return found


def grams(said: Sequence[str], known: dict[str, frozenset[int]] | None = None) -> dict[int, float]:
    """Return the weight of each n-gram of words (see `plainly`) by its place below `SIZE`.

    Words alone and in pairs, and the letters of each word in threes to fives. Each of the two kinds
    has length one, words weigh `WORD_WEIGHT` times as much. `known` keeps the letters of words
    between calls about the same message.
    """
    known = {} if known is None else known
    for word in said:
        if word not in known:
            known[word] = frozenset(_letters(word))
    letters = frozenset().union(*(known[word] for word in said))
    found: dict[int, float] = {}
    for places, weight in ((frozenset(_pairs(said)), WORD_WEIGHT), (letters, 1.0)):
        each = weight / math.sqrt(len(places) or 1)
        for place in places:
            found[place] = found.get(place, 0.0) + each
    return found


def _pairs(said: Sequence[str]) -> Iterator[int]:
    for before, word in zip(("^", *said), (*said, "$"), strict=True):
        yield _place(f"{before} {word}")
        if word != "$":
            yield _place(word)


def _letters(word: str) -> Iterator[int]:
    framed = f" {word.removeprefix('-')} "
    for length in _LETTERS:
        for start in range(max(1, len(framed) - length + 1)):
            yield _place(f"#{framed[start : start + length]}")


def _place(gram: str) -> int:
    return zlib.crc32(gram.encode()) % SIZE


@dataclass(frozen=True, slots=True)
class _Line:
    """One linear judgement: eight-bit weights, their scale, and what is added to each sum."""

    weights: Sequence[int]
    scale: float
    bias: float

    def of(self, features: dict[int, float]) -> float:
        size = len(self.weights)
        total = sum(self.weights[place % size] * value for place, value in features.items())
        return total * self.scale + self.bias


class Likeness:
    """The learned model. Made by `load`."""

    def __init__(self, header: dict[str, Any], body: bytes) -> None:
        """Take what `pack` wrote, apart."""
        lines = header["lines"]
        self._danger = _line(lines[0], body[:SIZE])
        starts = range(SIZE, len(body), CATEGORY_SIZE)
        self._categories = {
            line["name"]: _line(line, body[start : start + CATEGORY_SIZE])
            for line, start in zip(lines[1:], starts, strict=True)
        }
        self._threshold = float(header["threshold"])
        self._sure = {name: float(share) for name, share in header["sure"].items()}
        self.learned_from = str(header["learned_from"])

    def find(self, said: Sequence[Word]) -> Alike | None:
        """Return what the most dangerous stretch of a message is like, or None."""
        if len(said) < _LEAST:
            return None
        spoken = plainly(said)
        known: dict[str, frozenset[int]] = {}
        judged = [
            (self.danger(spoken[start:end], known), start, end) for start, end in _stretches(said)
        ]
        score, start, end = max(judged)
        if score < self._threshold:
            return None
        category = self.category(spoken[start:end])
        # The few words that tell most, for staff to read; of a long message in its worst stretch.
        places = range(start, max(start, end - _QUOTE) + 1)
        first = max(places, key=lambda at: self.danger(spoken[at : min(at + _QUOTE, end)], known))
        return Alike(category, first, min(first + _QUOTE, end))

    def danger(self, said: Sequence[str], known: dict[str, frozenset[int]] | None = None) -> float:
        """Return how like emergencies words are, as a logit; both arguments as for `grams`."""
        return self._danger.of(grams(said, known))

    def category(self, said: Sequence[str]) -> str | None:
        """Return the category that words (see `plainly`) are like, or None without a clear one."""
        features = grams(said)
        likely = {name: _share(line.of(features)) for name, line in self._categories.items()}
        best = max(likely, key=lambda name: likely[name])
        enough = self._sure.get(best, self._sure[""])
        return best if likely[best] / sum(likely.values()) >= enough else None


def _line(header: dict[str, Any], weights: bytes) -> _Line:
    return _Line(array("b", weights), float(header["scale"]), float(header["bias"]))


def _share(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, logit))))


def _stretches(said: Sequence[Word]) -> Iterator[tuple[int, int]]:
    if len(said) <= _LONG:
        yield 0, len(said)
        return
    stops = [place for place, word in enumerate(said) if place and word.after_stop]
    for start, end in pairwise((0, *stops, len(said))):
        for first in range(start, max(start + 1, end - _STEP), _STEP):
            yield first, min(first + 2 * _STEP, end)


def pack(header: dict[str, Any], weights: Sequence[bytes]) -> bytes:
    """Return a model as bytes: a line of JSON, then the weights."""
    return json.dumps(header).encode() + b"\n" + b"".join(weights)


def load(path: Path = MODEL_FILE) -> Likeness:
    """Read a model. Raises OSError or ValueError when it cannot be used."""
    line, _, body = path.read_bytes().partition(b"\n")
    return Likeness(json.loads(line), body)


@cache
def shared() -> Likeness:
    """The model of this process."""
    return load()
