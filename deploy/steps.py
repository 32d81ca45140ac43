"""What `make check` and `make test` run: a table of steps, each shown with its result."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from deploy import postgresql
from deploy.environments import ASSISTANT, FRONTDESK
from deploy.problems import Problem
from deploy.settings import Settings

REQUIRE_ALL = "PRECONSULT_REQUIRE_ALL"
DESK_BIN = f"{FRONTDESK.folder}/bin"


@dataclass(frozen=True)
class Step:
    """One command of ours, and when it speaks to the terminal: only when it fails by default.

    `shown` steps always speak, those `behind` another one when they are done.
    """

    name: str
    command: Sequence[str]
    shown: bool = False
    behind: bool = False


def pytest(environment_python: str, *folders: str) -> tuple[str, ...]:
    """The pytest command for some folders of tests/."""
    return (environment_python, "-m", "pytest", *(f"tests/{folder}" for folder in folders))


DESK_TYPED = (
    *("frontdesk", "clinic", "deploy", "tests/frontdesk", "tests/clinic", "tests/widget"),
    *(
        "tests/deploy",
        "tests/docs",
        "tests/browser",
        "tests/crash",
        "tests/fakes",
        "tests/conftest.py",
        "tests/processes.py",
    ),
)
ASSISTANT_TYPED = (
    *("assistant", "actions", "tests/assistant", "tests/actions", "tests/conversations"),
    "tests/stack.py",
)

CHECKS = (
    Step("format", (f"{DESK_BIN}/ruff", "format", "--check", "--quiet", ".")),
    Step("lint", (f"{DESK_BIN}/ruff", "check", "--output-format", "concise", ".")),
    # A cache for each: two at once would spoil a common one.
    Step(
        "types, front desk",
        (f"{DESK_BIN}/mypy", "--cache-dir", ".mypy_cache/frontdesk", *DESK_TYPED),
    ),
    Step(
        "types, assistant",
        (ASSISTANT.python, "-m", "mypy", "--cache-dir", ".mypy_cache/assistant", *ASSISTANT_TYPED),
    ),
    Step("who imports whom", (f"{DESK_BIN}/lint-imports", "--no-cache")),
    Step("documentation", (*pytest(FRONTDESK.python, "docs"), "--quiet")),
    Step(
        "the assistant's data",
        (ASSISTANT.python, "-m", "rasa", "data", "validate", "--fail-on-warnings"),
    ),
)
# As many at once as keep two cores busy: each waits much of its time for servers.
DESK_AT_ONCE = 4
_AT_ONCE = 2
_ENDING = 25
TESTS = (
    Step(
        "front desk",
        (
            *pytest(FRONTDESK.python, "frontdesk", "crash", "fakes"),
            *("--numprocesses", str(DESK_AT_ONCE), "--dist", "worksteal"),
        ),
        shown=True,
    ),
    Step(
        "assistant",
        pytest(ASSISTANT.python, "assistant", "actions", "conversations", "clinic"),
        shown=True,
        behind=True,
    ),
    Step(
        "chat, inbox and runner",
        pytest(FRONTDESK.python, "clinic", "widget", "deploy", "docs", "browser"),
        shown=True,
        behind=True,
    ),
)


def check(settings: Settings) -> None:
    """Run every check, also behind one that failed.

    Raises:
        Problem: at least one failed.
    """
    _tell(_failures(CHECKS, settings, settings.environment))


def test(settings: Settings) -> None:
    """Run every test, also behind one that failed, with a PostgreSQL of their own if there is one.

    Raises:
        Problem: a test failed, or, where nothing may be skipped, a tool is missing.
    """
    missing = _missing_tools(settings.environment)
    if missing and settings.environment.get(REQUIRE_ALL):
        raise Problem(f"{REQUIRE_ALL} is set, and the tests miss: {'; '.join(missing)}.")
    with postgresql.temporary(settings.environment) as environment:
        failed = _failures(TESTS, settings, environment)
    _tell(failed)
    for line in missing:
        print(f"Skipped: {line}.", flush=True)


def _missing_tools(environment: Mapping[str, str]) -> list[str]:
    missing = []
    if not shutil.which("node"):
        missing.append("the chat widget's unit tests (apt install nodejs)")
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        missing.append("the tests in a browser (apt install chromium)")
    if not postgresql.is_available(environment):
        missing.append("the tests on PostgreSQL (apt install postgresql)")
    return missing


def _failures(
    steps: Sequence[Step],
    settings: Settings,
    environment: Mapping[str, str],
) -> dict[str, str]:
    """Run all steps, two at a time; gives those that failed, each with the end of what it said."""
    given = {**environment, "FORCE_COLOR": "1"}
    if not sys.stdout.isatty():
        del given["FORCE_COLOR"]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        endings = list(pool.map(lambda step: _failure(step, settings, given), steps))
    return {step.name: end for step, end in zip(steps, endings, strict=True) if end is not None}


def _tell(failed: Mapping[str, str]) -> None:
    if not failed:
        return
    for name, ending in failed.items():
        # What failed first may have scrolled away behind the others.
        if ending:
            print(f"\n{name} ended so:\n{ending}", flush=True)
    raise Problem(f"failed: {', '.join(failed)}.")


def _failure(step: Step, settings: Settings, environment: Mapping[str, str]) -> str | None:
    """Run a step; gives the end of what a failed one has said, nothing where it passed."""
    started = time.monotonic()
    is_live = step.shown and not step.behind
    print(f"{step.name} …", flush=True)
    done = subprocess.run(
        step.command,
        cwd=settings.root,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=None if is_live else subprocess.PIPE,
        stderr=None if is_live else subprocess.STDOUT,
        check=False,
    )
    if done.stdout and (step.shown or done.returncode != 0):
        os.write(sys.stdout.fileno(), done.stdout)
    result = "ok" if done.returncode == 0 else "FAILED"
    print(f"  {result}, {time.monotonic() - started:.0f} s: {step.name}", flush=True)
    if done.returncode == 0:
        return None
    lines = (done.stdout or b"").decode(errors="replace").splitlines()
    return "\n".join(lines[-_ENDING:])
