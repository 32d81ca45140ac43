"""How soon messages are acknowledged and answered, and whether open feeds cost memory.

    frontdesk/.venv/bin/python -m benchmarks.load --url http://localhost:8000 --rate 20 --seconds 60
    frontdesk/.venv/bin/python -m benchmarks.load --feeds 200 --seconds 1800 --pid PID

Sends so many messages a second, with `--feeds` screens open beside them, each of another patient,
and prints the times in milliseconds. With `--pid` of the front desk it prints its memory too. The
front desk needs MESSAGES_PER_MINUTE=100000 and VISITS_PER_MINUTE=100000.
"""

import argparse
import asyncio
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Final

import httpx2

from benchmarks._processes import resident
from benchmarks.turns import percentile

_PATIENTS: Final = 20
_QUESTIONS: Final = ("does it hurt?", "how many sessions?", "what are the risks?", "does it help?")
_MEMORY_SECONDS: Final = 60.0


@dataclass
class Patient:
    """A conversation, and when each of its messages was sent."""

    path: str
    headers: dict[str, str]
    sent: dict[str, float] = field(default_factory=dict)


@dataclass
class Seen:
    """What was measured, in seconds."""

    acknowledged: list[float] = field(default_factory=list)
    delivered: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    refused: int = 0
    events: int = 0


async def measure(options: argparse.Namespace) -> Seen:
    """Open everything, send, and give what was seen."""
    seen = Seen()
    limits = httpx2.Limits(max_connections=None)
    async with httpx2.AsyncClient(
        base_url=options.url, timeout=30, trust_env=False, limits=limits
    ) as http:
        patients = [await _begin(http) for _ in range(max(_PATIENTS, options.feeds))]
        screens = patients[: options.feeds]
        reading = [asyncio.create_task(_follow(http, one, seen)) for one in screens]
        watching = asyncio.create_task(_watch(options.pid, seen))
        await asyncio.sleep(1)
        await _send_all(http, patients, options, seen)
        await asyncio.sleep(1)
        for task in (*reading, watching):
            task.cancel()
    return seen


async def _begin(http: httpx2.AsyncClient) -> Patient:
    visit = (await http.post("/api/v1/visits", json={})).raise_for_status().json()
    path = f"/api/v1/conversations/{visit['conversation']['id']}"
    return Patient(path, {"Authorization": f"Bearer {visit['token']}"})


async def _send_all(
    http: httpx2.AsyncClient, patients: list[Patient], options: argparse.Namespace, seen: Seen
) -> None:
    began = time.perf_counter()
    sending = []
    for number in range(int(options.rate * options.seconds)):
        await asyncio.sleep(max(0.0, began + number / options.rate - time.perf_counter()))
        patient = patients[number % len(patients)]
        sending.append(asyncio.create_task(_send(http, patient, number, seen)))
    await asyncio.gather(*sending)


async def _send(http: httpx2.AsyncClient, patient: Patient, number: int, seen: Seen) -> None:
    message = {"client_id": str(uuid.uuid4()), "text": _QUESTIONS[number % len(_QUESTIONS)]}
    began = time.perf_counter()
    patient.sent[message["client_id"]] = began
    answer = await http.post(f"{patient.path}/messages", json=message, headers=patient.headers)
    if answer.is_success:
        seen.acknowledged.append(time.perf_counter() - began)
    else:
        seen.refused += 1


async def _follow(http: httpx2.AsyncClient, patient: Patient, seen: Seen) -> None:
    """Read the feed, again when it ends; note when the patient's own messages come back."""
    got = "0"
    while True:
        headers = {**patient.headers, "Last-Event-ID": got}
        try:
            async with http.stream("GET", f"{patient.path}/feed", headers=headers) as answer:
                async for line in answer.aiter_lines():
                    if line.startswith("id: "):
                        got = line.removeprefix("id: ")
                        seen.events += 1
                    elif line.startswith("data: ") and '"client_id":"' in line:
                        began = patient.sent.get(json.loads(line[6:])["client_id"])
                        if began is not None:
                            seen.delivered.append(time.perf_counter() - began)
        except httpx2.HTTPError:
            await asyncio.sleep(0.5)


async def _watch(pid: int | None, seen: Seen) -> None:
    while pid is not None:
        seen.memory.append(resident(pid) / 1e6)
        print(f"{len(seen.memory) - 1:3} min  {seen.memory[-1]:.0f} MB", flush=True)
        await asyncio.sleep(_MEMORY_SECONDS)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--rate", type=float, default=20, help="messages a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--feeds", type=int, default=0, help="screens that are open")
    parser.add_argument("--pid", type=int, help="the front desk's process, for its memory")
    seen = asyncio.run(measure(parser.parse_args()))
    print(f"{len(seen.acknowledged)} acknowledged, {seen.refused} refused, {seen.events} events")
    for name, times in (("acknowledged", seen.acknowledged), ("on a screen", seen.delivered)):
        if times:
            marks = (f"p{mark} {percentile(times, mark):.1f}" for mark in (50, 95, 99))
            print(f"  {name:<14}" + "   ".join(marks) + " ms")


if __name__ == "__main__":
    main()
