"""What a reader looks for is documented: settings, make targets, custom actions, decisions."""

import re
from pathlib import Path

import pytest
import yaml

from deploy.settings import DEFAULTS, QUIET, load
from frontdesk.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
OPERATE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
DEVELOP = (ROOT / "docs" / "develop.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
DECISIONS = ROOT / "docs" / "decisions"
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])

SETTINGS = {name.upper() for name in Settings.model_fields} | {*DEFAULTS, *QUIET, "CLINIC_FILE"}
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
ACTIONS = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["actions"]


@pytest.mark.parametrize("setting", sorted(SETTINGS))
def test_every_setting_is_explained_to_operators(setting: str) -> None:
    assert f"`{setting}" in OPERATE


def test_everything_the_runner_sets_is_named_to_operators(tmp_path: Path) -> None:
    assert [name for name in load({}, tmp_path).environment if f"`{name}" not in OPERATE] == []


@pytest.mark.parametrize("target", TARGETS)
def test_every_make_target_documents_itself(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:[^#\n]*## \S", makefile, re.MULTILINE)
    assert f"`make {target}`" in DEVELOP


@pytest.mark.parametrize("action", ACTIONS)
def test_every_custom_action_is_explained_to_developers(action: str) -> None:
    assert f"`{action}`" in DEVELOP


def test_every_make_command_in_the_pages_exists() -> None:
    said = {name for page in PAGES for name in re.findall(r"`(?:\S+ )*make ([a-z-]+)`", read(page))}
    assert said <= set(TARGETS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", read(page))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_file_in_the_readme_tables_is_there() -> None:
    named = re.findall(r"\| `([\w./-]+\.(?:yml|js))` \|", README)
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_decisions_have_numbers_of_their_own_and_the_usual_parts() -> None:
    pages = sorted(DECISIONS.glob("[0-9]*.md"))
    numbers = [page.name[:4] for page in pages]
    assert len(set(numbers)) == len(numbers)
    for page in pages:
        for part in ("## Context", "## Decision", "## Consequences", "## Alternatives"):
            assert part in read(page), f"{page.name} has no {part}"


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")
