"""The supervisor: honcho over the Procfile, each process behind a keeper, logs in VAR_DIR/logs.

Runs in the front desk's environment, in the place of the process that prepared the start.
"""

import logging
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from logging.handlers import RotatingFileHandler
from pathlib import Path

from honcho import manager as honcho_manager
from honcho.environ import parse_procfile
from honcho.printer import Message, Printer

from deploy.settings import ROOT, load

WARNING = re.compile(r"\S+\.py:\d+: \w*Warning: ")
LOG_BYTES = 5_000_000
# A process that does not end when asked is killed by its keeper after 12 s; honcho waits for that.
honcho_manager.KILL_WAIT = 16


class Output(Printer):  # type: ignore[misc]  # honcho is not typed
    """Prefixed lines on the terminal, and the same lines in one rotating file a process."""

    def __init__(self, folder: Path) -> None:
        super().__init__(sys.stdout)
        self.folder = folder
        self.files: dict[str, logging.Logger] = {}
        self.in_warning: dict[str, bool] = {}

    def write(self, message: Message) -> None:
        """File one message and show it; honcho's own and Python's warnings are only filed."""
        data = message.data
        text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
        stamp = message.time.strftime("%Y-%m-%d %H:%M:%S")
        for line in text.splitlines():
            self._file(message.name).info("%s %s", stamp, line)
        quiet = message.name == honcho_manager.SYSTEM_PRINTER_NAME
        if not quiet and not self._is_warning(message.name, text):
            super().write(message)

    def _is_warning(self, name: str, line: str) -> bool:
        """Whether the line belongs to a warning, which ends with an indented line of code.

        Rasa's frozen libraries warn at length on each start, and Sanic lifts PYTHONWARNINGS.
        """
        starts = bool(WARNING.match(line))
        goes_on = self.in_warning.get(name, False)
        self.in_warning[name] = starts or (goes_on and not line.startswith("  "))
        return starts or goes_on

    def _file(self, name: str) -> logging.Logger:
        if name not in self.files:
            logger = logging.Logger(name)
            file = RotatingFileHandler(
                self.folder / f"{name}.log", maxBytes=LOG_BYTES, backupCount=3, encoding="utf-8"
            )
            logger.addHandler(file)
            self.files[name] = logger
        return self.files[name]


class Supervisor(honcho_manager.Manager):  # type: ignore[misc]  # honcho is not typed
    """honcho's manager, which also survives a signal that comes before everything is started."""

    def terminate(self) -> None:
        """Stop all processes, as soon as their process ids are known."""
        if self._all_started():
            super().terminate()
        else:
            threading.Timer(0.1, self.terminate).start()


def build(root: Path, environment: Mapping[str, str]) -> Supervisor:
    """The supervisor with every process of the Procfile, none started yet."""
    supervisor = Supervisor(Output(Path(environment["VAR_DIR"]) / "logs"))
    given = {**environment, "SUPERVISOR_PID": str(os.getpid())}
    procfile = parse_procfile((root / "Procfile").read_text(encoding="utf-8"))
    for kind, command in procfile.processes.items():
        for name, more in _each(kind, environment).items():
            keeper = f"exec {shlex.join([sys.executable, '-m', 'deploy.keep', name])}"
            environ = {**given, **more, "KEPT_COMMAND": command}
            supervisor.add_process(name, keeper, env=environ, cwd=str(root))
    return supervisor


def _each(kind: str, environment: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The processes of one line of the Procfile: an assistant for each address that is named."""
    if kind != "assistant":
        return {kind: {}}
    ports = load(environment).assistant_ports
    names = [kind, *(f"{kind}-{number}" for number in range(2, len(ports) + 1))]
    return {name: {"ASSISTANT_PORT": str(port)} for name, port in zip(names, ports, strict=True)}


def main() -> int:
    """Run until a signal stops it (status 0) or a process cannot be kept alive (status 1)."""
    environment = dict(os.environ)
    supervisor = build(ROOT, environment)
    # In a session of its own: Ctrl-C is the supervisor's to handle.
    announcement = subprocess.Popen(
        [sys.executable, "-m", "deploy.announce"], env=environment, start_new_session=True
    )
    try:
        supervisor.loop()
    finally:
        announcement.terminate()
        announcement.wait()
    if supervisor.returncode in (128 + signal.SIGINT, 128 + signal.SIGTERM):
        print("Preconsult has stopped.", flush=True)
        return 0
    logs = Path(environment["VAR_DIR"]) / "logs"
    print(
        "preconsult: a process could not be kept running, so everything was stopped:"
        f" the lines above say which, {logs} has all of them.",
        file=sys.stderr,
        flush=True,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
