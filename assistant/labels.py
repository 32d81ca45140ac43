"""The labels of understanding, and how probabilities over them become Rasa's fields.

A label is a route, like `clinical`, or an FAQ topic, like `faq/pain`: an intent and, for Rasa's
retrieval intents, its response key. `unanswered/recovery` is a question about recovery on which the
clinic's sources are silent, and `clarify/how_long` one of which nobody could say what it is about.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

import msgspec

from clinic.contract import Route, Topic

FAQ: Final = "faq"
EMERGENCY: Final = "emergency"
CLINICAL: Final = "clinical"
UNANSWERED: Final = "unanswered"
CLARIFY: Final = "clarify"
FALLBACK: Final = "nlu_fallback"
ROUTES: Final[tuple[Route, ...]] = get_args(Route)
_ROUTES_OF_OTHERS: Final[dict[str, Route]] = {
    "pass_on": "human",
    "booking_answer": "booking",
    "cancel_form": "booking",
    "affirm": "smalltalk",
    "deny": "smalltalk",
    "unanswered": "faq",
    "follow_up": "clarify",
}
RETRIEVAL: Final = (FAQ, UNANSWERED, CLARIFY)
# The riskiest first: of several questions in one message, this decides where it goes.
_RISKS: Final = (
    EMERGENCY,
    CLINICAL,
    "human",
    "admin",
    "booking",
    FAQ,
    UNANSWERED,
    CLARIFY,
    FALLBACK,
)
_DIALOGUE: Final = ("affirm", "deny", "cancel_form", "inform", "pass_on", "booking_answer")
_RANKED: Final = 5


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """One question of a message; with `options`, which of those labels was meant is uncertain."""

    label: str
    text: str
    confidence: float
    options: list[str] = []


Probabilities = Mapping[str, float]


def intent_of(label: str) -> str:
    """Return the intent of a label: `faq` for `faq/pain`, otherwise the label itself."""
    return label.partition("/")[0]


def route_of(intent: str) -> Route:
    """Return the route of an intent; what only means something in a dialogue gets its nearest."""
    by_name: dict[str, Route] = {route: route for route in ROUTES}
    return {**by_name, **_ROUTES_OF_OTHERS}.get(intent, "out_of_scope")


def topic_of(label: str) -> str:
    """Return the contract's name of a label: an FAQ topic or a route."""
    intent, _, key = label.partition("/")
    if intent == UNANSWERED:
        return f"{FAQ}/{key}"
    return label if intent == FAQ else route_of(intent)


def riskiest(parts: Sequence[Part]) -> Part:
    """Return the part that decides where the message goes."""
    return min(parts, key=lambda part: _risk(part.label))


def _risk(label: str) -> int:
    intent = intent_of(label)
    return _RISKS.index(intent) if intent in _RISKS else len(_RISKS)


def as_rasa(parts: Sequence[Part], probabilities: Probabilities) -> dict[str, Any]:
    """Return the message's properties in Rasa's own shape, and `parts` and `topics` beside them.

    `intent` is that of the riskiest part, with that label's probability: for `faq` that of the
    topic, so that one threshold holds for topics and routes alike. `response_selector` is what
    Rasa's ResponseSelector would write. `probabilities` are those of the whole message.
    """
    first = riskiest(parts)
    intent = CLARIFY if first.options else intent_of(first.label)
    ranking = [one for one in _intent_ranking(probabilities) if one["name"] != intent]
    chosen = {"name": intent, "confidence": first.confidence}
    return {
        "intent": chosen,
        "intent_ranking": [chosen, *ranking][:_RANKED],
        "response_selector": _response_selector(first, probabilities),
        "topics": msgspec.to_builtins(_topics(parts)),
        "parts": msgspec.to_builtins(parts),
    }


def _topics(parts: Sequence[Part]) -> list[Topic]:
    found: dict[str, float] = {}
    for part in parts:
        for label in part.options or [part.label]:
            if intent_of(label) not in (FALLBACK, *_DIALOGUE):
                found.setdefault(topic_of(label), round(part.confidence, 4))
    return [Topic(name=name, confidence=confidence) for name, confidence in found.items()]


def _ranked(probabilities: Probabilities) -> list[tuple[str, float]]:
    return sorted(probabilities.items(), key=lambda item: -item[1])


def _intent_ranking(probabilities: Probabilities) -> list[dict[str, Any]]:
    best: dict[str, float] = {}
    for label, value in _ranked(probabilities):
        best.setdefault(intent_of(label), value)
    return [{"name": name, "confidence": value} for name, value in best.items()][:_RANKED]


def _response_selector(first: Part, probabilities: Probabilities) -> dict[str, Any]:
    selected: dict[str, Any] = {"all_retrieval_intents": list(RETRIEVAL)}
    for intent in RETRIEVAL:
        ranking = [
            {"intent_response_key": label, "confidence": value}
            for label, value in _ranked(probabilities)
            if intent_of(label) == intent
        ]
        if intent_of(first.label) == intent:
            key, confidence = first.label, first.confidence
        elif ranking:
            key = str(ranking[0]["intent_response_key"])
            confidence = probabilities[key]
        else:
            continue
        response = {
            "responses": [],
            "confidence": confidence,
            "intent_response_key": key,
            "utter_action": f"utter_{key}",
        }
        selected[intent] = {"response": response, "ranking": ranking[:_RANKED]}
    return selected
