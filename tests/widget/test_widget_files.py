"""The widget's files stay small, and hold nothing that a strict content policy would refuse."""

import gzip
import re
from pathlib import Path

import pytest

WIDGET = Path(__file__).parents[2] / "widget"
BEFORE_THE_FIRST_CLICK = ("loader.js", "words.js")
KIB = 1024
LOADER_BUDGET = 5 * KIB
CLICK_BUDGET = 6 * KIB
FRAME_BUDGET = 30 * KIB
FORBIDDEN = {
    "HTML made from text": r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser",
    "code made from text": r"\beval\(|new Function|setTimeout\(\s*[\"'`]",
    "an inline handler": r"<[^>]+\son[a-z]+\s*=",
    "an inline style": r"<style|\sstyle=",
    "a javascript: address": r"javascript:",
}
CODE = sorted(path for path in WIDGET.rglob("*") if path.suffix in (".js", ".html", ".css"))
# A name space of SVG and the example in the loader's documentation are no requests.
KNOWN_ADDRESSES = {"http://www.w3.org/2000/svg", "https://chat.example.com/widget/v1/loader.js"}


def compressed(*paths: Path) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in paths)


def test_a_page_pays_little_before_the_first_click() -> None:
    assert compressed(WIDGET / "v1" / "loader.js") <= LOADER_BUDGET
    assert compressed(*(WIDGET / "v1" / name for name in BEFORE_THE_FIRST_CLICK)) <= CLICK_BUDGET


def test_the_whole_chat_stays_within_its_budget() -> None:
    files = [path for path in (WIDGET / "v1").iterdir() if path.name != "loader.js"]
    assert compressed(*files) <= FRAME_BUDGET


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_that_a_strict_policy_refuses(path: Path, what: str) -> None:
    found = re.findall(FORBIDDEN[what], path.read_text(encoding="utf-8"))
    assert not found, f"{path.name} holds {what}"


@pytest.mark.parametrize("path", [path for path in CODE if path.suffix == ".html"], ids=str)
def test_scripts_are_files_never_inline(path: Path) -> None:
    scripts = re.findall(r"<script\b([^>]*)>(.*?)</script>", path.read_text("utf-8"), re.DOTALL)
    assert scripts
    assert all("src=" in attributes and not body.strip() for attributes, body in scripts)


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_no_third_party_is_asked_for_anything(path: Path) -> None:
    addresses = set(re.findall(r"https?://[^\s\"'`<>)]+", path.read_text(encoding="utf-8")))
    assert addresses <= KNOWN_ADDRESSES


def test_every_word_of_the_frame_is_in_the_words_file() -> None:
    words = (WIDGET / "v1" / "words.js").read_text(encoding="utf-8")
    frame = (WIDGET / "v1" / "frame.html").read_text(encoding="utf-8")
    for group, key in re.findall(r'data-words="(\w+)\.(\w+)"', frame):
        body = re.search(rf"^  {group}: {{(.*?)^  }},", words, re.DOTALL | re.MULTILINE)
        assert body, group
        assert re.search(rf"^\s+{key}:", body[1], re.MULTILINE), f"{group}.{key}"
