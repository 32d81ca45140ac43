"""`clinic.yml` is checked as a whole, and a mistake is told with its line."""

from pathlib import Path

import pytest

from clinic.settings import ClinicError, load_clinic

CLINIC = Path(__file__).parents[2] / "clinic.yml"


def written(tmp_path: Path, old: str, new: str) -> Path:
    """The clinic's file with one change."""
    text = CLINIC.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "clinic.yml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


class TestLoad:
    def test_reads_the_phone_as_people_write_it(self) -> None:
        clinic = load_clinic(CLINIC)
        assert (clinic.phone, clinic.phone_display) == ("+16025550142", "(602) 555-0142")

    def test_fills_the_clinics_words(self) -> None:
        clinic = load_clinic(CLINIC)
        assert clinic.say(clinic.wording.chat_title) == "Ask Prolotherapy Clinic"

    def test_takes_the_file_that_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = written(tmp_path, "name: Prolotherapy Clinic", "name: Knees and Co.")
        monkeypatch.setenv("CLINIC_FILE", str(path))
        assert load_clinic().name == "Knees and Co."

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("name: Pro", "nme: Pro", "line 4: nme: is not a setting"),
            ('"(602) 555-0142"', "call us", "phone: is not a phone number; write it like"),
            ("country: US", "country: usa", "country: expected"),
            ("America/Phoenix", "Mars", "timezone: is not a time zone; write it like"),
            ("minutes: 30", "minutes: soon", "response_minutes: expected `int`, got `str`"),
            ('["08:30-12:00"]', '["8-12"]', "hours.friday.0: is not a period; write it like"),
            ('["08:30-12:00"]', '["12:00-08:30"]', "hours.friday.0: closes before it opens"),
            ('"13:00-17:00"', '"11:00-17:00"', "hours.monday: two periods of this day overlap"),
            ("friday:", "fryday:", "hours.fryday: is not a day; write monday to sunday"),
            ("2026-12-25", "2026-25-12", "holidays.1: Invalid RFC3339 encoded date"),
            ("visit_hours: 336", "visit_hours: 0", "chat.visit_hours: expected `int` >= 1"),
            ("allowed_sites: []", 'allowed_sites: ["*"]', "chat.allowed_sites.0: expected"),
            ("{emergency_number} now", "now", "wording.greeting: must tell people to call"),
            ('"{staff_name} from', '"{nurse} from', "wording.handed_to_staff: has a placeholder"),
            ("Hello! I am", "Hello! {staff_name} is", "wording.greeting: has a placeholder"),
            ('["08:30-12:00"]', '["08:30+02:00-17:00"]', "hours.friday.0: is not a period"),
        ],
    )
    def test_tells_a_mistake_with_its_line(
        self, tmp_path: Path, old: str, new: str, told: str
    ) -> None:
        path = written(tmp_path, old, new)
        lines = path.read_text(encoding="utf-8").splitlines()
        with pytest.raises(ClinicError) as error:
            load_clinic(path)
        message = str(error.value)
        assert told in message
        number = int(message.partition(" line ")[2].partition(":")[0])
        assert (
            told.partition(":")[0].split(".")[-1] in lines[number - 1] or new in lines[number - 1]
        )

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"", "expected `object`"),
            (b"hours: [", "is not valid YAML"),
            (b"\xff\xfe", "is not UTF-8 text"),
            (b"- a\n- b\n", "expected `object`"),
        ],
    )
    def test_tells_a_file_that_cannot_be_read(
        self, tmp_path: Path, content: bytes, told: str
    ) -> None:
        path = tmp_path / "clinic.yml"
        path.write_bytes(content)
        with pytest.raises(ClinicError, match=told):
            load_clinic(path)

    def test_tells_a_file_that_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(ClinicError, match="cannot be read"):
            load_clinic(tmp_path / "clinic.yml")
