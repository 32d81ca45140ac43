"""Find uv, or put the pinned one into `.tools/`."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.problems import Problem

OLDEST = (0, 9)
LOCK = Path("deploy/uv-requirements.lock")


def find(root: Path) -> str:
    """Return the path of a uv that is new enough, installing the pinned one when there is none.

    Raises:
        Problem: this Python has no venv module, or the download failed.
    """
    own = root / ".tools" / "bin" / "uv"
    for candidate in (shutil.which("uv"), str(own)):
        if candidate and _version(candidate) >= OLDEST:
            return candidate
    _bootstrap(root)
    return str(own)


def _version(command: str) -> tuple[int, ...]:
    try:
        answer = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return ()
    found = re.match(r"uv (\d+)\.(\d+)", answer.stdout)
    return tuple(int(part) for part in found.groups()) if found else ()


def _bootstrap(root: Path) -> None:
    print("Fetching uv (once, into .tools/) …", flush=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(root / ".tools")],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise Problem(
            "uv is not installed, and this Python cannot make the environment to fetch it into:"
            " install python3-venv (`sudo apt install python3-venv`) or uv, then start again."
        )
    python = root / ".tools" / "bin" / "python"
    fetch = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*fetch, "--require-hashes", "-r", str(root / LOCK)], check=False)
    if done.returncode != 0:
        raise Problem("uv could not be fetched (see above): check the network, then start again.")
