"""Build the two environments from their locks, each only when what it is made of changed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy import stamps, uv
from deploy.problems import Problem

PYTHON_VERSION = "3.11"


@dataclass(frozen=True)
class Environment:
    """One virtual environment: its folder, its lock, and the projects of this tree in it."""

    name: str
    folder: str
    lock: str
    projects: tuple[str, ...]

    @property
    def python(self) -> str:
        """The interpreter, relative to the repository root."""
        return f"{self.folder}/bin/python"

    @property
    def made_of(self) -> list[str]:
        """What a change of rebuilds it."""
        return [
            self.lock,
            "deploy/environments.py",
            *(f"{p}/pyproject.toml" for p in self.projects),
        ]


ASSISTANT = Environment(
    "assistant",
    ".venv",
    "requirements.lock",
    ("clinic", "assistant/tensorflow_stand_in"),
)
FRONTDESK = Environment(
    "front desk", "frontdesk/.venv", "frontdesk/requirements.lock", ("clinic", "frontdesk")
)
BOTH = (ASSISTANT, FRONTDESK)


def install(root: Path) -> None:
    """Bring both environments up to their locks; does nothing when they are.

    Raises:
        Problem: an environment could not be built.
    """
    stale = [environment for environment in BOTH if not is_current(root, environment)]
    if not stale:
        return
    command = uv.find(root)
    for environment in stale:
        _build(root, environment, command)


def is_current(root: Path, environment: Environment) -> bool:
    """Whether the environment was built whole from what stands in the tree now."""
    stamp = stamps.read(root / environment.folder / "built-from")
    return stamp == stamps.digest(root, environment.made_of)


def _build(root: Path, environment: Environment, command: str) -> None:
    folder = root / environment.folder
    started = time.monotonic()
    print(f"Building the {environment.name} environment ({environment.folder}) …", flush=True)
    stamp = stamps.digest(root, environment.made_of)
    # The mark outlives an interruption: a half-filled environment is thrown away, not repaired.
    unfinished = folder / "unfinished"
    if unfinished.exists() or not _runs(folder / "bin" / "python"):
        _run(root, environment, [command, "venv", "--clear", "--python", PYTHON_VERSION, folder])
    unfinished.touch()
    (folder / "built-from").unlink(missing_ok=True)
    into: list[str | Path] = ["--python", folder / "bin" / "python"]
    # Compiled now, once: a process that may write nothing there would compile it all at each start.
    synced = ["--compile-bytecode", "--require-hashes", environment.lock]
    _run(root, environment, [command, "pip", "sync", *into, *synced])
    editable = [part for project in environment.projects for part in ("-e", f"./{project}")]
    own = [command, "pip", "install", *into, "--no-deps", "--no-build-isolation", *editable]
    _run(root, environment, own)
    unfinished.unlink()
    stamps.write(folder / "built-from", stamp)
    print(f"  done in {time.monotonic() - started:.0f} s", flush=True)


def _runs(python: Path) -> bool:
    probe = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [str(python), "-c", probe], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return answer.stdout.strip() == PYTHON_VERSION


def _run(root: Path, environment: Environment, words: Sequence[str | Path]) -> None:
    """Run one step; on a terminal its progress is shown, else only what it says when it fails."""
    command = [str(word) for word in words]
    watched = sys.stderr.isatty()
    done = subprocess.run(
        command,
        cwd=root,
        stdout=None if watched else subprocess.PIPE,
        stderr=None if watched else subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        print(done.stdout or "", file=sys.stderr)
        raise Problem(
            f"The {environment.name} environment could not be built (see above):"
            " check the network and the free disk space, then start again."
        )
