"""The questions of one message: where it falls apart, decided by what the pieces mean.

`assistant.clauses` proposes clauses and the classifier reads every stretch of them. A message is
taken apart only when each piece clearly means something of its own; what merely leads up to a
question ("I'm 54 and play golf") goes with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from assistant.gate import Costs, Probabilities, decide
from assistant.labels import (
    CLINICAL,
    EMERGENCY,
    FALLBACK,
    FAQ,
    UNANSWERED,
    Part,
    intent_of,
    topic_of,
)

Stretch = tuple[int, int]
_ASKABLE: Final = (FAQ, UNANSWERED, CLINICAL, "booking", "admin")
# What is said beside a question, and is none: a greeting, a yes, a body part.
_BESIDE: Final = (
    "smalltalk", "out_of_scope", FALLBACK, "affirm", "deny", "inform", "cancel_form", "follow_up",
)  # fmt: skip
# Around a question it says nothing of what is asked.
_ASIDE: Final = ("smalltalk", "affirm", "deny", "inform", FALLBACK)
# What may be told, and not asked: "my shifts come out late". A wish for a person never is.
_TOLD: Final = (FAQ, UNANSWERED)
# What a question that is too short to be understood alone means beside another one.
_SHORT: Final = {
    "clarify/how_many": "faq/session_count",
    "clarify/afterwards": "faq/recovery",
}
_KEYWORDS: Final = 3
"""Words with which a topic is only named: "side effects, cost"."""


class Reading(msgspec.Struct, frozen=True):
    """What the classifier makes of a stretch of clauses.

    `known` is whether it is like anything that was ever learned; `asks`, whether it is a question
    or request by its form; `own`, whether it names a disease or medicine.
    """

    text: str
    probabilities: Probabilities
    known: bool = True
    asks: bool = True
    own: bool = False


class Splitting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which probabilities on a message is taken apart.

    Each piece must be at least `sure`, or `asking` when it is a question by its form; when the
    whole is itself `certain` of another reading, it stays whole.
    """

    sure: float = 0.7
    asking: float = 0.6
    certain: float = 0.9


def parts_of(
    readings: Mapping[Stretch, Reading], whole: Stretch, costs: Costs, splitting: Splitting
) -> list[Part]:
    """Return the parts of a message in its order, at least one."""
    together = _decided(readings[whole], costs)
    aside = together.label in _ASIDE and not together.options
    certain = not aside and _is_certain(together, splitting)
    certain_of = topic_of(together.label) if certain else None
    # A question among what is none ("602 555 0142, what are the risks?") is what was asked.
    fewest = 1 if aside else 2
    best: tuple[float, list[Part]] = (0.0, [])
    for cut in _cuts(whole):
        if all(stretch in readings for stretch in cut):
            pieces = _pieces([readings[stretch] for stretch in cut], costs, splitting, certain_of)
            if len(pieces) >= fewest:
                best = max(best, (_sureness(pieces), pieces), key=lambda one: one[0])
    pieces = best[1]
    meant = {topic_of(one.label) for one in pieces}
    if not pieces or (certain_of and certain_of not in meant):
        pieces = [together]
    return [*pieces, *_risks_beside(pieces, readings, costs, splitting)]


def _risks_beside(
    pieces: Sequence[Part],
    readings: Mapping[Stretch, Reading],
    costs: Costs,
    splitting: Splitting,
) -> list[Part]:
    """Return what no reading of a message may pass over: an own medicine or disease, or danger.

    Only a clause that is certain of it counts, whatever the rest of the message is about.
    """
    missed: dict[str, Part] = {}
    known = {one.label for one in pieces}
    for (start, end), reading in sorted(readings.items()):
        part = _decided(reading, costs) if end - start == 1 else None
        if part is None or part.label in known or not _is_certain(part, splitting):
            continue
        if part.label == EMERGENCY or (part.label == CLINICAL and reading.own):
            missed[part.label] = part
    return list(missed.values())


def _is_certain(together: Part, splitting: Splitting) -> bool:
    return not together.options and together.confidence >= splitting.certain


def _decided(reading: Reading, costs: Costs) -> Part:
    askable = [one for one in reading.probabilities if intent_of(one) in _ASKABLE]
    if not reading.known:
        return Part(FALLBACK, reading.text, 1.0)
    decision = decide(reading.probabilities, costs, askable)
    return Part(decision.label, reading.text, decision.confidence, decision.options)


def _pieces(
    readings: Sequence[Reading], costs: Costs, splitting: Splitting, certain_of: str | None
) -> list[Part]:
    """Return what the pieces of a cut mean; nothing when one of them means nothing by itself.

    `certain_of` is the topic that the whole message is certain of, if any.
    """
    pieces: list[Part] = []
    for reading in readings:
        part = _beside_others(_decided(reading, costs))
        if intent_of(part.label) in _BESIDE and not part.options:
            if reading.asks and not _small(part):
                return []
            continue
        if certain_of and _is_told(part, reading):
            continue
        unsure = part.options or part.confidence < _enough(reading, splitting)
        if unsure or not _stands(part, reading, certain_of):
            return []
        if pieces and topic_of(pieces[-1].label) == topic_of(part.label):
            pieces[-1] = msgspec.structs.replace(
                pieces[-1],
                text=f"{pieces[-1].text} {part.text}",
                confidence=max(pieces[-1].confidence, part.confidence),
            )
        elif topic_of(part.label) not in {topic_of(one.label) for one in pieces}:
            pieces.append(part)
    return pieces


def _beside_others(part: Part) -> Part:
    return msgspec.structs.replace(part, label=_SHORT.get(part.label, part.label))


def _enough(reading: Reading, splitting: Splitting) -> float:
    return splitting.asking if reading.asks else splitting.sure


def _small(part: Part) -> bool:
    return part.label in ("smalltalk", "affirm", "deny")


def _is_told(part: Part, reading: Reading) -> bool:
    """Whether it only sounds like a topic and asks nothing: "my shifts come out late"."""
    topic = intent_of(part.label) in _TOLD
    named = len(reading.text.split()) <= _KEYWORDS
    return topic and not part.options and not (reading.asks or reading.own or named)


def _stands(part: Part, reading: Reading, certain_of: str | None) -> bool:
    """Whether the piece is a matter of its own, and not an own story that leads up to one."""
    return reading.asks or reading.own or part.label != CLINICAL or certain_of == CLINICAL


def _sureness(pieces: Sequence[Part]) -> float:
    # More parts are better than fewer, as long as each of them is sure.
    return len(pieces) + min(one.confidence for one in pieces)


def _cuts(whole: Stretch) -> Iterator[list[Stretch]]:
    start, end = whole
    for first in range(start + 1, end):
        yield [(start, first), (first, end)]
        for rest in _cuts((first, end)):
            yield [(start, first), *rest]
