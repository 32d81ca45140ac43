"""Environments are built once, and again when what they are made of changed."""

from pathlib import Path

import pytest

from deploy.environments import ASSISTANT, BOTH, FRONTDESK, install, is_current
from tests.deploy.house import House


@pytest.fixture
def built(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    for name, value in house.environment.items():
        monkeypatch.setenv(name, value)
    install(house.root)
    return house


def commands(house: House) -> list[str]:
    lines = house.uv_log.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line != "--version"]


def test_both_are_built_from_their_locks_with_hashes(built: House) -> None:
    said = "\n".join(commands(built))
    for environment in BOTH:
        assert is_current(built.root, environment)
        assert f"--require-hashes {environment.lock}" in said
    assert said.count("--no-deps --no-build-isolation -e ./clinic -e ./") == 2


def test_a_changed_lock_rebuilds_its_environment_only(built: House) -> None:
    (built.root / FRONTDESK.lock).write_text("two\n", encoding="utf-8")
    before = len(commands(built))
    install(built.root)
    assert all("frontdesk/.venv" in line for line in commands(built)[before:])
    assert len(commands(built)) == before + 2


def test_a_touched_lock_rebuilds_nothing(built: House) -> None:
    (built.root / ASSISTANT.lock).touch()
    before = commands(built)
    install(built.root)
    assert commands(built) == before


def test_an_interrupted_install_is_thrown_away_and_redone(built: House) -> None:
    folder = built.root / ASSISTANT.folder
    (folder / "built-from").unlink()
    (folder / "unfinished").touch()
    before = len(commands(built))
    install(built.root)
    assert commands(built)[before].startswith("venv --clear")
    assert is_current(built.root, ASSISTANT)


def test_an_environment_of_another_python_is_replaced(built: House) -> None:
    python = built.root / ASSISTANT.python
    python.write_text("#!/bin/sh\necho 3.9\n", encoding="utf-8")
    (built.root / ASSISTANT.folder / "built-from").unlink()
    before = len(commands(built))
    install(built.root)
    assert commands(built)[before].startswith("venv --clear")


def test_real_projects_of_the_tree_are_there() -> None:
    root = Path(__file__).resolve().parents[2]
    for environment in BOTH:
        assert [name for name in environment.made_of if not (root / name).is_file()] == []
