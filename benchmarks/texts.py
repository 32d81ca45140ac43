"""Texts: copies that arrive at once, sends whose answer is lost, and how soon texts are taken.

    frontdesk/.venv/bin/python -m benchmarks.texts
    DATABASE_URL=postgresql+psycopg://… frontdesk/.venv/bin/python -m benchmarks.texts

Starts a front desk of its own beside a stand-in for the provider and one for the assistant, and
runs three trials: 200 texts in 50 copies each, 1,000 sends that are accepted and never answered
(every second one without a callback), and 1,000 texts while the assistant is down. Without
DATABASE_URL it uses SQLite; the database has to be empty.
"""

import argparse
import collections
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx2
from sqlalchemy import Engine, create_engine, text

from benchmarks._processes import free_port, started_process
from benchmarks.turns import percentile
from tests.fakes.assistant import FakeAssistant
from tests.fakes.twilio import FakeTwilio
from tests.fakes.twilio_wire import new_sid

_TOKEN: Final = secrets.token_hex(16)
_PATIENCE_SECONDS: Final = 900
_OPEN: Final = "SELECT count(*) FROM sms_deliveries WHERE state IN ('waiting', 'trying', 'unknown')"


@contextmanager
def front_desk(folder: Path) -> Iterator[tuple[FakeTwilio, FakeAssistant, Engine]]:
    """A front desk, its provider, its assistant, and its database."""
    twilio, assistant, port = FakeTwilio(), FakeAssistant(_TOKEN), free_port()
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
    command = ["frontdesk/.venv/bin/frontdesk", "serve"]
    with started_process(command, environment, folder / "frontdesk.log"):
        _until(lambda: _answers(twilio.desk_url), "the front desk answers")
        engine = create_engine(database)
        yield twilio, assistant, engine
        engine.dispose()
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


def copies(twilio: FakeTwilio, assistant: FakeAssistant, engine: Engine) -> None:
    """200 texts, 50 copies of each at once."""
    sids = [new_sid("SM") for _ in range(200)]

    def bring(place: int) -> int:
        at = place % len(sids)
        return twilio.text(_number(at), "Does it hurt?", sid=sids[at]).status

    with ThreadPoolExecutor(50) as pool:
        statuses = collections.Counter(pool.map(bring, range(len(sids) * 50)))
    _until(lambda: len(twilio.sent) >= len(sids), "every text is answered")
    time.sleep(5)  # in which a doubled one would come
    rows = _count(engine, "SELECT count(*) FROM sms_inbound")
    print(f"200 texts in 50 copies: answered {dict(statuses)}", flush=True)
    print(f"  rows {rows}, turns {len(assistant.turns)}, replies {len(twilio.sent)}", flush=True)


def cuts(twilio: FakeTwilio, engine: Engine) -> None:
    """1,000 sends that the provider accepts and does not answer; half of the callbacks are lost."""
    before, trials = len(twilio.sent), 1_000
    twilio.cut_after_accept = trials
    began = time.monotonic()
    for place in range(trials):
        twilio.lose_callbacks = place % 2 == 0
        twilio.text(_number(10_000 + place), "Does it hurt?")
        _until(lambda place=place: len(twilio.sent) > before + place, "it was sent")  # type: ignore[misc]
    sent = time.monotonic() - began
    waited = _until(lambda: not _open(engine), "nothing is open")
    time.sleep(10)
    to = collections.Counter(message.to for message in twilio.sent[before:])
    doubled = sum(count - 1 for count in to.values())
    print(f"1,000 sends cut after they were accepted (in {sent:.0f} s):", flush=True)
    print(f"  doubled {doubled}, missing {trials - len(to)}, unknown {_open(engine)}", flush=True)
    print(f"  the last was known {waited:.0f} s after the last was sent", flush=True)


def webhooks(twilio: FakeTwilio, assistant: FakeAssistant, rate: float) -> None:
    """1,000 texts, so many a second, while the assistant is down."""
    assistant.close()
    times: list[float] = []
    failed = 0
    began = time.monotonic()

    def bring(place: int) -> None:
        nonlocal failed
        time.sleep(max(0.0, began + place / rate - time.monotonic()))
        answer = twilio.text(_number(20_000 + place % 200), f"Does it hurt? {place}")
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
    parser.add_argument("--only", choices=("copies", "cuts", "webhooks"), help="one trial")
    parser.add_argument("--rate", type=float, default=20, help="texts a second, in webhooks")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="preconsult-texts-") as name,
        front_desk(Path(name)) as (twilio, assistant, engine),
    ):
        if options.only in (None, "copies"):
            copies(twilio, assistant, engine)
        if options.only in (None, "cuts"):
            cuts(twilio, engine)
        if options.only in (None, "webhooks"):
            webhooks(twilio, assistant, options.rate)


if __name__ == "__main__":
    main()
