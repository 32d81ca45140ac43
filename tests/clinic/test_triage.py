"""The red flag rules: their own examples, sentences written apart, time, and errors."""

import unicodedata
from pathlib import Path
from statistics import median
from time import process_time

import pytest
import yaml

from clinic.triage import (
    LANGUAGES,
    RULES_FILE,
    Language,
    RedFlag,
    TriageError,
    advice,
    categories,
    language_of,
    load,
    reminder,
    screen,
    screen_together,
)

UNSEEN = yaml.safe_load(Path(__file__).with_name("triage_unseen.yml").read_text(encoding="utf-8"))
RULES = load()
MUST_FIRE = [(c.name, text) for c in RULES.categories.values() for text in c.must_fire]
MUST_NOT_FIRE = [text for c in RULES.categories.values() for text in c.must_not_fire]
EXPECTED = {
    "heart",
    "breathing",
    "clot",
    "anaphylaxis",
    "anaesthetic_toxicity",
    "septic_joint",
    "cauda_equina",
    "cord_or_nerve",
    "stroke",
    "meningitis",
    "suicide",
    "overdose",
    "collapse",
    "seizure",
    "bleeding",
    "cold_limb",
    "emergency",
}


@pytest.mark.parametrize(("category", "text"), MUST_FIRE)
def test_an_example_that_must_fire_fires_in_its_category(category: str, text: str) -> None:
    flag = screen(text)
    assert flag is not None
    assert flag.category == category


@pytest.mark.parametrize("text", MUST_NOT_FIRE)
def test_an_example_that_must_not_fire_is_silent(text: str) -> None:
    assert screen(text) is None


def test_ninety_nine_in_a_hundred_unseen_emergencies_fire() -> None:
    missed = [text for text in UNSEEN["emergencies"] if screen(text) is None]
    assert len(missed) <= len(UNSEEN["emergencies"]) // 100, missed


def test_at_most_three_in_a_hundred_other_messages_fire() -> None:
    fired = [text for text in UNSEEN["others"] if screen(text)]
    assert len(fired) <= 3 * len(UNSEEN["others"]) // 100, fired


def test_there_is_a_rule_for_every_category() -> None:
    assert set(categories()) == EXPECTED


in_each_language = pytest.mark.parametrize("language", LANGUAGES)
of_each_category = pytest.mark.parametrize("category", sorted(EXPECTED))
BEGINNINGS = {
    "en": ("Call 911 now", "Call or text 988 now", "Go to the nearest emergency room now"),
    "es": (
        *("Llame al 911 ahora", "Llame o env\u00ede un mensaje de texto al 988 ahora"),
        "Vaya ahora a la sala de emergencias",
    ),
}


@in_each_language
@of_each_category
def test_the_first_line_of_the_advice_says_what_to_do_now(
    category: str, language: Language
) -> None:
    first, *rest = advice(category, "911", language).splitlines()
    assert first.startswith(BEGINNINGS[language])
    assert "911" in first
    assert rest


@in_each_language
@of_each_category
def test_the_advice_names_the_emergency_number_of_the_clinic(
    category: str, language: Language
) -> None:
    text = advice(category, "112", language)
    assert "112" in text
    assert "911" not in text
    assert "{" not in text


@in_each_language
@of_each_category
def test_the_advice_can_be_sent_by_sms_without_its_accents(
    category: str, language: Language
) -> None:
    decomposed = unicodedata.normalize("NFD", advice(category, "911", language))
    text = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    assert text.isascii()
    assert len(text) <= 459  # three joined SMS
    assert language == "es" or text == decomposed


@in_each_language
@of_each_category
def test_a_reminder_begins_like_the_advice_and_is_shorter(
    category: str, language: Language
) -> None:
    whole, short = (told(category, "911", language) for told in (advice, reminder))
    assert short.splitlines()[0] == whole.splitlines()[0]
    assert len(short.splitlines()) == 2
    assert short != whole


@in_each_language
def test_the_advice_for_self_harm_names_the_lifeline_first(language: Language) -> None:
    assert "988" in advice("suicide", "911", language).split(".")[0]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("no puedo respirar", "es"),
        ("me duele el pecho", "es"),
        ("mi mama esta having chest pain, que hago", "es"),
        ("my abuela has chest pain", "en"),
        ("chest pain", "en"),
        ("", "en"),
    ],
)
def test_the_language_is_the_one_with_more_of_its_words(text: str, language: Language) -> None:
    assert language_of(text) == language


def test_a_flag_tells_in_which_language_to_answer() -> None:
    assert screen("no puedo respirar") == RedFlag("breathing", "no puedo respirar", "es")


def test_a_sentence_in_pieces_is_read_as_one() -> None:
    assert screen("my chest") is None
    assert screen_together(["my chest"], "hurts so bad") == RedFlag("heart", "chest hurts")
    assert screen_together([], "hurts so bad") is None


def test_an_unknown_category_has_no_advice() -> None:
    with pytest.raises(KeyError):
        advice("sunburn", "911")


def test_the_words_that_fired_are_the_patients_own() -> None:
    assert screen("Hi! I CAN'T   breathe, help") == RedFlag("breathing", "CAN'T   breathe")


def test_words_far_apart_are_quoted_together() -> None:
    assert screen("jaw aches. I feel clammy") == RedFlag("heart", "jaw ... clammy")


@pytest.mark.parametrize(
    "text",
    [
        "i can\u2019t breathe",
        "i cant breath",
        "I CAN NOT BREATHE",
        "i canttt breeeathe",
        "i can`t breathe",
        "i c\u200ban't brea\u200bthe",
        "\uff49 \uff43\uff41\uff4e\uff54 \uff42\uff52\uff45\uff41\uff54\uff48\uff45",
    ],
)
def test_the_way_of_typing_does_not_matter(text: str) -> None:
    assert screen(text)


@pytest.mark.parametrize(
    "text", ["no chest pain", "no fever, chills or chest pain", "I don't have any chest pain"]
)
def test_a_denied_flag_is_silent(text: str) -> None:
    assert screen(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "no, my chest hurts",
        "no fever but I have chest pain",
        "never had chest pain like this",
        "not gonna lie, chest pain",
        "no one believes me about this chest pain",
    ],
)
def test_a_denial_of_something_else_does_not_silence_a_flag(text: str) -> None:
    assert screen(text)


def test_a_past_event_does_not_silence_what_happens_now() -> None:
    assert screen("I had chest pain last year") is None
    assert screen("I had chest pain last year and now my chest hurts again")


def test_a_flag_behind_two_harmless_questions_is_found() -> None:
    assert screen("How long is a visit? Do you take Aetna? Also my throat is closing up")


@pytest.mark.parametrize("text", ["", "   ", "\n", "\U0001f691", "\u200b", "...", "123", "\u0e01"])
def test_text_without_words_is_silent(text: str) -> None:
    assert screen(text) is None


def test_one_message_takes_less_than_a_millisecond() -> None:
    texts = [*UNSEEN["emergencies"], *UNSEEN["others"]]
    assert median(_seconds(text) for text in texts) < 0.001


@pytest.mark.parametrize("piece", ["cant ", "my chest ", "a", "pain in my left ", "no ", "'", "1"])
def test_a_text_of_ten_thousand_characters_is_no_trouble(piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    assert _seconds(text) < 1


def _seconds(text: str) -> float:
    start = process_time()
    screen(text)
    return process_time() - start


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("red_flags: [", "rules.yml: while parsing"),
        ("lists: {}", "the section 'context' is missing"),
        ("[]", "the section 'lists' is missing"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(TriageError, match=says):
        load(_written(tmp_path, content))


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("patterns", "[chest ..]", r"red_flags\.heart: 'chest \.\.' must begin and end"),
        ("patterns", '["{nobody} hurts"]', r"red_flags\.heart: the list \{nobody\} does not"),
        ("patterns", "[no]", r"red_flags\.heart\.patterns: False is not a text"),
        ("patterns", "[]", r"red_flags\.heart\.patterns must be a list"),
        ("source", '""', r"red_flags\.heart\.source must be a text"),
        ("advice", "Call 911 now.", r"red_flags\.heart\.advice\.en must be a text"),
        (
            "advice",
            "{en: Call 911 now., es: Llame}",
            r"red_flags\.heart\.advice\.en must name \{emergency_number\} in its first line",
        ),
    ],
)
def test_a_wrong_rule_is_refused_with_the_place(
    tmp_path: Path, field: str, value: str, says: str
) -> None:
    raw = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    raw["red_flags"]["heart"][field] = yaml.safe_load(value)
    with pytest.raises(TriageError, match=says):
        load(_written(tmp_path, yaml.safe_dump(raw)))


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(TriageError, match=r"absent\.yml"):
        load(tmp_path / "absent.yml")


def _written(folder: Path, content: str) -> Path:
    path = folder / "rules.yml"
    path.write_text(content, encoding="utf-8")
    return path
