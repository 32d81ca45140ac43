"""`make run`, with stand-ins for the three processes."""

import json
import os
import signal
import socket
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.deploy.house import House
from tests.processes import Started, free_port, listener, wait_for


def pid_of(house: House, name: str) -> int | None:
    url = f"http://127.0.0.1:{house.ports[name]}/"
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return int(json.load(answer)["pid"])
    except OSError:
        return None


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


@pytest.fixture
def ready(house: House) -> Started:
    started = house.start()
    started.wait_until_said("Preconsult is ready")
    return started


def test_says_what_to_open_when_everything_is_ready(house: House, ready: Started) -> None:
    ready.wait_until_said("Ctrl-C stops everything.")
    assert f"http://localhost:{house.ports['frontdesk']}/demo" in ready.said
    assert f"http://localhost:{house.ports['frontdesk']}/inbox\n" in ready.said
    assert "your staff account (once)            http://localhost/inbox/invitations" in ready.said
    assert ready.end() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_and_leaves_no_process(
    house: House, ready: Started, number: signal.Signals
) -> None:
    assert ready.end(number) == 0
    assert ready.lines[-1] == "Preconsult has stopped."
    assert house.left_over() == []


def test_a_signal_right_after_the_start_stops_everything(house: House) -> None:
    started = house.start()
    started.wait_until_said("trained in")
    started.end(signal.SIGTERM)
    assert house.left_over() == []


def test_a_process_that_is_killed_comes_back(house: House, ready: Started) -> None:
    first = pid_of(house, "assistant")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: pid_of(house, "assistant") not in (None, first))
    assert "assistant ended by signal 9; starting it again in 0.2 s" in ready.said
    assert ready.end() == 0


def test_a_process_that_is_killed_by_its_name_comes_back(house: House, ready: Started) -> None:
    first = pid_of(house, "assistant")
    named = f"server.py {house.ports['assistant']}"
    # What `pkill -9 -f NAME` does, within this house.
    killed = [pid for pid in house.left_over() if named in command_line(pid)]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert killed == [first]
    wait_for(lambda: pid_of(house, "assistant") not in (None, first))
    assert ready.end() == 0


def test_a_process_that_cannot_be_kept_running_stops_everything(house: House) -> None:
    house.write_procfile({"actions": "false"})
    started = house.start()
    assert started.ended() == 1
    assert "actions ended with status 1, 5 times in a row right after its start" in started.said
    assert "preconsult: a process could not be kept running" in started.lines[-1]
    assert house.left_over() == []


def test_the_supervisor_killed_leaves_no_process(house: House, ready: Started) -> None:
    assert ready.end(signal.SIGKILL) != 0
    wait_for(lambda: house.left_over() == [])


def test_the_second_start_installs_and_trains_nothing(house: House, ready: Started) -> None:
    assert ready.end() == 0
    installed = house.uv_log.read_text(encoding="utf-8")
    again = house.start()
    again.wait_until_said("Preconsult is ready")
    assert "Building" not in again.said
    assert "Training" not in again.said
    assert house.uv_log.read_text(encoding="utf-8") == installed
    assert again.end() == 0


def test_each_process_has_its_log_file(house: House, ready: Started) -> None:
    assert ready.end() == 0
    for name in house.ports:
        text = (house.root / "var" / "logs" / f"{name}.log").read_text(encoding="utf-8")
        assert "listening token" in text


def test_the_secret_is_made_once_for_its_owner_only_and_never_shown(
    house: House, ready: Started
) -> None:
    path = house.root / "var" / "assistant-token"
    secret = path.read_text(encoding="ascii").strip()
    assert len(secret) >= 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert ready.end() == 0
    again = house.start()
    again.wait_until_said("Preconsult is ready")
    assert again.end() == 0
    assert path.read_text(encoding="ascii").strip() == secret
    logs = [file.read_text(encoding="utf-8") for file in (house.root / "var/logs").iterdir()]
    assert not any(secret in text for text in [ready.said, again.said, *logs])


def refused(house: House, **environment: str) -> str:
    """What a start that is refused says; nothing is left behind it."""
    started = house.start(**environment)
    assert started.ended() == 1
    assert house.left_over() == []
    return started.lines[-1]


def test_a_taken_port_is_named_and_nothing_is_started(house: House) -> None:
    with socket.create_server(("127.0.0.1", house.ports["frontdesk"])):
        said = refused(house)
    assert said.startswith(f"preconsult: Port {house.ports['frontdesk']} is taken")
    assert not house.uv_log.exists()


def test_a_copy_that_shares_the_inner_ports_is_told_what_to_set(house: House) -> None:
    with socket.create_server(("127.0.0.1", house.ports["assistant"])):
        said = refused(house)
    assert f"Port {house.ports['assistant']} (ASSISTANT_URL) is taken" in said
    assert f"ASSISTANT_URL=http://127.0.0.1:{house.ports['assistant'] + 1}" in said


def test_a_second_start_with_the_same_var_dir_is_refused(house: House, ready: Started) -> None:
    second = house.start()
    assert second.ended() == 1
    assert "Another copy runs with VAR_DIR" in second.lines[-1]
    assert ready.end() == 0


def test_a_broken_clinic_file_is_named_with_its_line(house: House) -> None:
    broken = house.root / "clinic.yml"
    broken.write_text("name: [\n", encoding="utf-8")
    assert "clinic.yml" in refused(house)


def test_a_var_dir_that_cannot_be_written_is_named(house: House) -> None:
    (house.root / "var").write_text("a file, not a folder", encoding="utf-8")
    assert "VAR_DIR" in refused(house)


def test_a_short_token_is_refused(house: House) -> None:
    assert "ASSISTANT_TOKEN is shorter" in refused(house, ASSISTANT_TOKEN="secret")


def test_a_failed_training_shows_its_end(house: House) -> None:
    trainer = house.root / "rasa" / "__main__.py"
    trainer.write_text("raise SystemExit('no examples')", encoding="utf-8")
    started = house.start()
    assert started.ended() == 1
    assert "no examples" in started.said
    assert "The training failed" in started.lines[-1]


def test_a_migration_that_fails_stops_the_start(house: House) -> None:
    started = house.start("install")
    assert started.ended() == 0
    command = house.root / "frontdesk/.venv/bin/frontdesk"
    command.write_text("#!/bin/sh\necho the database is newer; exit 1\n", encoding="utf-8")
    started = house.start()
    assert started.ended() == 1
    assert "the database is newer" in started.said


def test_settings_come_from_the_env_file_too(house: House, tmp_path: Path) -> None:
    (house.root / ".env").write_text(f"VAR_DIR={tmp_path / 'elsewhere'}\n", encoding="utf-8")
    started = house.start()
    started.wait_until_said("Preconsult is ready")
    assert started.end() == 0
    assert (tmp_path / "elsewhere" / "logs" / "assistant.log").exists()


def test_starts_an_assistant_at_each_address(house: House) -> None:
    second = free_port()
    house.write_procfile({"assistant": f"{sys.executable} server.py $ASSISTANT_PORT"})
    first = house.environment["ASSISTANT_URL"]
    started = house.start(ASSISTANT_URL=f"{first},http://127.0.0.1:{second}")
    started.wait_until_said("Preconsult is ready")
    wait_for(lambda: listener(second) is not None)
    assert listener(house.ports["assistant"]) not in (None, listener(second))
    assert started.end() == 0
    assert (house.root / "var" / "logs" / "assistant-2.log").exists()
