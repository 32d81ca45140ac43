"""The parts of a booking in words, put together from the pieces in `domain.yml`."""

from collections.abc import Callable, Sequence
from datetime import date, time
from itertools import pairwise
from typing import Final

import phonenumbers

from actions.times import clock, day
from actions.turn import Turn, clinic
from clinic.areas import plural
from clinic.booking.draft import ANSWERS, Draft
from clinic.booking.facts import OTHER_AREA
from clinic.contract import Area, BookingDetails, Preferences, TimePreference
from clinic.hours import opens_on

_LONGEST_REASON: Final = 90
_FEWEST_IN_ROW: Final = 3


def lines(turn: Turn, known: BookingDetails, relation: str | None) -> str:
    """Write everything that is known, one fact a line."""
    said = [
        line
        for slot in ANSWERS
        if (words := fact_words(turn, slot, known, relation))
        and (line := turn.piece(f"utter_line/{slot.removeprefix('booking_')}", words=words))
    ]
    return "\n".join(said)


def noted(turn: Turn, slots: Sequence[str], draft: Draft) -> str:
    """Write some facts in passing: "Maria Lopez, (602) 555-0142, left knee"."""
    words = (fact_words(turn, slot, draft.details, draft.relation) for slot in slots)
    return ", ".join(one for one in words if one)


def fact_words(turn: Turn, slot: str, known: BookingDetails, relation: str | None) -> str:
    """Write one fact of a booking; nothing where it is not known."""
    plainly = {"booking_name": known.name, "booking_email": known.email}
    written: dict[str, Callable[[], str]] = {
        "booking_phone": lambda: phone_words(known.phone),
        "booking_area": lambda: area_words(turn, known.area) if known.area else "",
        "booking_reason": lambda: _shortened(known.reason or ""),
        "booking_patient": lambda: (
            turn.piece(f"utter_piece_{known.patient}") if known.patient else ""
        ),
        "booking_for": lambda: whom_words(turn, known, relation),
        "booking_time": lambda: time_words(turn, known.preferences),
        "booking_contact": lambda: contact_words(turn, known),
    }
    return written[slot]() if slot in written else plainly.get(slot) or ""


def whom_words(turn: Turn, known: BookingDetails, relation: str | None) -> str:
    """Write who is to be treated, when it is not the writer, and a minor's guardian."""
    if known.for_.who == "self":
        return ""
    said = [known.for_.patient_name or ""]
    said += [turn.piece("utter_piece_relation", relation=relation)] if relation else []
    if known.for_.guardian:
        said.append(turn.piece("utter_piece_guardian", name=known.for_.guardian))
    return ", ".join(one for one in said if one) or turn.piece("utter_piece_somebody")


def contact_words(turn: Turn, known: BookingDetails) -> str:
    """Write how and when the patient wants to be reached."""
    by = turn.piece(f"utter_piece_by_{known.contact.by}") if known.contact.by else ""
    return ", ".join(one for one in (by, known.contact.when or "") if one)


def area_words(turn: Turn, area: Area | None) -> str:
    """Write a part of the body, like "left knee"."""
    if area is None or area.part == OTHER_AREA:
        return turn.piece("utter_piece_other_area")
    if area.side is None:
        return area.part
    part = plural(area.part) if area.side == "both" else area.part
    return turn.piece("utter_piece_side_and_part", side=area.side, part=part)


def phone_words(phone: str | None) -> str:
    """Write a number as the clinic's country does, one from abroad with its country code."""
    if phone is None:
        return ""
    number = phonenumbers.parse(phone)
    at_home = number.country_code == phonenumbers.country_code_for_region(clinic().country)
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, style.NATIONAL if at_home else style.INTERNATIONAL)


def time_words(turn: Turn, wishes: Preferences) -> str:
    """Write when the patient would like to come."""
    said = _wishes(turn, wishes.options)
    if wishes.soonest:
        said.append(turn.piece("utter_piece_soonest"))
    either = turn.piece("utter_piece_or")
    refused = either.join(_wishes(turn, wishes.not_))
    unwanted = [turn.piece("utter_piece_not", days=refused)] if refused else []
    return ", ".join([*([either.join(said)] if said else []), *unwanted])


def _wishes(turn: Turn, wishes: Sequence[TimePreference]) -> list[str]:
    """Write each wish; days in a row with the same hours as one stretch."""
    said: list[str] = []
    rest = list(wishes)
    while rest:
        row = _days_in_a_row(rest)
        if len(row) >= _FEWEST_IN_ROW:
            first, last = (date.fromisoformat(one.date or "") for one in (row[0], row[-1]))
            days = turn.piece("utter_piece_days", first=day(first), last=day(last))
            said.append(_joined(days, _hours(turn, row[0])))
        else:
            row = rest[:1]
            said.append(_joined(_day(row[0]), _hours(turn, row[0])))
        rest = rest[len(row) :]
    return said


def _days_in_a_row(wishes: Sequence[TimePreference]) -> list[TimePreference]:
    row = list(wishes[:1])
    for one, other in pairwise(wishes):
        if not _follows(one, other):
            break
        row.append(other)
    return row if row and row[0].date else []


def _follows(one: TimePreference, other: TimePreference) -> bool:
    if not one.date or not other.date:
        return False
    same = (one.part, one.from_, one.to) == (other.part, other.from_, other.to)
    first, second = date.fromisoformat(one.date), date.fromisoformat(other.date)
    between = (date.fromordinal(n) for n in range(first.toordinal() + 1, second.toordinal()))
    return same and first < second and not any(opens_on(clinic(), gap) for gap in between)


def _day(wish: TimePreference) -> str:
    return day(date.fromisoformat(wish.date)) if wish.date else (wish.weekday or "").capitalize()


def _hours(turn: Turn, wish: TimePreference) -> str:
    pieces = [
        wish.part or "",
        turn.piece("utter_piece_from", hour=_clock(wish.from_)) if wish.from_ else "",
        turn.piece("utter_piece_to", hour=_clock(wish.to)) if wish.to else "",
    ]
    return _joined(*pieces)


def _joined(*pieces: str) -> str:
    return " ".join(piece for piece in pieces if piece)


def _clock(written: str) -> str:
    return clock(time.fromisoformat(written))


def _shortened(words: str) -> str:
    if len(words) <= _LONGEST_REASON:
        return words
    return f"{words[: _LONGEST_REASON - 3].rsplit(' ', 1)[0]}..."
