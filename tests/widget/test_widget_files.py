"""The widget's files stay small, and hold nothing that a strict content policy would refuse."""

import gzip
import re
from pathlib import Path

import pytest

WIDGET = Path(__file__).parents[2] / "widget"
BEFORE_THE_FIRST_CLICK = ("loader.js", "launcher-words.js")
# The page that a link in a text leads to is one of its own: a chat never loads it.
OF_THE_ANSWER_PAGE = ("answer.html", "answer.css", "answer.js", "answer-link.js")
SHARED_WITH_IT = ("frame.css", "api.js", "backoff.js", "session.js", "words.js")
# Loaded by a chat when a person is waited for and the clinic texts.
WHEN_OFFERED = ("by-text-panel.js", "by-text.js")
KIB = 1024
LOADER_BUDGET = 5 * KIB
FRAME_BUDGET = 30 * KIB
OFFER_BUDGET = 5 * KIB
ANSWER_BUDGET = 14 * KIB
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
    assert compressed(*(WIDGET / "v1" / name for name in BEFORE_THE_FIRST_CLICK)) <= LOADER_BUDGET


def test_the_whole_chat_stays_within_its_budget() -> None:
    others = (*BEFORE_THE_FIRST_CLICK, *WHEN_OFFERED, *OF_THE_ANSWER_PAGE)
    files = [path for path in (WIDGET / "v1").iterdir() if path.name not in others]
    assert compressed(*files) <= FRAME_BUDGET


def test_an_answer_by_text_costs_little_more_and_only_where_it_is_offered() -> None:
    assert compressed(*(WIDGET / "v1" / name for name in WHEN_OFFERED)) <= OFFER_BUDGET
    always = (path for path in CODE if path.name not in WHEN_OFFERED)
    assert not [path for path in always if 'from "./by-text' in path.read_text("utf-8")]


def test_the_page_behind_a_link_stays_within_its_budget() -> None:
    files = (WIDGET / "v1" / name for name in (*OF_THE_ANSWER_PAGE, *SHARED_WITH_IT))
    assert compressed(*files) <= ANSWER_BUDGET


def test_the_page_behind_a_link_tells_nobody_of_it() -> None:
    page = (WIDGET / "v1" / "answer.html").read_text(encoding="utf-8")
    assert '<meta name="referrer" content="no-referrer">' in page
    assert '<meta name="robots" content="noindex">' in page
    # It is served elsewhere than its files.
    assert all(
        path.startswith("/widget/v1/") for path in re.findall(r'(?:src|href)="([^"]+)"', page)
    )


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
