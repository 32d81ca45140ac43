"""Runs the tests of the widget's modules, which are JavaScript, as part of the one test command."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NODE = shutil.which("node")
SECONDS = 60


@pytest.mark.skipif(NODE is None, reason="node is not installed: install Node.js 20 or later")
@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.js")), ids=lambda file: file.stem)
def test_the_modules_of_the_widget_keep_their_promises(file: Path) -> None:
    assert NODE is not None
    done = subprocess.run(
        [NODE, "--test", str(file)], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
