"""How long a patient waits for an answer: against a front desk that runs.

    frontdesk/.venv/bin/python -m benchmarks.turns --url http://localhost:8000 --count 200

Every question is asked in a conversation of its own and followed on its live feed. Two times are
measured: until the message is acknowledged (safe on disk), and until the answer is on the feed.
The front desk lets one address open VISITS_PER_MINUTE conversations: start it with a higher one for
more questions than that.
"""

import argparse
import json
import statistics
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Final

import httpx2

QUESTIONS: Final = (
    "does it hurt?",
    "how many sessions for a knee?",
    "what are the risks?",
    "how long is the appointment?",
    "can I combine it with physical therapy?",
    "I'm on warfarin, can I have this?",
    "when will I feel better?",
    "what is in the injection?",
)


def main() -> None:
    """Ask, and print the figures in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--count", type=int, default=200)
    options = parser.parse_args()
    with httpx2.Client(base_url=options.url, timeout=30, trust_env=False) as http:
        ask(http, QUESTIONS[0])  # the first one warms up
        times = [ask(http, QUESTIONS[n % len(QUESTIONS)]) for n in range(options.count)]
    print(f"{options.count} questions, milliseconds")
    for name, values in zip(("acknowledged", "answered"), zip(*times, strict=True), strict=True):
        print(f"  {name:13} p50 {percentile(values, 50):7.1f}   p95 {percentile(values, 95):7.1f}")


def ask(http: httpx2.Client, text: str) -> tuple[float, float]:
    """Seconds until the acknowledgement, and until the answer is on the feed."""
    visit = http.post("/api/v1/visits", json={}).raise_for_status().json()
    path = f"/api/v1/conversations/{visit['conversation']['id']}"
    headers = {"Authorization": f"Bearer {visit['token']}"}
    with http.stream("GET", f"{path}/feed", headers={**headers, "Last-Event-ID": "1"}) as feed:
        events = authors(feed.iter_lines())
        next(events)
        message = {"client_id": str(uuid.uuid4()), "text": text}
        started = time.perf_counter()
        http.post(f"{path}/messages", json=message, headers=headers).raise_for_status()
        acknowledged = time.perf_counter() - started
        next(author for author in events if author == "assistant")
        return acknowledged, time.perf_counter() - started


def authors(lines: Iterator[str]) -> Iterator[str | None]:
    """Who wrote each message of the feed; `None` for a change of state."""
    for line in lines:
        if line.startswith("data: "):
            yield json.loads(line[len("data: ") :]).get("author")


def percentile(values: Sequence[float], percent: int) -> float:
    """The percentile in milliseconds."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] * 1_000


if __name__ == "__main__":
    main()
