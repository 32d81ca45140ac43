"""`make lock`: write the locks again after a change of what the environments need."""

from __future__ import annotations

import subprocess
from pathlib import Path

from deploy import uv
from deploy.environments import PYTHON_VERSION
from deploy.problems import Problem

COMPILE = (
    *("pip", "compile", "--quiet", "--universal", "--generate-hashes"),
    *("--no-header", "--no-annotate", "--no-emit-index-url"),
)
# Each lock, and what it is written from. The assistant's own list carries Rasa's lifted bounds and
# lowered ones in its `[tool.uv]`, which uv would apply to the front desk too: it runs in the root.
LOCKS = {
    "requirements.lock": ("pyproject.toml",),
    "frontdesk/requirements.lock": (
        "--no-config",
        "frontdesk/pyproject.toml",
        "clinic/pyproject.toml",
    ),
}


def compile_all(root: Path, upgrade: bool = False) -> None:
    """Compile both locks; versions already in them stay, unless `upgrade`.

    Raises:
        Problem: the requirements contradict each other.
    """
    command = uv.find(root)
    for lock, written_from in LOCKS.items():
        print(f"{lock} …", flush=True)
        words = [command, *COMPILE, "--python-version", PYTHON_VERSION, "--all-extras"]
        newer = ["--upgrade"] if upgrade else []
        done = subprocess.run([*words, *newer, "-o", lock, *written_from], cwd=root, check=False)
        if done.returncode != 0:
            raise Problem(f"{lock} could not be compiled (see above).")
