"""The language of phrases and its matcher."""

import pytest

from clinic.phrases import PhraseError, Phrases, Vocabulary, clean, one_edit_apart, plain, words


def found(phrase: str, text: str, **lists: list[str]) -> list[tuple[int, int]]:
    """Where `phrase` stands in `text`, as word numbers."""
    phrases = Phrases(lists, Vocabulary({"chest": ["chst"]}, ["strike"]))
    phrases.add(phrase)
    return sorted({(hit.start, hit.end) for hit in phrases.scan(words(clean(text)))})


@pytest.mark.parametrize(
    ("phrase", "text", "spans"),
    [
        ("chest pain", "My CHEST pain", [(1, 3)]),
        ("swel*", "swelling", [(0, 1)]),
        ("hot/red knee", "a red knee", [(1, 3)]),
        ("my left? arm", "my arm", [(0, 2)]),
        ("my left? arm", "my left arm", [(0, 3)]),
        ("face .. numb", "face is all numb", [(0, 4)]),
        ("face .. numb", "face one two three four numb", []),
        ("face ... numb", "face one two three four numb", [(0, 6)]),
        ("took #many pills", "took 14 pills", [(0, 3)]),
        ("took #many pills", "took 2 pills", []),
        ("in #year", "in 2016", [(0, 2)]),
        ("chest", "chst", [(0, 1)]),
        ("stroke", "stroek", [(0, 1)]),
        ("stroke", "strike", []),
        ("face", "fact", []),
    ],
)
def test_a_phrase_stands_where_its_words_stand(
    phrase: str, text: str, spans: list[tuple[int, int]]
) -> None:
    assert found(phrase, text) == spans


def test_a_list_stands_for_each_of_its_phrases() -> None:
    lists = {"cannot": ["cant", "{hard} to"], "hard": ["hard", "tough"]}
    assert found("{cannot} breathe", "tough to breathe", **lists) == [(0, 3)]


def test_a_gap_ends_with_the_sentence_but_words_in_a_row_do_not() -> None:
    assert found("face .. numb", "my face. It is numb") == []
    assert found("cant breathe", "CAN'T. BREATHE.") == [(0, 2)]


@pytest.mark.parametrize("phrase", ["", ".. pain", "pain ...", "my? chest", "{none} pain", "? a"])
def test_a_phrase_that_cannot_be_read_is_refused(phrase: str) -> None:
    with pytest.raises(PhraseError):
        found(phrase, "")


def test_a_list_that_contains_itself_is_refused() -> None:
    with pytest.raises(PhraseError, match="contains itself"):
        found("{a} b", "", a=["{a}"])


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("CAN\u2019T", "cant"),
        ("respiraci\u00f3n", "respiracion"),
        ("heeelp", "help"),
        ("911", "911"),
    ],
)
def test_the_plain_form_of_a_word(written: str, form: str) -> None:
    assert plain(written) == form


@pytest.mark.parametrize(
    ("a", "b", "apart"),
    [
        ("seizure", "siezure", True),
        ("seizure", "seizur", True),
        ("seizure", "seizzure", True),
        ("seizure", "seizare", True),
        ("seizure", "sizre", False),
        ("seizure", "measure", False),
        ("seizure", "seizure", True),
    ],
)
def test_one_edit_apart(a: str, b: str, apart: bool) -> None:
    assert one_edit_apart(a, b) is apart
