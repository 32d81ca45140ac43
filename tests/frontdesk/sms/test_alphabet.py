"""What a text message weighs, how it is written plainly, and where a long one is cut."""

import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.sms.alphabet import MOST, Size, bodies, clusters, plain, size

COUNTED: Final = Path(__file__).parent / "parts" / "twilio.jsonl"
BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final = "^{}\\[~]|€\f"
READ_AS_ONE: Final = (
    "👩‍⚕️", "👨‍👩‍👧‍👦", "🏳️‍🌈", "❤️‍🔥", "👩🏽‍🦽", "🏃‍➡️", "🇲🇽", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👍🏽",
    "1️⃣", "☎️", "😀", "e\u0301", "o\u0308\u0304", "नि", "கொ", "คำ", "각", "\u1100\u1161\u11a8",
)  # fmt: skip
NUMBER: Final = re.compile(r"\n\((\d+)/(\d+)\)\Z")


@dataclass(frozen=True)
class Counted:
    """A text, and what Twilio's calculator counts for it."""

    text: str
    encoding: str
    parts: int


TWILIO: Final = [
    Counted(**json.loads(line)) for line in COUNTED.read_text(encoding="utf-8").splitlines()
]


def width(text: str) -> int:
    """The UTF-16 code units of a text."""
    return len(text.encode("utf-16-le")) // 2


def parts_as_twilio_splits(text: str) -> int:
    """The parts of a UCS-2 message, were no character parted that Twilio's splitter knows as one.

    The splitter is older than some emoji of 2019 and 2020, and parts these behind the joiner.
    """
    if width(text) <= 70:
        return 1
    parts, free = 1, 67
    for known in re.split("(?<=\u200d)(?=[🔥🦽])", text):
        for cluster in clusters(known):
            if width(cluster) > free:
                parts, free = parts + 1, 67
            free -= width(cluster)
    return parts


# Size.


@pytest.mark.parametrize(
    ("length", "parts"), [(1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4)]
)
def test_a_part_holds_160_septets_and_each_of_several_153(length: int, parts: int) -> None:
    assert size("a" * length) == Size("GSM-7", length, parts)


@pytest.mark.parametrize(
    ("length", "parts"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)]
)
def test_a_part_holds_70_units_and_each_of_several_67(length: int, parts: int) -> None:
    assert size("á" * length) == Size("UCS-2", length, parts)


def test_an_empty_text_has_no_units_and_one_part() -> None:
    assert size("") == Size("GSM-7", 0, 1)


def test_one_curly_quote_makes_one_part_three() -> None:
    assert size("it's" + "a" * 156) == Size("GSM-7", 160, 1)
    assert size("it’s" + "a" * 156) == Size("UCS-2", 160, 3)


@pytest.mark.parametrize("char", BASIC)
def test_a_character_of_the_basic_table_is_one_septet(char: str) -> None:
    assert size(char) == Size("GSM-7", 1, 1)


@pytest.mark.parametrize("char", EXTENSION)
def test_a_character_of_the_extension_table_is_two_septets(char: str) -> None:
    assert size(char) == Size("GSM-7", 2, 1)
    assert size(char + "á") == Size("UCS-2", 2, 1)


def test_the_alphabet_is_its_two_tables_and_nothing_else() -> None:
    everything = map(chr, range(0x11_0000))
    assert {char for char in everything if size(char).encoding == "GSM-7"} == {*BASIC, *EXTENSION}
    assert len(BASIC) == 127


def test_an_extension_character_is_never_split_over_two_parts() -> None:
    assert size("a" * 151 + "€" + "a" * 153) == Size("GSM-7", 306, 2)
    assert size("a" * 152 + "€" + "a" * 152) == Size("GSM-7", 306, 3)


def test_a_surrogate_pair_is_never_split_over_two_parts() -> None:
    assert size("a" * 65 + "😀" + "a" * 67) == Size("UCS-2", 134, 2)
    assert size("a" * 66 + "😀" + "a" * 66) == Size("UCS-2", 134, 3)


def test_a_lone_surrogate_is_counted_and_raises_nothing() -> None:
    assert size("\ud83d") == Size("UCS-2", 1, 1)


def test_there_are_a_thousand_different_counted_texts() -> None:
    assert len({counted.text for counted in TWILIO}) == 1_000


def test_the_encoding_is_what_twilio_finds() -> None:
    assert [c for c in TWILIO if size(c.text).encoding != c.encoding] == []


def test_the_parts_are_what_twilio_finds_but_where_it_moves_a_wide_character() -> None:
    # TS 23.040 keeps characters of 16 bits whole, and of clusters it knows nothing. The calculator
    # moves a cluster whole into the next part, so that some texts end up one part longer.
    different = [c for c in TWILIO if size(c.text).parts != c.parts]
    assert len(different) == 7
    assert all(size(c.text).parts == c.parts - 1 for c in different)
    assert [c for c in different if parts_as_twilio_splits(c.text) != c.parts] == []


def test_with_wide_characters_moved_the_parts_are_twilios_throughout() -> None:
    ucs2 = [c for c in TWILIO if c.encoding == "UCS-2"]
    assert [c for c in ucs2 if parts_as_twilio_splits(c.text) != c.parts] == []


# Plain.


@pytest.mark.parametrize(
    ("written", "plainly"),
    [
        ("“Hi,” it’s ‘us’", "\"Hi,\" it's 'us'"),
        ("«Hola» ‹sí›", "\"Hola\" 'sí'"),
        ("5′ 11″", "5' 11\""),
        ("9–5, mid\u2010week, −3", "9-5, mid-week, -3"),
        ("relief — often", "relief - often"),
        ("relief—often", "relief - often"),
        ("wait…", "wait..."),
        ("10\u00a0am,\u202f5\u2009mg\tdaily", "10 am, 5 mg daily"),
        ("• one\n◦ two · three", "- one\n- two - three"),
        ("col·legi", "col·legi"),
        ("a\u200bb\u2060c\ufeffd\u00ade\u200ff", "abcdef"),
        ("a\u200db\u200cc\ufe0fd", "abcd"),
        ("ﬁne oﬃce", "fine office"),
        ("½ tablet, 1½ tablets, ⅔", "1/2 tablet, 1 1/2 tablets, 2/3"),
        ("1⁄2", "1/2"),
        ("Botox™ Zeel®", "Botox(TM) Zeel(R)"),
        ("2×3 ±1 ≤5 ≥6", "2x3 +/-1 <=5 >=6"),
        ("a → b ← c ↔ d ⇒ e", "a -> b <- c <-> d => e"),
        ("press ➡\ufe0f here", "press -> here"),
        ("38°C, 101 °F, 38\u00a0℃", "38 C, 101 F, 38 C"),
        ("cafe\u0301, man\u0303ana", "café, mañana"),
        ("bell\x07 and null\x00", "bell and null"),
    ],
)
def test_what_the_alphabet_has_another_sign_for_is_written_with_that(
    written: str, plainly: str
) -> None:
    assert plain(written) == plainly


@pytest.mark.parametrize(
    "text",
    [
        "¿Mañana? ¡Sí! él, acá, allí, adiós, útil, ÁÍÓÚ, pingüino, à",
        "1.ª cita, n.º 2",
        "flex to 90° and 5 µg, 10 m²",
        "a_b {c} [d] ~e |f| \\g ^h 5 €",
        "Łódź, çok, Zoë, œuvre",
        "明日、九時。",
        "می\u200cخواهم क्\u200dष",
        *READ_AS_ONE[:12],
    ],
)
def test_letters_emoji_and_what_has_no_safe_other_sign_stay(text: str) -> None:
    assert plain(text) == text


def test_lines_end_alike_and_no_more_than_one_is_blank() -> None:
    assert plain("a  \r\n\r\n \r\n\rb\u2028c \n") == "a\n\nb\nc"


def test_links_are_numbered_and_each_address_is_told_once() -> None:
    text = "See [our page](https://x.org/a) or [the map](https://y.org/b_(c)), [again](https://x.org/a)."
    assert plain(text) == (
        "See our page (1) or the map (2), again (1).\n(1) https://x.org/a\n(2) https://y.org/b_(c)"
    )


def test_a_link_without_a_label_of_its_own_is_its_address() -> None:
    assert (
        plain("[https://x.org](https://x.org) [](https://y.org)") == "https://x.org https://y.org"
    )


def test_a_link_within_a_link_has_a_number_too() -> None:
    assert plain("[[a](https://x.org)](https://y.org)") == (
        "a (1) (2)\n(1) https://x.org\n(2) https://y.org"
    )


@pytest.mark.parametrize(
    "address",
    [
        "https://x.org/a–b",
        "http://x.org/it’s/½",
        "https://x.org/wiki/Ligament_(knee—joint)",
        "HTTPS://X.ORG/caf\u00e9\u2011e\u0301",
    ],
)
@pytest.mark.parametrize(
    ("written", "plainly"),
    [
        ("{}", "{}"),
        ("“{}”…", '"{}"...'),
        ("({}) – or", "({}) - or"),
        ("[here]({})’s", "here (1)'s\n(1) {}"),
        ("{}.’", "{}.'"),
    ],
)
def test_nothing_within_an_address_is_changed(address: str, written: str, plainly: str) -> None:
    assert plain(written.format(address)) == plainly.format(address)


PIECES: Final = (
    "https://", "http:⁄⁄", "x.org", "[", "](", "]", "(", ")", "[a](https://x.org/–)", "–", "—",
    "”", "’", "…", "·", "1", "½", "°", "C", "℃", "→", "\u200d", "\u200b", "\ufe0f", "\u20e3",
    "\u0301", "\u0338", "e", "é", "ﬁ", " ", "\u00a0", "\r\n", "\n", "\u2028", ".", ">", "\u1fef",
)  # fmt: skip
pieces = st.one_of(
    st.sampled_from((*PIECES, *READ_AS_ONE)),
    st.characters(exclude_categories=["Cs"]),
    st.text("abc dé", max_size=12),
)
texts = st.lists(pieces, max_size=40).map("".join)


@settings(deadline=None)
@given(texts)
def test_what_is_plain_stays_as_it_is(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@settings(deadline=None)
@given(st.text(st.characters(categories=["Lu", "Ll", "Lt", "Lo", "Nd"]) | st.just(" ")))
def test_no_letter_is_lost_or_put_in_place_of_another(text: str) -> None:
    ligatures = {sign: unicodedata.normalize("NFKC", chr(sign)) for sign in range(0xFB00, 0xFB07)}
    same = unicodedata.normalize("NFC", text).translate(ligatures)
    assert plain(text) == same.strip()


# Bodies.


def shares(found: list[str]) -> list[str]:
    """The bodies without their numbers, which have to be right."""
    if len(found) < 2:
        return found
    numbers = [NUMBER.search(body) for body in found]
    assert [number and number.groups() for number in numbers] == [
        (str(at), str(len(found))) for at in range(1, len(found) + 1)
    ]
    return [NUMBER.sub("", body) for body in found]


@pytest.mark.parametrize("text", ["", " ", "\n\n"])
def test_an_empty_text_has_no_body(text: str) -> None:
    assert bodies(text) == []


def test_a_text_of_twilios_most_is_one_body_and_one_more_character_makes_two() -> None:
    assert bodies("ab " * 533 + "c") == ["ab " * 533 + "c"]
    assert [len(body) <= MOST for body in bodies("ab " * 533 + "cd")] == [True, True]
    assert bodies("😀" * 800) == ["😀" * 800]
    assert len(bodies("😀" * 801)) == 2


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("One one.\n\nTwo\nThree. Four fourteen", "One one."),
        ("One one. Two\nThree. Four four four", "One one. Two"),
        ("One one. Two two three four four", "One one."),
        ("See Dr. Gil at 9 a.m. on Monday now", "See Dr. Gil at 9 a.m. on"),
        ("One one two three four four five", "One one two three four"),
        ("今日は休みです。明日は九時から五時まで開いていますよ。水曜日も同じ", "今日は休みです。"),
    ],
)
def test_a_text_is_cut_where_a_reader_would_pause(text: str, cut: str) -> None:
    assert shares(bodies(text, 31))[0] == cut


def test_a_better_cut_is_not_taken_where_it_needs_a_body_more() -> None:
    text = "One.\n\n" + "two " * 13
    assert shares(bodies(text, 31)) == [
        "One.\n\ntwo two two two two",
        "two two two two two two",
        "two two",
    ]


def test_where_more_than_nine_are_needed_the_longer_number_has_room() -> None:
    found = bodies("word " * 60, 31)
    assert len(found) == 15
    assert max(map(width, found)) <= 31
    assert " ".join(shares(found)) == " ".join(["word"] * 60)


@pytest.mark.parametrize("one", READ_AS_ONE)
def test_what_a_reader_takes_for_one_character_is_never_cut(one: str) -> None:
    assert clusters(f"a{one}{one}b") == ["a", one, one, "b"]
    assert {share.replace(one, "") for share in shares(bodies(one * 40, 40))} == {""}


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("\r\n\n", ["\r\n", "\n"]),
        ("🇲🇽🇺🇸🇪", ["🇲🇽", "🇺🇸", "🇪"]),
        ("\n\u0301a", ["\n", "\u0301", "a"]),
        ("a\u200d b", ["a\u200d", " ", "b"]),
    ],
)
def test_what_a_reader_sees_apart_is_apart(text: str, apart: list[str]) -> None:
    assert clusters(text) == apart


def test_only_a_character_that_no_body_could_hold_is_cut_inside() -> None:
    monster = "e" + "\u0301" * 60
    found = bodies(monster, 30)
    assert max(map(width, found)) <= 30
    assert "".join(shares(found)) == monster


@pytest.mark.parametrize(("text", "most"), [("ab" * 9, 7), ("word " * 60, 10), ("ab", 1)])
def test_where_the_number_leaves_no_room_it_is_refused(text: str, most: int) -> None:
    with pytest.raises(ValueError, match=f"{most} code units"):
        bodies(text, most)


@settings(deadline=None)
@given(texts, st.integers(40, 120))
def test_bodies_fit_lose_nothing_and_cut_no_character(text: str, most: int) -> None:
    found = bodies(text, most)
    assert all(body.strip() and width(body) <= most for body in found)
    kept = [cluster for share in shares(found) for cluster in clusters(share)]
    narrow = all(width(cluster) <= most - 10 for cluster in clusters(text))
    if narrow:
        assert [c for c in kept if not c.isspace()] == [
            c for c in clusters(text) if not c.isspace()
        ]
    else:
        assert "".join("".join(kept).split()) == "".join(text.split())


@settings(deadline=None)
@given(st.lists(st.text("abcñ.😀", min_size=1, max_size=12), max_size=60), st.integers(40, 120))
def test_words_are_kept_whole_and_the_bodies_are_as_few_as_can_be(
    words: list[str], most: int
) -> None:
    text = "\n\n".join([" ".join(words[:9]), *words[9:12], " ".join(words[12:])])
    found = bodies(text, most)
    assert [word for share in shares(found) for word in share.split()] == words
    if len(found) > 1:
        room = most - width("\n(/)") - 2 * len(str(len(found)))
        assert len(found) == fewest(text, room)


def fewest(text: str, room: int) -> int:
    """How many bodies it takes where each holds all the words it can."""
    count, body = 1, ""
    for piece in re.findall(r"\s*\S+", text.strip()):
        if width(body + piece) > room:
            count, body = count + 1, piece.lstrip()
        else:
            body += piece
    return count
