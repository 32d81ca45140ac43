"""When the clinic is open, in its own zone, with breaks, holidays and changing clocks."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from clinic.hours import is_open, next_opening
from clinic.settings import Clinic, load_clinic


@pytest.fixture(scope="module")
def clinic() -> Clinic:
    """The clinic of the repository, moved to where clocks change."""
    loaded = load_clinic(Path(__file__).parents[2] / "clinic.yml")
    return msgspec.structs.replace(loaded, timezone="America/New_York")


def at(clinic: Clinic, text: str) -> datetime:
    """A time on the clinic's wall."""
    return datetime.fromisoformat(text).replace(tzinfo=clinic.zone)


class TestIsOpen:
    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            ("2026-11-23T08:29", False),
            ("2026-11-23T08:30", True),
            ("2026-11-23T12:00", False),  # lunch
            ("2026-11-23T13:00", True),
            ("2026-11-23T17:00", False),
            ("2026-11-22T10:00", False),  # Sunday
            ("2026-11-26T10:00", False),  # holiday
        ],
    )
    def test_by_the_clinics_own_clock(self, clinic: Clinic, moment: str, expected: bool) -> None:
        assert is_open(clinic, at(clinic, moment)) is expected
        assert is_open(clinic, at(clinic, moment).astimezone(UTC)) is expected

    def test_needs_a_zone(self, clinic: Clinic) -> None:
        with pytest.raises(ValueError, match="zone"):
            is_open(clinic, datetime(2026, 11, 23, 9))  # noqa: DTZ001 - what it refuses


class TestNextOpening:
    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            ("2026-11-22T10:00", "2026-11-23T08:30:00-05:00"),
            ("2026-11-23T12:30", "2026-11-23T13:00:00-05:00"),
            ("2026-11-23T09:00", "2026-11-23T13:00:00-05:00"),
            ("2026-11-25T18:00", "2026-11-27T08:30:00-05:00"),  # over a holiday
            ("2026-11-27T12:00", "2026-11-30T08:30:00-05:00"),  # over a weekend
            ("2027-03-13T10:00", "2027-03-15T08:30:00-04:00"),  # clocks go forward between
        ],
    )
    def test_skips_breaks_weekends_and_holidays(
        self, clinic: Clinic, moment: str, expected: str
    ) -> None:
        found = next_opening(clinic, at(clinic, moment))
        assert found is not None
        assert found.isoformat() == expected

    def test_of_a_clinic_that_never_opens_is_none(self, clinic: Clinic) -> None:
        closed = msgspec.structs.replace(clinic, hours={})
        assert next_opening(closed, at(clinic, "2026-11-23T09:00")) is None
