"""Writes messages and their labels as Rasa's training data, for Rasa's own commands."""

import json
from collections.abc import Iterable


def as_rasa_yaml(lines: Iterable[tuple[str, str]]) -> str:
    """Return the (message, label) lines as Rasa's YAML, each label once, in their order."""
    by_label: dict[str, list[str]] = {}
    for text, label in lines:
        by_label.setdefault(label, []).append(f"      - {_unmarked(text)}")
    written = ['version: "3.1"', "nlu:"]
    for label, examples in by_label.items():
        written += [f"  - intent: {json.dumps(label)}", "    examples: |", *examples]
    return "\n".join(written) + "\n"


def _unmarked(text: str) -> str:
    # Rasa reads brackets and braces as the mark of an entity.
    return " ".join(text.translate(str.maketrans("[]{}", "()()")).split())
