"""The clauses of a message, as a part of the clinic's spaCy pipeline.

Patients join questions in every way: "does it hurt and how many do i need", "cost? parking?". The
rules here, and their words in `clauses.yml`, only propose where a message may fall apart; whether
it does is decided by what the pieces mean (`assistant.parts`).
"""

from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec
import yaml
from spacy.language import Language
from spacy.tokens import Doc, Span, Token

NAME: Final = "clauses"
CLAUSES: Final = "clauses"
_ENDS: Final = frozenset(".?!;…\n")
_LIST: Final = 12
_LONGEST: Final = 4
"""Clauses of one message; what is more is joined to the last."""
FAR_TOO_MANY: Final = 200
"""Tokens from which on a message is only read as a whole, so that the patient need not wait."""


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    joins: frozenset[str]
    question_words: frozenset[str]
    subordinating: frozenset[str]
    auxiliaries: frozenset[str]
    subjects: frozenset[str]
    own: frozenset[str]
    requests: frozenset[str]
    orders: frozenset[str]
    leads: frozenset[str]


def _read() -> _Words:
    written: dict[str, str] = yaml.safe_load(
        Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")
    )
    return msgspec.convert({kind: words.split() for kind, words in written.items()}, _Words)


_WORDS: Final = _read()


@Language.component(NAME)
def find_clauses(doc: Doc) -> Doc:
    """Set `doc.spans["clauses"]`: spans without overlap, at most four, in the message's order."""
    begun = (token.i for token in doc[1:] if _begins(token)) if len(doc) <= FAR_TOO_MANY else ()
    cuts = [0, *begun, len(doc)]
    spans = [doc[start:end] for start, end in pairwise(cuts)]
    spoken = [span for span in spans if any(_is_word(token) for token in span)]
    if len(spoken) > _LONGEST:
        spoken = [*spoken[: _LONGEST - 1], doc[spoken[_LONGEST - 1].start : len(doc)]]
    doc.spans[CLAUSES] = [_trimmed(span) for span in spoken]
    return doc


def asks(clause: Span) -> bool:
    """Whether the clause looks like a question or a request by itself."""
    if any("?" in token.text for token in clause):
        return True
    words = [token for token in clause if _is_word(token)]
    opens = any(_opens(token) or token.lower_ in _WORDS.orders for token in words[:3])
    return opens or any(token.lower_ in _WORDS.requests for token in words)


def _begins(token: Token) -> bool:
    """Whether a clause may begin with this token, which is not the first."""
    before = token.nbor(-1)
    if not _is_word(token) and token.lower_ != "&":
        return False
    if any(sign in _ENDS for sign in before.text):
        return True
    if before.lower_ in _WORDS.joins:
        return False
    if before.text == "," or token.lower_ in _WORDS.joins:
        return _begins_after_sign(token)
    return _begins_without_sign(token)


def _begins_after_sign(token: Token) -> bool:
    first = _past_joins(token)
    begins = _WORDS.own | _WORDS.auxiliaries
    return first is not None and (_opens(first) or first.lower_ in begins or _lists(token))


def _begins_without_sign(token: Token) -> bool:
    # A question begins after words that neither lead to one nor are one.
    before = token.nbor(-1)
    if before.lower_ in _WORDS.leads or not _opens(token):
        return False
    if token.lower_ in _WORDS.question_words:
        return before.lower_ not in _WORDS.auxiliaries | _WORDS.subjects
    near = token.doc[max(0, token.i - 3) : token.i]
    return not any(one.lower_ in _WORDS.question_words | _WORDS.auxiliaries for one in near)


def _past_joins(token: Token) -> Token | None:
    rest = token.doc[token.i :]
    return next((one for one in rest if one.lower_ not in _WORDS.joins), None)


def _lists(token: Token) -> bool:
    """Whether short phrases are only named, one after the other: "side effects, cost"."""
    words = [one.lower_ for one in token.doc if _is_word(one)]
    return len(words) <= _LIST and not any(word in _WORDS.auxiliaries for word in words)


def _opens(token: Token) -> bool:
    """Whether a question could begin here."""
    after = token.nbor().lower_ if token.i + 1 < len(token.doc) else ""
    if token.lower_ in _WORDS.subordinating:
        return after in _WORDS.auxiliaries
    if token.lower_ in _WORDS.question_words:
        return bool(after) or token.i == 0
    return token.lower_ in _WORDS.auxiliaries and after in _WORDS.subjects


def _is_word(token: Token) -> bool:
    return any(sign.isalnum() for sign in token.text)


def _trimmed(span: Span) -> Span:
    """Leave out joins at the beginning, and signs other than a question mark at the end."""
    words = [one for one in span if _is_word(one) and one.lower_ not in _WORDS.joins]
    first, last = (words[0].i, words[-1].i) if words else (span.start, span.end - 1)
    if last + 1 < span.end and span.doc[last + 1].text == "?":
        last += 1
    return span.doc[first : last + 1]
