"""When a patient would like to come: days, parts of days and hours in one answer. Pure.

Dates are read in the clinic's calendar from `today` on; a time of day that says no more, like
"after 3", is taken for the opening hours of a day clinic, so 3 is 15:00 and 9 is 09:00.
"""

import calendar
import functools
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

from clinic.booking import finds, in_digits, pattern, words
from clinic.contract import PartOfDay, Preferences, TimePreference, Weekday

_FIRST_HOUR: Final = 7
_MONTHS: Final = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
}
_MONTH: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE: Final = re.compile(
    r"\b(?:(?P<year>20\d\d)-(?P<month4>\d\d?)-(?P<day4>\d\d?)"
    rf"|(?P<month>{_MONTH})\.?\s+(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month2>{_MONTH})"
    r"|(?P<month3>\d{1,2})/(?P<day3>\d{1,2})"
    r"|(?P<day_alone>\d{1,2})(?:st|nd|rd|th))\b"
)
_TIME: Final = r"\d{1,2}(?::[0-5]\d)?\s*(?:am\b|pm\b|a\.m\.|p\.m\.)?"
_SPAN: Final = re.compile(
    rf"(?<![\w:/-])(?:from |between )?({_TIME})\s*(?:-|\N{{EN DASH}}|\bto\b|\band\b)\s*({_TIME})"
    r"(?![\w:/-]|\s*(?:days|weeks|months))"
)
_NOT_BEFORE: Final = re.compile(r"\b(?:not|never) (?:before|until)\b")
_HALF: Final = re.compile(r"\bhalf past (\d{1,2})\b")
_HOUR: Final = (
    r"(?P<{0}>\d{{1,2}})(?::(?P<{0}_minute>[0-5]\d))?\s*(?P<{0}_half>am\b|pm\b|a\.m\.|p\.m\.)?"
)
_FROM: Final = re.compile(rf"\b(?:after|from|past)\s+{_HOUR.format('from')}(?![\w:])")
_TO: Final = re.compile(rf"\b(?:before|until|till|by)\s+{_HOUR.format('to')}(?![\w:])")
_AT: Final = re.compile(rf"\b(?:at|around|about)\s+{_HOUR.format('at')}(?![\w:])")
_ALONE: Final = re.compile(
    rf"(?<![\w:])(?=\d{{1,2}}\s*(?:o'clock|:|am\b|pm\b|a\.m|p\.m)){_HOUR.format('alone')}(?![\w:])"
)
_DAYS: Final = ("day", "day2", "day3", "day4", "day_alone")
_NEAR: Final = {"today": 0, "tomorrow": 1}


def parse_times(text: str, today: date) -> Preferences | None:
    """Read the wishes in `text`.

    >>> parse_times("thursday afternoon or friday", date(2026, 3, 10)).options[0].weekday
    'thursday'
    """
    plain = _spelled_out(text)
    unwanted = [wish for clause in _refused(plain) if (wish := _wish(clause, today))]
    wanted = [wish for clause in _clauses(plain) if (wish := _wish(clause, today))]
    soonest = finds(words().soonest, plain) is not None
    if not (wanted or unwanted or soonest):
        return None
    return Preferences(options=_days_share_hours(wanted), not_=unwanted, soonest=soonest)


def _spelled_out(text: str) -> str:
    """Write each way to name an hour or a span of hours alike: "at 9:30", "from 9 until 11"."""
    plain = _NOT_BEFORE.sub("from", " ".join(in_digits(text).split()))
    plain = _SPAN.sub(_from_until, _HALF.sub(r"at \1:30", plain))
    return _days_to_days().sub(_each_day, plain)


@functools.cache
def _days_to_days() -> re.Pattern[str]:
    days = _any_of(_weekday_names())
    return re.compile(rf"\b({days})\s*(?:-|\bto\b|\bthrough\b|\bthru\b)\s*({days})\b")


def _each_day(span: re.Match[str]) -> str:
    week, names = list(words().weekdays), _weekday_names()
    first, last = (week.index(names[span[end]]) for end in (1, 2))
    return " or ".join(week[first : last + 1] if first <= last else span.groups())


def _from_until(span: re.Match[str]) -> str:
    # "2-4 pm" says it once for both.
    start, end = span[1].strip(), span[2].strip()
    half = re.search(r"[ap]\.?m\.?$", end)
    said = f"{start} {half[0]}" if half and start.replace(":", "").isdigit() else start
    return f"from {said} until {end} "


def _refused(text: str) -> list[str]:
    found = (refusal[0] for refusal in _not_then().finditer(text))
    return [clause for refusal in found for clause in _clauses_of(refusal)]


def _clauses(text: str) -> list[str]:
    return _clauses_of(_not_then().sub(" ", text))


def _clauses_of(text: str) -> list[str]:
    return re.split(r",|;|\bor\b|\band\b|/(?!\d)", text)


@functools.cache
def _not_then() -> re.Pattern[str]:
    days = _any_of(_weekday_names())
    parts = _any_of(word for options in words().parts_of_day.values() for word in options)
    one = rf"(?:on\s+|in\s+)?(?:the\s+)?(?:{days}|{parts})\b(?:\s+(?:{parts})\b)?"
    no = pattern(tuple(words().not_then)).pattern
    return re.compile(rf"{no}\s+{one}(?:\s*(?:or|and|,)\s*{one})*")


def _any_of(options: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(options, key=len, reverse=True)))


def _wish(clause: str, today: date) -> TimePreference | None:
    day = _date(clause, today)
    weekday = None if day else next(_weekdays(clause), None)
    hours = _DATE.sub(" ", clause)
    start, end = _hours(hours)
    part = None if start or end else _part(clause)
    if not (day or weekday or part or start or end):
        return None
    return TimePreference(
        date=day.isoformat() if day else None, weekday=weekday, part=part, from_=start, to=end
    )


def _days_share_hours(wishes: list[TimePreference]) -> list[TimePreference]:
    # "Monday or Tuesday afternoon" means both afternoons, and an hour alone belongs to the days.
    days = [wish for wish in wishes if wish.date or wish.weekday]
    hours = [wish for wish in wishes if wish.part or wish.from_ or wish.to]
    if not days or not hours:
        return wishes
    last = hours[-1]
    return [
        TimePreference(day.date, day.weekday, last.part, last.from_, last.to)
        if not (day.part or day.from_ or day.to)
        else day
        for day in days
    ]


def _weekdays(clause: str) -> Iterator[Weekday]:
    names = _weekday_names()
    for found in pattern(tuple(names)).finditer(clause):
        yield names[found[0]]


def _weekday_names() -> dict[str, Weekday]:
    return {word: day for day, options in words().weekdays.items() for word in options}


def _part(clause: str) -> PartOfDay | None:
    for part, options in words().parts_of_day.items():
        if finds(options, clause):
            return part
    return None


def _date(clause: str, today: date) -> date | None:
    for word, days in _NEAR.items():
        if re.search(rf"\b{word}\b", clause):
            return today + timedelta(days=days)
    found = _DATE.search(clause)
    return _next(found, today) if found else None


def _next(found: re.Match[str], today: date) -> date | None:
    """Return the first such day that is not over; `None` for one that no calendar has."""
    day, month = _day_and_month(found)
    in_a_year = (today + timedelta(days=ahead) for ahead in range(366))
    near = (one for one in in_a_year if one.day == day and month in (None, one.month))
    wanted = next(near, None)
    return wanted if wanted and found["year"] in (None, str(wanted.year)) else None


def _day_and_month(found: re.Match[str]) -> tuple[int, int | None]:
    day = next(int(found[name]) for name in _DAYS if found[name])
    if named := found["month"] or found["month2"]:
        return day, _MONTHS[named]
    number = found["month3"] or found["month4"]
    return day, int(number) if number else None


def _hours(clause: str) -> tuple[str | None, str | None]:
    start, end = _hour(_FROM, clause) or _hour(_AT, clause), _hour(_TO, clause)
    if start and end and start >= end:
        return None, None
    return start or (None if end else _hour(_ALONE, clause)), end


def _hour(wanted: re.Pattern[str], clause: str) -> str | None:
    found = wanted.search(clause)
    if found is None:
        return None
    name = next(iter(wanted.groupindex))
    hour, half = int(found[name]), (found[f"{name}_half"] or "")[:1]
    if half == "p" or (not half and hour < _FIRST_HOUR):
        hour = hour + 12 if hour < 12 else hour
    elif half == "a" and hour == 12:
        hour = 0
    return f"{hour:02}:{found[f'{name}_minute'] or '00'}" if hour < 24 else None
