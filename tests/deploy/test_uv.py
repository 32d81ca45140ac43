"""uv is found, or fetched into `.tools/` with its hashes checked."""

import os
import subprocess
from pathlib import Path

import pytest

from deploy import uv
from deploy.problems import Problem


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_a_uv_that_is_new_enough_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = executable(tmp_path / "bin" / "uv", "echo uv 0.13.9")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert uv.find(tmp_path) == str(found)


def test_an_old_uv_is_passed_over_for_our_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(tmp_path / "bin" / "uv", "echo uv 0.2.1")
    own = executable(tmp_path / ".tools" / "bin" / "uv", "echo uv 0.13.9")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/bin")
    assert uv.find(tmp_path) == str(own)


def test_a_python_without_venv_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = executable(tmp_path / "python", "exit 1")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("sys.executable", str(python))
    with pytest.raises(Problem, match="apt install python3-venv"):
        uv.find(tmp_path)


def test_the_lock_pins_uv_with_hashes() -> None:
    text = (Path(__file__).resolve().parents[2] / uv.LOCK).read_text(encoding="utf-8")
    assert text.startswith("uv==")
    assert text.count("--hash=sha256:") > 10


def test_fetching_asks_pip_for_the_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(words: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
        asked.append(words)
        return subprocess.CompletedProcess(words, 0, "", "")

    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(subprocess, "run", run)
    uv.find(tmp_path)
    assert "--require-hashes" in asked[-1]
    assert asked[-1][-1] == str(tmp_path / uv.LOCK)
