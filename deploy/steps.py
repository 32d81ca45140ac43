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
JUDGED_BY = ".rasa/evaluation.yml"


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
    Step("types, front desk", (f"{DESK_BIN}/mypy", *DESK_TYPED)),
    Step("types, assistant", (ASSISTANT.python, "-m", "mypy", *ASSISTANT_TYPED)),
    Step("who imports whom", (f"{DESK_BIN}/lint-imports", "--no-cache")),
    Step(
        "the assistant's data",
        (ASSISTANT.python, "-m", "rasa", "data", "validate", "--fail-on-warnings"),
    ),
    Step(
        "messages to judge by, in Rasa's form",
        (
            *(ASSISTANT.python, "-m", "assistant.evaluate"),
            *("--input", "tests/assistant/evaluation.jsonl", "--as-rasa", JUDGED_BY),
        ),
    ),
    Step(
        "rasa test nlu",
        (
            *(ASSISTANT.python, "-m", "rasa", "test", "nlu", "--nlu", JUDGED_BY),
            *("--out", ".rasa/results", "--no-plot", "--no-errors"),
        ),
    ),
    Step("documentation", (*pytest(FRONTDESK.python, "docs"), "--quiet")),
)
TESTS = (
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
    Step("front desk", pytest(FRONTDESK.python, "frontdesk", "crash"), shown=True),
)


def check(settings: Settings) -> None:
    """Run every check, also behind one that failed.

    Raises:
        Problem: at least one failed.
    """
    _run_all(CHECKS, settings)


def test(settings: Settings) -> None:
    """Run every test, also behind one that failed, with a PostgreSQL of their own if there is one.

    All steps run at once: each waits most of its time for servers.

    Raises:
        Problem: a test failed, or, where nothing may be skipped, a tool is missing.
    """
    missing = _missing_tools(settings.environment)
    if missing and settings.environment.get(REQUIRE_ALL):
        raise Problem(f"{REQUIRE_ALL} is set, and the tests miss: {'; '.join(missing)}.")
    with postgresql.temporary(settings.environment) as environment:
        _run_all(TESTS, settings, environment, at_once=len(TESTS))
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


def _run_all(
    steps: Sequence[Step],
    settings: Settings,
    environment: Mapping[str, str] | None = None,
    at_once: int = 1,
) -> None:
    given = {**(environment or settings.environment), "FORCE_COLOR": "1"}
    if not sys.stdout.isatty():
        del given["FORCE_COLOR"]
    with ThreadPoolExecutor(at_once) as pool:
        passed = list(pool.map(lambda step: _passes(step, settings, given), steps))
    failed = [step.name for step, has_passed in zip(steps, passed, strict=True) if not has_passed]
    if failed:
        raise Problem(f"failed: {', '.join(failed)}.")


def _passes(step: Step, settings: Settings, environment: Mapping[str, str]) -> bool:
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
    return done.returncode == 0
