"""Parts of the body as patients name them, from `clinic/areas.yml`."""

import functools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
import yaml

from clinic.contract import Area

Side = Literal["left", "right", "both"]
Name = TypeVar("Name", bound=str)

_FILE = Path(__file__).with_name("areas.yml")


class Areas(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words for each part and side, and phrases in which such a word means something else."""

    parts: dict[str, list[str]]
    sides: dict[Side, list[str]]
    not_areas: list[str]


@functools.cache
def load_areas() -> Areas:
    """Read the file; raises `msgspec.ValidationError` when it has another shape."""
    return msgspec.convert(yaml.safe_load(_FILE.read_text(encoding="utf-8")), Areas)


def plural(part: str) -> str:
    """Return the word for both of a part: the second of its line in `areas.yml`."""
    names = load_areas().parts[part]
    return names[1] if len(names) > 1 else part


def find_area(text: str) -> Area | None:
    """Find the first part of the body in `text`, and its side if that stands right beside it.

    >>> find_area("it's my left knee, call me back")
    Area(part='knee', side='left')
    """
    text = _plain(text)
    for found in _patterns().beside.finditer(text):
        if part := _named(load_areas().parts, found["part"]):
            before, after = found["before"], found["after"]
            return Area(part=part, side=_named(load_areas().sides, before or after))
    return None


def find_side(text: str) -> Side | None:
    """Find the side in an answer to "which side?"."""
    found = _patterns().side.search(_plain(text))
    return _named(load_areas().sides, found[0]) if found else None


class _Patterns(msgspec.Struct, frozen=True):
    beside: re.Pattern[str]
    side: re.Pattern[str]


@functools.cache
def _patterns() -> _Patterns:
    areas = load_areas()
    parts = _any_of([*_all(areas.parts.values()), *areas.not_areas])
    sides = _any_of(_all(areas.sides.values()))
    return _Patterns(
        beside=re.compile(
            rf"\b(?:(?P<before>{sides})\s+(?:of\s+)?(?:(?:my|his|her|the)\s+)?)?(?P<part>{parts})\b"
            rf"(?:[\s,(-]+(?:on the |the )?(?P<after>{sides})(?:\)|\s+(?:side|one)\b|\W*$))?"
        ),
        side=re.compile(rf"\b(?:{sides})\b"),
    )


def _all(lists: Iterable[list[str]]) -> list[str]:
    return [word for words in lists for word in words]


def _any_of(words: list[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def _named(names: dict[Name, list[str]], word: str | None) -> Name | None:
    return next((name for name, words in names.items() if word in words), None)


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
