"""The assistant's own state: on both databases, with clocks set back, and in several processes."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from rasa.core.agent import Agent
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import InMemoryTrackerStore, SQLTrackerStore, TrackerStore
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SessionStarted, SlotSet, UserUttered
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy.exc import IntegrityError  # type: ignore[import-untyped]

from assistant import strict
from assistant.database import Database
from assistant.sessions import KEPT_TURNS, LONGEST, begun_anew
from assistant.tracker_store import Overtaken, SharedTrackerStore
from clinic.contract import decode_response
from tests.assistant.stored import DOMAIN, a_turn, count, drop_or_make, fill, loaded, move, take
from tests.stack import Conversation, Stack

HERE = "one-conversation"
TYPE = "assistant.tracker_store.SharedTrackerStore"
# What a turn, its session's start and the turns before it may come to.
BOUND = LONGEST + (KEPT_TURNS + 2) * len(a_turn(0)) + 10


@pytest.fixture
def store(database_url: str) -> Iterator[SharedTrackerStore]:
    """A store on an empty database."""
    made = SharedTrackerStore(DOMAIN, host=database_url)
    yield made
    made.close()


@pytest.fixture
def other(database_url: str, store: SharedTrackerStore) -> Iterator[SharedTrackerStore]:
    """The store of a second process."""
    made = SharedTrackerStore(DOMAIN, host=database_url)
    yield made
    made.close()


async def ids(store: SharedTrackerStore, conversation: str = HERE) -> list[str | None]:
    """The ids of all turns of a conversation, in order."""
    tracker = await store.retrieve_full_tracker(conversation)
    events = tracker.events if tracker else []
    return [event.message_id for event in events if isinstance(event, UserUttered)]


class TestKeeps:
    async def test_what_was_said_in_its_order(
        self, store: SharedTrackerStore, other: SharedTrackerStore
    ) -> None:
        for number in range(3):
            await take(store, HERE, number)
        kept = await other.retrieve(HERE)
        assert kept is not None
        assert await ids(other) == ["turn-0", "turn-1", "turn-2"]
        assert (len(kept.events), kept.get_slot("last_topic")) == (15, "faq/pain")
        assert await other.keys() == [HERE]
        assert await other.retrieve("another") is None

    async def test_a_conversation_that_goes_on_in_the_same_tracker(
        self, store: SharedTrackerStore
    ) -> None:
        tracker = await loaded(store, HERE)
        for number in range(3):
            tracker.update_with_events(a_turn(number), DOMAIN)
            await store.save(tracker)
            await store.save(tracker)
        assert await ids(store) == ["turn-0", "turn-1", "turn-2"]

    async def test_and_goes_on_with_a_file_of_rasas_own_store(self, tmp_path: Path) -> None:
        path = tmp_path / "assistant.db"
        older = SQLTrackerStore(DOMAIN, db=str(path))
        tracker = await older.get_or_create_tracker(HERE)
        tracker.update_with_events([SessionStarted(), *a_turn(0), *a_turn(1)], DOMAIN)
        await older.save(tracker)
        for _ in range(2):  # the second start finds everything made
            store = SharedTrackerStore(DOMAIN, host=f"sqlite:///{path}")
        assert await store.retrieve_turn(HERE, "turn-0") is not None
        await take(store, HERE, 2)
        assert await ids(store) == ["turn-0", "turn-1", "turn-2"]
        again = await SQLTrackerStore(DOMAIN, db=str(path)).retrieve(HERE)
        assert again is not None
        assert len(again.events) == 16

    async def test_and_tells_an_event_broker_of_what_it_saved(self, tmp_path: Path) -> None:
        class Heard(EventBroker):
            told: list[object] = []  # noqa: RUF012

            def publish(self, event: dict[str, object]) -> None:
                self.told.append(event["event"])

        store = SharedTrackerStore(DOMAIN, f"sqlite:///{tmp_path / 'a.db'}", Heard())
        await take(store, HERE, 0)
        assert Heard.told == ["user", "action", "bot", "slot", "action"]


class TestFindsATurn:
    async def test_however_long_ago_it_was(self, store: SharedTrackerStore) -> None:
        for number in range(150):
            await take(store, HERE, number)
        for number in (0, 61, 149):
            held = await store.retrieve_turn(HERE, f"turn-{number}")
            assert held is not None
            said = [one.message_id for one in held.events if isinstance(one, UserUttered)]
            assert said[-1] == f"turn-{number}"
            assert len(held.events) <= BOUND
        assert await store.retrieve_turn(HERE, "turn-150") is None
        assert await store.retrieve_turn("another", "turn-0") is None

    async def test_and_never_holds_one_twice(self, store: SharedTrackerStore) -> None:
        await take(store, HERE, 0)
        with pytest.raises(IntegrityError) as caught:
            await take(store, HERE, 0)
        assert "does it hurt" not in str(caught.value)
        assert await ids(store) == ["turn-0"]
        await take(store, "another", 0)


class TestIgnoresTheClock:
    @pytest.mark.parametrize("days", [30.0, -30.0])
    async def test_when_it_is_set(
        self, store: SharedTrackerStore, database_url: str, days: float
    ) -> None:
        tracker = await loaded(store, HERE)
        tracker.update_with_events([SessionStarted(), *a_turn(0)], DOMAIN)
        await store.save(tracker)
        move(database_url, HERE, days)
        for number in range(1, 120):
            await take(store, HERE, number)
        assert await ids(store) == [f"turn-{number}" for number in range(120)]
        assert count(database_url, HERE, SessionStarted) == 2


class TestRefusesToSave:
    async def test_what_was_overtaken(
        self, store: SharedTrackerStore, other: SharedTrackerStore
    ) -> None:
        await take(store, HERE, 0)
        slow = await loaded(store, HERE)
        await take(other, HERE, 1)
        slow.update_with_events(a_turn(2), DOMAIN)
        with pytest.raises(Overtaken):
            await store.save(slow)
        assert await ids(store) == ["turn-0", "turn-1"]

    async def test_a_conversation_that_another_began(
        self, store: SharedTrackerStore, other: SharedTrackerStore
    ) -> None:
        slow = await loaded(store, HERE)
        await take(other, HERE, 0)
        slow.update_with_events(a_turn(1), DOMAIN)
        with pytest.raises(Overtaken):
            await store.save(slow)

    async def test_half_a_turn(self, store: SharedTrackerStore) -> None:
        await take(store, HERE, 0)
        tracker = await loaded(store, HERE)
        tracker.update_with_events([*a_turn(1), SlotSet("area", object())], DOMAIN)
        with pytest.raises(TypeError):
            await store.save(tracker)
        assert await ids(store) == ["turn-0"]
        await take(store, HERE, 1)

    async def test_and_two_that_race_lose_and_double_nothing(
        self, store: SharedTrackerStore, other: SharedTrackerStore
    ) -> None:
        def race(mine: SharedTrackerStore, first: int) -> int:
            return asyncio.run(_insist(mine, range(first, 60, 2)))

        with ThreadPoolExecutor() as threads:
            tried = list(threads.map(race, (store, other), (0, 1)))
        assert sorted(await ids(store), key=str) == sorted(f"turn-{n}" for n in range(60))
        tracker = await store.retrieve_full_tracker(HERE)
        assert tracker is not None
        kinds = [event.type_name for event in tracker.events]
        assert kinds == [event.type_name for event in a_turn(0)] * 60
        assert sum(tried) >= 60


async def _insist(store: SharedTrackerStore, numbers: range) -> int:
    """Take turns, each again until it is saved; return how many tries it took."""
    tries = 0
    for number in numbers:
        while True:
            tries += 1
            try:
                await take(store, HERE, number)
                break
            except Overtaken:
                pass
    return tries


class TestSessions:
    async def test_bound_what_a_turn_loads(self, tmp_path: Path) -> None:
        store = SharedTrackerStore(DOMAIN, host=f"sqlite:///{tmp_path / 'assistant.db'}")
        lengths = [await take(store, HERE, number) for number in range(1_000)]
        assert max(lengths) <= BOUND
        assert await ids(store) == [f"turn-{number}" for number in range(1_000)]

    async def test_carry_the_slots_over_and_the_last_turns(
        self, store: SharedTrackerStore, database_url: str
    ) -> None:
        tracker = await loaded(store, HERE)
        tracker.update_with_events([SlotSet("area", "knee"), SlotSet("area", "hip")], DOMAIN)
        await store.save(tracker)
        numbers = range(LONGEST // 5 + 2)
        for number in numbers:
            await take(store, HERE, number)
        # Two turns are behind the session's start.
        assert count(database_url, HERE, SessionStarted) == 1
        tracker = await loaded(store, HERE)
        assert (tracker.get_slot("area"), tracker.get_slot("last_topic")) == ("hip", "faq/pain")
        said = [one.message_id for one in tracker.events if isinstance(one, UserUttered)]
        assert said == [f"turn-{number}" for number in numbers[-KEPT_TURNS - 2 :]]

    async def test_never_cut_an_open_form(self, store: SharedTrackerStore) -> None:
        tracker = await loaded(store, HERE)
        form = [ActionExecuted("booking_form"), ActiveLoop("booking_form")]
        tracker.update_with_events(form, DOMAIN)
        await store.save(tracker)
        for number in range(LONGEST // 5 + 2):
            await take(store, HERE, number)
        tracker = await loaded(store, HERE)
        assert tracker.active_loop_name == "booking_form"
        assert begun_anew(tracker) == []
        tracker.update(ActiveLoop(None))
        assert begun_anew(tracker) != []


class TestStarts:
    @pytest.mark.parametrize(
        "url",
        ["", "mysql://one:secret@there/db", "secret", "postgresql://one:secret@there:port/db"],
    )
    def test_with_no_other_database_and_tells_no_password(self, url: str) -> None:
        with pytest.raises(RasaException, match="ASSISTANT_DATABASE_URL must be") as caught:
            SharedTrackerStore(DOMAIN, host=url)
        assert "secret" not in str(caught.value)

    def test_with_no_file_that_cannot_be_used(self, tmp_path: Path) -> None:
        with pytest.raises(RasaException, match=r"cannot be used: .* Check ASSISTANT_DATABASE_URL"):
            SharedTrackerStore(DOMAIN, host=f"sqlite:///{tmp_path}")
        (tmp_path / "file").touch()
        with pytest.raises(RasaException, match="cannot be made"):
            SharedTrackerStore(DOMAIN, host=f"sqlite:///{tmp_path}/file/assistant.db")

    def test_when_the_server_does_and_says_once_what_it_waits_for(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        database = Database("postgresql+psycopg://one:secret@127.0.0.1:1/assistant")
        tries: list[int] = []

        def work() -> None:
            tries.append(len(tries))
            if len(tries) < 4:
                with database.reading():
                    pass

        database.prepare(work, pause=0)
        assert len(tries) == 4
        (line,) = caplog.messages
        assert line.startswith("The assistant's database postgresql+psycopg2://one:***@127.0.0.1:1")
        assert "refused" in line
        assert "secret" not in line

    def test_sqlite_so_that_nothing_saved_is_lost(self, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path / 'deep' / 'assistant.db'}")
        with database.writing("x") as connection:
            kept = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "busy_timeout")
            ]
        assert kept == ["wal", 2, 5000]

    def test_as_rasa_makes_it_of_endpoints_yml(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'assistant.db'}"
        made = TrackerStore.create(EndpointConfig(url, type=TYPE), DOMAIN)
        assert isinstance(made, SharedTrackerStore)
        processor_store = strict._shared(Agent(DOMAIN, tracker_store=made).tracker_store)
        assert processor_store is made

    def test_with_no_store_in_memory(self) -> None:
        with pytest.raises(RasaException, match=r"endpoints\.yml"):
            strict._shared(InMemoryTrackerStore(DOMAIN))


@pytest.fixture(scope="module")
def second(stack: Stack) -> Stack:
    """A second assistant on the same store."""
    return stack.beside()


class TestSeveralProcesses:
    def test_give_one_turn_one_answer(
        self, stack: Stack, second: Stack, patient: Conversation
    ) -> None:
        patient.say("I want to make an appointment")
        turn = patient.turn(text="Maria Lopez")
        first = second.post(turn)
        again = stack.post(turn)
        assert (first.status_code, first.content) == (200, again.content)
        assert count(stack.database, patient.id, UserUttered) == 2

    def test_that_get_turns_at_once_keep_each_once(
        self, stack: Stack, second: Stack, patient: Conversation
    ) -> None:
        for _ in range(4):
            turns = [patient.turn(text="does it hurt?"), patient.turn(text="how long is a visit?")]
            with ThreadPoolExecutor() as threads:
                sent = [threads.submit(stack.post, turns[0]), threads.submit(second.post, turns[1])]
                statuses = [one.result().status_code for one in sent]
            assert 200 in statuses
            assert set(statuses) <= {200, 503}
            for turn in turns:
                assert stack.post(turn).status_code == 200
        assert count(stack.database, patient.id, UserUttered) == 8

    def test_that_get_the_same_turn_at_once_keep_it_once(
        self, stack: Stack, second: Stack, patient: Conversation
    ) -> None:
        turn = patient.turn(text="book me in")
        with ThreadPoolExecutor() as threads:
            sent = [threads.submit(one.post, turn) for one in (stack, second)]
            answers = {one.result().content for one in sent if one.result().status_code == 200}
        assert answers == {stack.post(turn).content}
        assert count(stack.database, patient.id, UserUttered) == 1

    # The last one here: it ends the second assistant.
    def test_lose_nothing_when_one_is_killed(
        self, stack: Stack, second: Stack, patient: Conversation
    ) -> None:
        patient.say("I want to make an appointment")
        assert second.post(patient.turn(text="Maria Lopez")).status_code == 200
        patient.say("602 555 0142")
        turn = patient.turn(text="left knee")
        answered = second.post(turn)
        stack.gate.delay = 30.0
        unanswered = patient.turn(text="asap")
        with pytest.raises(httpx.HTTPError):
            second.client.post(
                second.turns, json=unanswered, headers=second.authorization, timeout=0.5
            )
        second.kill()
        stack.gate.delay = 0.0
        assert stack.post(turn).content == answered.content
        goes_on = decode_response(stack.post(unanswered).content).form
        assert goes_on is not None
        assert (goes_on.asking, goes_on.slots.name) == ("confirm", "Maria Lopez")
        assert count(stack.database, patient.id, UserUttered) == 5


def test_a_form_survives_a_restart_and_health_tells_of_a_lost_database(
    stack: Stack, postgresql: str
) -> None:
    begun = stack.beside(postgresql.replace("postgresql:", "postgresql+psycopg:"))
    patient = Conversation(begun)
    patient.say("I want to make an appointment")
    patient.say("Maria Lopez")
    begun.kill()
    patient.stack = stack.beside(postgresql)
    goes_on = patient.say("602 555 0142").form
    assert goes_on is not None
    assert (goes_on.asking, goes_on.slots.name) == ("area", "Maria Lopez")
    server, _, name = postgresql.rpartition("/")
    drop_or_make(f"{server}/postgres", f'DROP DATABASE "{name}" WITH (FORCE)')
    health = httpx.get(f"{patient.stack.address}/webhooks/frontdesk/health", timeout=20)
    assert (health.status_code, health.json()["status"]) == (503, "no database")
    assert patient.stack.post(patient.turn(text="left knee")).status_code == 500
    patient.stack.kill()


async def test_a_turn_after_a_thousand_loads_no_more_than_any(
    stack: Stack, patient: Conversation
) -> None:
    await fill(stack.database, patient.id, 5_000)
    patient.say("does it hurt?")
    assert count(stack.database, patient.id, SessionStarted) == 1
    store = SharedTrackerStore(DOMAIN, host=stack.database)
    assert len((await loaded(store, patient.id)).events) <= BOUND
    assert [reply.topic for reply in patient.say("how long is a visit?").replies] != []
