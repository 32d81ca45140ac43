"""Diseases, medicines and treatments as patients name them, from `clinic/terms.yml`."""

import functools
from pathlib import Path

import msgspec
import yaml

_FILE = Path(__file__).with_name("terms.yml")


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For each kind, the canonical names and the words that patients use for them."""

    conditions: dict[str, list[str]]
    medicines: dict[str, list[str]]
    treatments: dict[str, list[str]]


@functools.cache
def load_terms() -> Terms:
    """Read the file; raises `msgspec.ValidationError` when it has another shape."""
    return msgspec.convert(yaml.safe_load(_FILE.read_text(encoding="utf-8")), Terms)
