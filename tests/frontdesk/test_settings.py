"""Settings: what cannot be used is told by its name, and the key is whole or not there."""

import os
from pathlib import Path
from typing import ClassVar

import pytest

from frontdesk.settings import Settings, SettingsError, load_settings, signing_key


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` and no variable of the machine has a say."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "VAR_DIR", "ASSISTANT_TOKEN"):
        monkeypatch.delenv(name, raising=False)


class TestDatabase:
    def test_is_a_file_in_var_dir_unless_it_is_said_otherwise(self) -> None:
        assert load_settings().database == "sqlite:///var/frontdesk.db"

    @pytest.mark.parametrize("url", ["sqlite:///x.db", "postgresql+psycopg://a@h:5432/x?sslmode=a"])
    def test_is_used_as_it_is_written(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", url)
        assert load_settings().database == url

    @pytest.mark.parametrize(
        "url", ["nonsense", "postgresql+psycopg://a@h:port/x", "mysql://h/x", "sqlite://", "://"]
    )
    def test_is_refused_when_it_cannot_be_read(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", url)
        with pytest.raises(SettingsError, match=r"^DATABASE_URL: write sqlite:///FILE or .*NAME.$"):
            load_settings()

    @pytest.mark.parametrize(
        "url", ["sqlite:///", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"]
    )
    def test_is_refused_where_everything_would_be_lost(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", url)
        with pytest.raises(SettingsError, match=r"DATABASE_URL: .*in memory would be lost"):
            load_settings()


class TestSigningKey:
    def test_is_made_once_for_its_owner_only(self, tmp_path: Path) -> None:
        folder = tmp_path / "var"
        key = signing_key(folder)
        assert len(key) == 64
        assert signing_key(folder) == key
        assert [path.name for path in folder.iterdir()] == ["visitor-token.key"]
        assert (folder / "visitor-token.key").stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("content", [b"", b"\n", b"short", b"\xff\xfe"])
    def test_that_is_damaged_is_refused_with_what_to_do(
        self, tmp_path: Path, content: bytes
    ) -> None:
        (tmp_path / "visitor-token.key").write_bytes(content)
        with pytest.raises(SettingsError, match=r"visitor-token.key is damaged.* Delete it"):
            signing_key(tmp_path)

    def test_is_on_the_disk_before_it_has_its_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sizes: list[int] = []

        def watch(descriptor: int) -> None:
            assert not (tmp_path / "visitor-token.key").exists()
            sizes.append(os.fstat(descriptor).st_size)

        monkeypatch.setattr(os, "fsync", watch)
        signing_key(tmp_path)
        assert sizes == [64]

    def test_that_cannot_be_made_is_told_by_its_path(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(SettingsError, match=r"visitor-token.key cannot be .*VAR_DIR"):
            signing_key(tmp_path / "file")


class TestTwilio:
    RIGHT: ClassVar = {
        "SMS_PROVIDER": "twilio",
        "TWILIO_ACCOUNT_SID": "AC" + "0123456789abcdef" * 2,
        "TWILIO_AUTH_TOKEN": "0123456789abcdef" * 2,
        "TWILIO_FROM": "+16025550142",
        "PUBLIC_URL": "https://chat.clinic.example",
    }

    def set(self, monkeypatch: pytest.MonkeyPatch, **more: str) -> Settings:
        for name, value in {**self.RIGHT, **more}.items():
            monkeypatch.setenv(name, value)
        return load_settings()

    @pytest.mark.parametrize(
        "more", [{}, {"TWILIO_FROM": "MG0123"}, {"TWILIO_AUTH_TOKEN": "abcdef012345, 543210fedcba"}]
    )
    def test_that_is_set_up_starts(
        self, monkeypatch: pytest.MonkeyPatch, more: dict[str, str]
    ) -> None:
        self.set(monkeypatch, **more).require_twilio()

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("TWILIO_ACCOUNT_SID", ""),
            ("TWILIO_ACCOUNT_SID", "ACxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            ("TWILIO_ACCOUNT_SID", "SK0123456789"),
            ("TWILIO_AUTH_TOKEN", ""),
            ("TWILIO_AUTH_TOKEN", "your_auth_token"),
            ("TWILIO_AUTH_TOKEN", "one,two,three"),
            ("TWILIO_FROM", ""),
            ("TWILIO_FROM", "6025550142"),
            ("TWILIO_FROM", "Clinic"),
            ("PUBLIC_URL", ""),
            ("PUBLIC_URL", "http://chat.clinic.example"),
        ],
    )
    def test_with_a_missing_or_wrong_value_is_refused_by_its_name(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        with pytest.raises(SettingsError, match=f"SMS_PROVIDER is twilio, and:\n{name}: "):
            self.set(monkeypatch, **{name: value}).require_twilio()

    def test_is_not_asked_of_the_simulator(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.set(monkeypatch, SMS_PROVIDER="simulator", TWILIO_FROM="", PUBLIC_URL="")

    def test_that_is_unknown_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(SettingsError, match="SMS_PROVIDER: "):
            self.set(monkeypatch, SMS_PROVIDER="pigeon")
