"""What to do with a message, when it is uncertain what was meant: the least expected cost.

A wrong answer costs much more than a question back or a handover. The costs stand in `config.yml`
and the probabilities are calibrated, so every threshold follows from those two.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import msgspec

from assistant.labels import CLINICAL, EMERGENCY, FALLBACK, FAQ, UNANSWERED, intent_of

Probabilities = Mapping[str, float]
_MOST_OPTIONS = 3
# The same topic, where the sources answer it and where they are silent.
_TWINS = {FAQ: f"{UNANSWERED}/", UNANSWERED: f"{FAQ}/"}


class Costs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it costs to act on one thing when another was meant.

    Acting: `answer` an FAQ topic, `route` a message (booking, human, small talk …), `own_up` that
    the sources are silent, hand a question to `staff` as clinical, give the emergency `advice`,
    or `offer` a person because nothing was understood. `near` is what it costs to answer a topic
    on which the sources are silent, or to own up on one that they answer. `ask` is what asking
    back costs when the right topic is among the choices, and `miss` when it is not. What was
    really meant multiplies it: `if_clinical`, `if_emergency`. The doubt about emergencies is not
    settled here but by `false_alarms` of `LabelClassifier`, which looks for them apart.
    """

    answer: float = 7.0
    route: float = 6.0
    own_up: float = 6.0
    staff: float = 6.0
    advice: float = 8.0
    offer: float = 4.5
    near: float = 3.0
    ask: float = 3.0
    miss: float = 7.0
    if_clinical: float = 3.0
    if_emergency: float = 6.0


class Decision(msgspec.Struct, frozen=True):
    """The label to act on; with `options`, which of them was meant is asked instead."""

    label: str
    confidence: float
    options: list[str] = []


def decide(probabilities: Probabilities, costs: Costs, askable: Sequence[str] = ()) -> Decision:
    """Choose what costs least on average; only `askable` labels can be choices."""
    danger = {label: _danger(label, costs) for label in probabilities}
    weighed = {label: value * danger[label] for label, value in probabilities.items()}
    everything = sum(weighed.values())
    expected = {label: _expected(label, weighed, everything, costs) for label in probabilities}
    least, label = min((cost, label) for label, cost in expected.items())
    offered = costs.offer * everything
    asked, options = _ask(probabilities, costs, everything, askable)
    if asked < min(least, offered):
        return Decision(options[0], sum(probabilities[one] for one in options), options)
    if offered <= least:
        return Decision(FALLBACK, 1.0 - max(probabilities.values()))
    return Decision(label, probabilities[label])


def _expected(label: str, weighed: Probabilities, everything: float, costs: Costs) -> float:
    """Return what acting on the label costs on average."""
    if label == EMERGENCY:
        # Whoever reads the advice for nothing is harmed alike, whatever was meant.
        return costs.advice * (1.0 - weighed[label] / _danger(label, costs))
    beside = weighed.get(_TWINS.get(intent_of(label), "") + label.partition("/")[2], 0.0)
    wrong = everything - weighed[label] - beside
    return _harm(label, costs) * wrong + costs.near * beside


def _ask(
    probabilities: Probabilities, costs: Costs, everything: float, askable: Sequence[str]
) -> tuple[float, list[str]]:
    likely = sorted(askable, key=lambda label: -probabilities.get(label, 0.0))[:_MOST_OPTIONS]
    best: tuple[float, list[str]] = (float("inf"), [])
    for count in range(2, len(likely) + 1):
        for options in combinations(likely, count):
            meant = sum(probabilities.get(one, 0.0) for one in options)
            rest = everything - sum(
                probabilities.get(one, 0.0) * _danger(one, costs) for one in options
            )
            # Each choice more is one line more to read.
            cost = costs.ask * meant * (1 + 0.1 * (count - 2)) + costs.miss * rest
            best = min(best, (cost, list(options)))
    return best


def _danger(label: str, costs: Costs) -> float:
    return {EMERGENCY: costs.if_emergency, CLINICAL: costs.if_clinical}.get(label, 1.0)


def _harm(label: str, costs: Costs) -> float:
    harms = {
        FAQ: costs.answer,
        UNANSWERED: costs.own_up,
        CLINICAL: costs.staff,
        EMERGENCY: costs.advice,
    }
    return harms.get(intent_of(label), costs.route)
