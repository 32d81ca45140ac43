"""Short answers: yes and no, refusing, skipping, and what is to be changed."""

import functools
import re
from typing import Final, Literal

from clinic.booking.words import Field, words
from clinic.contract import PartOfDay
from clinic.wordlists import any_of, finds, pattern, plain

_AS_EMOJI: Final = "\N{VARIATION SELECTOR-16}"
# A thumb has a colour of skin, and the mark of being shown as a picture.
_SHADES: Final = dict.fromkeys([ord(_AS_EMOJI), *range(0x1F3FB, 0x1F400)])

Status = Literal["new", "returning"]


def parse_yes_no(text: str) -> bool | None:
    """Read a yes or a no; `None` where anything else is said, or both.

    Consent and a sent request rest on this, so "maybe" and "right knee" are neither.
    """
    rest = " ".join(plain(text).translate(_SHADES).split())
    said = set()
    for answer, options in _yes_first():
        found = pattern(options)
        said |= {answer} if found.search(rest) else set()
        rest = found.sub(" ", rest)
    left = pattern(tuple(words().beside_yes_or_no)).sub(" ", rest).strip(" .,!;:)-")
    return said.pop() if len(said) == 1 and not left else None


def begins_with(text: str) -> bool | None:
    """Read the yes or no with which a longer answer begins: "yes but make it friday"."""
    first = re.split(r"[\s,.!]+", plain(text).strip(), maxsplit=1)[0]
    return parse_yes_no(first) if first else None


@functools.cache
def _yes_first() -> tuple[tuple[bool, tuple[str, ...]], ...]:
    # A longer phrase may hold a word of the other answer: "no problem", "not right".
    every = [(word, True) for word in words().yes] + [(word, False) for word in words().no]
    by_length = sorted(every, key=lambda pair: -len(pair[0].split()))
    return tuple((answer, (word,)) for word, answer in by_length)


def is_command(text: str) -> bool:
    """Whether the text looks like a command to the assistant's machinery, and is none."""
    return re.match(r"\s*(?:/|external\s*:)", plain(text)) is not None


def agrees(text: str) -> bool:
    """Whether a longer answer to the summary agrees: "that is quite correct, please do send it".

    Nothing that questions, excepts or changes anything may stand beside it.
    """
    if parse_yes_no(text):
        return True
    if _CODE.search(text):
        return False
    sentences = [one for one in re.split(r"(?<=[.!?])\s+", text.strip()) if one]
    if len(sentences) > 1 and parse_yes_no(sentences[0]) and len(sentences[1].split()) == 1:
        return True
    short = len(text.split()) <= _MOST_AGREEING
    held = finds(words().not_agreed, text) or "n't" in plain(text) or holds_question(text)
    return short and not held and finds(words().agreed, text) is not None


_MOST_AGREEING: Final = 14
# Marks of a program, and of somebody who speaks for somebody else: "system: yes".
_CODE: Final = re.compile(r"[{}<>=\\\[\]]|^\s*/|^\s*[a-z]+\s*:", re.IGNORECASE)


def asks(text: str) -> bool:
    """Whether the text is a question, by its mark or its first words."""
    written = plain(text).strip(" ,.!-")
    if "?" in written:
        return True
    first, _, rest = written.partition(" ")
    if first not in words().question_starts or not rest:
        return False
    return first not in _BEFORE_SUBJECTS or bool(_SUBJECT.match(rest))


_BEFORE_SUBJECTS: Final = frozenset(
    ("do", "does", "did", "is", "are", "can", "could", "will", "would", "should", "am")
)
_SUBJECT: Final = re.compile(
    r"(?:i|you|u|ya|y'?all|it|its|this|that|these|those|they|we|he|she|the|a|an|there|my|your|ur|our|"
    r"prolo\w*|insurance|any\w*|some\w*|dr|doctors?|treatments?|shots?|injections?|medicare|people|"
    r"kids|not|they'?re)\b"
)


def wishes_visit(text: str) -> bool:
    """Whether a visit is wished, whatever else is told."""
    return finds(words().wishes_visit, text) is not None


def asks_for_person(text: str) -> bool:
    """Whether somebody to talk to is asked for."""
    return finds(words().asks_person, text) is not None


def refuses(text: str) -> bool:
    """Whether the answer is refused: "I'd rather not say", "I don't have one"."""
    return finds(words().refusals, text) is not None or bool(_REFUSED.search(plain(text)))


_REFUSED: Final = re.compile(
    r"\b(?:do not|not|don't|dont|won't|wont|will not|not going to|not gonna"
    r"|never)\s+(?:\w+\s+){0,2}?"
    r"(?:give|giving|share|sharing|telling|provide|hand|put|type|write|enter|get|getting|have)\b"
    r"(?:\s+\w+){0,3}?\s+(?:number|phone|name|email|e-mail|it|that|out|cell|info|information|details)\b"
    r"|\bnot\s+getting\s+my\b"
)


def skips(text: str) -> bool:
    """Whether nothing but a wish to pass the question over is said."""
    before = r"(?:(?:just|please|i|um|lets?|let's|can we)\s+)*"
    behind = r"(?:\s+(?:it|this|that|please|for now|thanks|question|one))*"
    wish = rf"\W*{before}(?:{any_of(words().skips)}){behind}\W*"
    return re.fullmatch(wish, plain(text)) is not None


def starts_over(text: str) -> bool:
    """Whether the booking should begin anew."""
    return finds(words().start_over, text) is not None


def stops(text: str) -> bool:
    """Whether the booking should end without being sent."""
    pieces = [one for one in re.split(r"[.,;!\n]+", text) if one.strip()]
    return any(_stops(one) for one in [text, *pieces])


_BEFORE_STOP: Final = (
    r"\W*(?:(?:ok|okay|actually|no|oh|um|hmm|sorry|wait|you know what|lets|let's|i want to|please|"
    r"just|ugh)\W+)*"
)
_BEHIND_STOP: Final = (
    r"(?:\W+(?:then|please|thanks|thank you|sorry|for now|the whole thing|all of it|it all|this|it|"
    r"everything|the booking|the request|booking|i))*\W*"
)


def _stops(text: str) -> bool:
    found = re.match(
        rf"{_BEFORE_STOP}(?:{any_of(words().stops)})(?!\w)(?P<rest>.*)", plain(text), re.DOTALL
    )
    if found is None:
        return False
    if re.fullmatch(_BEHIND_STOP, found["rest"]):
        return True
    long = max((one for one in words().stops if one in plain(text)), key=len, default="")
    # With more words behind it, a short one may be about anything: "stop calling my old number".
    return len(long.split()) > 1 and not finds(
        ["the phone", "the name", "the time", "change"], found["rest"]
    )


def refuses_contact(text: str) -> bool:
    """Whether the patient does not want to be called or texted."""
    return finds(words().no_contact, text) is not None


def corrects(text: str) -> bool:
    """Whether something said before is taken back: "no, right knee"."""
    return finds(words().corrects, text) is not None


def parse_change(text: str) -> Field | None:
    """Read which answer the patient wants to give anew, by the name of its field."""
    return next((one for one, names in words().changes.items() if finds(names, text)), None)


def wants_another(text: str) -> bool:
    """Whether another visit is meant beside one that was asked for before."""
    return finds(words().another_visit, text) is not None


def wants_change(text: str) -> bool:
    """Whether a booking that was made should be changed or cancelled, not only named."""
    return finds(words().wants_change, text) is not None


def asks_why(text: str) -> bool:
    """Whether the patient wants to know what an answer is needed for."""
    alone = re.fullmatch(r"\W*(?:but )?(?:why|y|how come)\W*", plain(text)) is not None
    return alone or finds(words().asks_why, text) is not None


def holds_question(text: str) -> bool:
    """Whether a question stands anywhere in the text, with or without its mark."""
    return any(asks(one) for one in clauses(text))


def clauses(text: str) -> list[str]:
    """Return the clauses of a text, each with its question mark."""
    marked = plain(text).replace("?", "?.")
    return [one for one in _CLAUSES.split(marked) if one.strip()]


_CLAUSES: Final = re.compile(r"[.,;!|]|\s-+\s|\b(?:and|but|also|btw|oh|so)\b")


def is_first(text: str) -> bool:
    """Whether the first of two offers is chosen."""
    return finds(["first", "the first", "1st one", "earlier", "the former", "1"], text) is not None


def is_second(text: str) -> bool:
    """Whether the second of two offers is chosen."""
    return (
        finds(
            [
                "second",
                "the second",
                "2nd one",
                "later",
                "the latter",
                "2",
                "last one",
                "other one",
            ],
            text,
        )
        is not None
    )


def half_of_day(text: str) -> PartOfDay | None:
    """Read which half of the day an hour belongs to: "am", "in the evening"."""
    parts = {**words().times.parts}
    for part, options in parts.items():
        if finds([*options, {"morning": "am", "afternoon": "pm"}.get(part, "night")], text):
            return part
    return None


def means_hour(text: str) -> bool:
    """Whether a bare number was meant as an hour."""
    return finds(words().means_hour, text) is not None


def means_day(text: str) -> bool:
    """Whether a bare number was meant as a day of the month."""
    return finds(words().means_day, text) is not None


def is_about_booking(text: str) -> bool:
    """Whether the text asks about a booking that was made before."""
    return finds(words().about_booking, text) is not None


def find_status(text: str, *, asked: bool = False) -> tuple[Status, tuple[int, int]] | None:
    """Read whether the patient is new or was here before; `asked`: "have you been here before?"."""
    written = plain(text)
    if found := _statuses().search(written):
        known = " ".join(found[0].split()) in words().returning
        return ("returning" if known or not found["new"] else "new"), found.span()
    if found := _CAME.search(written):
        return "returning", found.span()
    answer = parse_yes_no(text) if asked else None
    if asked and answer is None:
        answer = begins_with(text)
    return None if answer is None else (("returning" if answer else "new"), (0, len(text)))


_CAME: Final = re.compile(
    r"\bi(?:'ve| have)?\s+(?:came|come|was|saw|been|visited)\s+(?:in|there|here|you|to you)?\s*"
    r"(?:guys\s+)?(?:in|back in|last|a few|two|three|a couple|before)\b[^,.;]{0,18}?\b(?:20\d\d"
    r"|year|years|summer|winter|spring|fall|month|before)\b"
)


@functools.cache
def _statuses() -> re.Pattern[str]:
    old, new = words().returning, words().new
    return re.compile(
        rf"(?<!\w)(?:(?P<old>not\s+(?:a\s+|my\s+)?(?:new|first)\b[\w ]*?patient"
        rf"|(?:{any_of(old)}))|(?P<new>{any_of(new)}))(?!\w)"
    )
