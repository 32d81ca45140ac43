"""Patients, their screens, and staff, who all try again until they know what became of it."""

import asyncio
import json
import random
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2

from tests.crash.history import History
from tests.crash.processes import BOOK

_NOT_NOW: Final = (429, 500, 502, 503, 504)
_READ_SECONDS: Final = 20


@dataclass
class Clinic:
    """Where the front desks are (through proxies that cut), and what is counted."""

    fronts: Sequence[str]
    history: History
    random: random.Random
    tokens: Sequence[str]
    over: asyncio.Event = field(default_factory=asyncio.Event)
    counts: dict[str, int] = field(default_factory=lambda: {"races": 0, "broken": 0})
    http: httpx2.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        """Open a client that uses each connection once, so that each may be cut."""
        self.http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(12, connect=2),
            limits=httpx2.Limits(max_keepalive_connections=0),
            trust_env=False,
        )

    async def ask(self, method: str, path: str, token: str = "", **more: Any) -> httpx2.Response:
        """The answer, however often that takes; the same request is sent each time."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        while True:
            front = self.random.choice(self.fronts)
            try:
                answer = await self.http.request(method, front + path, headers=headers, **more)
                if answer.status_code not in _NOT_NOW:
                    return answer
            except httpx2.HTTPError:
                self.counts["broken"] += 1
            await asyncio.sleep(self.random.uniform(0.01, 0.08))


@dataclass
class Patient:
    """One conversation: what is sent, and two screens that follow it."""

    clinic: Clinic
    id: str = ""
    token: str = ""
    got: dict[str, int] = field(default_factory=dict)
    staff_here: int = 0
    sent: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def path(self) -> str:
        """The conversation's address."""
        return f"/api/v1/conversations/{self.id}"

    async def begin(self) -> None:
        """Start a visit."""
        visit = (await self.clinic.ask("POST", "/api/v1/visits", json={})).json()
        self.id, self.token = visit["conversation"]["id"], visit["token"]

    async def talk(self, messages: int) -> None:
        """Send so many messages, one after the other."""
        for number in range(messages):
            is_booking = self.clinic.random.random() < 0.2
            await self.send(f"{BOOK if is_booking else 'question '}{self.id} {number}")
            await asyncio.sleep(self.clinic.random.uniform(0, 0.25))
            if self.clinic.over.is_set():
                return

    async def send(self, text: str) -> None:
        """Send it until it is acknowledged, now and then twice at once or once more."""
        client_id = str(uuid.uuid4())
        mark = {"conversation": self.id, "id": client_id}
        self.clinic.history.add("send", "invoke", **mark, text=text)
        copies = 2 if self.clinic.random.random() < 0.2 else 1
        body = {"client_id": client_id, "text": text}
        answers = await asyncio.gather(
            *(
                self.clinic.ask("POST", f"{self.path}/messages", self.token, json=body)
                for _ in range(copies)
            )
        )
        for place, answer in enumerate(answers):
            assert answer.status_code in (200, 201), answer.text
            number = answer.json()["number"]
            self.clinic.history.add("send", "ok", **mark, number=number, again=place > 0)
        self.sent.set()

    async def follow(self, reader: str) -> None:
        """Read the feed for ever; it resumes wherever it was cut."""
        self.got[reader] = 0
        while True:
            try:
                async for event in self._events(self.got[reader]):
                    if event["event"] == "reset":
                        self.clinic.history.add("reset", "fail", conversation=self.id)
                    elif event["event"] == "message":
                        self.got[reader] = event["data"]["number"]
                        mark = {"conversation": self.id, "reader": reader}
                        self.clinic.history.add("read", "ok", **mark, number=self.got[reader])
            except (httpx2.HTTPError, json.JSONDecodeError):
                self.clinic.counts["broken"] += 1
            await asyncio.sleep(self.clinic.random.uniform(0.01, 0.1))

    async def _events(self, after: int) -> AsyncIterator[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.token}", "Last-Event-ID": str(after)}
        url = f"{self.clinic.random.choice(self.clinic.fronts)}{self.path}/feed"
        timeout = httpx2.Timeout(_READ_SECONDS, connect=2)
        async with self.clinic.http.stream("GET", url, headers=headers, timeout=timeout) as answer:
            if answer.status_code != 200:
                return
            event: dict[str, Any] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    event["event"] = value
                elif name == "data":
                    event["data"] = json.loads(value)
                elif not line and "data" in event:
                    yield event
                    event = {}

    async def state(self) -> dict[str, Any]:
        """Messages and state."""
        answer = await self.clinic.ask("GET", f"{self.path}/messages", self.token)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def settle(self) -> None:
        """Wait until all is answered and on every screen; then write the end down."""
        while True:
            state = (await self.state())["state"]
            if self.staff_here:
                pass
            elif state["owner"] != "assistant":
                await self._give_back()
            elif not state["thinking"] and min(self.got.values()) >= state["last_number"]:
                break
            await asyncio.sleep(0.05)
        end = await self.state()
        self.clinic.history.add("final", "ok", conversation=self.id, messages=end["messages"])

    async def _give_back(self) -> None:
        path = f"/api/v1/staff/conversations/{self.id}/give-back"
        await self.clinic.ask("POST", path, self.clinic.tokens[0])
        self.clinic.history.add("give-back", "ok", conversation=self.id)


@dataclass
class Staff:
    """One person who steps in wherever a message has just come."""

    clinic: Clinic
    token: str
    colleague: str

    async def work(self, patients: list[Patient]) -> None:
        """Take, answer, leave and give back, at moments when the assistant is busy."""
        while not self.clinic.over.is_set():
            patient = self.clinic.random.choice(patients) if patients else None
            if patient is None or not patient.id:
                await asyncio.sleep(0.05)
                continue
            patient.sent.clear()
            try:
                await asyncio.wait_for(patient.sent.wait(), 0.5)
            except TimeoutError:
                continue
            await asyncio.sleep(self.clinic.random.uniform(0, 0.06))
            if patient not in patients:
                continue  # this talk is over, and is being written down
            patient.staff_here += 1
            await self._step_in(patient)
            patient.staff_here -= 1

    async def _step_in(self, patient: Patient) -> None:
        what = self.clinic.random.choice(["take", "reply", "both", "leave"])
        if what == "reply":
            await self._reply(patient, self.token)
        elif what == "both":
            await asyncio.gather(
                self._reply(patient, self.token), self._reply(patient, self.colleague)
            )
        else:
            await self._do(patient, "take")
            if what == "leave":
                await self._do(patient, "leave")
        await asyncio.sleep(self.clinic.random.uniform(0, 0.3))
        await self._do(patient, "give-back")

    async def _do(self, patient: Patient, what: str) -> None:
        path = f"/api/v1/staff/conversations/{patient.id}"
        answer = await self.clinic.ask("POST", f"{path}/{what}", self.token)
        kind = "ok" if answer.status_code == 200 else "fail"
        self.clinic.history.add(what, kind, conversation=patient.id)
        self.clinic.counts["races"] += what == "take"

    async def _reply(self, patient: Patient, token: str) -> None:
        path = f"/api/v1/staff/conversations/{patient.id}"
        card = (await self.clinic.ask("GET", path, token)).json()
        seen = card["state"]["last_number"]
        client_id, text = str(uuid.uuid4()), f"A person answers {uuid.uuid4()}"
        mark = {"conversation": patient.id, "id": client_id}
        self.clinic.history.add("reply", "invoke", **mark, seen=seen, text=text)
        body = {"client_id": client_id, "text": text, "seen_number": seen}
        answer = await self.clinic.ask("POST", f"{path}/replies", token, json=body)
        self.clinic.counts["races"] += 1
        if answer.status_code in (200, 201):
            self.clinic.history.add("reply", "ok", **mark, number=answer.json()["number"])
        else:
            assert answer.status_code == 409, answer.text
            self.clinic.history.add("reply", "fail", **mark)
