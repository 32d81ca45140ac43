r"""What a text message weighs, how it is written plainly, and how a long one is shared out.

Carriers bill by the part. A message of nothing but the GSM alphabet has 160 characters in one part;
a single curly quote more and it has 70. So what goes out is written plainly first, and only letters
that the alphabet lacks, like the Spanish `á í ó ú`, are worth the price: those are never changed.

    text ── plain ──▶ the same in plain signs ── bodies ──▶ [one message, or as many as it takes]
                                                                │ size
                                                                ▼
                                                     what each is billed as

Sources: 3GPP TS 23.038, 6.2.1 (the default alphabet and its extension table) and 6.2.3 (UCS-2);
3GPP TS 23.040, 9.2.3.24.1 (153 septets or 67 units in each of several parts, and "a character
represented by an escape-sequence shall not be split in the middle").
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, count, groupby
from typing import Final, Literal

Encoding = Literal["GSM-7", "UCS-2"]
MOST: Final = 1_600
"""The UTF-16 code units that Twilio takes in one body; more is refused with error 21617."""

_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION: Final = "\f^{}\\[~]|€"
_GSM: Final = frozenset(_BASIC + _EXTENSION)


@dataclass(frozen=True)
class Size:
    """What a message is billed as: septets (GSM-7) or 16-bit units (UCS-2), and parts of them."""

    encoding: Encoding
    units: int
    parts: int


def size(text: str) -> Size:
    """What carriers count for a text, with Twilio's smart encoding off.

    An empty text has no units and one part, as in Twilio's own calculator. That one moves an emoji
    of several characters whole into the next part; the standard does not, and so we do not.
    """
    if _GSM.issuperset(text):
        return _counted("GSM-7", [1 + (char in _EXTENSION) for char in text], 160, 153)
    return _counted("UCS-2", [_width(char) for char in text], 70, 67)


def _counted(encoding: Encoding, widths: list[int], alone: int, each: int) -> Size:
    units, parts, free = sum(widths), 1, each
    if units <= alone:
        return Size(encoding, units, parts)
    for width in widths:
        if width > free:
            parts, free = parts + 1, each
        free -= width
    return Size(encoding, units, parts)


def _width(char: str) -> int:
    return 1 + (char > "\uffff")


_PLAINER: Final = {
    "'": "‘’‚‛‹›′‵´`ʹʻʼʽˈ",
    '"': "“”„‟«»″‶",
    "-": "‐‑‒–—―−⁃﹘﹣•‣◦▪●∙",
    "...": "…",
    " ": "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u202f\u205f\u3000",
    "/": "⁄∕",
    "x": "×",
    "+/-": "±",
    "<=": "≤",
    ">=": "≥",
    "->": "→⟶➔➜➡",
    "<-": "←⟵⬅",
    "<->": "↔⟷",
    "=>": "⇒",
    "(TM)": "™",
    "(R)": "®",
    "(C)": "©",
    "°C": "℃",
    "°F": "℉",
}
_FRACTIONS: Final = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_LIGATURES: Final = "ﬀﬁﬂﬃﬄﬅﬆ"
_PLAIN: Final = (
    {sign: plainer for plainer, signs in _PLAINER.items() for sign in signs}
    | {sign: unicodedata.normalize("NFKC", sign) for sign in _LIGATURES}
    | {sign: unicodedata.normalize("NFKC", sign).replace("⁄", "/") for sign in _FRACTIONS}
)
# An arrow behind a joiner belongs to an emoji: somebody who runs to the right.
_SIGN: Final = re.compile(f"(?<!\u200d)[{''.join(_PLAIN)}]")
_IN_PLACE: Final = (
    (re.compile(r"(?<=\w)[—―](?=\w)"), " - "),
    (re.compile(r"(?<!\w)·|·(?!\w)"), "-"),
    # Without the space 1½ tablets would be 11/2.
    (re.compile(rf"(?<=\d)(?=[{_FRACTIONS}])|(?<=[{_FRACTIONS}])(?=\d)"), " "),
    (re.compile(r"(?<=\d)[^\S\n]*°[^\S\n]*(?=[CF]\b)"), " "),
)
_LINE_END: Final = re.compile("\r\n?|[\v\x85\u2028\u2029]")
_INVISIBLE: Final = re.compile(
    "[\\x00-\\x08\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\u00ad\u061c\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
# Joiners and variation selectors shape emoji, keycaps and some scripts, but no GSM character.
_NO_GSM: Final = f"[^{re.escape(''.join(sorted(_GSM)))}]"
_LOOSE: Final = re.compile(
    f"(?<!{_NO_GSM})[\u200c\u200d\ufe0e\ufe0f]+(?!\u20e3)|[\u200c\u200d]+(?!{_NO_GSM})"
)
_INSIDE: Final = r"[^\s<>\"“”()\[\]]"
_LAST: Final = r"[^\s<>\"“”()\[\].,;:!?'’…\u200b-\u200d\u2060\ufeff]"
_ADDRESS: Final = rf"https?://(?:{_INSIDE}|\({_INSIDE}*\))*(?:{_LAST}|\({_INSIDE}*\))"
_ADDRESSES: Final = re.compile(f"({_ADDRESS})", re.IGNORECASE)
_LINK: Final = re.compile(rf"\[([^\[\]\n]*)\]\(({_ADDRESS}[.,;:!?']*)\)", re.IGNORECASE)


def plain(text: str) -> str:
    """The same words in signs that the GSM alphabet has, where it has such signs.

    Quotes, dashes, spaces, bullets, fractions, arrows and the like become what a keyboard writes.
    Letters stay, whatever they cost, and so do emoji, a bare degree sign and `µ`, for which there
    is no safe other way to write them. Links become numbers with their addresses at the end.
    Nothing inside an address is changed. What is plain already comes back as it is.
    """
    while (plainer := _tidied(_numbered(_typed(text)))) != text:
        text = plainer
    return text


def _typed(text: str) -> str:
    pieces = _ADDRESSES.split(_LINE_END.sub("\n", text))
    return "".join(piece if at % 2 else _signs(piece) for at, piece in enumerate(pieces))


def _signs(text: str) -> str:
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    for pattern, plainer in _IN_PLACE:
        text = pattern.sub(plainer, text)
    return _LOOSE.sub("", _SIGN.sub(lambda sign: _PLAIN[sign[0]], text))


def _numbered(text: str) -> str:
    numbers: dict[str, int] = {}

    def number(link: re.Match[str]) -> str:
        label, address = link[1].strip(), link[2]
        if label in {"", address}:
            return address
        return f"{label} ({numbers.setdefault(address, len(numbers) + 1)})"

    while _LINK.search(text):
        text = _LINK.sub(number, text)
    addresses = [f"({number}) {address}" for address, number in numbers.items()]
    return "\n".join([text.rstrip(), *addresses])


def _tidied(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


# What follows a joiner, what is drawn onto the character before it without being a mark (joiners,
# Thai and Lao vowels, halfwidth sound marks, skin tones, the letters of the flags of England and
# others), and the parts of a Korean syllable.
_TOGETHER: Final = re.compile(
    "\u200d[^\U0001f1e6-\U0001f1ff]"
    "|.[\u200c\u200d\u0e33\u0eb3\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
    "|[\u1100-\u115f\ua960-\ua97c][\u1100-\u11a7\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7c6]"
    "|[\u1160-\u11ff\uac00-\ud7a3\ud7b0-\ud7fb][\u1160-\u11ff\ud7b0-\ud7fb]"
)
_FLAG: Final = re.compile("[\U0001f1e6-\U0001f1ff]{2}")


def clusters(text: str) -> list[str]:
    """What a reader takes for one character each; joined they are the text again.

    Extended grapheme clusters as in Unicode Standard Annex 29, so far as Python's own tables go:
    what follows a joiner is never parted from it, whether or not it is an emoji.
    """
    found: list[str] = []
    for char in text:
        if found and _belongs(found[-1], char):
            found[-1] += char
        else:
            found.append(char)
    return found


def _belongs(before: str, char: str) -> bool:
    if char.isspace() or unicodedata.category(char) == "Cc":
        return before + char == "\r\n"
    if unicodedata.category(before[-1]) in {"Cc", "Zl", "Zp"}:
        return False
    return (
        unicodedata.category(char).startswith("M")
        or _TOGETHER.match(before[-1] + char) is not None
        or _FLAG.fullmatch(before + char) is not None
    )


_Span = tuple[int, int]
_ANYWHERE, _SPACE, _SENTENCE, _LINE, _PARAGRAPH = range(5)
# "Dr. Gil" and "9 a.m. on Monday" are not the ends of sentences.
_SENTENCE_END: Final = re.compile(
    r"(?<!\b[DMS]r)(?<!\b[DS]ra)(?<!\bMrs)[.!?…][\"'”’)\]]*(?=\s+[^\sa-z])|[。！？]"
)


def bodies(text: str, most: int = MOST) -> list[str]:
    """The text as one body of up to `most` UTF-16 code units, or as few as it takes.

    Where several are needed each ends with its own number on a line, `(1/2)`, which counts too.
    They are cut at blank lines as far as that needs no body more, else at lines, at the ends of
    sentences, at spaces. A word is cut only if no body could hold it, and then between characters
    as readers see them; only a single one of these that no body could hold is cut inside.
    An empty text, or one of nothing but white space, gives none.
    Raises `ValueError` where `most` leaves no room for a character next to the number.
    """
    text = text.rstrip()
    if sum(map(_width, text)) <= most:
        return [text] if text else []
    for digits in count(1):
        room = most - len("\n(/)") - 2 * digits
        if room < 2:
            raise ValueError(f"{most} code units hold no part of a text with its number.")
        shares = _shared(text, room)
        if len(shares) == 1:
            return shares
        if len(shares) < 10**digits:
            break
    return [f"{share}\n({number}/{len(shares)})" for number, share in enumerate(shares, 1)]


def _shared(text: str, room: int) -> list[str]:
    spans = list(_spans(text, room))
    ranks = _ranks(text, spans)
    furthest = _furthest(text, spans, room)
    fewest = [0] * (len(spans) + 1)
    for start in reversed(range(len(spans))):
        fewest[start] = 1 + fewest[furthest[start]]
    shares, start = [], 0
    while start < len(spans):
        enough = [e for e in range(start + 1, furthest[start] + 1) if fewest[e] < fewest[start]]
        end = max(enough, key=lambda end: (ranks[end - 1], end))
        shares.append(text[spans[start][0] : spans[end - 1][1]])
        start = end
    return shares


def _spans(text: str, room: int) -> Iterator[_Span]:
    """Where each word stands; of a word that is wider than the room, each of its characters."""
    at = 0
    for is_gap, group in groupby(clusters(text), str.isspace):
        for piece in group if is_gap else _fitting(list(group), room):
            if not is_gap:
                yield at, at + len(piece)
            at += len(piece)


def _fitting(word: list[str], room: int) -> Iterator[str]:
    if sum(map(_width, "".join(word))) <= room:
        yield "".join(word)
        return
    for cluster in word:
        if sum(map(_width, cluster)) <= room:
            yield cluster
        else:
            yield from cluster


def _ranks(text: str, spans: list[_Span]) -> list[int]:
    """How well a body ends after each of the words, the end of the text best."""
    sentences = {found.end() for found in _SENTENCE_END.finditer(text)}
    following = [start for start, _ in spans[1:]]
    return [
        _rank(text[end:start], end in sentences)
        for (_, end), start in zip(spans, following, strict=False)
    ] + [_PARAGRAPH + 1]


def _rank(gap: str, is_sentence: bool) -> int:
    if lines := gap.count("\n"):
        return _LINE if lines == 1 else _PARAGRAPH
    if is_sentence:
        return _SENTENCE
    return _SPACE if gap else _ANYWHERE


def _furthest(text: str, spans: list[_Span], room: int) -> list[int]:
    """For a body that begins with each of the words: the first word that it cannot hold."""
    offsets = list(accumulate(map(_width, text), initial=0))
    found, end = [], 0
    for start, _ in spans:
        while end < len(spans) and offsets[spans[end][1]] - offsets[start] <= room:
            end += 1
        found.append(end)
    return found
