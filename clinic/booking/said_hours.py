"""The hours that words name: "after 3", "2-4 pm", "around lunch".

A time that says no more is taken for the opening hours of a day clinic: 3 is 15:00, 9 is 09:00.
"""

import re
from collections.abc import Callable
from typing import Final

from clinic.booking.words import words
from clinic.contract import PartOfDay

Hours = tuple[PartOfDay | None, str | None, str | None]
"""A part of the day, and from and to which hour, as HH:MM."""

_FIRST_HOUR: Final = 7
_LUNCH: Final[Hours] = (None, "11:30", "13:30")


def _clock(found: re.Match[str], name: str, half: str = "") -> str | None:
    hour, minute = int(found[name]), found[f"{name}m"] or "00"
    said = (found[f"{name}h"] or half)[:1]
    if hour > 24 or (hour == 0 and not found[f"{name}m"]):
        return None
    if said == "p" or (said != "a" and hour < _FIRST_HOUR):
        hour = hour + 12 if hour < 12 else hour
    elif said == "a" and hour == 12:
        hour = 0
    return f"{hour:02}:{minute}" if hour < 24 else None


def _between(found: re.Match[str]) -> Hours | None:
    # "2-4 pm" says it once for both.
    half = found["b2h"] or ""
    start = _clock(found, "b1", half if not found["b1h"] and int(found["b1"]) < 12 else "")
    end = _clock(found, "b2")
    if start and end and start >= end:
        start = _clock(found, "b1")
    return (None, start, end) if start and end and start < end else None


def _from(name: str) -> Callable[[re.Match[str]], Hours | None]:
    def read(found: re.Match[str]) -> Hours | None:
        start = _clock(found, name)
        return (None, start, None) if start else None

    return read


def _until(name: str) -> Callable[[re.Match[str]], Hours | None]:
    def read(found: re.Match[str]) -> Hours | None:
        end = _clock(found, name)
        return (None, None, end) if end else None

    return read


def _half(found: re.Match[str]) -> Hours:
    hour = int(found["hp"])
    return (None, f"{hour + 12 if hour < _FIRST_HOUR else hour:02}:30", None)


def _part(found: re.Match[str]) -> Hours:
    return part_named(found["part"])


def part_named(written: str) -> Hours:
    name = " ".join(written.split())
    parts = words().times.parts
    return (next(part for part, options in parts.items() if name in options), None, None)


HOURS: Final[dict[str, Callable[[re.Match[str]], Hours | None]]] = {
    "lunch": lambda found: _LUNCH,
    "noon": lambda found: (None, "12:00", None),
    "before_noon": lambda found: (None, None, "12:00"),
    "after_noon": lambda found: (None, "12:00", None),
    "before_lunch": lambda found: ("morning", None, None),
    "after_lunch": lambda found: ("afternoon", None, None),
    "not_before": _from("nb"),
    "not_after": _until("na"),
    "between": _between,
    "half": _half,
    "from": _from("f"),
    "to": _until("t"),
    "later": _from("l"),
    "earlier": _until("e"),
    "at": _from("a"),
    "alone": _from("o"),
    "half_day": lambda found: ("morning" if found["hd"] == "am" else "afternoon", None, None),
    "part": _part,
}
