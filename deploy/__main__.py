"""`python3 -m deploy run|install|train|check|test|shell|lock|bench`: what the Makefile calls."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from collections.abc import Callable

from deploy import checks, environments, lock, locks, model, shell, steps
from deploy.problems import Problem
from deploy.settings import Settings, from_environment


def run(settings: Settings) -> None:
    """Prepare everything, then become the supervisor of the three processes."""
    os.umask(0o077)
    checks.check_var_dir(settings)
    locks.claim(settings.var_dir)
    checks.check_ports(settings)
    checks.check_disk(settings)
    prepare(settings)
    token = checks.assistant_token(settings)
    environment = {**settings.environment, "ASSISTANT_TOKEN": token}
    migrate(settings, environment)
    checks.check_ports(settings)
    python = str(settings.root / environments.FRONTDESK.python)
    os.chdir(settings.root)
    os.execve(python, [python, "-m", "deploy.supervise"], environment)  # noqa: S606 - our own words


def prepare(settings: Settings) -> None:
    """Install and train, as far as something changed, and check the clinic's settings."""
    with locks.building(settings.root):
        environments.install(settings.root)
        checks.check_clinic(settings)
        model.train(settings.root, settings.var_dir, settings.environment)


def install(settings: Settings) -> None:
    """Build both environments where their locks changed."""
    checks.check_var_dir(settings)
    checks.check_disk(settings)
    with locks.building(settings.root):
        environments.install(settings.root)


def train(settings: Settings) -> None:
    """Install, then train where something changed."""
    checks.check_var_dir(settings)
    checks.check_disk(settings)
    prepare(settings)


def migrate(settings: Settings, environment: dict[str, str]) -> None:
    """Bring the database to this version."""
    command = [str(settings.root / "frontdesk/.venv/bin/frontdesk"), "migrate"]
    if subprocess.run(command, cwd=settings.root, env=environment, check=False).returncode != 0:
        raise Problem("The database could not be brought to this version (see above).")


def check(settings: Settings) -> None:
    """Format, lint, types, import rules, the assistant's data and the documentation."""
    install(settings)
    steps.check(settings)


def test(settings: Settings) -> None:
    """Every test in both environments."""
    train(settings)
    steps.test(settings)


def talk(settings: Settings) -> None:
    """The assistant in the terminal."""
    os.umask(0o077)
    checks.check_inner_ports(settings)
    train(settings)
    token = checks.assistant_token(settings)
    shell.talk(settings.root, {**settings.environment, "ASSISTANT_TOKEN": token})


def compile_locks(settings: Settings) -> None:
    """Both locks again."""
    lock.compile_all(settings.root)


def bench(settings: Settings) -> None:
    """What each benchmark measures and how it is called: the first words of its file."""
    for path in sorted((settings.root / "benchmarks").glob("[!_]*.py")):
        says = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        print(f"benchmarks/{path.name}: {says}\n")


COMMANDS: dict[str, Callable[[Settings], None]] = {
    "run": run,
    "install": install,
    "train": train,
    "check": check,
    "test": test,
    "shell": talk,
    "lock": compile_locks,
    "bench": bench,
}


def main(words: list[str]) -> int:
    """Run one command; a problem is one line on standard error and exit status 1."""
    if len(words) != 1 or words[0] not in COMMANDS:
        print(f"usage: python3 -m deploy {'|'.join(COMMANDS)}", file=sys.stderr)
        return 2
    # SIGTERM takes the way of Ctrl-C, so that a build or a training in progress ends with us.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        COMMANDS[words[0]](from_environment())
    except Problem as problem:
        print(f"preconsult: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("preconsult: stopped.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
