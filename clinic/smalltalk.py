"""What kind of small talk a message is, from `clinic/smalltalk.yml`."""

import functools
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from clinic.wordlists import finds

Kind = Literal["abuse", "frustration", "bot", "help", "goodbye", "thanks", "greeting"]

_FILE = Path(__file__).with_suffix(".yml")


@functools.cache
def _kinds() -> dict[Kind, list[str]]:
    return msgspec.convert(yaml.safe_load(_FILE.read_text(encoding="utf-8")), dict[Kind, list[str]])


def kind_of(text: str) -> Kind | None:
    """Return the kind; `None` for small talk of no particular kind.

    >>> kind_of("ur not getting it")
    'frustration'
    """
    return next((kind for kind, options in _kinds().items() if finds(options, text)), None)
