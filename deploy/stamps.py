"""What was built from which content: a stamp that survives a copy, a checkout and a touch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

IGNORED = {"__pycache__", ".venv", ".pytest_cache", ".mypy_cache", ".ruff_cache"}


def digest(root: Path, names: Iterable[str]) -> str:
    """Hash the names and contents of files and folders under `root`, as far as they exist."""
    total = hashlib.sha256()
    for name in sorted(names):
        for path in _files(root / name):
            total.update(path.relative_to(root).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        for child in sorted(path.iterdir()):
            if child.name not in IGNORED and not child.name.startswith("."):
                yield from _files(child)


def read(path: Path) -> str | None:
    """The stamp in `path`, or None."""
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None


def write(path: Path, stamp: str) -> None:
    """Replace the stamp whole: an interrupted write leaves the old one."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(stamp + "\n", encoding="utf-8")
    partial.replace(path)
