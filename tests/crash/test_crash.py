"""The short form of the campaigns: a few kills at every point, cuts, and people stepping in."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.crash import campaign, checker
from tests.crash.faults import POINTS
from tests.crash.history import History
from tests.crash.processes import Desk, EchoAssistant
from tests.frontdesk.conftest import new_database, postgresql_server


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_promise_is_broken_whatever_is_killed_or_cut(kind: str, tmp_path: Path) -> None:
    if kind == "sqlite":
        happened, broken = carried_out(f"sqlite:///{tmp_path / 'frontdesk.db'}", tmp_path, 1)
    else:
        with new_database(postgresql_server()) as url:
            happened, broken = carried_out(url, tmp_path, 2)
    assert broken == {}
    assert happened.kills >= len(POINTS)
    assert (happened.cut >= 20, happened.races >= 5) == (True, True)


def carried_out(
    url: str, folder: Path, desks: int
) -> tuple[campaign.Happened, dict[str, list[str]]]:
    """A small campaign, and what the checker blames."""
    plan = campaign.Plan(url, folder, kills=len(POINTS) + 2, cut=20, races=5, desks=desks)
    happened = asyncio.run(campaign.run(plan))
    lines = (folder / "history.jsonl").read_text(encoding="utf-8").splitlines()
    judged = checker.judge(json.loads(line) for line in lines)
    assert judged.counts["send ok"] >= 10
    assert judged.counts["final ok"] >= 5
    return happened, {kind: what for kind, what in judged.violations.items() if what}


def test_a_rolling_restart_of_two_loses_nothing(tmp_path: Path) -> None:
    with new_database(postgresql_server()) as url:
        plan = campaign.Plan(url, tmp_path, kills=0, cut=0, races=3, desks=2, cuts=0)
        judged, codes = asyncio.run(campaign.roll(plan, restarts=4))
    assert codes == [0, 0, 0, 0]
    assert judged.counts["send ok"] >= 10
    assert {kind: what for kind, what in judged.violations.items() if what} == {}


def test_a_second_front_desk_on_sqlite_waits_and_then_says_why_it_does_not_start(
    tmp_path: Path,
) -> None:
    assistant = EchoAssistant("x" * 32)
    plan = campaign.Plan(f"sqlite:///{tmp_path / 'frontdesk.db'}", tmp_path, 0, 0, 0)
    environment = {**campaign.environment(plan, assistant), "ASSISTANT_URL": "http://127.0.0.1:9"}
    first, second = (Desk(environment, tmp_path / f"{name}.log") for name in ("one", "two"))
    first.start()
    first.wait_until_ready()
    second.start()
    assert not second.has_died(1)
    assert first.stop() == 0
    second.wait_until_ready()
    assert second.stop() == 0


def test_the_log_is_written_line_by_line(tmp_path: Path) -> None:
    history = History(tmp_path / "history.jsonl")
    history.add("send", "invoke", id="a")
    [line] = (tmp_path / "history.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["op"] == "send"
    history.close()
