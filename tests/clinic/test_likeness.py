"""Likeness to known emergencies: what it finds, what it leaves, and that it stands for its file."""

import hashlib
from pathlib import Path
from statistics import median
from time import process_time

import pytest

from clinic import likeness
from clinic.likeness import EXAMPLES_FILE, Alike
from clinic.phrases import clean, words


def found(text: str) -> Alike | None:
    return likeness.shared().find(words(clean(text)))


def test_the_model_was_learned_from_the_examples_as_they_are() -> None:
    now = hashlib.sha256(EXAMPLES_FILE.read_bytes()).hexdigest()
    assert likeness.shared().learned_from == now, "run: python -m assistant.learn_emergencies"


@pytest.mark.parametrize(
    "text",
    [
        "grandpa went the colour of putty and keeps rubbing his breastbone",
        "there is a furnace in my knee since the needle and i am shaking under two duvets",
        "cannot tell if the tap is running when i pee, its all numb underneath",
        "his words come out like soup and he dropped his cup with that hand",
        "se puso morado y no contesta cuando le hablo",
        "i have the whole bottle here and i dont see one reason to wake up tomorrow",
    ],
)
def test_emergencies_in_lay_words_are_found(text: str) -> None:
    assert found(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "how many sessions does a knee usually need",
        "do you take blue cross",
        "can I come on thursday afternoon instead",
        "my elbow has been sore since i started tennis again",
        "thanks so much, you have been very kind",
        "what exactly is in the injection",
    ],
)
def test_everyday_messages_are_left_alone(text: str) -> None:
    assert found(text) is None


@pytest.mark.parametrize("text", ["", "my chest", "knee", "\U0001f622", "!!!", "602 555 0142"])
def test_of_a_word_or_two_nothing_is_told(text: str) -> None:
    assert found(text) is None


def test_one_sentence_of_danger_does_not_drown_in_a_long_message() -> None:
    harmless = "I would like to know how the visits are planned and what I should bring along. "
    danger = "My dad is slumped in the chair, grey, and does not answer when I shake him. "
    alike = found(harmless * 12 + danger + harmless * 12)
    assert alike is not None
    start = 12 * len(harmless.split())
    assert start - 40 <= alike.first <= start + len(danger.split()) + 40


def test_the_words_that_tell_most_are_a_few_of_the_message() -> None:
    text = "hi there, quick question about prices, also dad is slumped over and turning blue"
    alike = found(text)
    assert alike is not None
    assert 1 <= alike.last - alike.first <= 7


def test_a_denial_makes_other_words_of_what_it_reaches() -> None:
    said = likeness.plainly(words("no fever and chills, but pain. not now"))
    assert said == ["no", "-fever", "and", "chils", "but", "pain", "not", "now"]


def test_a_message_takes_about_half_a_millisecond() -> None:
    texts = [
        "how many sessions does a knee usually need and does it hurt",
        "grandpa went grey",
    ] * 50
    assert median(_seconds(text) for text in texts) < 0.002


def test_two_thousand_words_are_no_trouble() -> None:
    assert _seconds("what should i bring along to the visit on thursday " * 200) < 1


def _seconds(text: str) -> float:
    start = process_time()
    found(text)
    return process_time() - start


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "none.bin").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="Expecting value"):
        likeness.load(tmp_path / "none.bin")
