"""One campaign: people at work, front desks that die, connections that are cut, until enough has
happened; then everything is left to settle, and the log gets the state that it ended in."""

import asyncio
import itertools
import json
import random
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, select

from frontdesk.bookings.models import Booking
from frontdesk.clock import system_clock
from frontdesk.database import Database
from frontdesk.migrating import migrate
from frontdesk.staff import entering
from frontdesk.staff import service as accounts
from tests.crash.checker import Judgement, judge
from tests.crash.faults import POINTS
from tests.crash.history import History
from tests.crash.people import Clinic, Patient, Staff
from tests.crash.processes import Desk, EchoAssistant
from tests.crash.proxy import CuttingProxy

_STAFF: Final = 2
_MESSAGES: Final = (4, 16)
_AT_ONCE: Final = 5
_BY_ITSELF_SECONDS: Final = 2.0
_SETTLE_SECONDS: Final = 120


Trouble = Callable[[Clinic, Sequence[Desk]], Awaitable[None]]


@dataclass(frozen=True)
class Plan:
    """How much has to happen: kills of front desks, cut connections, and people stepping in.

    `desks` front desks at once (one on SQLite); `cuts` is the share of connections that are cut.
    """

    database: str
    folder: Path
    kills: int
    cut: int
    races: int
    desks: int = 1
    cuts: float = 0.3
    seed: int = 1


@dataclass
class Happened:
    """What happened."""

    kills: int = 0
    cut: int = 0
    races: int = 0
    by_point: dict[str, int] | None = None


async def run(plan: Plan) -> Happened:
    """Carry the plan out; its log is `history.jsonl` in the folder."""
    happened = Happened(by_point=dict.fromkeys([*POINTS, "at random"], 0))

    async def kill_them(clinic: Clinic, desks: Sequence[Desk]) -> None:
        share = -(-plan.kills // len(desks))
        await _all([asyncio.ensure_future(_kill(clinic, desk, share, happened)) for desk in desks])

    await _among_people(plan, happened, kill_them)
    return happened


async def roll(plan: Plan, restarts: int) -> tuple[Judgement, list[int | None]]:
    """Stop and start the front desks one after the other; gives the judgement and exit codes."""
    codes: list[int | None] = []

    async def restart_them(clinic: Clinic, desks: Sequence[Desk]) -> None:
        for desk in itertools.islice(itertools.cycle(desks), restarts):
            codes.append(await asyncio.to_thread(desk.stop))
            await asyncio.to_thread(desk.start)
            await asyncio.to_thread(desk.wait_until_ready)
            clinic.history.add("ready", "ok")

    await _among_people(plan, Happened(), restart_them)
    lines = (plan.folder / "history.jsonl").read_text(encoding="utf-8").splitlines()
    return judge(json.loads(line) for line in lines), codes


async def _among_people(plan: Plan, happened: Happened, trouble: Trouble) -> None:
    chance = random.Random(plan.seed)
    await asyncio.to_thread(migrate, plan.database)
    tokens = await _hire(plan.database)
    assistant = EchoAssistant(secrets.token_hex(16))
    await asyncio.to_thread(assistant.start)
    history = History(plan.folder / "history.jsonl")
    desks = [
        Desk(environment(plan, assistant), plan.folder / f"desk-{n}.log") for n in range(plan.desks)
    ]
    proxies = [CuttingProxy(desk.port, plan.cuts, chance) for desk in desks]
    for proxy in proxies:
        await proxy.start()
    clinic = Clinic([proxy.url for proxy in proxies], history, chance, tokens)
    try:
        await _live(plan, clinic, desks, proxies, happened, trouble)
        _write_bookings(plan.database, history)
    finally:
        for desk in desks:
            await asyncio.to_thread(desk.kill)
        for proxy in proxies:
            await proxy.stop()
        await clinic.http.aclose()
        await asyncio.to_thread(assistant.stop)
        history.close()


async def _live(
    plan: Plan,
    clinic: Clinic,
    desks: Sequence[Desk],
    proxies: Sequence[CuttingProxy],
    happened: Happened,
    trouble: Trouble,
) -> None:
    for desk in desks:
        await asyncio.to_thread(desk.start)
        await asyncio.to_thread(desk.wait_until_ready)
    clinic.history.add("ready", "ok")
    there: list[Patient] = []
    talking = [asyncio.ensure_future(_keep_talking(clinic, there)) for _ in range(_AT_ONCE)]
    staff = [
        asyncio.ensure_future(Staff(clinic, one, other).work(there))
        for one, other in itertools.permutations(clinic.tokens, 2)
    ]
    enough = asyncio.ensure_future(_until_enough(plan, clinic, proxies, happened))
    troubled = asyncio.ensure_future(trouble(clinic, desks))
    await _all([troubled, enough], beside=[*talking, *staff])
    clinic.over.set()
    async with asyncio.timeout(_SETTLE_SECONDS):
        await _all([*talking, *staff])


async def _all(
    tasks: Sequence["asyncio.Future[None]"], beside: Sequence["asyncio.Future[None]"] = ()
) -> None:
    """Wait for all tasks; an error of one of them, or of those beside them, is raised at once."""
    left = set(tasks)
    while left:
        done, _ = await asyncio.wait({*left, *beside}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        left -= done


async def _keep_talking(clinic: Clinic, there: list[Patient]) -> None:
    """One patient after another; each talk is settled and written down before the next begins."""
    while not clinic.over.is_set():
        patient = Patient(clinic)
        await patient.begin()
        screens = [asyncio.create_task(patient.follow(f"screen {n}")) for n in (1, 2)]
        there.append(patient)
        await patient.talk(clinic.random.randint(*_MESSAGES))
        there.remove(patient)
        await patient.settle()
        for screen in screens:
            screen.cancel()


async def _kill(clinic: Clinic, desk: Desk, kills: int, happened: Happened) -> None:
    """Kill the front desk so often, at each point in turn and at random times."""
    assert happened.by_point is not None
    points = itertools.cycle([*POINTS, "at random", "at random"])
    for point in itertools.islice(points, kills):
        await asyncio.to_thread(desk.kill)
        named = None if point == "at random" else point
        await asyncio.to_thread(desk.start, named, clinic.random.randint(1, 6))
        await asyncio.to_thread(desk.wait_until_gone_or_ready)
        clinic.history.add("ready", "ok")
        lives = clinic.random.uniform(0, 0.6) if named is None else _BY_ITSELF_SECONDS
        died = await asyncio.to_thread(desk.has_died, lives)
        happened.by_point[point if died or named is None else "at random"] += 1
        happened.kills += 1
        clinic.history.add("kill", "ok", point=point, by_itself=died)
    await asyncio.to_thread(desk.kill)
    await asyncio.to_thread(desk.start)
    await asyncio.to_thread(desk.wait_until_ready)
    clinic.history.add("ready", "ok")


async def _until_enough(
    plan: Plan, clinic: Clinic, proxies: Sequence[CuttingProxy], happened: Happened
) -> None:
    while happened.cut < plan.cut or happened.races < plan.races:
        await asyncio.sleep(0.1)
        happened.cut = sum(proxy.cut for proxy in proxies)
        happened.races = clinic.counts["races"]


def environment(plan: Plan, assistant: EchoAssistant) -> dict[str, str]:
    """The settings of a front desk."""
    return {
        "DATABASE_URL": plan.database,
        "VAR_DIR": str(plan.folder),
        "ASSISTANT_URL": assistant.url,
        "ASSISTANT_TOKEN": assistant.token,
        "VISITS_PER_MINUTE": "1000000",
        "MESSAGES_PER_MINUTE": "1000000",
    }


async def _hire(url: str) -> list[str]:
    """So many people of the staff; gives their tokens for programs."""
    database = Database(url)
    tokens = []
    for number in range(_STAFF):
        now, email = system_clock(), f"person{number}@example.com"
        async with database.transaction() as session:
            link = await accounts.add(session, f"Person {number}", email, "clinician", now)
        await entering.accept_invitation(database, link, now, password=secrets.token_hex(16))
        async with database.transaction() as session:
            tokens.append(await accounts.add_token(session, email, now))
    await database.close()
    return tokens


def _write_bookings(url: str, history: History) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        history.add("bookings", "ok", of=list(connection.scalars(select(Booking.conversation_id))))
    engine.dispose()
