import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house of this test's own, in which nothing is left running."""
    house = House(tmp_path)
    yield house
    for pid in house.left_over():
        os.kill(pid, signal.SIGKILL)
