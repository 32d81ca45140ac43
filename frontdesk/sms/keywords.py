"""What a text asks of the texting itself: no more of it, more again, or what this number is.

Carriers act on a bare keyword alone. The law takes any words that a reasonable person understands
(47 CFR 64.1200(a)(10)), so "Stop!!" and "take me off ur list" have to be understood here. A wrong
opt-out silences a patient, a missed one breaks the law: it counts where it is said to us and about
texts, messages, a list or this number, but not where it is

- asked ("why did you stop texting me"), unless as a request ("can you stop texting me?"),
- denied ("I never said stop texting me"), or about somebody else ("don't text my wife"),
- limited ("don't text me before 9").

    text ── fold ──▶ a keyword and courtesies, nothing else?
                        │ no
                        ▼
                     a keyword as a sentence of its own? a phrase, by what stands before and after?
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from frontdesk.sms import opt_outs
from frontdesk.sms.spelling import SENTENCE, WORD, by_spelling, fold, slips

Meaning = Literal["stop", "start", "help", "stop_in_words"]


@dataclass(frozen=True, slots=True)
class Keyword:
    """What is asked; `word` in lower case: the keyword, or the phrase in plain words."""

    meaning: Meaning
    word: str


def is_reaction(text: str) -> bool:
    """Whether a phone tells of a thumbs-up or the like, by quoting what it is to."""
    return _REACTION.match(fold(text).strip()) is not None


def read(text: str) -> Keyword | None:
    """What the text asks of the texting, or None.

    "yes" is a start only where it is all of the text, and may answer a question even then.

    >>> read("S.T.O.P!"), read("pls dont txt me again")
    (Keyword(meaning='stop', word='stop'), Keyword(meaning='stop_in_words', word='dont text me'))
    """
    folded = fold(text).strip()
    if _REACTION.match(folded):
        return None
    found = _lone_keyword(folded)
    if found is not None:
        return found
    phrase = _said_apart(folded) or opt_outs.find(folded)
    return None if phrase is None else Keyword("stop_in_words", phrase)


_DOUBLED: Final = re.compile(r"(.)\1+")
# Phones tell of a reaction by quoting what it is to: as a rule our own "Reply STOP to end".
_REACTION: Final = re.compile(
    r"\W{0,8}(?:(?:liked|loved|disliked|laughed at|emphasized|questioned|removed an?|reacted"
    r"|me gusta|(?:no )?le (?:gusto|encanto|dio)|enfatizo|cuestiono|reacciono)\b[^\"\u201c]{0,40}"
    r"|(?:to|a)\s{1,3})[\"\u201c\u00ab]"
)


def _itself(words: str) -> dict[str, str]:
    return {word: word for word in words.split()}


_KEYWORDS: Final[dict[Meaning, dict[str, str]]] = {
    "stop": _itself("stop stopall unsubscribe cancel end quit revoke optout")
    | _itself("alto parar para cancelar baja detener")
    | by_spelling({"stop": "stp sotp stpo", "parar": "pare paren", "unsubscribe": "unsub"})
    | dict.fromkeys([*slips("unsubscribe"), "unsubscribed"], "unsubscribe"),
    "start": _itself("start unstop iniciar comenzar empezar"),
    "help": _itself("help info ayuda informacion"),
}
_COURTESIES: Final = (
    r"please|pl[sz]|plss|plzz|kindly|thanks|thank (?:you|u)|thx|ty"
    r"|por ?favor|x ?favor|porfa|xfa|gracias"
)
_COURTEOUS: Final = re.compile(rf"\b(?:{_COURTESIES})\b")
# Only a stop is hastened: "start now" answers when, and "help now" is a cry.
_HASTY: Final = re.compile(
    rf"\b(?:{_COURTESIES}|right now|now|asap|immediately|already|ya|ahora)\b"
)
# "Please cancel" is said of a visit, as "yes please" is of an offer; carriers act on neither.
_ONLY_BARE: Final = {"cancel", "cancelar"}
# "stop?" asks for nothing else; "end?" and "start?" may.
_CLEAR: Final = {"stop", "stopall", "unsubscribe", "optout"}
_LONGEST_KEYWORDS: Final = 80


def _run_of(words: Iterable[str]) -> re.Pattern[str]:
    """One of the words, or several in a row."""
    one = "|".join(sorted({_undoubled(word) for word in words}, key=len, reverse=True))
    return re.compile(rf"({one})(?:{one})*")


def _undoubled(word: str) -> str:
    return _DOUBLED.sub(r"\1", word)


_RUNS: Final = {meaning: _run_of(words) for meaning, words in _KEYWORDS.items()}
_MEANT_ALONE: Final = {
    _undoubled(spelling): word for words in _KEYWORDS.values() for spelling, word in words.items()
}


def _lone_keyword(folded: str) -> Keyword | None:
    if folded == "yes":
        return Keyword("start", "yes")
    said = " ".join(WORD.findall(folded))
    if len(said) > _LONGEST_KEYWORDS:
        return None
    found = next(filter(None, (_alone(meaning, said) for meaning in _KEYWORDS)), None)
    is_clear = found is None or found.meaning == "help" or found.word in _CLEAR
    return found if is_clear or "?" not in folded else None


def _alone(meaning: Meaning, said: str) -> Keyword | None:
    """The keyword, if it is all that is said; spaces may stand anywhere ("s t o p")."""
    around = _HASTY if meaning == "stop" else _COURTEOUS
    bare = around.sub("", said)
    run = _RUNS[meaning].fullmatch(_undoubled(bare.replace(" ", "")))
    if run is None:
        return None
    word = _MEANT_ALONE[run[1]]
    return None if word in _ONLY_BARE and bare != said else Keyword(meaning, word)


def _said_apart(folded: str) -> str | None:
    """The keyword that is the first or the last sentence by itself ("Stop. Wrong number.")."""
    sentences = SENTENCE.findall(folded)
    for said in sentences[:1] + sentences[-1:]:
        keyword = None if "?" in said else _lone_keyword(said)
        if keyword and keyword.word in _CLEAR:
            return keyword.word
    return None
