"""When a patient would like to come: days, parts of days and hours in one message.

The words become tokens (a day, an hour, "not", "or"), and the tokens groups of days with their
hours: "monday or tuesday afternoon" means both afternoons, "wednesday at 10 or thursday" leaves
Thursday open. A time of day that says no more, like "after 3", is taken for the opening hours of a
day clinic, so 3 is 15:00 and 9 is 09:00.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from clinic.booking.calendar import Calendar, Day, Problem
from clinic.booking.said_hours import Hours
from clinic.booking.spelling import respelled
from clinic.booking.tokens import Span, Token, is_told, tokens_of
from clinic.contract import PartOfDay, Preferences, TimePreference
from clinic.settings import WEEKDAYS, Clinic
from clinic.wordlists import plain

_NEAR: Final = 12
"""Signs between "not" and what it refuses."""
_ANY_HOURS: Final[Hours] = (None, None, None)
_BARE: Final = re.compile(
    r"^\W*(?:(?:maybe|like|um+|say|hmm*|probably|how about|what about)\s+)*"
    r"(\d{1,2})\s*(?:ish)?(?:\s+(?:please|pls|maybe|works|or so|is good))*\W*$"
)


class Wishes(msgspec.Struct, frozen=True):
    """What a message says of times: what can be taken, what cannot, and where it stands."""

    preferences: Preferences | None = None
    problems: list[Problem] = []
    spans: list[Span] = []
    adds: bool = False


def find_times(text: str, now: datetime, clinic: Clinic, *, asked: bool = False) -> Wishes:
    """Read the wishes for a time in `text`.

    `asked` tells that a time was asked for, so that a bare number is one. Positions are those of
    `text`.
    """
    calendar = Calendar(clinic, now)
    written = respelled(plain(text))
    if asked and (bare := _BARE.match(written)):
        return _bare(int(bare[1]), calendar, (bare.start(1), bare.end(1)))
    tokens = [token for token in tokens_of(written, calendar) if not is_told(written, token, asked)]
    wanted, unwanted = _sorted(tokens)
    said = {token.kind for token in tokens}
    wanted = _within_weeks(wanted, calendar)
    options = _options(wanted)
    problems = [problem for token in wanted for problem in token.problems]
    refused = [one for one in _options(unwanted) if one != TimePreference()]
    # "I have bowling on Monday, not Monday" means no Monday.
    options = [one for one in options if not any(_is_of(one, no) for no in refused)]
    soonest = "soonest" in said or ("any_time" in said and not (options or refused or problems))
    known = ("day", "hours", "soonest", "any_time")
    spans = [token.span for token in tokens if token.kind in known]
    if not (options or refused or soonest or problems):
        return Wishes()
    taken = options or refused or soonest
    return Wishes(
        Preferences(options=options, not_=refused, soonest=soonest) if taken else None,
        problems,
        spans,
        bool(re.search(r"\b(?:also|or also|as well|too)\b|^\W*or\b", written)),
    )


def days_of(wishes: Preferences) -> list[TimePreference]:
    """Return the wishes that name a day."""
    return [one for one in wishes.options if one.date or one.weekday]


def on_days(
    days: Sequence[TimePreference], hours: Sequence[TimePreference]
) -> list[TimePreference]:
    """Return every one of the hours on every one of the days."""
    return [
        TimePreference(day.date, day.weekday, at.part, at.from_, at.to)
        for day in days
        for at in hours
    ]


def _bare(number: int, calendar: Calendar, span: Span) -> Wishes:
    day = calendar.day_of_month(number) if 1 <= number <= 31 else None
    near = [day.on.isoformat()] if isinstance(day, Day) and day.on else []
    return Wishes(None, [Problem("hour", str(number), near)], [span])


def _sorted(tokens: Sequence[Token]) -> tuple[list[Token], list[Token]]:
    """Part the tokens into those of wanted and of unwanted times, in their order."""
    wanted: list[Token] = []
    unwanted: list[Token] = []
    refusing = False
    everything = any(token.kind == "everything" for token in tokens)
    for place, token in enumerate(tokens):
        following = tokens[place + 1] if place + 1 < len(tokens) else None
        if token.kind in ("refuses", "excepts"):
            refusing = _refuses(token, tokens[:place], following, everything)
        elif token.kind in ("stop", "suits"):
            refusing = False
            wanted.append(Token("stop", token.span))
        elif token.kind == "comma" and refusing:
            refusing = _goes_on(tokens[place + 1 :])
        elif token.kind == "suits_not":
            refusing = following is not None and following.kind in ("day", "hours")
            if not refusing:
                _take_back(wanted, unwanted)
        elif token.kind in ("day", "hours"):
            (unwanted if refusing else wanted).append(token)
    return wanted, unwanted


def _refuses(
    token: Token, before: Sequence[Token], following: Token | None, everything: bool
) -> bool:
    if following is None or following.kind not in ("day", "hours", "everything", "joins"):
        return False
    if following.span[0] - token.span[1] > _NEAR:
        return False
    if token.kind == "refuses":
        return True
    # "Thursday but after 3" and "wednesday, but in the morning" wish; "any afternoon but friday"
    # does not.
    named = any(one.kind == "day" for one in before)
    return everything or (following.kind == "day" and not named)


def _goes_on(rest: Sequence[Token]) -> bool:
    """Whether after a comma still more is refused: "not mondays, tuesdays or fridays"."""
    for place, token in enumerate(rest):
        if token.kind in ("suits", "stop", "refuses"):
            return False
        if token.kind == "joins":
            return all(one.kind in ("day", "hours") for one in rest[:place])
    return False


def _take_back(wanted: list[Token], unwanted: list[Token]) -> None:
    taken: list[Token] = []
    while wanted and wanted[-1].kind in ("day", "hours"):
        taken.insert(0, wanted.pop())
    unwanted += taken


def _within_weeks(tokens: list[Token], calendar: Calendar) -> list[Token]:
    """Take "wed or thurs next week" for these two days of that week."""
    weeks = [one for one in tokens if one.kind == "day" and one.week]
    if not weeks or not any(day.weekday for one in tokens for day in one.days):
        return tokens
    monday = weeks[0].week or calendar.today
    return [_in_week(one, monday, calendar) for one in tokens if not one.whole]


def _in_week(token: Token, monday: date, calendar: Calendar) -> Token:
    names = [day.weekday for day in token.days if day.weekday]
    if not names:
        return token
    dates = [calendar.checked(monday + timedelta(days=WEEKDAYS.index(name))) for name in names]
    return msgspec.structs.replace(
        token,
        days=[one for one in dates if isinstance(one, Day)],
        problems=[*token.problems, *(one for one in dates if isinstance(one, Problem))],
    )


def _options(tokens: Sequence[Token]) -> list[TimePreference]:
    groups: list[tuple[list[Day], list[Hours]]] = [([], [])]
    hours_first = False
    for token in tokens:
        days, hours = groups[-1]
        complete = bool(days and hours) and not hours_first
        if complete and token.kind in ("stop", "day"):
            groups.append(([], []))
        if token.kind == "hours" and not groups[-1][1]:
            hours_first = not groups[-1][0]
        groups[-1][0].extend(token.days)
        groups[-1][1].extend(token.hours)
    named = any(token.kind == "day" for token in tokens)
    found = list(dict.fromkeys(one for group in groups for one in _each(group, named)))
    exact = {(one.date, one.weekday) for one in found if _has_hours(one)}
    # "Tuesday morning, I'm in town Tuesdays" wishes one thing.
    return [one for one in found if _has_hours(one) or (one.date, one.weekday) not in exact]


def _is_of(wish: TimePreference, refused: TimePreference) -> bool:
    day = (refused.date, refused.weekday)
    whole = day != (None, None) and not _has_hours(refused)
    return (whole and (wish.date, wish.weekday) == day) or wish == refused


def _has_hours(wish: TimePreference) -> bool:
    return bool(wish.part or wish.from_ or wish.to)


def _each(group: tuple[list[Day], list[Hours]], named: bool) -> Iterator[TimePreference]:
    days, hours = group
    if not days and not hours:
        return
    # Only closed days were named: their hours are no wish for any other day.
    if not days and named:
        return
    for day in days or [Day()]:
        for part, start, end in _merged(hours) or [_ANY_HOURS]:
            on = day.on.isoformat() if day.on else None
            yield TimePreference(on, day.weekday, part, start, end)


def _merged(hours: Sequence[Hours]) -> list[Hours]:
    """Join "after 9" and "before 11" to one stretch, and "afternoon after 3" to its hours."""
    exact = [one for one in hours if one[1] or one[2]]
    starts, ends = [one[1] for one in exact if one[1]], [one[2] for one in exact if one[2]]
    if len(exact) == 2 and len(starts) == 1 and len(ends) == 1 and starts[0] < ends[0]:
        return [(None, starts[0], ends[0])]
    parts = [one for one in hours if one[0]]
    if len(exact) == 1 and len(parts) == 1 and _within(parts[0][0], exact[0]):
        return exact
    return list(dict.fromkeys(hours))


def _within(part: PartOfDay | None, hours: Hours) -> bool:
    begins = hours[1] or hours[2] or "00:00"
    return (part == "morning") == (begins <= "12:00") and part != "evening"
