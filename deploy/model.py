"""Train the assistant when something that its model is made of changed."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from deploy import stamps
from deploy.environments import ASSISTANT
from deploy.problems import Problem

MADE_OF = ("assistant", "clinic", "config.yml", "data", "domain.yml", "requirements.lock")
STAMP = Path("models/trained-from")
# --force: Rasa's cache of trained parts does not see a change in our own modules.
STEPS = (
    (ASSISTANT.python, "-m", "assistant.language"),
    (ASSISTANT.python, "-m", "rasa", "train", "--force", "--out", "models"),
)
COMPONENT = re.compile(r"(?:Starting to train|Restored) component '(\w+)'")
LINES_SHOWN = 15


def is_current(root: Path) -> bool:
    """Whether a model is there that was trained from what stands in the tree now."""
    stamp = stamps.read(root / STAMP)
    return stamp == stamps.digest(root, MADE_OF) and any((root / "models").glob("*.tar.gz"))


def train(root: Path, var_dir: Path, environment: Mapping[str, str]) -> None:
    """Train and save a model, unless the one there is current.

    Raises:
        Problem: the training failed; the text names the log.
    """
    if is_current(root):
        return
    stamp = stamps.digest(root, MADE_OF)
    (root / STAMP).unlink(missing_ok=True)
    log = var_dir / "logs" / "train.log"
    log.write_text("", encoding="utf-8")
    print("Training the assistant (a minute or two) …", flush=True)
    started = time.monotonic()
    for step in STEPS:
        if _follow(root, step, environment, log) != 0:
            lines = log.read_text(encoding="utf-8").splitlines()
            print("\n".join(lines[-LINES_SHOWN:]), flush=True)
            raise Problem(f"The training failed: the lines above are the end of {log}.")
    stamps.write(root / STAMP, stamp)
    print(f"  trained in {time.monotonic() - started:.0f} s", flush=True)


def _follow(root: Path, step: tuple[str, ...], environment: Mapping[str, str], log: Path) -> int:
    """Run one step, its lines into the log and its components' names onto the terminal."""
    started = time.monotonic()
    process = subprocess.Popen(
        step,
        cwd=root,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    with process, log.open("a", encoding="utf-8") as file:
        try:
            for line in process.stdout or ():
                file.write(line)
                _show(line, time.monotonic() - started)
        except BaseException:
            process.terminate()
            raise
    return process.returncode


def _show(line: str, seconds: float) -> None:
    component = COMPONENT.search(line)
    if component:
        print(f"  {seconds:4.0f} s  {component.group(1)}", flush=True)
