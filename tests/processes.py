"""Processes of ours that a test starts, watches and ends."""

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 30.0
LISTENING = "0A"


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(happened: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Return when it happened; fail when the patience (seconds) is used up."""
    until = time.monotonic() + patience
    while not happened():
        assert time.monotonic() < until, "it did not happen in time"
        threading.Event().wait(0.05)


@dataclass
class Started:
    """A started runner and the lines it has said so far."""

    process: "subprocess.Popen[str]"
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip("\n"))

    @property
    def said(self) -> str:
        """Everything said so far, both streams."""
        return "\n".join(self.lines)

    def wait_until_said(self, text: str, patience: float = PATIENCE) -> None:
        """Wait for a text on the terminal."""
        wait_for(lambda: text in self.said or self.process.poll() is not None, patience)
        assert text in self.said, self.said

    def end(self, signal_number: int = signal.SIGINT) -> int:
        """Send a signal, wait for the end, give the exit status."""
        self.process.send_signal(signal_number)
        return self.ended()

    def ended(self) -> int:
        """Wait for the end, give the exit status."""
        status = self.process.wait(timeout=PATIENCE)
        self.reader.join(timeout=PATIENCE)
        return status


def listener(port: int) -> int | None:
    """The process that listens on a port of this machine's IPv4, or None."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {
        f"socket:[{row[9]}]"
        for row in rows
        if row[3] == LISTENING and int(row[1].rpartition(":")[2], 16) == port
    }
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(descriptor.readlink()) in sockets:
                return int(descriptor.parts[2])
        except OSError:
            continue
    return None
