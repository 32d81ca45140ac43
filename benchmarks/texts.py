"""Texts: copies that arrive at once, lost answers, killed front desks, how soon texts are taken.

    frontdesk/.venv/bin/python -m benchmarks.texts
    DATABASE_URL=postgresql+psycopg://… frontdesk/.venv/bin/python -m benchmarks.texts

Starts a front desk of its own beside a stand-in for the provider and one for the assistant, and
runs four trials: 200 texts in 50 copies each, 1,000 sends that are accepted and never answered
(every second one without a callback), 300 texts while the front desk is killed again and again, and
1,000 texts while the assistant is down. Without DATABASE_URL it uses SQLite; the database has to be
empty.
"""

import argparse
import collections
import os
import random
import secrets
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2
from sqlalchemy import Engine, create_engine, text

from benchmarks._processes import free_port, shown_on_failure
from benchmarks.turns import percentile
from tests.fakes.assistant import FakeAssistant, saying
from tests.fakes.twilio import FakeTwilio
from tests.fakes.twilio_wire import new_sid

_TOKEN: Final = secrets.token_hex(16)
_PATIENCE_SECONDS: Final = 900
_ANSWER: Final = "Here is what our pages say."
_TAKEN: Final = "SELECT count(*) FROM sms_inbound WHERE outcome = 'taken'"
_OPEN: Final = "SELECT count(*) FROM sms_deliveries WHERE state IN ('waiting', 'trying', 'unknown')"


@dataclass
class Desk:
    """A front desk that can be killed, its provider, its assistant, and its database."""

    twilio: FakeTwilio
    assistant: FakeAssistant
    engine: Engine
    environment: dict[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self.log.open("ab") as file:
            self.process = subprocess.Popen(
                ["frontdesk/.venv/bin/frontdesk", "serve"],
                env=self.environment,
                stdout=file,
                stderr=file,
            )
        _until(lambda: _answers(self.twilio.desk_url), "the front desk answers")

    def kill(self) -> None:
        """End it without a warning."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def front_desk(folder: Path) -> Iterator[Desk]:
    """A front desk, until the block ends; what it wrote is shown when something fails."""
    twilio, assistant, port = FakeTwilio(), FakeAssistant(_TOKEN, saying(_ANSWER)), free_port()
    twilio.desk_url = f"http://127.0.0.1:{port}"
    database = os.environ.get("DATABASE_URL") or f"sqlite:///{folder / 'frontdesk.db'}"
    environment = {
        **os.environ,
        "PORT": str(port),
        "VAR_DIR": str(folder),
        "DATABASE_URL": database,
        "ASSISTANT_URL": assistant.url,
        "ASSISTANT_TOKEN": _TOKEN,
        "SMS_PROVIDER": "twilio",
        "TWILIO_ACCOUNT_SID": twilio.account_sid,
        "TWILIO_AUTH_TOKEN": twilio.auth_token,
        "TWILIO_FROM": twilio.number,
        "TWILIO_API_BASE": twilio.url,
        "PUBLIC_URL": twilio.public_url,
        "CLINIC_FILE": str(_without_caps(folder)),
    }
    log = folder / "frontdesk.log"
    desk = Desk(twilio, assistant, create_engine(database), environment, log)
    try:
        with shown_on_failure(log):
            desk.start()
            yield desk
    finally:
        desk.kill()
        desk.engine.dispose()
        twilio.close()
        assistant.close()


def _without_caps(folder: Path) -> Path:
    """The clinic's settings with caps that let a measurement through."""
    path = folder / "clinic.yml"
    written = Path("clinic.yml").read_text(encoding="utf-8")
    path.write_text(written.replace("per_day: 2000", "per_day: 100000"), encoding="utf-8")
    return path


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/health/live", trust_env=False).is_success
    except httpx2.HTTPError:
        return False


def _until(probe: Callable[[], bool], what: str) -> float:
    began = time.monotonic()
    while not probe():
        if time.monotonic() - began > _PATIENCE_SECONDS:
            raise SystemExit(f"It took too long until {what}.")
        time.sleep(0.2)
    return time.monotonic() - began


def _number(place: int) -> str:
    return f"+1602{2_000_000 + place}"


def copies(desk: Desk) -> None:
    """200 texts, 50 copies of each at once."""
    twilio = desk.twilio
    sids = [new_sid("SM") for _ in range(200)]

    def bring(place: int) -> int:
        at = place % len(sids)
        return twilio.text(_number(at), "Does it hurt?", sid=sids[at]).status

    with ThreadPoolExecutor(50) as pool:
        statuses = collections.Counter(pool.map(bring, range(len(sids) * 50)))
    _until(lambda: len(twilio.sent) >= len(sids), "every text is answered")
    time.sleep(5)  # in which a doubled one would come
    rows = _count(desk.engine, "SELECT count(*) FROM sms_inbound")
    print(f"200 texts in 50 copies: answered {dict(statuses)}", flush=True)
    turns = len(desk.assistant.turns)
    print(f"  rows {rows}, turns {turns}, replies {len(twilio.sent)}", flush=True)


def cuts(desk: Desk) -> None:
    """1,000 sends that the provider accepts and does not answer; half of the callbacks are lost."""
    twilio = desk.twilio
    before, trials = len(twilio.sent), 1_000
    twilio.cut_after_accept = trials
    began = time.monotonic()
    for place in range(trials):
        twilio.lose_callbacks = place % 2 == 0
        twilio.text(_number(10_000 + place), "Does it hurt?")
        _until(lambda place=place: len(twilio.sent) > before + place, "it was sent")  # type: ignore[misc]
    sent = time.monotonic() - began
    waited = _until(lambda: not _open(desk.engine), "nothing is open")
    time.sleep(10)
    to = collections.Counter(message.to for message in twilio.sent[before:])
    doubled = sum(count - 1 for count in to.values())
    print(f"1,000 sends cut after they were accepted (in {sent:.0f} s):", flush=True)
    unknown = _open(desk.engine)
    print(f"  doubled {doubled}, missing {trials - len(to)}, unknown {unknown}", flush=True)
    print(f"  the last was known {waited:.0f} s after the last was sent", flush=True)


def kills(desk: Desk) -> None:
    """300 texts, while the front desk is killed at any moment and started again."""
    twilio, trials, first, killed = desk.twilio, 300, 30_000, 0
    before = len(twilio.sent)
    taken = _count(desk.engine, _TAKEN)
    is_over = threading.Event()

    def bring() -> None:
        for place in range(first, first + trials):
            # Where nobody answers it is not brought again, and stands in the provider's list.
            twilio.text(_number(place), f"Does it hurt? {place}")
            time.sleep(1)
        is_over.set()

    def answered() -> list[str]:
        return [message.to for message in twilio.sent[before:] if _ANSWER in message.body]

    def is_done() -> bool:
        return len(set(answered())) == trials and not _open(desk.engine)

    chance = random.Random(1)  # noqa: S311 - when to kill
    threading.Thread(target=bring, daemon=True).start()
    while not is_over.wait(chance.uniform(0.2, 3)):
        desk.kill()
        killed += 1
        desk.start()
    waited = _until(is_done, "every text is answered")
    time.sleep(10)  # in which a doubled one would come
    rows, answers = _count(desk.engine, _TAKEN) - taken, answered()
    doubled = len(answers) - len(set(answers))
    print(f"{trials} texts, the front desk killed {killed} times:", flush=True)
    print(f"  rows {rows}, answered {len(set(answers))}, doubled {doubled}", flush=True)
    print(f"  the last was answered {waited:.0f} s after it was sent", flush=True)


def webhooks(desk: Desk, rate: float) -> None:
    """1,000 texts, so many a second, while the assistant is down."""
    desk.assistant.close()
    times: list[float] = []
    failed = 0
    began = time.monotonic()

    def bring(place: int) -> None:
        nonlocal failed
        time.sleep(max(0.0, began + place / rate - time.monotonic()))
        answer = desk.twilio.text(_number(20_000 + place % 200), f"Does it hurt? {place}")
        times.append(answer.seconds)
        failed += answer.status != 200

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(bring, range(1_000)))
    marks = "   ".join(f"p{mark} {percentile(times, mark):.1f}" for mark in (50, 95, 99))
    print(f"1,000 texts at {rate:g} a second, assistant down: {failed} refused", flush=True)
    print(f"  taken after {marks} ms", flush=True)


def _open(engine: Engine) -> int:
    return _count(engine, _OPEN)


def _count(engine: Engine, query: str) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text(query)) or 0)


def main() -> None:
    """Run the trials and print what came of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=("copies", "cuts", "kills", "webhooks"), help="one trial")
    parser.add_argument("--rate", type=float, default=20, help="texts a second, in webhooks")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="preconsult-texts-") as name,
        front_desk(Path(name)) as desk,
    ):
        if options.only in (None, "copies"):
            copies(desk)
        if options.only in (None, "cuts"):
            cuts(desk)
        if options.only in (None, "kills"):
            kills(desk)
        if options.only in (None, "webhooks"):
            webhooks(desk, options.rate)


if __name__ == "__main__":
    main()
