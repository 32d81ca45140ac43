"""`make shell`: talk to the assistant in the terminal, with the action server beside it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from deploy.environments import ASSISTANT


def talk(root: Path, environment: Mapping[str, str]) -> None:
    """Run `rasa shell` until it is left; effects are printed as they travel."""
    actions = [ASSISTANT.python, "-m", "actions", "--port", environment["ACTIONS_PORT"]]
    shell = [ASSISTANT.python, "-m", "rasa", "shell", "--port", environment["ASSISTANT_PORT"]]
    with subprocess.Popen(actions, cwd=root, env=dict(environment)) as beside:
        try:
            subprocess.run(shell, cwd=root, env=dict(environment), check=False)
        finally:
            beside.terminate()
