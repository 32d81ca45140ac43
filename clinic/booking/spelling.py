"""How days and hours are spelled, before they are read: letters, slips, and numbers in words."""

import functools
import re
from typing import Final

from clinic.booking.words import words
from clinic.wordlists import any_of, pattern


def respelled(text: str) -> str:
    """Mend the spelling of days, and write letters for weekdays as names; the rest stays."""
    known = words().times.respelled
    mended = _slang().sub(lambda found: known[found[0].lower()], text)
    mended = _LONG.sub(lambda word: _nearest(word[0]), mended)
    mended = _ordinals().sub(lambda said: f"{said[1]} {_ordinal(said[2])}th", mended)
    return _numbered(_LETTERS.sub(_each_letter, mended))


@functools.cache
def _slang() -> re.Pattern[str]:
    return re.compile(pattern(tuple(words().times.respelled)).pattern, re.IGNORECASE)


@functools.cache
def _ordinals() -> re.Pattern[str]:
    """Find an ordinal in words where it is a date: "march twelfth", but no "third visit"."""
    times = words().times
    months = any_of(name for names in times.months.values() for name in names)
    others = "visit|time|session|appointment|one|shot|round|option|available|opening|thing"
    of_others = rf"(?!\s+(?:{others}))"
    return re.compile(
        rf"\b((?:{months})(?:\s+the)?|on\s+the"
        rf"|the)\s+({any_of(times.ordinals)})\b{of_others}",
        re.IGNORECASE,
    )


_LONG: Final = re.compile(r"(?<![A-Za-z'])[A-Za-z]{6,12}(?![A-Za-z])")
_KNOWN: Final = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "morning",
    "afternoon", "evening", "tomorrow",
)  # fmt: skip


@functools.lru_cache(maxsize=1024)
def _nearest(word: str) -> str:
    """Mend one slip of a letter in a day's name; two in a longer one."""
    said = word.lower()
    if said.removesuffix("s") in _KNOWN or said in _NO_SLIPS:
        return word
    most = 2 if len(word) > _LONG_ENOUGH else 1
    return next((known for known in _KNOWN if _slips(said, known, most) <= most), word)


_LONG_ENOUGH: Final = 7
_NO_SLIPS: Final = frozenset(("sunday's", "warning", "mourning", "moaning", "running", "evenings"))


def _slips(word: str, known: str, most: int) -> int:
    """Count letters left out, added, changed or swapped, up to `most` and one."""
    if abs(len(word) - len(known)) > most or word[0] != known[0]:
        return most + 1
    before: list[int] = []
    row = list(range(len(known) + 1))
    for i, letter in enumerate(word, 1):
        last, row = row, [i]
        for j, other in enumerate(known, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            swapped = i > 1 and j > 1 and letter == known[j - 2] and word[i - 2] == other
            row.append(min(cost, before[j - 2] + 1) if swapped else cost)
        before = last
    return row[-1]


def _ordinal(written: str) -> int:
    return words().times.ordinals[" ".join(written.split())]


_LETTERS: Final = re.compile(
    r"(?<![\w'])(?:m|tu?|w|th|r|f)(?:\s*(?:,|/|&|-|\bor\b|\band\b|\s)\s*(?:or\s+|and\s+)?"
    r"(?:m|tu?|w|th|r|f)){1,4}(?![\w'])|(?<![\w'])(?:mwf|tth|mw|wf|m-f)(?![\w'])",
    re.IGNORECASE,
)
_LETTER_NAMES: Final = {
    "m": "monday", "t": "tuesday", "tu": "tuesday", "w": "wednesday", "th": "thursday",
    "r": "thursday", "f": "friday",
}  # fmt: skip


def _each_letter(found: re.Match[str]) -> str:
    said = found[0].lower()
    if said.replace(" ", "") == "m-f":
        return "monday-friday"
    letters = re.findall(r"th|tu|[mtwrf](?![a-z]*and|r\b)", re.sub(r"\b(?:or|and)\b", " ", said))
    return " or ".join(_LETTER_NAMES[letter] for letter in letters) if letters else found[0]


def _numbered(text: str) -> str:
    """Write hours in digits, where something makes a number an hour: no "that one"."""
    thirty, hour, after = _hours_in_words()
    text = thirty.sub(lambda said: f"{_value(said[1])}:30", text)
    text = hour.sub(lambda said: str(_value(said[1] or said[2])), text)
    return after.sub(lambda said: f"{said[1]} {said[2]} {_value(said[3])}", text)


@functools.cache
def _hours_in_words() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    numbers = words().numbers
    spelled = any_of(name for name, value in numbers.items() if value and len(name) > 2)
    ahead = r"(?=\s*(?:o'clock|thirty|pm\b|am\b|a\.m|p\.m|or\s+(?:later|earlier)))"
    leads = ("at", "after", "before", "until", "past", "around", "between", "from", "by")
    behind = "|".join(rf"(?<=\b{lead} )" for lead in leads)
    return (
        re.compile(rf"\b({spelled})\s+thirty\b", re.IGNORECASE),
        re.compile(rf"(?:{behind})({spelled})\b|\b({spelled}){ahead}", re.IGNORECASE),
        re.compile(rf"(\d)\s+(and|to)\s+({spelled})\b", re.IGNORECASE),
    )


def _value(written: str) -> int:
    return words().numbers[written.lower()]
