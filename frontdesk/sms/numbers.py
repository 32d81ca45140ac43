"""Phone numbers: which of them a person may text from, and how they are written."""

from dataclasses import dataclass
from typing import Final

import phonenumbers

NOWHERE: Final = "ZZ"


@dataclass(frozen=True)
class Number:
    """A number that can be texted: E.164, and the region code of its country."""

    e164: str
    country: str


def read(written: str, country: str | None = None) -> Number | None:
    """The number, or none: short codes, names of senders and other channels' addresses are none.

    `country` (a region code) says how one without a country code is read.
    """
    try:
        parsed = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return None
    # Of a text that came nothing more is asked: number plans change sooner than libraries.
    if not phonenumbers.is_possible_number(parsed):
        return None
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return Number(e164, phonenumbers.region_code_for_number(parsed) or NOWHERE)


def sender(written: str) -> Number | None:
    """The number that a text came from, as the provider writes it."""
    return read(written) if written.startswith("+") and written[1:].isdecimal() else None


def display(number: str) -> str:
    """An E.164 number as people of its country write it; anything else as it stands."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    is_american = parsed.country_code == 1
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(
        parsed, style.NATIONAL if is_american else style.INTERNATIONAL
    )
