"""What a parse output of either Rasa comes to, and whether it is right."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from assistant.labels import FAQ, UNANSWERED, intent_of, route_of, topic_of

SPACY: Final = "assistant.components.reading.ClinicSpacy"
"""What loads the language model, by its name in config.yml."""


def accuracy(expected: Sequence[str], answers: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """Return the share of right answers, and of questions back that offer the right one."""
    pairs = list(zip(map(counted, expected), answers, strict=True))
    right = [label == predicted(answer) for label, answer in pairs]
    asked = [
        label in offered(answer)
        for (label, answer), found in zip(pairs, right, strict=True)
        if not found
    ]
    return sum(right) / len(pairs), sum(asked) / len(pairs)


def counted(label: str) -> str:
    """Return a label as it is counted: a route, or a topic."""
    return topic_of(label) if intent_of(label) in (FAQ, UNANSWERED) else route_of(intent_of(label))


def predicted(answer: Mapping[str, Any]) -> str:
    """Return the label of a parse output, of either Rasa, as it is counted."""
    intent = answer["intent"]["name"] or ""
    if intent not in (FAQ, UNANSWERED):
        return counted(intent)
    selected = answer["response_selector"]
    # Stock has one selector for all retrieval intents, and calls it `default`.
    chosen = str(selected.get(intent, selected.get("default"))["response"]["intent_response_key"])
    return counted(chosen)


def offered(answer: Mapping[str, Any]) -> set[str]:
    """Return the choices of a question back."""
    parts = answer.get("parts", [])
    return {counted(option) for part in parts for option in part.get("options", [])}
