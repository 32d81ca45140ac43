"""How long a patient in danger waits for advice: against a front desk that runs.

    frontdesk/.venv/bin/python -m benchmarks.advice --url http://localhost:8000 --count 500

The time from sending a message to its acknowledgement, which carries the advice, and how many came
without. Run it again with the assistant stopped: the figures should be the same.
"""

import argparse
import time
import uuid
from typing import Final

import httpx2

from benchmarks.turns import percentile

EMERGENCIES: Final = (
    "my chest hurts and I can't breathe",
    "one side of my face is drooping",
    "my knee is hot and red and the size of a grapefruit, and I have chills",
    "I just don't want to be here anymore",
    "grandpa went the colour of putty and keeps rubbing his breastbone",
    "me duele el pecho y no puedo respirar",
    "how much is it? also my throat feels tight and my lips are puffing up",
    "there is a furnace in my knee since the needle and i am shaking under two duvets",
)
_IN_ONE_VISIT: Final = 20


def main() -> None:
    """Send, and print the figures in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--count", type=int, default=500)
    options = parser.parse_args()
    times: list[float] = []
    without = 0
    with httpx2.Client(base_url=options.url, timeout=30, trust_env=False) as http:
        path, headers = begin(http)
        send(http, path, headers, EMERGENCIES[0])  # the first one warms up
        for number in range(options.count):
            if number % _IN_ONE_VISIT == 0:
                path, headers = begin(http)
            seconds, advised = send(http, path, headers, EMERGENCIES[number % len(EMERGENCIES)])
            times.append(seconds)
            without += not advised
    print(f"{options.count} emergencies, milliseconds until the advice; {without} without it")
    print(
        "  "
        + "   ".join(f"p{percent} {percentile(times, percent):.1f}" for percent in (50, 95, 99))
    )


def begin(http: httpx2.Client) -> tuple[str, dict[str, str]]:
    """Open a visit; gives where its messages go, and its token's header."""
    visit = http.post("/api/v1/visits", json={}).raise_for_status().json()
    path = f"/api/v1/conversations/{visit['conversation']['id']}/messages"
    return path, {"Authorization": f"Bearer {visit['token']}"}


def send(http: httpx2.Client, path: str, headers: dict[str, str], text: str) -> tuple[float, bool]:
    """Seconds until the acknowledgement, and whether it says whom to call in its first line."""
    message = {"client_id": str(uuid.uuid4()), "text": text}
    started = time.perf_counter()
    answer = http.post(path, json=message, headers=headers).raise_for_status().json()
    first = answer.get("advice", {}).get("text", "").partition("\n")[0]
    return time.perf_counter() - started, "911" in first


if __name__ == "__main__":
    main()
