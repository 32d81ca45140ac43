"""How people spell on a phone: letters made plain, and slips and text-speak written out."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

_APOSTROPHES: Final = dict.fromkeys(map(ord, "'`\u00b4\u02bc\u2018\u2019\u2032\uff07"))
_UNSEEN: Final = {"Mn", "Cf"}
WORD: Final = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Lower case, wide and styled letters plain, no accents, apostrophes or unseen characters."""
    letters = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    if letters.isascii():
        return letters
    return "".join(c for c in letters if unicodedata.category(c) not in _UNSEEN)


def slips(word: str) -> Iterator[str]:
    """The word with a letter left out, written twice, or swapped with the next; never the first."""
    for i in range(1, len(word)):
        yield word[:i] + word[i + 1 :]
        yield word[:i] + word[i] + word[i:]
        yield word[:i] + word[i + 1 : i + 2] + word[i] + word[i + 2 :]


def by_spelling(words: Mapping[str, str]) -> dict[str, str]:
    """`{"stop": "stop stp"}` turned round: each spelling with the word that is meant."""
    return {spelling: word for word, spellings in words.items() for spelling in spellings.split()}


_MISTYPED: Final = [
    *["stop", "texting", "messaging", "message", "messages", "contacting", "sending", "number"],
    *["unsubscribe", "remove", "anymore", "receive", "please", "mensajes", "numero", "escriban"],
]
_MEANT: Final = {slip: word for word in _MISTYPED for slip in slips(word)} | by_spelling(
    {
        "you": "u yall yous",
        "your": "ur yr",
        "are": "r",
        "and": "n",
        "with": "w",
        "please": "pls plz plss plzz plse pleez porfa porfavor xfa xfavor",
        "want to": "wanna",
        "got to": "gotta",
        "dont": "dnt donot dontt",
        "text": "txt tx txet",
        "texts": "txts sms",
        "texting": "txting txing txtn txtin txtng textn",
        "message": "msg mssg message",
        "messages": "msgs mssgs msgz messages",
        "messaging": "msging mssging",
        "number": "# num nbr nmbr digits",
        "anymore": "nomore nemore",
        "because": "cuz cause bc",
        "unsubscribe": "unsub",
        "que": "q k qe",
        "quiero": "kiero",
        "going to": "gonna",
        "de": "d",
        "mensajes": "msj msjs mjs mnsjs mensages mensaje",
        "celular": "cel movil",
    }
)
_JOINED: Final = {
    "do not": "dont",
    "don t": "dont",
    "did not": "didnt",
    "can not": "cant",
    "cannot": "cant",
    "will not": "wont",
    "por favor": "please",
    "x favor": "please",
    "will you please": "can you please",  # no question about what will be
    "text messages": "messages",
    "text message": "message",
    "phone number": "number",
    "cell number": "number",
    "cell phone": "cell",
    "un subscribe": "unsubscribe",
}
_JOINT: Final = re.compile(rf"\b(?:{'|'.join(sorted(_JOINED, key=len, reverse=True))})\b")
_FILLER: Final = re.compile(
    r"\b(?:please|just|really|ever|even|guys|kindly|simply|honestly|fucking|fuckin|effing|freaking"
    r"|fricking|damn|goddamn|bloody|stupid|dumb|asap|immediately|already|actually|the hell"
    r"|the fuck|ustedes|usted) "
)
SENTENCE: Final = re.compile(r"[^.!?;\n]+[.!?;\s]*")
_PART: Final = re.compile(r"[^\W_]+|[,:()\u2013\u2014]|(?<=\s)-(?=\s)|--|#(?![\w#])")
_REQUEST: Final = re.compile(
    r"\bplease |^(?:(?:hi|hello|hey|ok|and|so|hola|,) )*"
    r"(?:(?:can|could|would) you|(?:me )?(?:puede[ns]?|podrian?|podrias)|can i be) "
)


def plain_sentences(folded: str) -> Iterator[str]:
    """What is said without being asked: plain words, each with a space after it, `,` any pause."""
    for match in SENTENCE.finditer(folded):
        plain = _plain(match[0])
        is_asked = "?" in match[0] or "\u00bf" in match[0]
        if not is_asked or _REQUEST.search(plain):
            yield _FILLER.sub("", plain)


def _plain(sentence: str) -> str:
    parts = _PART.findall(sentence)
    words = [_MEANT.get(part, part if part[0].isalnum() else ",") for part in parts]
    return _JOINT.sub(lambda found: _JOINED[found[0]], " ".join(words)) + " "
