"""The hazard log: every hazard has a control, every control a test, and the test is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8")
HAZARDS = re.findall(r"^### (H\d\d) [^\n]+\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)
CONTROLS = [
    pytest.param(control, id=f"{name}-{place}")
    for name, body in HAZARDS
    for place, control in enumerate(re.split(r"^- \*\*", body, flags=re.MULTILINE))
    if control.startswith("Control:")
]
TESTS = sorted(set(re.findall(r"Test: `([^`]+)`", PAGE)))


def test_the_hazards_are_numbered_without_gaps() -> None:
    assert [name for name, _ in HAZARDS] == [f"H{n:02}" for n in range(1, len(HAZARDS) + 1)]
    assert len(HAZARDS) == PAGE.count("\n### ")


@pytest.mark.parametrize(("name", "body"), HAZARDS, ids=[name for name, _ in HAZARDS])
def test_a_hazard_has_its_parts_and_a_control(name: str, body: str) -> None:
    for part in ("Effect", "Causes", "Control", "Left"):
        assert f"- **{part}:** " in body
    assert re.search(r"S [1-5], L [1-5]\.", body)


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_names_its_test(control: str) -> None:
    assert "Test: `tests/" in control


@pytest.mark.parametrize("test", TESTS)
def test_the_test_of_a_control_is_there(test: str) -> None:
    path, _, name = test.partition("::")
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.endswith(".py"):
        assert re.search(rf"\bdef {re.escape(name)}\(", text)
    else:
        assert re.search(rf'^- name: "?{re.escape(name)}', text, re.MULTILINE)
