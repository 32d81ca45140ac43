"""The locks, and how they are written."""

import subprocess
from pathlib import Path

import pytest

from deploy import lock, uv

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What uv is asked, by the lock that it should write."""
    asked: dict[str, list[str]] = {}

    def run(words: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
        asked[words[words.index("-o") + 1]] = words
        return subprocess.CompletedProcess(words, 0)

    monkeypatch.setattr(uv, "find", lambda root: "uv")
    monkeypatch.setattr(subprocess, "run", run)
    return asked


def test_the_assistants_bounds_do_not_reach_the_front_desk(asked: dict[str, list[str]]) -> None:
    lock.compile_all(ROOT)
    assert "--no-config" in asked["frontdesk/requirements.lock"]
    assert "--no-config" not in asked["requirements.lock"]


@pytest.mark.parametrize("name", lock.LOCKS)
def test_a_lock_has_hashes_and_names_no_host(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "--hash=sha256:" in text
    assert "://" not in text
    assert "--index" not in text
