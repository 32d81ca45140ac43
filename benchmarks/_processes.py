"""Processes that a benchmark starts and watches, and what they and their files take."""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from deploy import environments
from deploy.settings import QUIET


@contextlib.contextmanager
def actions(folder: Path) -> Iterator[dict[str, str]]:
    """Run the project's action server, and give the environment of the processes beside it."""
    port = free_port()
    environment = {
        **os.environ,
        **QUIET,
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "ASSISTANT_TOKEN": secrets.token_hex(16),
        "ACTIONS_URL": f"http://127.0.0.1:{port}/webhook",
        "VAR_DIR": str(folder),
        "ASSISTANT_DATABASE_URL": f"sqlite:///{folder.resolve() / 'assistant.db'}",
        "RASA_CACHE_DIRECTORY": str(folder / "cache"),
    }
    command = [environments.ASSISTANT.python, "-m", "actions", "--port", str(port)]
    with started_process(command, environment, folder / "actions.log"):
        yield environment


@contextlib.contextmanager
def started_process(
    command: list[str], environment: Mapping[str, str], log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a process as long as it is needed; what it wrote is shown when something fails."""
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=dict(environment), stdout=file, stderr=file)
    try:
        with shown_on_failure(log):
            yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


@contextlib.contextmanager
def shown_on_failure(log: Path) -> Iterator[None]:
    """Show the end of a log when what is done meanwhile fails."""
    try:
        yield
    except BaseException:
        print(log.read_text(encoding="utf-8", errors="replace")[-3000:], file=sys.stderr)
        raise


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    """Run a command to its end, its progress on the terminal."""
    if subprocess.run(command, env=environment, check=False).returncode != 0:
        raise SystemExit(f"{command[0]} failed (see above).")


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def resident(pid: int) -> int:
    """Return a process's resident memory in bytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kilobytes) * 1024


def size(folder: Path) -> int:
    """Return what a folder takes on disk, in bytes."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))
