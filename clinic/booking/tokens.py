"""The words of a wish for a time, as tokens: a day, an hour, "not", "or"."""

import functools
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

import msgspec

from clinic.booking.calendar import Calendar, Day, Problem
from clinic.booking.days import DAYS, WEEKS, month_names, weekday_names
from clinic.booking.said_hours import HOURS, Hours, part_named
from clinic.booking.words import words
from clinic.wordlists import any_of, finds

Span = tuple[int, int]

_SHORT: Final = 4
CLOCK: Final = (
    r"(?P<{0}>\d{{1,2}}?)(?:[:.]?(?P<{0}m>[0-5]\d))?(?!\d)\s*(?P<{0}h>am\b|pm\b"
    r"|a\.m\.?|p\.m\.?|o'clock)?(?:ish)?"
)
PLACES: Final = r"(?![\w:/]|[.,]\d)"
OF_OTHERS: Final = (
    r"days?\b|weeks?\b|months?\b|years?\b|yrs?\b|times?\b|shots?\b|sessions?\b|visits?\b|mg\b|%"
    r"|people\b|percent\b|kids\b|minutes?\b|mins?\b|hours?\b|hrs?\b|dollars?\b|miles?\b|x\b"
)


class Token(msgspec.Struct, frozen=True):
    kind: str
    span: Span
    days: list[Day] = []
    hours: list[Hours] = []
    problems: list[Problem] = []
    week: date | None = None
    whole: bool = False


def tokens_of(text: str, calendar: Calendar) -> Iterator[Token]:
    for found in _scanner().finditer(text):
        kind = (found.lastgroup or "k_").removeprefix("k_")
        kind = next((name[2:] for name, value in found.groupdict().items()
                     if name.startswith("k_") and value is not None), kind)  # fmt: skip
        yield _token(kind, found, calendar)


def _this_part(kind: str, written: str) -> str | None:
    """Return the part of "this afternoon" and "tonight", which say the day and its part."""
    last = written.rsplit(maxsplit=1)[-1]
    parts = any(last in options for options in words().times.parts.values())
    return last if kind == "near" and parts else None


def _token(kind: str, found: re.Match[str], calendar: Calendar) -> Token:
    span = found.span()
    if maker := DAYS.get(kind):
        days = maker(found, calendar)
        good = [day for day in days if isinstance(day, Day)]
        dated = [day.on for day in good if day.on]
        week = dated[0] - timedelta(days=dated[0].weekday()) if kind in WEEKS and dated else None
        if kind == "of_week":
            week = calendar.of_next_week("monday", 0 if found["on"] == "this" else 1)
        problems = [day for day in days if isinstance(day, Problem)]
        said = found["wp"] if kind == "weekday_date" else _this_part(kind, found[0])
        hours = [part_named(said)] if said else []
        return Token("day", span, good, hours, problems, week, kind in WEEKS)
    if reader := HOURS.get(kind):
        named = reader(found)
        return Token("hours", span, hours=[named]) if named else Token("stop", span)
    kind = {"sign": "comma", "end": "stop"}.get(kind, kind)
    return Token(kind, span)


def is_told(text: str, token: Token, asked: bool) -> bool:
    """Whether the day belongs to what happened: "i fell on monday"."""
    if token.kind == "any_time":
        # "Whenever I kneel" is no wish.
        return not asked and _tells(_clause(text, token.span))
    if token.kind not in ("day", "hours"):
        return token.kind == "told"
    clause = _clause(text, token.span)
    if token.kind == "hours" and _is_occupied(clause, token) and len(clause.split()) > _SHORT:
        return True
    if not asked and text[slice(*token.span)] in _NOW:
        # "It is hot today" wishes nothing.
        return _tells(clause) or not (_wishes(clause) or len(clause.split()) <= _SHORT)
    return _tells(clause)


def _is_occupied(clause: str, token: Token) -> bool:
    """Whether the hours say when one is elsewhere, or are none of a clinic: "awake at 3am"."""
    start, end = token.hours[0][1], token.hours[0][2]
    at_night = (start or end or "12:00") < "06:00"
    until = start is None and end is not None
    return at_night or (until and finds(words().times.occupied, clause) is not None)


@functools.lru_cache(maxsize=64)
def _tells(clause: str) -> bool:
    told = _HAPPENED.search(clause) or finds(words().symptoms, clause)
    return bool(told) and not _wishes(clause)


def _wishes(clause: str) -> bool:
    return bool(_WISHED.search(clause))


_NOW: Final = ("today", "hoy")
_HAPPENED: Final = re.compile(
    r"\b(?:fell|started|used to|happened|since|ago|"
    r"woke|wakes?|injured|tore|twisted|began|hurts?|hurting|"
    r"been|swollen|threw|slipped|had (?:it|surgery|my|an?)|every time|worse|by the|all (?:day"
    r"|night)|"
    r"saw (?:my|a|the|dr)|told me|read|heard|keeps? me)\b"
)
_WISHED: Final = re.compile(
    r"\b(?:works?|free|can|could|prefer|want|like|available|book|come|get in|appt|appointment"
    r"|please|"
    r"best|good|better|visit|see (?:me|someone|somebody|you)|schedule|open(?:ing)?s?|fit|do|any"
    r"|for)\b"
)


def _clause(text: str, span: Span) -> str:
    start = max((text.rfind(sign, 0, span[0]) for sign in ".,;!?"), default=-1) + 1
    ends = [place for sign in ".,;!?" if (place := text.find(sign, span[1])) >= 0]
    return text[start : min(ends, default=len(text))]


# What a token is, in the order in which the patterns are tried at each place.


@functools.cache
def _scanner() -> re.Pattern[str]:
    times = words().times
    weekday = any_of(weekday_names())
    month = any_of(month_names())
    near, spans = any_of(times.near), any_of(times.spans)
    parts = any_of(word for options in times.parts.values() for word in options)
    number = r"\d{1,2}(?:st|nd|rd|th)?"
    clock = CLOCK.format
    kinds = {
        "told": rf"(?:it'?s|its|today\s+is)\s+(?:already\s+{weekday}|{weekday}\s+(?:already"
        rf"|today))\b|(?:til+|until)\s+(?:{weekday})\b|(?:last|past|since|desde)\s+(?:{weekday}"
        rf"|{month}|week|month|year|night|time|"
        rf"summer|winter|spring|fall|few\s+\w+)\b|\d+\s*(?:{OF_OTHERS})\s*(?:ago|old)\b|"
        r"(?:every|all)\s+(?:time|night)\b",
        "greeting": r"(?<=^)(?:mornin'?g?|afternoon|evening)(?=\s+(?:need|i\b|im\b|i'm|can\b"
        r"|could|hi\b|my\b|just|"
        r"want|looking|is\s+there|all\b|folks|y'?all|guys|dear|there|to\s+you|doc))|"
        r"(?:(?<=^)|(?<=^\W))(?:mornin'?g?|afternoon|evening)(?=\s*[,.!])|"
        r"good\s+(?:morning|afternoon|evening|night|day)|buenos\s+d[ií]as|buenas\s+tardes",
        "scale": r"\d{1,2}\s*/\s*10(?!\d|/)(?=[^.]*\b(?:pain|rn|hurts?|scale)\b)"
        r"|(?<=pain )\w+\s+\w*\s*\d{1,2}/10",
        "iso": r"(?P<iy>20\d\d)-(?P<im>\d\d?)-(?P<id>\d\d?)",
        "week_of": r"(?:the\s+)?week\s+(?:of|beginning|starting)\s+(?:the\s+)?"
        rf"(?:(?P<wm>{month})\.?\s+)?(?P<wd>\d{{1,2}})(?:st|nd|rd|th)?",
        "month_day": rf"(?:(?P<mw>{weekday}),?\s+)?(?:the\s+)?"
        rf"(?:(?P<mm>{month})\.?\s+(?:the\s+)?(?P<md>{number})(?:,?\s+(?P<my>20\d\d))?"
        rf"|(?P<md2>{number})\s+(?:of\s+|de\s+)?(?P<mm2>{month})\b(?:,?\s+(?P<my2>20\d\d))?)"
        rf"(?P<more>(?:\s*(?:,|or|and|o|y|&|/)\s*(?:the\s+)?{number}(?!\s*(?::|am|pm|a\.m|p\.m)))*)",
        "slash": r"(?P<sm>\d{1,2})/(?P<sd>\d{1,2})(?:/(?P<sy>(?:20)?\d\d))?",
        "weekday_date": rf"(?P<ww>{weekday}),?\s+(?:(?P<wp>{parts}),?\s+)?(?:on\s+)?the\s+"
        r"(?P<wo>\d{1,2})(?:st|nd|rd|th)?",
        "ordinal": r"(?:on\s+)?(?:the\s+)?(?P<od>\d{1,2})(?:st|nd|rd|th)"
        r"(?!\s+(?:visit|time|session|appointment|one|shot|round|grade|street|st\b|ave|floor|half))",
        "el_day": r"el\s+(?:d[ií]a\s+)?(?P<ed>\d{1,2})(?!\d|:|\s*(?:am|pm))",
        "weeks_from": rf"(?:a|1|one)\s+week\s+from\s+(?P<fw>{weekday}|{near})",
        "ahead": r"(?:in|en|dentro\s+de)\s+(?:about\s+)?(?P<an>\d{1,2}|a|an|one|two|three|four"
        r"|five|six|"
        r"un|una|dos|tres|cuatro)\s+(?P<au>days?|weeks?|months?|d[ií]as?|semanas?|mes(?:es)?)\b",
        "from_now": r"(?P<nn>\d{1,2}|a|one|two|three|four|five|six)\s+(?P<nu>days?|weeks?"
        r"|months?)\s+"
        r"(?:from\s+(?:now|today)|out)",
        "of_week": rf"(?P<ow>{weekday})\s+(?:of\s+)?(?P<on>next|this|the\s+following)\s+week",
        "which": rf"(?P<wq>this\s+coming|this|coming|next|the\s+following|following|the\s+next"
        rf"|este|"
        rf"esta|el\s+pr[oó]ximo|pr[oó]ximo)\s+(?P<wn>{weekday})(?:\s+(?:or|and|/)\s*(?P<wn2>{weekday}))?",
        "range": rf"(?P<r1>{weekday})\s*(?:-|\N{{EN DASH}}|\bto\b|\bthrough\b|\bthru\b|\btil+\b"
        rf"|\ba\b)\s*"
        rf"(?P<r2>{weekday})",
        "span": rf"(?:{spans})",
        "feast": rf"(?:{any_of(times.feasts)})",
        "near": rf"(?:{near})",
        "lunch": r"(?:around|about|over|during|at|near)?\s*(?:lunch(?:\s*time|\s*hour"
        r"|\s*break)?|noon-?ish|"
        r"mid-?day|al\s+mediod[ií]a|mediod[ií]a)",
        "before_noon": r"(?:before|until|till|by)\s+(?:noon|12)(?![\w:])",
        "after_noon": r"(?:after|from|past)\s+(?:noon|12)(?![\w:])",
        "before_lunch": r"before\s+lunch(?:\s?time)?",
        "after_lunch": r"after\s+lunch(?:\s?time)?",
        "noon": r"(?:at\s+|around\s+)?(?:12\s+)?noon",
        "not_before": rf"(?:not|never|nothing|no)\s+(?:before|until"
        rf"|earlier\s+than)\s+{clock('nb')}{PLACES}",
        "not_after": r"(?:not?|never|nothing)\s+(?:after|later\s+than|past)\s+"
        rf"{clock('na')}{PLACES}",
        "between": rf"(?:from\s+|between\s+|de\s+|entre\s+(?:las\s+)?)?{clock('b1')}\s*"
        rf"(?:-|\N{{EN DASH}}|\bto\b|\band\b|\buntil\b|\btil+\b|\ba\b"
        rf"|\by\b)\s*(?:las\s+)?{clock('b2')}"
        rf"(?!\s*(?:{OF_OTHERS})){PLACES}",
        "half": r"(?:at\s+)?half\s+past\s+(?P<hp>\d{1,2})",
        "from": r"(?:any\s?time\s+)?(?:after|from|past|starting\s+at|starting|as\s+early\s+as|"
        rf"despu[eé]s\s+de\s+las?|desde\s+las?)\s+{clock('f')}(?!\s*(?:{OF_OTHERS})){PLACES}"
        r"(?:\s*(?:or|and)\s+(?:later|after|on)|\s+on(?:wards?)?)?",
        "to": rf"(?:before|until|till|til|by|no\s+later\s+than|as\s+late\s+as|antes\s+de\s+las?"
        rf"|hasta\s+las?)"
        rf"\s+{clock('t')}(?!\s*(?:{OF_OTHERS})){PLACES}",
        "later": rf"{clock('l')}\s*(?:or|and)\s+(?:later|after)",
        "earlier": rf"{clock('e')}\s*(?:or|and)\s+(?:earlier|before|sooner)",
        "at": rf"(?:at|around|about|@|say|a\s+las?|como\s+a\s+las?)\s*{clock('a')}"
        rf"(?!\s*(?:{OF_OTHERS})){PLACES}",
        "alone": r"(?=\d{1,2}(?:[0-5]\d)?\s*(?:o'clock|[:]\d\d|am\b|pm\b|a\.m|p\.m|ish\b))"
        + clock("o")
        + PLACES,
        "soonest": any_of(times.soonest),
        "any_time": any_of(times.any_time),
        "weekday": rf"(?!(?<=the )sun\b|sat\s+(?:on|down|in|at|for|too|wrong|here|there|up)\b"
        rf"|(?<=i )sat\b|(?<=he )sat\b)(?P<wk>{weekday})",
        "works_then": r"i\s+work\s+(?:nights|mornings|afternoons|evenings|days|weekends)",
        "suits_not": any_of(times.suits_not),
        "excepts": any_of(times.excepts),
        "refuses": any_of(times.refuses),
        "half_day": r"(?<!\bi )(?P<hd>am|pm)(?!\s+(?:i|a|an|not|the|in|on|having|looking|so"
        r"|very|able|new|hurting|just)\b)",
        "part": rf"(?:in\s+the\s+|the\s+|early\s+|late\s+|mid\s+|later\s+|en\s+la\s+"
        rf"|por\s+la\s+)*(?P<part>{parts})",
        "suits": any_of(times.suits),
        "everything": any_of(times.everything),
        "joins": r"or|and|nor|&|/|o|y|ni|either",
        "comma": r",",
        "stop": r"[.;!?](?!\d)|so|then|because|cause|cuz|since|only",
    }
    named = "|".join(f"(?P<k_{name}>{body})" for name, body in kinds.items())
    return re.compile(
        rf"(?:(?<![\w'])|(?<=\d)(?=am|pm))(?:{named})(?!\w)|(?P<k_sign>[,;])|(?P<k_end>[.!?])(?!\d)"
    )
