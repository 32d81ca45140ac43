"""A PostgreSQL server for the tests: on a port of its own, gone when they end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SETTING = "TEST_POSTGRESQL_URL"
FOLDERS = Path("/usr/lib/postgresql")
# What a crash would lose is only a test's.
FAST = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"


def is_available(environment: Mapping[str, str]) -> bool:
    """Whether the tests are given a server, or one can be started here."""
    return bool(environment.get(SETTING) or _programs())


@contextmanager
def temporary(environment: Mapping[str, str], *, fast: bool = True) -> Iterator[dict[str, str]]:
    """The environment with TEST_POSTGRESQL_URL in it, as far as a server is to be had.

    A `fast` one does not wait for the disk; measurements and crashes want one that does.
    """
    programs = _programs()
    if environment.get(SETTING) or programs is None:
        yield dict(environment)
        return
    with tempfile.TemporaryDirectory(prefix="preconsult-pg-") as folder:
        port = _start(programs, Path(folder), FAST if fast else "")
        try:
            yield {**environment, SETTING: f"postgresql://postgres@127.0.0.1:{port}/postgres"}
        finally:
            _as_server(f"{programs}/pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")


def _programs() -> Path | None:
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).parent
    return max(FOLDERS.glob("*/bin"), default=None, key=lambda path: path.parent.name)


def _start(programs: Path, folder: Path, more: str) -> int:
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    data = f"{folder}/data"
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 {more}"
    _as_server(f"{programs}/initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8")
    log = f"{folder}/log"
    _as_server(f"{programs}/pg_ctl", "-D", data, "-w", "-l", log, "-o", options, "start")
    return port


def _as_server(*command: str) -> None:
    # PostgreSQL refuses to run as root.
    words = ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd="/")
