"""The settings of one clinic: `clinic.yml`, checked as a whole when a process starts."""

import os
import re
from collections.abc import Iterator
from datetime import date, time
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import phonenumbers
import yaml
from msgspec import Meta, Struct

from clinic.contract import Weekday

WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)
PLACEHOLDERS: Final = frozenset(
    {"clinic_name", "clinic_phone", "emergency_number", "response_time"}
)
_STAFF: Final = frozenset({"staff_name"})
MORE_PLACEHOLDERS: Final[dict[str, frozenset[str]]] = {
    "handed_to_staff": _STAFF,
    "left_to_colleagues": _STAFF,
    "given_back": _STAFF,
    "sms_code": frozenset({"code", "minutes"}),
    "sms_answer_waits": frozenset({"link"}),
}
"""What these wordings may fill in beside that."""
_NEEDED: Final = {
    "greeting": ("{emergency_number}",),
    "sms_greeting": ("{clinic_name}", "{emergency_number}", "HELP", "STOP"),
    "sms_help": ("{clinic_name}", "{clinic_phone}", "{emergency_number}", "STOP"),
    "sms_code": ("{clinic_name}", "{code}"),
    "sms_answer_waits": ("{clinic_name}", "{link}"),
}
"""What these wordings must hold: carriers and patients rely on it."""
_MISSING: Final = {"{emergency_number}": "must tell people to call {emergency_number}"}

Line = Annotated[str, Meta(min_length=1, max_length=1_000)]

_WALL_TIME: Final = re.compile(r"\d{2}:\d{2}")
_UNKNOWN_FIELD: Final = re.compile(r"unknown field `(.+)`")


class ClinicError(Exception):
    """`clinic.yml` cannot be used; the message names the file, the line and the remedy."""


class Period(Struct, frozen=True):
    """One stretch of a day, in the clinic's zone."""

    opens: time
    closes: time


class Wording(Struct, frozen=True, forbid_unknown_fields=True):
    """What the front desk says in its own name; `{clinic_name}` and the like are filled in."""

    greeting: Line
    privacy_note: Line
    assistant_delayed: Line
    handed_to_staff: Line
    left_to_colleagues: Line
    given_back: Line
    booking_waits: Line
    booking_go_on: Line
    booking_leave: Line
    conversation_ended: Line
    not_stored: Line
    chat_title: Line
    sms_greeting: Line
    sms_help: Line
    sms_pictures: Line
    sms_resting: Line
    sms_code: Line
    sms_answer_waits: Line


class Chat(Struct, frozen=True, forbid_unknown_fields=True):
    """The website chat: how long a visit lasts, and which sites may embed it."""

    visit_hours: Annotated[int, Meta(ge=1, le=2_160)] = 336
    allowed_sites: tuple[Annotated[str, Meta(pattern=r"^https?://[^/*\s]+$")], ...] = ()


Use = Literal["asked", "taken", "off"]
"""Of a fact in the booking: asked for, only kept when it is said, or never kept."""


class BookingFields(Struct, frozen=True, forbid_unknown_fields=True):
    """What the booking collects beside the name, the phone number and the consent."""

    area: Use = "asked"
    time: Use = "asked"
    reason: Use = "taken"
    email: Use = "taken"
    patient_status: Use = "taken"
    for_whom: Use = "taken"


class Booking(Struct, frozen=True, forbid_unknown_fields=True):
    """The booking: what it collects, and by when staff contact whoever asked for a visit.

    `contact_within_days` counts opening days after the day of the request; without it no day is
    promised.
    """

    fields: BookingFields = BookingFields()
    contact_within_days: Annotated[int, Meta(ge=1, le=30)] | None = None


class Texting(Struct, frozen=True, forbid_unknown_fields=True):
    """Text messages: when none is begun by staff, and the most that are sent in a day.

    The caps guard the clinic's bill; emergency advice passes them. `per_country` is by region code;
    a country that it does not name, other than the clinic's, may have `elsewhere`.
    """

    quiet_hours: str = "21:00-08:00"
    per_number: Annotated[int, Meta(ge=1)] = 60
    per_day: Annotated[int, Meta(ge=1)] = 2_000
    per_country: dict[Annotated[str, Meta(pattern=r"^[A-Z]{2}$")], Annotated[int, Meta(ge=0)]] = {}
    elsewhere: Annotated[int, Meta(ge=0)] = 20

    @property
    def quiet(self) -> tuple[time, time]:
        """From when until when; raises `ValueError`."""
        begins, _, ends = self.quiet_hours.partition("-")
        return _wall_time(begins), _wall_time(ends)

    def most_for(self, country: str, own: str) -> int:
        """The most texts a day to numbers of a country; `own` is the clinic's."""
        return self.per_country.get(country, self.per_day if country == own else self.elsewhere)


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    phone: str
    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]
    timezone: str
    emergency_number: Annotated[str, Meta(pattern=r"^[0-9]{2,6}$")]
    response_minutes: Annotated[int, Meta(ge=1, le=1_440)]
    hours: dict[str, list[str]]
    wording: Wording
    holidays: list[date] = []
    chat: Chat = Chat()
    booking: Booking = Booking()
    sms: Texting = Texting()


class Clinic(Struct, frozen=True):
    """One clinic. `phone` is E.164, `phone_display` as people of its country write it."""

    name: str
    phone: str
    phone_display: str
    country: str
    timezone: str
    emergency_number: str
    response_minutes: int
    hours: dict[Weekday, tuple[Period, ...]]
    holidays: frozenset[date]
    wording: Wording
    chat: Chat
    booking: Booking
    sms: Texting

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's time zone."""
        return ZoneInfo(self.timezone)

    def say(self, words: str, **values: str) -> str:
        """Fill the placeholders of one of the clinic's wordings."""
        known = {
            "clinic_name": self.name,
            "clinic_phone": self.phone_display,
            "emergency_number": self.emergency_number,
            "response_time": f"{self.response_minutes} minutes",
        }
        return words.format_map({**known, **values})


def load_clinic(path: Path | None = None) -> Clinic:
    """Read and check the clinic's settings.

    Reads `path`, else the file that `CLINIC_FILE` names, else `clinic.yml` in the working
    directory. Raises `ClinicError` with the file and the line.
    """
    path = path or Path(os.environ.get("CLINIC_FILE") or "clinic.yml")
    source = _Source(path)
    try:
        written = msgspec.convert(source.data, _File)
        return _checked(written)
    except msgspec.ValidationError as error:
        raise source.error(*_explained(error)) from error
    except _Wrong as error:
        raise source.error(error.message, error.place) from error


class _Wrong(Exception):
    def __init__(self, message: str, *place: str | int) -> None:
        super().__init__(message)
        self.message, self.place = message, list(place)


class _Loader(yaml.SafeLoader):
    """Leaves dates as text, so that a wrong one is reported with its line like anything else."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Source:
    """The text of the file, and the line of every value in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            text = path.read_text(encoding="utf-8")
            self.root = yaml.compose(text, Loader=_Loader)
            self.data: Any = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
        except OSError as error:
            raise ClinicError(f"{path}: cannot be read ({error.strerror}).") from error
        except UnicodeDecodeError as error:
            raise ClinicError(f"{path}: is not UTF-8 text; save it as UTF-8.") from error
        except yaml.YAMLError as error:
            raise ClinicError(f"{path}{_yaml_line(error)}: is not valid YAML.") from error

    def error(self, message: str, place: list[str | int]) -> ClinicError:
        name = ".".join(str(step) for step in place) or "the file"
        return ClinicError(f"{self.path} line {self.line(place)}: {name}: {message}.")

    def line(self, place: list[str | int]) -> int:
        node = self.root
        line: int = node.start_mark.line if node else 0
        for step in place:
            node, line = _child(node, step, line)
        return line + 1


def _child(node: yaml.Node | None, step: str | int, line: int) -> tuple[yaml.Node | None, int]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return value, key.start_mark.line
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark.line
    return None, line


def _yaml_line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f" line {mark.line + 1}" if mark else ""


def _explained(error: msgspec.ValidationError) -> tuple[str, list[str | int]]:
    """msgspec's ``Expected `int`, got `str` - at `$.chat.visit_hours` `` as message and place."""
    message, _, path = str(error).partition(" - at ")
    place: list[str | int] = [
        int(step) if step.isdigit() else step
        for step in path.strip("`").lstrip("$").replace("[", ".").replace("]", "").split(".")
        if step
    ]
    if unknown := _UNKNOWN_FIELD.search(message):
        return "is not a setting; see docs/operate.md for those there are", [*place, unknown[1]]
    return message.replace("Expected", "expected", 1), place


def _checked(written: _File) -> Clinic:
    _check_wording(written)
    _check_quiet_hours(written)
    phone = _phone(written)
    return Clinic(
        name=written.name,
        phone=phonenumbers.format_number(phone, phonenumbers.PhoneNumberFormat.E164),
        phone_display=phonenumbers.format_number(phone, phonenumbers.PhoneNumberFormat.NATIONAL),
        country=written.country,
        timezone=_timezone(written.timezone),
        emergency_number=written.emergency_number,
        response_minutes=written.response_minutes,
        hours={_weekday(day): _periods(day, spans) for day, spans in written.hours.items()},
        holidays=frozenset(written.holidays),
        wording=written.wording,
        chat=written.chat,
        booking=written.booking,
        sms=written.sms,
    )


def _check_quiet_hours(written: _File) -> None:
    try:
        _ = written.sms.quiet
    except ValueError:
        message = "is not a period; write it like 21:00-08:00"
        raise _Wrong(message, "sms", "quiet_hours") from None


def _phone(written: _File) -> phonenumbers.PhoneNumber:
    try:
        number = phonenumbers.parse(written.phone, written.country)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise _Wrong("is not a phone number; write it like (602) 555-0142", "phone")
    return number


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _Wrong("is not a time zone; write it like America/Phoenix", "timezone") from None
    return name


def _weekday(written: str) -> Weekday:
    for day in WEEKDAYS:
        if day == written:
            return day
    raise _Wrong("is not a day; write monday to sunday", "hours", written)


def _periods(day: str, written: list[str]) -> tuple[Period, ...]:
    periods = sorted(
        (_period(day, number, text) for number, text in enumerate(written)),
        key=lambda period: period.opens,
    )
    for earlier, later in pairwise(periods):
        if later.opens < earlier.closes:
            raise _Wrong("two periods of this day overlap", "hours", day)
    return tuple(periods)


def _period(day: str, number: int, text: str) -> Period:
    opens, _, closes = text.partition("-")
    try:
        period = Period(_wall_time(opens), _wall_time(closes))
    except ValueError:
        raise _Wrong("is not a period; write it like 08:30-17:00", "hours", day, number) from None
    if period.opens >= period.closes:
        raise _Wrong("closes before it opens", "hours", day, number)
    return period


def _wall_time(text: str) -> time:
    if not _WALL_TIME.fullmatch(text):
        raise ValueError(text)
    return time.fromisoformat(text)


def _check_wording(written: _File) -> None:
    for key, words in _wordings(written.wording):
        names = PLACEHOLDERS | MORE_PLACEHOLDERS.get(key, frozenset())
        try:
            words.format_map(dict.fromkeys(names, ""))
        except (KeyError, ValueError, IndexError, AttributeError) as error:
            known = ", ".join(f"{{{name}}}" for name in sorted(names))
            message = f"has a placeholder that is not known ({error}); use {known}"
            raise _Wrong(message, "wording", key) from None
        for needed in _NEEDED.get(key, ()):
            if needed not in words:
                raise _Wrong(_MISSING.get(needed, f"must hold {needed}"), "wording", key)


def _wordings(wording: Wording) -> Iterator[tuple[str, str]]:
    yield from msgspec.structs.asdict(wording).items()
