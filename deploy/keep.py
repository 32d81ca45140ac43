"""Keep one process alive: start it again when it dies, give up when it dies at once every time.

`KEPT_COMMAND=… python -m deploy.keep NAME`. Ends with status 0 when it was told to stop, 1 when it
gave up. It also stops its process when the supervisor itself is gone, so that nothing is orphaned.
The command comes by the environment: on our own command line, whoever kills the process by its name
(`pkill -f "rasa run"`) would kill its keeper too, and nobody would start it again.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from types import FrameType

GRACE_SECONDS = 12.0
"""Longer than the front desk takes to finish what it has begun."""


@dataclass(frozen=True)
class Patience:
    """How long a life counts as a good one, and how the pauses grow between bad ones (seconds)."""

    good_life: float = 30.0
    pauses: tuple[float, ...] = (0.2, 1.0, 2.0, 4.0)


@dataclass
class Lives:
    """Decides, from how long each life lasted, whether and when there is another."""

    patience: Patience = field(default_factory=Patience)
    short: int = 0

    def pause_after(self, lasted: float) -> float | None:
        """Seconds to wait before the next life, or None to give up."""
        self.short = 1 if lasted >= self.patience.good_life else self.short + 1
        return (
            self.patience.pauses[self.short - 1]
            if self.short <= len(self.patience.pauses)
            else None
        )


class Keeper:
    """One process and its successors."""

    def __init__(self, name: str, command: list[str], lives: Lives, supervisor: int) -> None:
        self.name = name
        self.command = command
        self.lives = lives
        self.supervisor = supervisor
        self.child: subprocess.Popen[bytes] | None = None
        self.stopping = False

    def run(self) -> int:
        """Keep it alive until told to stop; returns the exit status."""
        while not self._is_told_to_stop():
            started = time.monotonic()
            code = self._live()
            if self._is_told_to_stop():
                break
            pause = self.lives.pause_after(time.monotonic() - started)
            if pause is None:
                times = f"{self.lives.short} times in a row"
                self._say(f"{_ended(code)}, {times} right after its start: giving up")
                return 1
            self._say(f"{_ended(code)}; starting it again in {pause:g} s")
            self._sleep(pause)
        return 0

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Ask the process to end, and start no other."""
        self.stopping = True
        if self.child and self.child.poll() is None:
            self.child.terminate()

    def _is_told_to_stop(self) -> bool:
        return self.stopping

    def _live(self) -> int:
        try:
            self.child = subprocess.Popen(self.command)
        except OSError as error:
            self._say(f"cannot be started: {error.strerror}: {self.command[0]}")
            return 127
        asked_at: float | None = None
        while True:
            try:
                return self.child.wait(timeout=0.5)
            except subprocess.TimeoutExpired:
                asked_at = self._watch(self.child, asked_at)

    def _watch(self, child: "subprocess.Popen[bytes]", asked_at: float | None) -> float | None:
        if not self.stopping and not _is_alive(self.supervisor):
            self.stop()
        if self.stopping and asked_at is None:
            # Once more: the signal may have come between the start and this loop.
            child.terminate()
            return time.monotonic()
        if asked_at is not None and time.monotonic() - asked_at > GRACE_SECONDS:
            child.kill()
        return asked_at

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < until:
            time.sleep(0.1)
            if not _is_alive(self.supervisor):
                self.stop()

    def _say(self, text: str) -> None:
        print(f"{self.name} {text}", flush=True)


def _ended(code: int) -> str:
    return f"ended by signal {-code}" if code < 0 else f"ended with status {code}"


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def main(words: list[str]) -> int:
    """Keep the command of `KEPT_COMMAND` alive under the name that is given."""
    [name] = words
    command = ["/bin/sh", "-c", f"exec {os.environ.pop('KEPT_COMMAND')}"]
    supervisor = int(os.environ.get("SUPERVISOR_PID") or os.getppid())
    keeper = Keeper(name, command, Lives(), supervisor)
    signal.signal(signal.SIGTERM, keeper.stop)
    signal.signal(signal.SIGINT, keeper.stop)
    return keeper.run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
