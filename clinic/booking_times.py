"""When a patient would like to come: days, parts of days and hours in one answer. Pure.

Dates are read in the clinic's calendar from `today` on; a time of day that says no more, like
"after 3", is taken for the opening hours of a day clinic, so 3 is 15:00 and 9 is 09:00.
"""

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from clinic.booking import finds, pattern, words
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
    rf"\b(?:(?P<month>{_MONTH})\.?\s+(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month2>{_MONTH})"
    rf"|(?P<month3>\d{{1,2}})/(?P<day3>\d{{1,2}}))\b"
)
_HOUR: Final = (
    r"(?P<{0}>\d{{1,2}})(?::(?P<{0}_minute>[0-5]\d))?\s*(?P<{0}_half>am|pm|a\.m\.|p\.m\.)?"
)
_FROM: Final = re.compile(rf"\b(?:after|from|past)\s+{_HOUR.format('from')}(?!\w)")
_TO: Final = re.compile(rf"\b(?:before|until|till|by)\s+{_HOUR.format('to')}(?!\w)")
_AT: Final = re.compile(rf"\b(?:at|around|about)\s+{_HOUR.format('at')}(?!\w)")
_NEAR: Final = {"today": 0, "tomorrow": 1}


def parse_times(text: str, today: date) -> Preferences | None:
    """Read the wishes in `text`.

    >>> parse_times("thursday afternoon or friday", date(2026, 3, 10)).options[0].weekday
    'thursday'
    """
    plain = " ".join(text.lower().split())
    unwanted = [
        TimePreference(weekday=day) for clause in _refused(plain) for day in _weekdays(clause)
    ]
    wanted = [wish for clause in _clauses(plain) if (wish := _wish(clause, today))]
    soonest = finds(words().soonest, plain) is not None
    if not (wanted or unwanted or soonest):
        return None
    return Preferences(options=_days_share_hours(wanted), not_=unwanted, soonest=soonest)


def _refused(text: str) -> list[str]:
    return [found[0] for found in _not_then().finditer(text)]


def _clauses(text: str) -> list[str]:
    rest = _not_then().sub(" ", text)
    return re.split(r",|;|\bor\b|\band\b|/(?!\d)", rest)


def _not_then() -> re.Pattern[str]:
    days = "|".join(map(re.escape, sorted(_weekday_names(), key=len, reverse=True)))
    no = pattern(tuple(words().not_then)).pattern
    return re.compile(rf"{no}\s+(?:on\s+)?(?:{days})\b(?:\s*(?:or|and|,)\s*(?:{days})\b)*")


def _wish(clause: str, today: date) -> TimePreference | None:
    day = _date(clause, today)
    weekday = None if day else next(_weekdays(clause), None)
    hours = _DATE.sub(" ", clause)
    start, end = _hour(_FROM, hours) or _hour(_AT, hours), _hour(_TO, hours)
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
    if found is None:
        return None
    month = found["month"] or found["month2"]
    number = _MONTHS[month] if month else int(found["month3"])
    return _next(number, int(found["day"] or found["day2"] or found["day3"]), today)


def _next(month: int, day: int, today: date) -> date | None:
    for year in (today.year, today.year + 1):
        try:
            wanted = date(year, month, day)
        except ValueError:
            return None
        if wanted >= today:
            return wanted
    return None


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
