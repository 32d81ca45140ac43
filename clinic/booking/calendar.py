"""Days that patients name: which they are, and whether the clinic is open then.

Weeks begin on Monday, "next Tuesday" is the Tuesday of next week, and a date without its year is
the next one, unless it passed less than half a year ago: then it was probably meant and is past.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Final, Literal

import msgspec

from clinic.contract import TimePreference, Weekday
from clinic.hours import is_over, opening_days, opens_on
from clinic.settings import WEEKDAYS, Clinic

ProblemKind = Literal["past", "closed", "no_such_date", "ambiguous", "hour", "vague"]

_WEEK: Final = timedelta(days=7)
_FAR: Final = 183
_SOON: Final = 15
_MOST_AHEAD: Final = 366


class Problem(msgspec.Struct, frozen=True):
    """Why a wish could not be taken as it was said, and the nearest days that could.

    `hour` is for a bare number that may be an hour or a day of the month; `said` is the number, the
    day or the words.
    """

    kind: ProblemKind
    said: str
    near: list[str] = []


class Day(msgspec.Struct, frozen=True):
    """One day as it was wished: by date, or any of its weekday."""

    on: date | None = None
    weekday: Weekday | None = None


class Calendar:
    """The clinic's calendar at one moment, aware of its zone."""

    def __init__(self, clinic: Clinic, now: datetime) -> None:
        self.clinic = clinic
        self.now = now.astimezone(clinic.zone)
        self.today = self.now.date()

    def checked(self, day: date) -> Day | Problem:
        """Return the day, or why nobody can come then."""
        if day < self.today:
            return Problem("past", day.isoformat(), self._near(self.today))
        if not self.is_open(day):
            return Problem("closed", day.isoformat(), self._near(day))
        return Day(on=day)

    def is_open(self, day: date) -> bool:
        """Whether somebody can still come on that day."""
        return opens_on(self.clinic, day) and not is_over(self.clinic, day, self.now)

    def weekday(self, name: Weekday) -> Day | Problem:
        """Any day of that name."""
        if self.clinic.hours.get(name):
            return Day(weekday=name)
        return Problem("closed", name, self._near(self.coming(name)))

    def coming(self, name: Weekday) -> date:
        """The first day of that name, today included."""
        return self.today + timedelta(days=(WEEKDAYS.index(name) - self.today.weekday()) % 7)

    def of_next_week(self, name: Weekday, weeks: int = 1) -> date:
        """The day of that name in the week after this one, or after so many."""
        return self._monday() + _WEEK * weeks + timedelta(days=WEEKDAYS.index(name))

    def week(self, ahead: int) -> list[date]:
        """The days still open of this week (0) or of a later one."""
        monday = self._monday() + _WEEK * ahead
        return self.open_days_of_week(monday)

    def open_days_of_week(self, day: date) -> list[date]:
        """The days still open of the week in which `day` lies."""
        monday = day - timedelta(days=day.weekday())
        days = (monday + timedelta(days=ahead) for ahead in range(7))
        return [one for one in days if self.is_open(one)]

    def named(self, day: int, month: int, year: int | None) -> Day | Problem:
        """A day of a month."""
        if year is not None:
            found = _real(year, month, day)
        else:
            found = _real(self.today.year, month, day)
            later = _real(self.today.year + 1, month, day)
            if found is None or (found < self.today and later):
                soon = later is not None and (later - self.today).days <= _FAR
                found = later if soon else found
        if found is None:
            return self._no_such_date(day, month, year)
        if (found - self.today).days > _MOST_AHEAD:
            return Problem("vague", found.isoformat(), self._near(self.today))
        return self.checked(found)

    def day_of_month(self, day: int) -> Day | Problem:
        """A day without its month: "the 14th"; past ones are asked about."""
        here = _real(self.today.year, self.today.month, day)
        if here and here >= self.today:
            return self.checked(here)
        following = next(self._later_months(day), None)
        if following is None:
            return Problem("no_such_date", str(day), self._near(self.today))
        if (following - self.today).days <= _SOON:
            return self.checked(following)
        near = [following] if self.is_open(following) else []
        return Problem(
            "ambiguous", str(day), [d.isoformat() for d in near] or self._near(following)
        )

    def _later_months(self, day: int) -> Iterator[date]:
        for ahead in range(1, 3):
            month = self.today.month + ahead
            found = _real(self.today.year + (month - 1) // 12, (month - 1) % 12 + 1, day)
            if found:
                yield found

    def _no_such_date(self, day: int, month: int, year: int | None) -> Problem:
        # Nearest is what comes right after the month's end: for February 30, March 2.
        said = f"{month}/{day}"
        if not 1 <= month <= 12:
            return Problem("no_such_date", said, self._near(self.today))
        after = date(year or self.today.year, month, 28) + timedelta(days=1)
        near = after if after >= self.today else after.replace(year=after.year + 1, day=28)
        return Problem("no_such_date", said, self._near(near))

    def _near(self, day: date) -> list[str]:
        """Up to two open days: the last before `day` and the first from it on."""
        first = max(day, self.today)
        before = (first - timedelta(days=back) for back in range(1, 8))
        earlier = next((d for d in before if self.is_open(d)), None)
        later = (d for d in opening_days(self.clinic, first) if self.is_open(d))
        following = list(islice(later, 1 if earlier else 2))
        return [one.isoformat() for one in [*([earlier] if earlier else []), *following]]

    def near_today(self) -> list[str]:
        """The next open days."""
        return self._near(self.today)

    def _monday(self) -> date:
        return self.today - timedelta(days=self.today.weekday())


_PARTS: Final[dict[str, tuple[time, time]]] = {
    "morning": (time(0), time(12)),
    "afternoon": (time(12), time(17)),
    "evening": (time(17), time(23, 59)),
}


def is_within_hours(clinic: Clinic, wish: TimePreference) -> bool:
    """Whether the clinic is open at all at the wished hours of that day; true where none are named.

    A preference outside them is kept all the same: staff know what can be done.
    """
    if not (wish.part or wish.from_ or wish.to) or not (wish.date or wish.weekday):
        return True
    name = wish.weekday or WEEKDAYS[date.fromisoformat(wish.date or "").weekday()]
    begin, end = _PARTS[wish.part] if wish.part else (time(0), time(23, 59))
    begin = time.fromisoformat(wish.from_) if wish.from_ else begin
    end = time.fromisoformat(wish.to) if wish.to else end
    return any(one.opens < end and begin < one.closes for one in clinic.hours.get(name, ()))


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
