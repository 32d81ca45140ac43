"""The clinic of these tests: its hours stay what they are, whatever `clinic.yml` says."""

from datetime import date, datetime, time

import msgspec

from clinic.settings import BookingFields, Clinic, Period, load_clinic

_FULL = (Period(time(8, 30), time(12)), Period(time(13), time(17)))
CLINIC: Clinic = msgspec.structs.replace(
    load_clinic(),
    timezone="America/Phoenix",
    country="US",
    hours={
        "monday": _FULL,
        "tuesday": _FULL,
        "wednesday": _FULL,
        "thursday": _FULL,
        "friday": _FULL[:1],
    },
    holidays=frozenset({date(2026, 11, 26), date(2026, 12, 25), date(2027, 1, 1)}),
)
FIELDS = BookingFields()
TUESDAY = datetime.fromisoformat("2026-03-10T09:00:00-07:00")
