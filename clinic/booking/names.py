"""People's names in what a patient wrote.

A name is told by what leads up to it ("my name is"), by a first name that people have, by capital
letters, or by standing where a name was asked for; never by a list alone, since names come from
everywhere.
"""

import functools
import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import msgspec

from clinic.booking.words import either, first_names, legible, not_names, surnames, words
from clinic.wordlists import any_of, finds, plain

_SIGNS: Final = r"[^\s,;:()\[\]\"!?|/<>{}@#*=&%$^~\\_0-9.]"
_WORD: Final = re.compile(rf"{_SIGNS}{{1,3}}\.(?=\s|$|[A-Z])|{_SIGNS}+")
_BREAK: Final = re.compile(
    r"[,;:()\[\]\"!?|/<>{}@#*=&%$^~\\_0-9]+|(?<!\b\w)(?<!\b[DdMm]r)(?<!\b[Ss]t)(?<!\b[JjSs]r)(?<!\b[Mm]s)\.(?=\s|$)|\s[-\u2013\u2014]+\s|\n"
)
_BESIDE_LETTERS: Final = frozenset("'.\u2019-")
_MOST_WORDS: Final = 5
_LONGEST: Final = 80
_LEAST: Final = 2
_VOWELS: Final = frozenset("aeiouy\u00e1\u00e9\u00ed\u00f3\u00fa\u00e4\u00f6\u00fc")
_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_MC: Final = re.compile(r"\b(Mc)([a-z])")
_FACT: Final = "|"
"""Stands where another fact was taken out of a text."""


def find_name(text: str, *, asked: bool = False) -> str | None:
    """Read the writer's name.

    `text` holds `|` where other facts were taken out of it. `asked` tells that a name was asked
    for, so that a bare one counts, whatever it looks like.

    >>> find_name("hi, my name is maria lopez-o'neill")
    "Maria Lopez-O'Neill"
    """
    written = legible(text)
    if "{" in written or written.startswith("/"):
        return None
    found = _after_mark(written) or _introduced(written) or _bare(written, asked)
    return found if found and len(found) <= _LONGEST else None


def name_after(text: str) -> tuple[str, int] | None:
    """Read the name with which `text` begins, and where it ends: of "Rosa Diaz, 70" two words.

    Its first word must be a first name or written with a capital letter.
    """
    start = re.match(
        r"[\s,.('\"-]*(?:(?:don|do\u00f1a|is|named|called|name is|name's|she's|he's|who is)\s+)?",
        text,
    )
    begin = start.end() if start else 0
    run = _run(text[begin:])
    if not run or not _looks_like_one(run):
        return None
    last = run[-1]
    return _name(run), begin + last.end()


def is_keyboard(word: str) -> bool:
    """Whether the word is a stroke over the keyboard, like "asdf" or "xxx"."""
    bare = plain(word).strip(".'-")
    if not bare.isascii() or len(bare) < _LEAST:
        return False
    row = len(bare) > 2 and any(bare in row or bare in row[::-1] for row in _ROWS)
    halves = bare[: len(bare) // 2], bare[len(bare) // 2 :]
    again = len(bare) > 5 and halves[0] == halves[1] and any(halves[0] in row for row in _ROWS)
    mute = len(bare) > 3 and not set(bare) & _VOWELS
    return row or again or mute or len(set(bare)) == 1


class _Piece(msgspec.Struct, frozen=True):
    text: str
    beside_fact: bool


def _after_mark(text: str) -> str | None:
    """Read what follows "my name is"; the last such place that holds a name counts."""
    found: str | None = None
    for mark in _marks().finditer(plain(text)):
        run = _run(_without_leads(text[mark.end() :].lstrip(" :,-"), words().names.leads))
        strong = mark["strong"] is not None
        if run and (strong or _looks_like_one(run) or _ends_piece(text, mark.end(), run)):
            found = _name(run)
    return found


@functools.cache
def _marks() -> re.Pattern[str]:
    names = words().names
    strong = [one for one in names.marks if "name" in one or "nombre" in one or "llamo" in one]
    weak = [*(one for one in names.marks if one not in strong), "i'm", "im", "i am", "yo soy"]
    parent = any_of([*words().people.guardians, *words().people.kin])
    return re.compile(
        rf"(?<![\w'])(?:(?P<strong>{any_of(strong)})|i(?:'m|m| am)\s+(?:his|her|their|the"
        rf"|just the)\s+(?:{parent})"
        rf"|(?:{any_of(weak)}))(?![\w'])"
    )


def _ends_piece(text: str, start: int, run: Sequence[re.Match[str]]) -> bool:
    """Whether two or more words stand there and nothing else up to the next comma or stop."""
    if len(run) < _LEAST:
        return False
    rest = text[start:].lstrip(" :,-")[run[-1].end() :].lstrip()
    return not rest or bool(_BREAK.match(f" {rest}"[1:])) or bool(_ends().match(plain(rest)))


def _introduced(text: str) -> str | None:
    """Read "Hunter Day here"."""
    for piece in _pieces(text):
        found = re.match(
            r"(?P<name>.+?)\s+(?:here|speaking|wanting|needing|looking|calling|texting|writing"
            r"|hoping|trying|is me|wants to)\b",
            piece.text,
            re.IGNORECASE,
        )
        if found:
            run = _run(_without_leads(found["name"], words().names.weak_leads))
            if run and _looks_like_one(run) and run[-1].end() >= len(found["name"].rstrip()) - 8:
                return _name(run)
    return None


def _bare(text: str, asked: bool) -> str | None:
    pieces = [_cleaned(piece) for piece in _pieces(text)]
    if asked and (turned := _surname_first([piece.text for piece in pieces if piece.text])):
        return turned
    best: list[re.Match[str]] = []
    for piece in pieces:
        run = _run(piece.text, asked=asked)
        if not run or run[-1].end() != len(piece.text.rstrip(" .,'")) or len(run) <= len(best):
            continue
        if asked or _counts(run, piece, text):
            best = run
    return _name(best) if best else None


def _counts(run: Sequence[re.Match[str]], piece: _Piece, text: str) -> bool:
    """Whether a bare run of words that nobody asked for is a name."""
    if len(run) < _LEAST:
        return False
    if plain(run[0][0]).strip(".") in first_names():
        return True
    mixed = text != text.lower() and text != text.upper()
    capital = mixed and all(word[0][0].isupper() for word in run)
    return piece.beside_fact or capital


def _cleaned(piece: _Piece) -> _Piece:
    names = words().names
    piece = msgspec.structs.replace(piece, text=_SPELLED.sub("", piece.text))
    text = _without_leads(piece.text, [*names.leads, *names.weak_leads, *names.titles])
    while (ended := _ends().search(plain(text))) and ended.end() >= len(text.rstrip(" .,!")):
        text = text[: ended.start()].rstrip(" ,.")
    return msgspec.structs.replace(piece, text=text)


_SPELLED: Final = re.compile(r"\s+with\s+(?:an?|one|two)\s+\w{1,3}\b.*$", re.IGNORECASE)


@functools.cache
def _ends() -> re.Pattern[str]:
    leads = [*words().names.ends, *words().phone_leads]
    return re.compile(rf"(?<![\w'])(?:{any_of(leads)})(?![\w'])(?=[\s.,!|]*$)")


def _pieces(text: str) -> list[_Piece]:
    found: list[_Piece] = []
    place, before = 0, ""
    for gap in [*_BREAK.finditer(text), None]:
        end = gap.start() if gap else len(text)
        sign = gap[0] if gap else ""
        piece = text[place:end].strip()
        if piece:
            beside = _FACT in before or _FACT in text[end : end + 5]
            found.append(_Piece(piece, beside))
            before = sign
        else:
            before += sign
        place = gap.end() if gap else end
    return found


def _surname_first(pieces: Sequence[str]) -> str | None:
    if len(pieces) != _LEAST or any(len(piece.split()) > 1 for piece in pieces):
        return None
    last, first = (_run(piece) for piece in pieces)
    if not last or not first or plain(last[0][0]) == plain(first[0][0]):
        return None
    in_order = plain(last[0][0]) in first_names() and plain(first[0][0]) not in first_names()
    return _name([*last, *first] if in_order else [*first, *last])


def _without_leads(text: str, leads: Sequence[str]) -> str:
    lead = re.compile(rf"[\s,.-]*(?:{any_of(leads)})(?![\w'])[\s,.:-]*")
    while (found := lead.match(plain(text))) and found.end():
        if found.end() >= len(text):
            return ""
        text = text[found.end() :]
    return text


def _run(text: str, *, asked: bool = False) -> list[re.Match[str]]:
    """Return the words of the name that stands first in `text`, as far as they can be of one."""
    found: list[re.Match[str]] = []
    end = 0
    for word in _WORD.finditer(text):
        between = text[end : word.start()]
        if between.strip() or (found and found[-1][0].endswith(".") and len(found[-1][0]) > 3):
            break
        if not _may_be_of_name(word[0], small=asked, first=not found):
            break
        found.append(word)
        end = word.end()
    while found and plain(found[-1][0]).strip(".") in ("and", "my", "y", "e", "i"):
        found.pop()
    if len(found) > _MOST_WORDS or any(is_keyboard(word[0]) for word in found):
        return []
    only = plain(found[0][0]).strip(".") if len(found) == 1 else ""
    known = only in not_names() and not (only in either() and found[0][0][0].isupper())
    lone_word = known or (len(only) == 1 and only.isascii())
    return [] if lone_word else found


def _may_be_of_name(word: str, *, small: bool, first: bool) -> bool:
    bare = plain(word).strip(".'-")
    if not bare or not word[0].isalpha() or not _is_spelled(word):
        return False
    if bare in not_names():
        surname = bare in surnames() and word[0].isupper() and not first
        return surname or (bare in either() and (word[0].isupper() or small))
    return True


def _is_spelled(word: str) -> bool:
    return all(
        sign.isalpha() or sign in _BESIDE_LETTERS or unicodedata.category(sign)[0] == "M"
        for sign in word
    )


def _looks_like_one(run: Sequence[re.Match[str]]) -> bool:
    first = plain(run[0][0]).strip(".")
    return first in first_names() or all(word[0][0].isupper() for word in run)


def _name(run: Sequence[re.Match[str]]) -> str:
    written = " ".join(word[0] for word in run)
    initials = all(len(word[0].strip(".")) == 1 for word in run[:-1])
    name = written if initials and "." in written else written.rstrip(".")
    # A name in small letters or capitals alone is written as names are; any other stays as it is.
    plainly = name in (name.lower(), name.upper()) and len(name) > 1
    return _MC.sub(lambda mc: mc[1] + mc[2].upper(), name.title()) if plainly else name


def introduces(text: str) -> bool:
    """Whether the text leads up to a name, like "my name is"."""
    return finds(words().names.leads, text) is not None or bool(_marks().search(plain(text)))
