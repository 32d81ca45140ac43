"""For whom a visit is: the writer, a grown relative or friend, or a minor."""

import functools
import re
from typing import Final, Literal

import msgspec

from clinic.booking.names import name_after
from clinic.booking.words import words
from clinic.wordlists import any_of, finds, plain

Span = tuple[int, int]
Who = Literal["self", "relative", "minor", "child"]

_OF_AGE: Final = 18
_AGE: Final = re.compile(
    r"(?:(?:\b|(?<=[a-z]))(?:is|age|aged|'s|he's|she's|hes|shes|turns|turned|turning|just)\s+|\()(\d{1,2})(?![\d:/]|\s*(?:am|pm|am\b|o'clock))\)?"
    r"|\b(\d{1,2})[\s-]*(?:years?|yrs?|yr|y/?o|a\u00f1os)\b(?:[\s-]*old)?"
)


class Person(msgspec.Struct, frozen=True):
    """Who is to be treated.

    `child` is somebody's son or daughter of whom it is not known whether they are of age;
    `relation` is the writer's word for them ("mother"), `own` tells that the writer is the parent.
    """

    who: Who
    relation: str | None = None
    patient_name: str | None = None
    own: bool = False
    span: Span = (0, 0)


def find_person(text: str, *, asked: bool = False) -> Person | None:
    """Read for whom the visit is; `asked` tells that this was the question."""
    written = plain(text)
    for found in _relations(asked).finditer(written):
        if not re.search(r"\b(?:his|her|their)\s+$", written[: found.start()]):
            return _person(text, written, found)
    if person := _introduced_person(text, written) or _of_a_parent(text, written):
        return person
    if other := _any_other().search(written):
        return Person("relative", span=other.span())
    oneself = (_myself().search(written) if asked else None) or _SELF.search(written)
    return Person("self", span=oneself.span()) if oneself else None


def _of_a_parent(text: str, written: str) -> Person | None:
    """Read "mom of Finn, he's 11"."""
    found = _parent_of().search(written)
    named = name_after(text[found.end() :]) if found else None
    if not found or not named:
        return None
    age = find_age(written[found.start() :][:_NEAR])
    return Person(_who("child", age), None, named[0], True, (found.start(), found.end() + named[1]))


_NEAR: Final = 120
"""Signs behind a person in which an age is theirs."""
_SELF: Final = re.compile(
    r"\b(?:it'?s|visit is|just|it is|appointment is)\s+for\s+(?:me|myself)\b|\bfor myself\b"
    r"|\bi'?m the patient\b|\bes para m[ií]\b"
)


def find_name_of_other(text: str) -> tuple[str, Span] | None:
    """Read "her name is Zoe Papadakis", and where it stands."""
    found = _THEIR_NAME.search(plain(text))
    named = name_after(text[found.end() :]) if found else None
    return (named[0], (found.start(), found.end() + named[1])) if found and named else None


_THEIR_NAME: Final = re.compile(
    r"\b(?:her|his|their|patient'?s?|the patient'?s?)\s+(?:full\s+)?name(?:'?s"
    r"|\s+is)?\s*[:,]?(?=\s)"
)


def find_guardian(text: str) -> str | None:
    """Read a guardian who is not the writer: "her mom Silvia Ramos is her guardian"."""
    found = _their_parent().search(plain(text))
    named = name_after(text[found.end() :]) if found else None
    return named[0] if named else None


@functools.cache
def _their_parent() -> re.Pattern[str]:
    parent = any_of(words().people.guardians)
    return re.compile(
        rf"(?<!i'm )(?<!im )(?<!i am )\b(?:her|his|their"
        rf"|the)\s+(?:{parent})(?:'s\s+name)?(?:\s+is)?(?=\s)"
    )


def find_age(text: str) -> int | None:
    """Read how old somebody is, in years; also a bare number."""
    found = _AGE.search(plain(text)) or re.match(r"\s*(\d{1,2})\s*$", text)
    return next((int(one) for one in found.groups() if one), None) if found else None


def is_under_age(text: str) -> bool | None:
    """Read the answer to "is she under 18?"."""
    age = find_age(text)
    if age is not None:
        return age < _OF_AGE
    if finds(words().people.of_age, text):
        return False
    return True if finds(words().people.under_age, text) else None


def is_guardian(text: str) -> bool:
    """Whether the writer says that they are the parent or guardian."""
    parent = any_of(words().people.guardians)
    said = re.compile(
        rf"\bi(?:'m|m| am)\s+(?:(?:his|her|their|the|a)\s+)?(?:{parent})\b"
        r"|\b(?:that's|thats|it's|its)\s+me\b"
    )
    alone = plain(text).strip(" .!") in ("me", "myself", "i am")
    return alone or said.search(plain(text)) is not None


_OWNER: Final = r"(?:my|our|mi|nuestr[ao])"
_KIND: Final = (
    r"(?:(?:little|big|older|younger|elderly|poor|dear|teenage|teen|adult|grown|new|"
    r"\d{1,2}[\s-]*(?:years?|yrs?|yr|y/?o)?[\s-]*(?:old)?)\s+)*"
)


@functools.cache
def _relations(asked: bool) -> re.Pattern[str]:
    people = words().people
    needs = any_of(people.needs)
    between = rf"(?:,?\s+(?!(?:{needs})\b)[\w'-]+){{0,3}}?"
    aside = r"(?:\s+(?:also|really|just|is|he|she|who|is\s+\d+\s+and\s+(?:she|he)))?"
    ways = [
        rf"(?:{any_of(people.leads)})\s+{_one('rel1')}",
        rf"{_one('rel2')}{between}{aside},?\s*(?:{needs})(?!\w)",
        rf"{_one('rel4')}(?=[^.!?]{{0,25}}?(?:\bis\s+\d|\(\d|'s\s+\d))",
    ]
    bare = [rf"(?:{_OWNER}\s+)?{_KIND}(?P<rel3>{_relation()})(?!\w)"] if asked else []
    return re.compile(rf"(?<![\w'])(?:{'|'.join([*ways, *bare])})")


def _one(name: str) -> str:
    others = r"(?!\w|'s\s+(?:doctor|office|friend|clinic))"
    return rf"{_OWNER}\s+{_KIND}(?P<{name}>{_relation()}){others}"


def _relation() -> str:
    people = words().people
    return any_of([*people.adults, *people.children, *people.minors])


def _person(text: str, written: str, found: re.Match[str]) -> Person:
    people = words().people
    groups = ("rel1", "rel2", "rel4", "rel3")
    group = next(name for name in groups if found.groupdict().get(name))
    relation = " ".join(found[group].split())
    end = found.end(group)
    named = name_after(text[end:])
    if named:
        end += named[1]
    sentence = written[found.start() :][:_NEAR]
    after = re.search(r",\s*(\d{1,2})\s*(?:$|[.,;)])", sentence)
    age = find_age(sentence) or (int(after[1]) if after else None)
    return Person(
        _who(relation, age),
        relation,
        named[0] if named else None,
        relation in people.own_children,
        (found.start(), max(end, found.end(group))),
    )


def _who(relation: str, age: int | None) -> Who:
    people = words().people
    if age is not None:
        return "minor" if age < _OF_AGE else "relative"
    if relation in people.minors:
        return "minor"
    return "child" if relation in people.children else "relative"


def _introduced_person(text: str, written: str) -> Person | None:
    """Read "my husband is Darnell Boyd"."""
    for found in re.finditer(rf"(?<![\w']){_one('rel2')}(?=\s+is\b|\s+named\b|'s\s+name)", written):
        if name_after(re.sub(r"^'s\s+name", "", text[found.end() :])):
            return _person(text, written, found)
    return None


@functools.cache
def _parent_of() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{any_of(words().people.guardians)})\s+(?:of|to)(?=\s)")


@functools.cache
def _any_other() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{any_of(words().people.others)})(?![\w'])")


@functools.cache
def _myself() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{any_of(words().people.myself)})(?![\w'])")
