"""Parts of the body as patients name them."""

import pytest

from clinic.areas import find_area, find_side, load_areas


@pytest.mark.parametrize(
    ("text", "part", "side"),
    [
        ("my left knee", "knee", "left"),
        ("Both Knees", "knee", "both"),
        ("knee (right)", "knee", "right"),
        ("my ankle, the left one", "ankle", "left"),
        ("golfer\u2019s elbow on the right side", "elbow", "right"),
        ("my lower   back", "back", None),
        ("whiplash", "neck", None),
        ("is this right for my knee?", "knee", None),
        ("what is left to try for a hip", "hip", None),
    ],
)
def test_part_and_side(text: str, part: str, side: str | None) -> None:
    found = find_area(text)
    assert found is not None
    assert (found.part, found.side) == (part, side)


@pytest.mark.parametrize(
    "text",
    ["call me back", "when can I go back to work", "on the other hand", "", "kneel", "hello"],
)
def test_what_names_no_part(text: str) -> None:
    assert find_area(text) is None


def test_the_part_behind_such_a_phrase_is_found() -> None:
    found = find_area("call me back about my neck")
    assert found is not None
    assert found.part == "neck"


@pytest.mark.parametrize(
    ("text", "side"), [("the left one", "left"), ("both", "both"), ("neither", None)]
)
def test_the_side_alone(text: str, side: str | None) -> None:
    assert find_side(text) == side


def test_no_word_stands_for_two_parts() -> None:
    words = [word for names in load_areas().parts.values() for word in names]
    assert len(words) == len(set(words))
