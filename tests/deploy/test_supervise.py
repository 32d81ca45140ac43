"""What the supervisor shows on the terminal, and what it only files."""

import datetime
from pathlib import Path

import pytest
from honcho.printer import Message

from deploy.supervise import Output

NOW = datetime.datetime(2026, 3, 12, 9, 30, tzinfo=datetime.UTC)


def shown(output: Output, capsys: pytest.CaptureFixture[str], *lines: str) -> list[str]:
    for line in lines:
        output.write(Message("line", f"{line}\n".encode(), NOW, "assistant", None))
    return [line.partition("| ")[2] for line in capsys.readouterr().out.splitlines()]


def test_warnings_of_libraries_are_filed_and_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        "/a/b.py:39: DeprecationWarning: distutils Version classes are deprecated.",
        "Use packaging instead.",
        "  SANIC_VERSION = LooseVersion(sanic_version)",
        "Rasa server is up and running.",
    ]
    assert shown(Output(tmp_path), capsys, *lines) == [lines[-1]]
    filed = (tmp_path / "assistant.log").read_text(encoding="utf-8")
    assert all(line in filed for line in lines)


def test_every_other_line_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["ERROR something failed", "  indented: a traceback's line"]
    assert shown(Output(tmp_path), capsys, *lines) == lines
