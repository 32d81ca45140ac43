"""Telephone numbers and e-mail addresses in what a patient wrote."""

import functools
import re
from typing import Final

import phonenumbers

from clinic.booking.words import in_digits, words
from clinic.wordlists import any_of, plain

Span = tuple[int, int]

_SIGNS: Final = r"[a-z0-9._%+-]+"
_EMAIL: Final = re.compile(rf"(?<![\w.]){_SIGNS}@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{{2,}}")
_SPOKEN: Final = re.compile(
    r"(?<![\w.])([a-z0-9_+-]+(?:(?:\s+(?:dot|underscore|dash)\s+|\.)[a-z0-9_+-]+)*)"
    r"\s*(?:\(at\)|\bat\b|@)\s*([a-z0-9-]+)((?:\s*(?:\(dot\)|\bdot\b|\.)\s*[a-z]{2,})+)(?!\w)"
)
_DOT: Final = re.compile(r"\s*(?:\(dot\)|\bdot\b|\.)\s*")
_DIGITS: Final = re.compile(r"(?<!\w)[+(]?\d(?:[\s().,/\u2010-\u2014-]*\d)+(?!\w)")
_WITH_LETTERS: Final = re.compile(
    r"(?<!\w)\(?\d{3}\)?[\s.-]*(?=[\w.-]*[A-Za-z])[A-Za-z\d]+(?:[.-][A-Za-z\d]+)+(?!\w)"
)
_LIKE_A_PHONE: Final = 5
_LONGEST: Final = 15
_NOT_BEFORE: Final = re.compile(r"\b(?:not|isn't|instead of|no longer)(?:\s+\w+){0,2}\s*$")


def find_phone(text: str, country: str) -> tuple[str, Span] | None:
    """Find the first telephone number, as E.164, and where it stands.

    `country` is the clinic's, like `US`. Digits may be written out ("six oh two, five five five"),
    and a number after "not" is none.
    """
    for match in _phone_pattern(tuple(words().numbers)).finditer(plain(text)):
        number = _number(_dialled(match[0]), country)
        if number and not _NOT_BEFORE.search(plain(text)[: match.start()]):
            return number, match.span()
    return None


@functools.cache
def _phone_pattern(numbers: tuple[str, ...]) -> re.Pattern[str]:
    digit = rf"(?:\d|\b(?:{any_of(numbers)})\b)"
    between = r"(?:[\s().,/\u2010-\u2014-]|\bthen\b|\bdash\b|\band\b|\bu[hm]+\b)*"
    end = r"(?:\s*(?:x|ext\.?|extension)\s*\d{1,6})?"
    return re.compile(rf"(?<![\w$@])[+(]?{digit}(?:{between}{digit}){{6,}}(?![\w@]){end}")


def _dialled(written: str) -> str:
    return re.sub(r"\s*(?:x|ext\.?|extension)\s*\d{1,6}$", "", in_digits(written))


def _number(written: str, country: str) -> str | None:
    try:
        number = phonenumbers.parse(re.sub(r"[^\d+]", "", written), country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def like_a_phone(text: str) -> Span | None:
    """Find digits that were meant for a telephone number and are none: too few, or too many."""
    if spelled := _WITH_LETTERS.search(text):
        return spelled.span()
    for match in _DIGITS.finditer(text):
        if _LIKE_A_PHONE <= sum(sign.isdigit() for sign in match[0]) <= _LONGEST + 5:
            return match.span()
    return None


def said_once(text: str) -> str:
    """Write "triple five" as "five five five"."""
    return _TIMES.sub(lambda said: " ".join([said[2]] * _HOW_OFTEN[said[1].lower()]), text)


_HOW_OFTEN: Final = {"double": 2, "triple": 3, "treble": 3}
_TIMES: Final = re.compile(
    r"\b(double|triple|treble)[\s-]+(zero|oh|o|one|two|three|four|five|six|seven|eight|nine|\d)\b",
    re.IGNORECASE,
)


def find_ending(text: str) -> str | None:
    """Read how a number that was given before should end: "it should end in 0135"."""
    found = _ENDING.search(plain(text))
    return found[1] if found else None


_ENDING: Final = re.compile(
    r"\b(?:end(?:s|ing)?|last\s+(?:four|4)(?:\s+digits)?)\b\D{0,25}(\d{4})(?!\d)"
)


def find_email(text: str) -> tuple[str, Span] | None:
    """Find the first e-mail address, in small letters; also "ana at example dot com"."""
    written = plain(text)
    if found := _EMAIL.search(written):
        return found[0].strip("."), found.span()
    if found := _SPOKEN.search(written):
        name, host, ends = (_DOT.sub(".", part.strip()) for part in found.groups())
        name = re.sub(r"\s+underscore\s+", "_", re.sub(r"\s+dash\s+", "-", name))
        if "." in ends and (" at " not in f" {found[0]} " or "dot" in found[0]):
            return f"{name}@{host}{ends}".replace(" ", ""), found.span()
    return None
