"""Everything that one message says of a booking, whatever was asked."""

import functools
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import msgspec

from clinic.areas import Side, find_area, find_side, load_areas
from clinic.booking.answers import Status, find_status
from clinic.booking.calendar import Problem
from clinic.booking.contact import (
    Span,
    find_email,
    find_ending,
    find_phone,
    like_a_phone,
    said_once,
)
from clinic.booking.names import find_name
from clinic.booking.people import (
    Person,
    find_age,
    find_guardian,
    find_name_of_other,
    find_person,
)
from clinic.booking.spelling import respelled
from clinic.booking.times import days_of, find_times, on_days
from clinic.booking.words import filler, words
from clinic.contract import Area, Asking, Contact, Preferences
from clinic.settings import Clinic
from clinic.wordlists import any_of, finds, pattern, plain

OTHER_AREA: Final = "other"
_GAP: Final = ";"
"""Stands where a fact was that has no name beside it; a phone number and an address leave `|`."""
_SIDE: Final = re.compile(
    r"(?<!\w)(?:\((?P<letter>l|r)\)|(?:on\s+|in\s+)?(?:the\s+|my\s+|its\s+|it's\s+)?"
    r"(?P<word>left|right|lt|rt|rite|both(?:\s+(?:of\s+)?(?:my|the|his|her))?)(?:\s+(?:side|one|ones|arm|leg|hand|sides|of\s+them))?)(?=\s*(?:[,.;)!|]|$|and\b|but\b|not\b))"
)
_NO_SIDE: Final = re.compile(
    r"\b(?:all|that's|thats|is that|you're|is it)\s+right\b|\bright\s+(?:now|away|after)\b"
    r"|^\W*right\s*[,.!]"
)
_THE_SIDE: Final = re.compile(r"\b(?:left|right|rite)\s+(?:hand\s+)?side\b|\bboth\s+of\s+them\b")
_BACK_THEN: Final = re.compile(
    r"\bback\s+in\s+(?:(?:19|20)\d\d|[a-z]+uary|march|april|may|june"
    r"|july|august|\w+ember|october|the\s+(?:day|spring|summer|fall|winter))\b|\b(?:get|come"
    r"|be)\s+back\s+in\b",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(r"\b(?:izquierd[oa]|derech[oa])s?\b")
_CLAUSE: Final = re.compile(r"[,.;!?|]|\bbut\b|\band\b|\bso\b|\bor\b(?=\s+(?:call|text))")
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,80}>")
_OF_AGE: Final = re.compile(r"\b(?:he|she|they|he's|she's|hes|shes|his|her)\b")
_FEW: Final = 5
_LONGEST_SLIP: Final = 40
_LONGEST_CLAUSE: Final = 14
_LONGEST_WHEN: Final = 120
_MOST_READ: Final = 1_500
"""Signs of a message in which facts are looked for: a life story holds them at its beginning."""


class Facts(msgspec.Struct, frozen=True):
    """What a message says; `rest` is what is left of it when the facts are taken out.

    `short_phone` and `odd_email` tell of what was meant for one and cannot be read.
    """

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    area: Area | None = None
    side: Side | None = None
    status: Status | None = None
    person: Person | None = None
    wishes: Preferences | None = None
    problems: list[Problem] = []
    adds: bool = False
    contact: Contact | None = None
    complaint: str | None = None
    their_name: str | None = None
    guardian: str | None = None
    phone_ending: str | None = None
    age: int | None = None
    short_phone: bool = False
    odd_email: bool = False
    rest: str = ""

    @property
    def fields(self) -> list[str]:
        """The names of what was found."""
        found = {
            "name": self.name or self.their_name, "phone": self.phone, "email": self.email,
            "area": self.area or self.side, "patient": self.status, "for": self.person,
            "time": self.wishes,
        }  # fmt: skip
        return [field for field, value in found.items() if value]


def read(text: str, asked: Asking | None, now: datetime, clinic: Clinic) -> Facts:
    """Read one message; `asked` is what the assistant had asked for.

    Of "thursday, I mean wednesday" the second counts.
    """
    text = said_once(text)
    slip = _last_slip(text)
    if slip is None:
        return _read(text, asked, now, clinic)
    anew = f"make it {text[slip[1] :]}"
    before, after = (_read(part, asked, now, clinic) for part in (text[: slip[0]], anew))
    return _anew(before, after)


def _last_slip(text: str) -> Span | None:
    """Find the last words by which something is taken back, with facts on both sides.

    Stories do not take back: "now I only make it to the bench".
    """
    if len(text.split()) > _LONGEST_SLIP:
        return None
    places = [found.span() for found in pattern(tuple(words().slips)).finditer(plain(text))]
    inside = [
        one for one in places if text[: one[0]].strip(" ,.-") and text[one[1] :].strip(" ,.-")
    ]
    return inside[-1] if inside else None


def _anew(before: Facts, after: Facts) -> Facts:
    """Put together what was said before and after a slip, the later before the earlier."""
    empty = Facts()
    names = [name for name in Facts.__struct_fields__ if name != "rest"]
    said = {
        name: getattr(after, name)
        if getattr(after, name) != getattr(empty, name)
        else getattr(before, name)
        for name in names
    }
    if after.side and not after.area and before.area:
        said["area"] = Area(before.area.part, after.side)
    if after.wishes and before.wishes:
        said["wishes"] = _with_hours(before.wishes, after.wishes)
    return Facts(**said, rest=f"{before.rest} {after.rest}".strip())


def _with_hours(before: Preferences, after: Preferences) -> Preferences:
    """Keep the day of "friday at 2, no wait, at 3"."""
    if after.options and not days_of(after):
        options = on_days(days_of(before), after.options)
        return msgspec.structs.replace(after, options=options or after.options)
    return after


def _read(text: str, asked: Asking | None, now: datetime, clinic: Clinic) -> Facts:
    marked = _TAG.search(text[:_MOST_READ]) is not None
    text = _TAG.sub(" ", text[:_MOST_READ])
    canvas = text
    if email := find_email(canvas):
        canvas = _without(canvas, [email[1]])
    phone = find_phone(canvas, clinic.country)
    short = like_a_phone(canvas) if phone is None and asked == "phone" else None
    near = [phone[1]] if phone else [short] if short else []
    canvas = _without(canvas, near)
    while other := find_phone(canvas, clinic.country):
        canvas = _without(canvas, [other[1]])
    theirs = find_name_of_other(canvas)
    canvas = _without(canvas, [theirs[1]] if theirs else [], _GAP)
    person = find_person(canvas, asked=asked == "for_whom")
    canvas = _without(canvas, [person.span] if person and person.span[1] else [], _GAP)
    status = find_status(canvas, asked=asked == "patient_status")
    canvas = _without(canvas, [status[1]] if status else [], _GAP)
    canvas = _BACK_THEN.sub(lambda said: " " * len(said[0]), canvas)
    area = _area(canvas, asked)
    side = _side(canvas, area, asked)
    contact, reaching = _contact(canvas, now, clinic)
    canvas = _without(canvas, reaching, _GAP)
    canvas = respelled(canvas)
    wishes = find_times(canvas, now, clinic, asked=asked in ("time", "time_of_day"))
    canvas = _without(canvas, wishes.spans, _GAP)
    name = find_name(_without_areas(canvas), asked=asked in ("name", "guardian", "for_whom"))
    return Facts(
        name=None if marked else name,
        phone=phone[0] if phone else None,
        email=email[0] if email else None,
        area=Area(area.part, side or area.side) if area else None,
        side=side,
        status=status[0] if status else None,
        person=person,
        wishes=wishes.preferences,
        problems=wishes.problems,
        adds=wishes.adds,
        contact=contact,
        complaint=_complaint(canvas, name),
        guardian=find_guardian(text),
        phone_ending=find_ending(text) if phone is None else None,
        their_name=theirs[0] if theirs else None,
        age=find_age(text) if _OF_AGE.search(plain(text)) else None,
        short_phone=bool(short),
        odd_email="@" in text and email is None,
        rest=_rest(_without_areas(canvas), name),
    )


def _contact(text: str, now: datetime, clinic: Clinic) -> tuple[Contact | None, list[Span]]:
    """Read how and when the patient wants to be reached: "after 5 is best to call"."""
    said = words()
    ways = {"text": said.by_text, "email": said.by_email, "call": said.by_call}
    by = next((way for way, options in ways.items() if finds(options, text)), None)
    for start, end in _clauses(text):
        clause = text[start:end]
        short = len(clause.split()) <= _LONGEST_CLAUSE
        if short and finds(said.reaching, clause) and find_times(clause, now, clinic).preferences:
            when = " ".join(clause.split())[:_LONGEST_WHEN]
            return Contact(by=by, when=when), [(start, end)]  # type: ignore[arg-type]
    return (Contact(by=by) if by else None), []  # type: ignore[arg-type]


def _clauses(text: str) -> Iterator[Span]:
    start = 0
    for gap in _CLAUSE.finditer(plain(text)):
        yield start, gap.start()
        start = gap.end()
    yield start, len(text)


def _complaint(text: str, name: str | None) -> str | None:
    """Return the sentences that say what is wrong; `text` has no other facts in it."""
    if name:
        text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
    said = [" ".join(_MARKS.sub(" ", one).split()) for one in _SENTENCE.split(text)]
    told = [_COMMAS.sub(",", one).strip(" ,-:") for one in said if _tells_of_complaint(one)]
    return ". ".join(told) or None


def _tells_of_complaint(sentence: str) -> bool:
    if finds(words().symptoms, sentence):
        return True
    left = _rest(_wish_words().sub(" ", plain(_without_areas(sentence))), None)
    return find_area(sentence) is not None and bool(left)


@functools.cache
def _wish_words() -> re.Pattern[str]:
    said = words()
    return pattern((*said.wishes_visit, *said.around_wishes, *said.corrects))


_SENTENCE: Final = re.compile(r"[.!?\n]+(?=\s|$)")
_COMMAS: Final = re.compile(r"\s*,(?:\s*,)+|\s+(?=,)")
_MARKS: Final = re.compile(r"[|;]+")


def _area(text: str, asked: Asking | None) -> Area | None:
    if found := find_area(
        _without(text, [no.span() for no in _negated().finditer(plain(text))], _GAP)
    ):
        return found
    other = len(text.split()) <= _FEW and finds(words().other_area, text) and asked == "area"
    return Area(part=OTHER_AREA) if other else None


@functools.cache
def _parts() -> str:
    return any_of(name for names in load_areas().parts.values() for name in names)


@functools.cache
def _negated() -> re.Pattern[str]:
    parts = _parts()
    sides = any_of(name for names in load_areas().sides.values() for name in names)
    return re.compile(
        rf"\b(?:not|isn't|instead of|wasn't|no longer)\s+(?:on\s+|in\s+)?(?:the\s+|my\s+"
        rf"|a\s+)?(?:(?:{sides})\s+)?(?:{parts})\b"
        rf"|\b(?:not|instead of)\s+(?:the\s+|my\s+)?(?:{sides})\b"
    )


def _side(text: str, area: Area | None, asked: Asking | None) -> Side | None:
    if area and area.side:
        return area.side
    written = _negated().sub(" ", _NO_SIDE.sub(" ", plain(text)))
    if area and (found := _AFTER.search(written)):
        return find_side(found[0])
    if area and (found := _THE_SIDE.search(written)):
        return find_side(found[0])
    if found := _SIDE.search(written):
        letters: dict[str, Side] = {"l": "left", "r": "right"}
        if found["letter"]:
            return letters[found["letter"]]
        if area or asked in ("area", "side") or _stands_alone(found, written):
            return find_side(found[0])
    beside = None
    if area:
        same = any_of(_names_of(area.part)) if area.part != OTHER_AREA else "$^"
        beside = re.search(rf"\b(left|right)\s+(?:{same})\b", written)
    return find_side(beside[0]) if beside else find_side(written) if asked == "side" else None


def _stands_alone(found: re.Match[str], written: str) -> bool:
    return bool(re.search(r"\b(?:side|one|ones)\b", found[0])) or bool(
        re.search(r"\b(?:the|it's|its|my)\s+(?:left|right|both)\b", written)
    )


def _without(text: str, spans: Iterable[Span], mark: str = "|") -> str:
    """Put a mark where facts stood; the rest keeps its place."""
    for start, end in spans:
        width = max(min(end, len(text)) - start, 0)
        text = text[:start] + mark.ljust(width)[:width] + text[end:]
    return text


def _without_areas(text: str) -> str:
    written = plain(text)
    while found := find_area(written):
        names = sorted(_names_of(found.part), key=len, reverse=True)
        span = finds(names, written)
        if span is None:
            break
        text = _without(text, [span.span()], _GAP)
        written = _without(written, [span.span()], _GAP)
    return _SIDES.sub(lambda side: _GAP.ljust(len(side[0])), text)


_SIDES: Final = re.compile(r"\b(?:left|right|both)\b(?=\s*(?:[|;]|side|one|$|[,.]))", re.IGNORECASE)


def _names_of(part: str) -> list[str]:
    return load_areas().parts[part]


def _rest(text: str, name: str | None) -> str:
    known = {plain(one).strip(".") for one in (name or "").split()}
    left = [
        word
        for word in re.findall(r"[\w'@]+", plain(text))
        if word not in filler() and word.strip("'") not in known
    ]
    return " ".join(left)
