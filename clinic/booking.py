"""A booking request: reading a patient's answers, and what is asked. Pure: no clock, no I/O.

Every `parse_…` takes the words of one answer and returns what they say, or `None`.
"""

import functools
import random
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec
import phonenumbers
import yaml

from clinic.areas import find_area
from clinic.contract import Area, Asking, BookingDetails, PartOfDay, Weekday

OTHER_AREA: Final = "other"
ANSWERS: Final = {
    "booking_name": "name",
    "booking_phone": "phone",
    "booking_area": "area",
    "booking_time": "preferences",
    "booking_consent": "consent",
}
"""Where each slot of the booking stands in the contract's `BookingDetails`."""
ASKED: Final[Mapping[str, Asking]] = {
    "booking_name": "name",
    "booking_phone": "phone",
    "booking_area": "area",
    "booking_time": "time",
    "booking_consent": "consent",
    "booking_confirm": "confirm",
}
"""What the booking asks for with each of its slots, in the contract's words."""

# Without letters and digits that look or sound alike: 0 O, 1 I L, 2 Z, 5 S, 8 B, 6 G, U V.
_REFERENCE_LETTERS: Final = "ACDEFHJKMNPQRTWXY3479"
_FILE: Final = Path(__file__).with_name("booking.yml")
_BESIDE_LETTERS: Final = frozenset(" '.\u2019-")
_PHONE_ON: Final = re.compile(r"[+(]?\d(?:[\s().-]*\d){6}.*", re.DOTALL)
_UNREAD: Final = frozenset({"So", "Sk", "Cc", "Cf"})
_AS_EMOJI: Final = "\N{VARIATION SELECTOR-16}"
# A thumb has a colour of skin, and the mark of being shown as a picture.
_SHADES: Final = dict.fromkeys([ord(_AS_EMOJI), *range(0x1F3FB, 0x1F400)])
_LONGEST_NAME: Final = 80
_MOST_NAME_WORDS: Final = 5


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of `clinic/booking.yml`."""

    yes: list[str]
    no: list[str]
    beside_yes_or_no: list[str]
    question_starts: list[str]
    numbers: dict[str, int]
    name_leads: list[str]
    name_marks: list[str]
    phone_leads: list[str]
    not_names: frozenset[str]
    other_area: list[str]
    soonest: list[str]
    parts_of_day: dict[PartOfDay, list[str]]
    weekdays: dict[Weekday, list[str]]
    not_then: list[str]
    changes: dict[str, list[str]]


@functools.cache
def words() -> Words:
    """Read the file; raises `msgspec.ValidationError` when it has another shape."""
    return msgspec.convert(yaml.safe_load(_FILE.read_text(encoding="utf-8")), Words)


def parse_name(text: str) -> str | None:
    """Read a person's name.

    >>> parse_name("hi, my name is maria lopez-o'neill")
    "Maria Lopez-O'Neill"
    """
    name = _without_leads(_without_phone(_legible(text))).strip(" .,!")
    parts = name.split()
    if not 0 < len(parts) <= _MOST_NAME_WORDS or len(name) > _LONGEST_NAME:
        return None
    if not _is_spelled(name) or any(_plain(part) in words().not_names for part in parts):
        return None
    # A name in small letters or capitals alone is written as names are; any other stays as it is.
    return name.title() if name in (name.lower(), name.upper()) else name


def introduces(text: str) -> bool:
    """Whether the text leads up to a name, like "my name is"."""
    written = _legible(text)
    return _without_leads(written) != written


def parse_phone(text: str, country: str) -> str | None:
    """Read the first telephone number, as E.164; `country` is the clinic's, like `US`.

    Digits may be written out: "six zero two, five five five, zero one four two".
    """
    for found in phonenumbers.PhoneNumberMatcher(_joined(in_digits(text)), country):
        return phonenumbers.format_number(found.number, phonenumbers.PhoneNumberFormat.E164)
    return None


def parse_area(text: str) -> Area | None:
    """Read which part of the body; `other` for one that is on no list."""
    if found := find_area(text):
        return found
    return Area(part=OTHER_AREA) if finds(words().other_area, text) else None


def parse_yes_no(text: str) -> bool | None:
    """Read a yes or a no; `None` where anything else is said, or both.

    Consent and a sent request rest on this, so "maybe" and "right knee" are neither.
    """
    rest = " ".join(_plain(text).translate(_SHADES).split())
    said = set()
    for answer, options in _yes_first():
        found = pattern(options)
        said |= {answer} if found.search(rest) else set()
        rest = found.sub(" ", rest)
    left = pattern(tuple(words().beside_yes_or_no)).sub(" ", rest).strip(" .,!;-")
    return said.pop() if len(said) == 1 and not left else None


@functools.cache
def _yes_first() -> tuple[tuple[bool, tuple[str, ...]], ...]:
    # A longer phrase may hold a word of the other answer: "no problem", "not right".
    every = [(word, True) for word in words().yes] + [(word, False) for word in words().no]
    by_length = sorted(every, key=lambda pair: -len(pair[0].split()))
    return tuple((answer, (word,)) for word, answer in by_length)


def asks(text: str) -> bool:
    """Whether the text is a question, by its mark or its first word."""
    plain = _plain(text).strip()
    return "?" in plain or plain.startswith(tuple(f"{word} " for word in words().question_starts))


def in_digits(text: str) -> str:
    """Write number words as digits."""
    numbers = words().numbers
    return pattern(tuple(numbers)).sub(lambda found: str(numbers[found[0]]), _plain(text))


def parse_change(text: str) -> str | None:
    """Read which answer the patient wants to give anew, as the slot's name."""
    return next((slot for slot, names in words().changes.items() if finds(names, text)), None)


def details(answers: Mapping[str, object]) -> BookingDetails:
    """Put the form's answers (`ANSWERS`, in JSON's types) into the contract's shape.

    What has not been answered stays empty, so a draft is written the same way.
    """
    known = {field: answers.get(slot) for slot, field in ANSWERS.items()}
    given = {field: value for field, value in known.items() if value is not None}
    return msgspec.convert(given, BookingDetails)


def reference(chance: random.Random) -> str:
    """Make a reference like `KQ7-4MD`; pass `random.SystemRandom()`."""
    letters = "".join(chance.choice(_REFERENCE_LETTERS) for _ in range(6))
    return f"{letters[:3]}-{letters[3:]}"


def finds(options: Iterable[str], text: str) -> re.Match[str] | None:
    """Find the first of `options` that stands in `text` as whole words."""
    return pattern(tuple(options)).search(_plain(text))


@functools.cache
def pattern(options: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds any of `options` as whole words, longer ones first."""
    ordered = sorted(options, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, ordered))})(?!\w)")


def _without_leads(text: str) -> str:
    marks = list(pattern(tuple(words().name_marks)).finditer(_plain(text)))
    if marks:
        return _without_leads(text[marks[-1].end() :].lstrip(" ,:"))
    for lead in sorted(words().name_leads, key=len, reverse=True):
        if re.match(rf"{re.escape(lead)}(?:[\s,:]+|$)", _plain(text)):
            return _without_leads(text[len(lead) :].lstrip(" ,:"))
    return text


def _without_phone(text: str) -> str:
    """Leave out a telephone number, and what leads up to it: "Ana Ruiz, my cell is 602…"."""
    name = _PHONE_ON.sub("", text)
    if name == text:
        return text
    leads = "|".join(map(re.escape, words().phone_leads))
    return re.sub(rf"(?:[\s,;:-]|\b(?:{leads})\b)+$", "", name, flags=re.IGNORECASE)


def _is_spelled(name: str) -> bool:
    return name[0].isalpha() and all(
        sign.isalpha() or sign in _BESIDE_LETTERS or unicodedata.category(sign)[0] == "M"
        for sign in name
    )


def _joined(text: str) -> str:
    # Spelled digit by digit, with spaces in between, no number is recognised as one.
    return re.sub(r"(?<=\b\d)[\s,-]+(?=\d\b)", "", text)


def _legible(text: str) -> str:
    """Drop emoji and what cannot be seen, and leave single spaces."""
    seen = (
        " " if sign == _AS_EMOJI or unicodedata.category(sign) in _UNREAD else sign
        for sign in unicodedata.normalize("NFC", text)
    )
    return " ".join("".join(seen).split())


def _plain(text: str) -> str:
    return text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("\n", " ")
