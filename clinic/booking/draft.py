"""The draft of a booking: what is known, what a message changes in it, and what is asked next."""

import hashlib
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from clinic.booking.answers import corrects
from clinic.booking.facts import Facts
from clinic.booking.names import introduces
from clinic.booking.people import Person, is_guardian, is_under_age
from clinic.booking.times import days_of, on_days
from clinic.booking.words import words
from clinic.contract import (
    Area,
    Asking,
    BookingDetails,
    Contact,
    ForWhom,
    Preferences,
    TimePreference,
)
from clinic.settings import BookingFields
from clinic.wordlists import finds

ANSWERS: Final = {
    "booking_name": "name",
    "booking_phone": "phone",
    "booking_email": "email",
    "booking_area": "area",
    "booking_reason": "reason",
    "booking_patient": "patient",
    "booking_for": "for",
    "booking_time": "preferences",
    "booking_contact": "contact",
    "booking_consent": "consent",
}
"""Where each slot of the booking stands in the contract's `BookingDetails`."""
ASKED: Final[Mapping[str, Asking]] = {
    "booking_name": "name",
    "booking_phone": "phone",
    "booking_email": "email",
    "booking_area": "area",
    "booking_side": "side",
    "booking_reason": "reason",
    "booking_patient": "patient_status",
    "booking_time": "time",
    "booking_hour": "time_of_day",
    "booking_for": "for_whom",
    "booking_patient_name": "for_whom",
    "booking_age": "for_whom",
    "booking_guardian": "guardian",
    "booking_confirm": "confirm",
    "booking_another": "confirm",
}
"""What the booking asks for with each of its slots, in the contract's words."""
SLOT_OF: Final = {
    "name": "booking_name",
    "phone": "booking_phone",
    "email": "booking_email",
    "area": "booking_area",
    "reason": "booking_reason",
    "patient": "booking_patient",
    "for": "booking_for",
    "time": "booking_time",
}
"""The slot of each field that a patient may want to change."""
NEEDED: Final = ("booking_name", "booking_phone", "booking_confirm", "booking_another")
"""What no booking goes without; everything else may be left to staff."""

# Without letters and digits that look or sound alike: 0 O, 1 I L, 2 Z, 5 S, 8 B, 6 G, U V.
_REFERENCE_LETTERS: Final = "ACDEFHJKMNPQRTWXY3479"
_LONGEST_REASON: Final = 300
_FEW: Final = 2


class Draft(msgspec.Struct, frozen=True):
    """What is known so far; `relation` is the writer's word for who is treated ("mother").

    `of_unknown_age` tells that it is somebody's child of whom the age was not said, `own` that the
    writer is the parent. `skipped` are the slots that the patient left to staff.
    """

    details: BookingDetails = BookingDetails()
    relation: str | None = None
    of_unknown_age: bool = False
    own: bool = False
    skipped: frozenset[str] = frozenset()


def details(answers: Mapping[str, object]) -> BookingDetails:
    """Put the form's answers (`ANSWERS`, in JSON's types) into the contract's shape.

    What has not been answered stays empty, so a draft is written the same way.
    """
    known = {field: answers.get(slot) for slot, field in ANSWERS.items()}
    given = {field: value for field, value in known.items() if value is not None}
    return msgspec.convert(given, BookingDetails)


def next_question(draft: Draft, fields: BookingFields) -> str:
    """Return the slot to ask for next; `booking_confirm` when nothing is missing."""
    known = draft.details
    missing = {
        "booking_name": not known.name,
        "booking_phone": not known.phone,
        "booking_for": fields.for_whom == "asked" and known.for_.who == "self",
        "booking_patient_name": known.for_.who != "self" and not known.for_.patient_name,
        "booking_age": draft.of_unknown_age,
        "booking_guardian": known.for_.who == "minor" and not known.for_.guardian,
        "booking_area": fields.area == "asked" and not known.area,
        "booking_side": fields.area == "asked" and _wants_side(known.area),
        "booking_reason": fields.reason == "asked" and not known.reason,
        "booking_patient": fields.patient_status == "asked" and not known.patient,
        "booking_email": fields.email == "asked" and not known.email,
        "booking_time": fields.time == "asked" and known.preferences == Preferences(),
    }
    open_ones = (slot for slot, is_missing in missing.items() if is_missing)
    return next((slot for slot in open_ones if slot not in draft.skipped), "booking_confirm")


def _wants_side(area: Area | None) -> bool:
    return area is not None and area.side is None and area.part in words().paired


def with_facts(
    draft: Draft, facts: Facts, text: str, asked: str | None, fields: BookingFields
) -> Draft:
    """Return the draft with what a message says; `asked` is the slot that was asked for.

    What is there already is only replaced by what was asked for, by a correction, or by a message
    that says nothing else.
    """
    return _Merge(draft, facts, text, asked, fields).done()


class _Merge:
    def __init__(
        self, draft: Draft, facts: Facts, text: str, asked: str | None, fields: BookingFields
    ) -> None:
        self.draft, self.known = draft, draft.details
        self.facts, self.text, self.asked, self.fields = facts, text, asked, fields
        self.replaces = corrects(text) or not facts.rest or asked == "booking_confirm"

    def done(self) -> Draft:
        facts, known, fields = self.facts, self.known, self.fields
        person = self._person() if fields.for_whom != "off" else self.draft
        details = msgspec.structs.replace(
            known,
            name=self._name(),
            phone=facts.phone or self._with_ending(),
            email=(facts.email if fields.email != "off" else None) or known.email,
            area=self._area() if fields.area != "off" else None,
            reason=self._reason() if fields.reason != "off" else None,
            patient=(facts.status if fields.patient_status != "off" else None) or known.patient,
            for_=person.details.for_,
            preferences=self._times() if fields.time != "off" else Preferences(),
            contact=self._contact(),
        )
        merged = msgspec.structs.replace(person, details=details)
        return _with_guardian(merged, self.text)

    def _name(self) -> str | None:
        found, known = self.facts.name, self.known.name
        if not found or self.asked in ("booking_patient_name", "booking_guardian"):
            return known
        anew = self.asked == "booking_name" or introduces(self.text) or self._names_it()
        return found if not known or anew else known

    def _with_ending(self) -> str | None:
        known, ending = self.known.phone, self.facts.phone_ending
        return known[: -len(ending)] + ending if known and ending else known

    def _names_it(self) -> bool:
        return corrects(self.text) and bool(finds(words().changes["name"], self.text))

    def _area(self) -> Area | None:
        found, side, known = self.facts.area, self.facts.side, self.known.area
        asked = self.asked in ("booking_area", "booking_side")
        if found and (not known or asked or self.replaces):
            same = known is not None and known.part == found.part and not found.side
            return known if same else found
        if side and known and (self.replaces or asked or not known.side):
            return Area(known.part, side)
        return known

    def _reason(self) -> str | None:
        if self.asked == "booking_reason":
            return _short(self.text)
        told = (
            self.asked in ("booking_area", "booking_side") and len(self.facts.rest.split()) >= _FEW
        )
        if told and (self.facts.area or self.facts.side):
            return _short(self.text)
        return self.known.reason or _short(self.facts.complaint or "")

    def _person(self) -> Draft:
        draft, person = self.draft, self.facts.person
        here = draft.details.for_
        if self.asked == "booking_age" and draft.of_unknown_age:
            draft = _aged(draft, self.text)
            here = draft.details.for_
        if self.asked == "booking_guardian":
            return _for(draft, msgspec.structs.replace(here, guardian=self._guardian()))
        if person is not None and self._means(person):
            draft = _meant(draft, person)
        if self.facts.age is not None and draft.of_unknown_age:
            draft = _aged(draft, str(self.facts.age))
        here = draft.details.for_
        if self.facts.guardian and here.who == "minor":
            draft = _for(draft, msgspec.structs.replace(here, guardian=self.facts.guardian))
            here = draft.details.for_
        if self.facts.their_name and here.who != "self":
            return _for(draft, msgspec.structs.replace(here, patient_name=self.facts.their_name))
        if self.asked in ("booking_patient_name", "booking_for") and here.who != "self":
            name = here.patient_name or (self.facts.name if self.facts.name else None)
            return _for(draft, msgspec.structs.replace(here, patient_name=name))
        return draft

    def _means(self, person: Person) -> bool:
        # "Just me" answers a question; in passing it changes nothing.
        if person.who != "self":
            return True
        return self.asked == "booking_for" or self.replaces

    def _guardian(self) -> str | None:
        me = self.known.name if is_guardian(self.text) else None
        return self.facts.guardian or me or self.facts.name

    def _times(self) -> Preferences:
        found, known = self.facts.wishes, self.known.preferences
        if found is None:
            return known
        if known == Preferences() or self.asked in ("booking_time", "booking_hour"):
            return found
        if self.facts.adds:
            options = list(dict.fromkeys([*known.options, *found.options]))
            return Preferences(options, [*known.not_, *found.not_], known.soonest or found.soonest)
        return _changed(known, found) if self.replaces else known

    def _contact(self) -> Contact:
        found, known = self.facts.contact, self.known.contact
        return Contact(found.by or known.by, found.when or known.when) if found else known


def _short(text: str) -> str | None:
    return " ".join(text.split())[:_LONGEST_REASON].strip() or None


def _changed(known: Preferences, found: Preferences) -> Preferences:
    """Change the day and keep the hours, or the hours and keep the days: "afternoon instead"."""
    if found.options and not days_of(found) and not found.soonest:
        anew = on_days(days_of(known), found.options)
        return Preferences(anew or found.options, known.not_ or found.not_, False)
    if found.options:
        # "Tuesday is no good, Monday" gives another day, and needs no word against the old one.
        refused = [no for no in found.not_ if not any(_same_day(one, no) for one in known.options)]
        return Preferences(_with_hours_of(known, found.options), refused, found.soonest)
    if not found.options and found.not_ and not found.soonest:
        kept = [one for one in known.options if not any(_same_day(one, no) for no in found.not_)]
        return Preferences(kept, [*known.not_, *found.not_], known.soonest)
    return found


def _with_hours_of(known: Preferences, options: list[TimePreference]) -> list[TimePreference]:
    """Keep the part of the day when only the day is changed."""
    parts = {one.part for one in known.options}
    part = parts.pop() if len(parts) == 1 else None
    bare = all(not (one.part or one.from_ or one.to) for one in options)
    if not part or not bare or any(one.from_ or one.to for one in known.options):
        return options
    return [TimePreference(one.date, one.weekday, part) for one in options]


def _same_day(one: TimePreference, other: TimePreference) -> bool:
    same = (one.date, one.weekday) == (other.date, other.weekday)
    return same and (other.part is None or one.part in (None, other.part))


def _for(draft: Draft, whom: ForWhom) -> Draft:
    return msgspec.structs.replace(draft, details=msgspec.structs.replace(draft.details, for_=whom))


def _meant(draft: Draft, person: Person) -> Draft:
    known = draft.details.for_
    if person.who == "self":
        return msgspec.structs.replace(
            _for(draft, ForWhom()), relation=None, of_unknown_age=False, own=False
        )
    same = person.relation is None or person.relation == draft.relation
    name = person.patient_name or (known.patient_name if same else None)
    who: Literal["relative", "minor"] = "minor" if person.who == "minor" else "relative"
    unknown = person.who == "child"
    if unknown and same and known.who != "self":
        # The age was said before.
        who, unknown = known.who, draft.of_unknown_age
    whom = ForWhom(who, name, known.guardian if same and who == "minor" else None)
    return msgspec.structs.replace(
        _for(draft, whom),
        relation=person.relation or (draft.relation if same else None),
        of_unknown_age=unknown,
        own=person.own,
    )


def _aged(draft: Draft, text: str) -> Draft:
    under = is_under_age(text)
    if under is None:
        return draft
    who: Literal["relative", "minor"] = "minor" if under else "relative"
    whom = msgspec.structs.replace(draft.details.for_, who=who)
    return msgspec.structs.replace(_for(draft, whom), of_unknown_age=False)


def _with_guardian(draft: Draft, text: str) -> Draft:
    """A minor's parent who writes is the guardian; nobody is asked for their own name twice."""
    whom, name = draft.details.for_, draft.details.name
    if whom.who != "minor" or whom.guardian or not name:
        return draft
    return (
        _for(draft, msgspec.structs.replace(whom, guardian=name))
        if (draft.own or is_guardian(text))
        else draft
    )


def reference(turn: str) -> str:
    """Make a reference like `KQ7-4MD` of the random id of the turn that sent the booking.

    The same turn again has the same one, so that no retry can make a second booking.
    """
    number = int.from_bytes(hashlib.sha256(turn.encode()).digest(), "big")
    letters = []
    for _ in range(6):
        number, letter = divmod(number, len(_REFERENCE_LETTERS))
        letters.append(_REFERENCE_LETTERS[letter])
    return f"{''.join(letters[:3])}-{''.join(letters[3:])}"
