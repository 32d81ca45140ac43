"""Locks between several starts, released by the kernel however a process ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.problems import Problem


@contextmanager
def building(root: Path) -> Iterator[None]:
    """Hold the checkout's build lock: two copies never build or train at once."""
    with (root / ".build.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another start is building here; waiting for it …", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def claim(var_dir: Path) -> None:
    """Keep VAR_DIR for this start and the processes that it becomes, until they have ended.

    Raises:
        Problem: another start runs with it.
    """
    descriptor = os.open(var_dir / "running.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Problem(
            f"Another copy runs with VAR_DIR {var_dir}: stop it, or give this one its own VAR_DIR."
        ) from error
    os.set_inheritable(descriptor, True)
