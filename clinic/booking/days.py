"""The days that words name, as the clinic's calendar has them: "next tues", "the 14th"."""

import functools
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from clinic.booking.calendar import Calendar, Day, Problem
from clinic.booking.words import words
from clinic.contract import Weekday
from clinic.settings import WEEKDAYS

WEEKS: Final = ("span", "week_of")


@functools.cache
def weekday_names() -> dict[str, Weekday]:
    """Return the weekday of each of its names."""
    return {word: day for day, options in words().times.weekdays.items() for word in options}


@functools.cache
def month_names() -> dict[str, int]:
    """Return the number of each month's names, from 1."""
    return {word: number for number, options in words().times.months.items() for word in options}


Days = list[Day | Problem]


def _month_day(found: re.Match[str], calendar: Calendar) -> Days:
    month = month_names()[(found["mm"] or found["mm2"])]
    named = weekday_names()[found["mw"]] if found["mw"] else None
    year = found["my"] or found["my2"]
    first = _number(found["md"] or found["md2"])
    more = [_number(one) for one in re.findall(r"\d{1,2}", found["more"] or "")]
    days = [calendar.named(day, month, int(year) if year else None) for day in [first, *more]]
    return [_fitting(day, named, calendar, found[0]) for day in days]


def _fitting(
    day: Day | Problem, name: Weekday | None, calendar: Calendar, said: str
) -> Day | Problem:
    """Ask which was meant where the weekday is not that of the date: "tuesday the 12th"."""
    if name is None or isinstance(day, Problem) or day.on is None:
        return day
    if WEEKDAYS[day.on.weekday()] == name:
        return day
    near = sorted({day.on, calendar.coming(name)})
    return Problem("ambiguous", said, [one.isoformat() for one in near])


def _slash(found: re.Match[str], calendar: Calendar) -> Days:
    year = int(found["sy"]) if found["sy"] else None
    full = year + 2000 if year is not None and year < 100 else year
    return [calendar.named(int(found["sd"]), int(found["sm"]), full)]


def _iso(found: re.Match[str], calendar: Calendar) -> Days:
    return [calendar.named(int(found["id"]), int(found["im"]), int(found["iy"]))]


def _week_of(found: re.Match[str], calendar: Calendar) -> Days:
    day = int(found["wd"])
    named = calendar.named(day, month_names()[found["wm"]], None) if found["wm"] else None
    anchor = named or calendar.day_of_month(day)
    if isinstance(anchor, Problem):
        if anchor.kind != "closed" or len(anchor.said) != len("2026-01-01"):
            return [anchor]
        anchor = Day(on=date.fromisoformat(anchor.said))
    of_week = anchor.on or calendar.today
    return [Day(on=one) for one in calendar.open_days_of_week(of_week)]


def _weekday_date(found: re.Match[str], calendar: Calendar) -> Days:
    day, name = calendar.day_of_month(int(found["wo"])), weekday_names()[found["ww"]]
    return [_fitting(day, name, calendar, found[0])]


def _ahead(amount: str, unit: str, calendar: Calendar) -> Days:
    spelled = {"a": 1, "an": 1, "un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4}
    number = (
        int(amount) if amount.isdigit() else spelled.get(amount, words().numbers.get(amount, 1))
    )
    if unit[0] == "m":
        return [Problem("vague", f"{amount} {unit}", calendar.near_today())]
    days = number * (7 if unit[0] in "ws" else 1)
    return [calendar.checked(calendar.today + timedelta(days=days))]


def _weeks_from(found: re.Match[str], calendar: Calendar) -> Days:
    near = words().times.near.get(found["fw"])
    first = (
        calendar.coming(weekday_names()[found["fw"]])
        if near is None
        else calendar.today + timedelta(days=near)
    )
    return [calendar.checked(first + timedelta(days=7))]


def _of_week(found: re.Match[str], calendar: Calendar) -> Days:
    name = weekday_names()[found["ow"]]
    weeks = 0 if found["on"] == "this" else 1
    return [calendar.checked(calendar.of_next_week(name, weeks))]


def _which(found: re.Match[str], calendar: Calendar) -> Days:
    names = [weekday_names()[one] for one in (found["wn"], found["wn2"]) if one]
    following = found["wq"].split()[-1] in ("next", "following")
    return [
        calendar.checked(calendar.of_next_week(name) if following else calendar.coming(name))
        for name in names
    ]


def _range(found: re.Match[str], calendar: Calendar) -> Days:
    first, last = (WEEKDAYS.index(weekday_names()[found[end]]) for end in ("r1", "r2"))
    days = range(first, last + 1) if first <= last else (first, last)
    return [calendar.weekday(WEEKDAYS[day]) for day in days]


def _span(found: re.Match[str], calendar: Calendar) -> Days:
    what = words().times.spans[" ".join(found[0].split())]
    if what == "weekdays":
        return [Day(weekday=day) for day in WEEKDAYS[:5] if calendar.clinic.hours.get(day)]
    if what == "weekend":
        days = [calendar.weekday(day) for day in WEEKDAYS[5:]]
        open_days: Days = [day for day in days if isinstance(day, Day)]
        return open_days or days[:1]
    if what in ("this month", "next month"):
        return [Problem("vague", found[0], calendar.near_today())]
    ahead = {"this week": 0, "next week": 1, "week after next": 2}[what]
    week = calendar.week(ahead)
    return [Day(on=day) for day in week] or [Problem("closed", what, calendar.near_today())]


def _near(found: re.Match[str], calendar: Calendar) -> Days:
    days = words().times.near[" ".join(found[0].split())]
    return [calendar.checked(calendar.today + timedelta(days=days))]


def _feast(found: re.Match[str], calendar: Calendar) -> Days:
    month, day = words().times.feasts[" ".join(found[0].split())].split("-")
    if day != "4th":
        return [calendar.named(int(day), int(month), None)]
    first = date(calendar.today.year, int(month), 1)
    return [calendar.checked(first + timedelta(days=(3 - first.weekday()) % 7 + 21))]


DAYS: Final[dict[str, Callable[[re.Match[str], Calendar], Days]]] = {
    "iso": _iso,
    "week_of": _week_of,
    "month_day": _month_day,
    "slash": _slash,
    "weekday_date": _weekday_date,
    "ordinal": lambda found, calendar: [calendar.day_of_month(int(found["od"]))],
    "el_day": lambda found, calendar: [calendar.day_of_month(int(found["ed"]))],
    "weeks_from": _weeks_from,
    "ahead": lambda found, calendar: _ahead(found["an"], found["au"], calendar),
    "from_now": lambda found, calendar: _ahead(found["nn"], found["nu"], calendar),
    "of_week": _of_week,
    "which": _which,
    "range": _range,
    "span": _span,
    "near": _near,
    "feast": _feast,
    "weekday": lambda found, calendar: [calendar.weekday(weekday_names()[found["wk"]])],
}


def _number(written: str) -> int:
    return int(re.sub(r"\D", "", written))
