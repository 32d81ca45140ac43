"""When the clinic is open. The clock is always passed in, with its zone."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from clinic.settings import WEEKDAYS, Clinic

_LOOK_AHEAD_DAYS = 60


def is_open(clinic: Clinic, now: datetime) -> bool:
    """Whether staff are there at `now` (aware)."""
    local = _local(clinic, now)
    return any(start <= local < end for start, end in _periods(clinic, local.date()))


def next_opening(clinic: Clinic, now: datetime) -> datetime | None:
    """The next time the clinic opens after `now`, in its own zone.

    `None` when nothing opens within two months.
    """
    local = _local(clinic, now)
    for ahead in range(_LOOK_AHEAD_DAYS):
        day = local.date() + timedelta(days=ahead)
        for start, _ in _periods(clinic, day):
            if start > local:
                return start
    return None


def closes_at(clinic: Clinic, now: datetime) -> datetime | None:
    """When the staff who are there at `now` leave, if only for lunch; `None` when it is closed."""
    local = _local(clinic, now)
    return next(
        (end for start, end in _periods(clinic, local.date()) if start <= local < end), None
    )


def opens_on(clinic: Clinic, day: date) -> bool:
    """Whether the clinic opens at all on that day."""
    return bool(_periods(clinic, day))


def is_over(clinic: Clinic, day: date, now: datetime) -> bool:
    """Whether the clinic has closed on `day` for good, or `day` is past."""
    local = _local(clinic, now)
    return day < local.date() or (
        day == local.date() and all(end <= local for _, end in _periods(clinic, day))
    )


def opening_days(clinic: Clinic, first: date) -> Iterator[date]:
    """The days on which the clinic opens, from `first` on, within two months."""
    days = (first + timedelta(days=ahead) for ahead in range(_LOOK_AHEAD_DAYS))
    return (day for day in days if opens_on(clinic, day))


def _local(clinic: Clinic, now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("the time needs a zone: pass an aware datetime")
    return now.astimezone(clinic.zone)


def _periods(clinic: Clinic, day: date) -> list[tuple[datetime, datetime]]:
    if day in clinic.holidays:
        return []
    weekday = WEEKDAYS[day.weekday()]
    return [
        (_at(clinic, day, period.opens), _at(clinic, day, period.closes))
        for period in clinic.hours.get(weekday, ())
    ]


def _at(clinic: Clinic, day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, tzinfo=clinic.zone)
