"""The parts of a booking in words, put together from the pieces in `domain.yml`."""

from datetime import date, time

import phonenumbers

from actions.times import clock, day
from actions.turn import Turn
from clinic.booking import OTHER_AREA
from clinic.contract import Area, Preferences, TimePreference


def area_words(turn: Turn, area: Area | None) -> str:
    """Write a part of the body, like "left knee"."""
    if area is None or area.part == OTHER_AREA:
        return turn.piece("utter_piece_other_area")
    if area.side is None:
        return area.part
    return turn.piece("utter_piece_side_and_part", side=area.side, part=area.part)


def phone_words(phone: str | None, country: str) -> str:
    """Write a number as the clinic's country does, one from abroad with its country code."""
    if phone is None:
        return ""
    number = phonenumbers.parse(phone)
    at_home = number.country_code == phonenumbers.country_code_for_region(country)
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, style.NATIONAL if at_home else style.INTERNATIONAL)


def time_words(turn: Turn, wishes: Preferences) -> str:
    """Write when the patient would like to come."""
    said = [_wish(turn, wish) for wish in wishes.options]
    if wishes.soonest:
        said.append(turn.piece("utter_piece_soonest"))
    either = turn.piece("utter_piece_or")
    refused = either.join(_wish(turn, wish) for wish in wishes.not_)
    unwanted = [turn.piece("utter_piece_not", days=refused)] if refused else []
    return ", ".join([*([either.join(said)] if said else []), *unwanted])


def _wish(turn: Turn, wish: TimePreference) -> str:
    pieces = [
        day(date.fromisoformat(wish.date)) if wish.date else (wish.weekday or "").capitalize(),
        wish.part or "",
        turn.piece("utter_piece_from", hour=_clock(wish.from_)) if wish.from_ else "",
        turn.piece("utter_piece_to", hour=_clock(wish.to)) if wish.to else "",
    ]
    return " ".join(piece for piece in pieces if piece)


def _clock(written: str) -> str:
    return clock(time.fromisoformat(written))
