"""The labels of understanding, and how probabilities over them become Rasa's fields.

A label is a route, like `clinical`, or an FAQ topic, like `faq/pain`: an intent and, for Rasa's
retrieval intent `faq`, its response key.
"""

from collections.abc import Mapping
from typing import Any, Final, get_args

import msgspec

from clinic.contract import Route, Topic

FAQ: Final = "faq"
EMERGENCY: Final = "emergency"
CLINICAL: Final = "clinical"
FALLBACK: Final = "nlu_fallback"
ROUTES: Final[tuple[Route, ...]] = get_args(Route)
_ROUTES_OF_OTHERS: Final[dict[str, Route]] = {
    "pass_on": "human",
    "booking_answer": "booking",
    "cancel_form": "booking",
    "affirm": "smalltalk",
    "deny": "smalltalk",
}
_RANKED: Final = 5


class Leanings(msgspec.Struct, frozen=True):
    """How a decision leans: what wins early, and what is too uncertain to answer.

    `prefer` maps a label to the probability from which it wins whatever else is likely, in the
    order given; a wrong reassurance costs more than a handover. Below `fallback` nothing wins,
    and below `mention` a label is not named among the topics.
    """

    prefer: dict[str, float]
    fallback: float
    mention: float


Probabilities = Mapping[str, float]


def intent_of(label: str) -> str:
    """Return the intent of a label: `faq` for `faq/pain`, otherwise the label itself."""
    return label.partition("/")[0]


def choose(probabilities: Probabilities, leanings: Leanings) -> str:
    """Choose the label to act on, or `nlu_fallback`."""
    for label, least in leanings.prefer.items():
        if probabilities.get(label, 0.0) >= least:
            return label
    best = max(probabilities, key=probabilities.__getitem__)
    return best if probabilities[best] >= leanings.fallback else FALLBACK


def topics(probabilities: Probabilities, least: float) -> list[Topic]:
    """Return the labels of the contract that are at least so likely, most likely first."""
    return [
        Topic(name=label, confidence=round(value, 4))
        for label, value in _ranked(probabilities)
        if value >= least and intent_of(label) in ROUTES
    ]


def route_of(intent: str) -> Route:
    """Return the route of an intent; what only means something in a dialogue gets its nearest."""
    by_name: dict[str, Route] = {route: route for route in ROUTES}
    return {**by_name, **_ROUTES_OF_OTHERS}.get(intent, "out_of_scope")


def as_rasa(probabilities: Probabilities, leanings: Leanings) -> dict[str, Any]:
    """Return the message's properties in Rasa's own shape, and `topics` beside them.

    `intent` carries the chosen label's probability, for `faq` that of the topic, so that one
    threshold holds for topics and routes alike; `response_selector` is what Rasa's
    ResponseSelector would write.
    """
    chosen = choose(probabilities, leanings)
    confidence = probabilities.get(chosen, 1 - max(probabilities.values()))
    return {
        "intent": {"name": intent_of(chosen), "confidence": confidence},
        "intent_ranking": _intent_ranking(probabilities),
        "response_selector": _response_selector(chosen, probabilities),
        "topics": msgspec.to_builtins(topics(probabilities, leanings.mention)),
    }


def _ranked(probabilities: Probabilities) -> list[tuple[str, float]]:
    return sorted(probabilities.items(), key=lambda item: -item[1])


def _intent_ranking(probabilities: Probabilities) -> list[dict[str, Any]]:
    best: dict[str, float] = {}
    for label, value in _ranked(probabilities):
        best.setdefault(intent_of(label), value)
    return [{"name": name, "confidence": value} for name, value in best.items()][:_RANKED]


def _response_selector(chosen: str, probabilities: Probabilities) -> dict[str, Any]:
    ranking = [
        {"intent_response_key": label, "confidence": value}
        for label, value in _ranked(probabilities)
        if intent_of(label) == FAQ
    ]
    if not ranking:
        return {"all_retrieval_intents": []}
    key = chosen if intent_of(chosen) == FAQ else str(ranking[0]["intent_response_key"])
    response = {
        "responses": [],
        "confidence": probabilities[key],
        "intent_response_key": key,
        "utter_action": f"utter_{key}",
    }
    answers = {"response": response, "ranking": ranking[:_RANKED]}
    return {"all_retrieval_intents": [FAQ], FAQ: answers}
