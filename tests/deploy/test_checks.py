"""What is checked before anything is started."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from deploy import checks
from deploy.problems import Problem
from deploy.settings import load

Usage = namedtuple("Usage", "total used free")


def disk_with(free: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, free))


def test_a_disk_without_room_for_the_environments_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk_with(1_000 * checks.MEGABYTE, monkeypatch)
    with pytest.raises(Problem, match="1000 MB free, and 3000 MB are needed to build"):
        checks.check_disk(load({}, tmp_path))


def test_a_disk_without_room_for_messages_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "is_current", lambda *_: True)
    disk_with(100 * checks.MEGABYTE, monkeypatch)
    with pytest.raises(Problem, match="200 MB are needed to keep messages safely"):
        checks.check_disk(load({}, tmp_path))


def test_a_damaged_secret_is_named(tmp_path: Path) -> None:
    settings = load({}, tmp_path)
    checks.check_var_dir(settings)
    (settings.var_dir / "assistant-token").write_text("\n", encoding="ascii")
    with pytest.raises(Problem, match="assistant-token is damaged: delete it"):
        checks.assistant_token(settings)


def test_a_given_token_is_used_and_not_written(tmp_path: Path) -> None:
    settings = load({"ASSISTANT_TOKEN": "a-token-of-more-than-24-characters"}, tmp_path)
    checks.check_var_dir(settings)
    assert checks.assistant_token(settings) == "a-token-of-more-than-24-characters"
    assert not (settings.var_dir / "assistant-token").exists()
