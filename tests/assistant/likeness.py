"""When two messages are the same one in other clothes, and where that happens."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_ALIKE = 0.93
_SHORT = 5

Words = tuple[str, ...]
Index = dict[Words, list[str]]


def words(text: str) -> Words:
    """Return the words in lower case, without punctuation."""
    return tuple(_WORD.findall(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")))


def near(one: Words, other: Words) -> bool:
    """Whether they have the same words, or are long enough and nearly alike.

    That is from five words on: all words but one in the same order, or nearly the same letters.
    """
    if sorted(one) == sorted(other):
        return True
    if max(len(one), len(other)) < _SHORT:
        return False
    if _apart_by_one(one, other):
        return True
    return SequenceMatcher(None, " ".join(one), " ".join(other)).ratio() >= _ALIKE


def pairs(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each message that is near to an earlier one, with that one."""
    index: Index = defaultdict(list)
    for text in texts:
        if (found := _found(text, index)) is not None:
            yield found, text
        _add(text, index)


def nearest(texts: Iterable[str], others: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each message that is near to one of the others, with that one."""
    index: Index = defaultdict(list)
    for other in others:
        _add(other, index)
    for text in texts:
        if (found := _found(text, index)) is not None:
            yield found, text


def _add(text: str, index: Index) -> None:
    for key in _keys(words(text)):
        index[key].append(text)


def _found(text: str, index: Index) -> str | None:
    said = words(text)
    alike = (one for key in _keys(said) for one in index.get(key, []) if near(said, words(one)))
    return next(alike, None)


def _keys(said: Words) -> set[Words]:
    # Near messages share at least one of these, so not every pair has to be compared.
    middle = len(said) // 2
    return {said[:middle], said[middle:], tuple(sorted(said)), said[:3], said[-3:]} - {()}


def _apart_by_one(one: Words, other: Words) -> bool:
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    start = _common(short, long)
    end = _common(short[start:][::-1], long[start:][::-1])
    return start + end >= len(long) - 1


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count
