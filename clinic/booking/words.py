"""The words of `words.yml`, and what a patient wrote made fit to find them in."""

import functools
import unicodedata
from pathlib import Path
from typing import Final, Literal

import msgspec
import yaml

from clinic.contract import PartOfDay, Weekday
from clinic.wordlists import pattern, plain

_HERE: Final = Path(__file__).parent
_UNREAD: Final = frozenset({"So", "Sk", "Cc", "Cf"})
_AS_EMOJI: Final = "\N{VARIATION SELECTOR-16}"

Field = Literal["name", "phone", "email", "area", "reason", "patient", "for", "time"]


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands around a name, and what no name holds."""

    leads: list[str]
    weak_leads: list[str]
    marks: list[str]
    titles: list[str]
    ends: list[str]
    not_names: str
    either: str
    surnames: str


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For whom a visit is."""

    adults: list[str]
    children: list[str]
    minors: list[str]
    own_children: list[str]
    leads: list[str]
    needs: list[str]
    others: list[str]
    myself: list[str]
    under_age: list[str]
    guardians: list[str]
    kin: list[str]
    of_age: list[str]


class Times(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days and times of day."""

    weekdays: dict[Weekday, list[str]]
    parts: dict[PartOfDay, list[str]]
    months: dict[int, list[str]]
    near: dict[str, int]
    spans: dict[str, str]
    feasts: dict[str, str]
    respelled: dict[str, str]
    ordinals: dict[str, int]
    soonest: list[str]
    any_time: list[str]
    refuses: list[str]
    excepts: list[str]
    suits_not: list[str]
    suits: list[str]
    everything: list[str]
    occupied: list[str]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    yes: list[str]
    no: list[str]
    beside_yes_or_no: list[str]
    question_starts: list[str]
    numbers: dict[str, int]
    filler: str
    names: Names
    people: People
    times: Times
    phone_leads: list[str]
    other_area: list[str]
    new: list[str]
    returning: list[str]
    by_call: list[str]
    by_text: list[str]
    by_email: list[str]
    reaching: list[str]
    symptoms: list[str]
    refusals: list[str]
    skips: list[str]
    start_over: list[str]
    stops: list[str]
    agreed: list[str]
    not_agreed: list[str]
    wishes_visit: list[str]
    around_wishes: list[str]
    asks_person: list[str]
    complaints: frozenset[str]
    paired: frozenset[str]
    no_contact: list[str]
    another_visit: list[str]
    corrects: list[str]
    slips: list[str]
    changes: dict[Field, list[str]]
    about_booking: list[str]
    wants_change: list[str]
    asks_why: list[str]
    means_hour: list[str]
    means_day: list[str]


@functools.cache
def words() -> Words:
    """Read the file; raises `msgspec.ValidationError` when it has another shape."""
    text = (_HERE / "words.yml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), Words)


@functools.cache
def filler() -> frozenset[str]:
    """Words that say nothing beside facts."""
    return frozenset(words().filler.split())


@functools.cache
def not_names() -> frozenset[str]:
    """Words that no name holds."""
    return frozenset(words().names.not_names.split())


@functools.cache
def either() -> frozenset[str]:
    """Words that a name may hold all the same, like "Will" or "Day"."""
    return frozenset(words().names.either.split())


@functools.cache
def surnames() -> frozenset[str]:
    """Words that a surname may be, where it is written with a capital letter."""
    return frozenset(words().names.surnames.split())


@functools.cache
def first_names() -> frozenset[str]:
    """Return frequent first names in small letters, to tell a name in passing by.

    From the lists of the United States census of 1990 (`dist.female.first`, `dist.male.first`),
    which are in the public domain.
    """
    return frozenset((_HERE / "first_names.txt").read_text(encoding="utf-8").split())


def legible(text: str) -> str:
    """Drop emoji and what cannot be seen, and leave single spaces."""
    seen = (
        " " if sign == _AS_EMOJI or unicodedata.category(sign) in _UNREAD else sign
        for sign in unicodedata.normalize("NFC", text.replace("\n", " . "))
    )
    return " ".join("".join(seen).split())


def in_digits(text: str) -> str:
    """Write number words as digits, in small letters."""
    numbers = words().numbers
    return pattern(tuple(numbers)).sub(lambda found: str(numbers[found[0]]), plain(text))
