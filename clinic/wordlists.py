"""Finding listed words in what a patient wrote."""

import functools
import re
from collections.abc import Iterable
from typing import Final

_APOSTROPHES: Final = dict.fromkeys(map(ord, "\u2018\u2019\u02bc`\u00b4"), "'")


def plain(text: str) -> str:
    """Small letters, one kind of apostrophe, no line breaks; every sign keeps its place."""
    lowered = "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in text)
    return lowered.translate(_APOSTROPHES).replace("\n", " ")


def finds(options: Iterable[str], text: str) -> re.Match[str] | None:
    """Find the first of `options` that stands in `text` as whole words."""
    return pattern(tuple(options)).search(plain(text))


@functools.cache
def pattern(options: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds any of `options` as whole words, longer ones first."""
    return re.compile(rf"(?<!\w)(?:{any_of(options)})(?!\w)")


def any_of(options: Iterable[str]) -> str:
    """Return the alternatives of a pattern, longer ones first; a space stands for several."""
    ordered = sorted(options, key=len, reverse=True)
    return "|".join(re.escape(one).replace(r"\ ", r"\s+") for one in ordered)
