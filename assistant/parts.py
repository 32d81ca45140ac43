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
    CLARIFY,
    CLINICAL,
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
    "smalltalk", "out_of_scope", FALLBACK, "affirm", "deny", "inform", "cancel_form", CLARIFY,
    "follow_up",
)  # fmt: skip


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

    Each piece must be at least `sure`; when the whole is itself `certain` of another reading, it
    stays whole.
    """

    sure: float = 0.7
    certain: float = 0.9


def parts_of(
    readings: Mapping[Stretch, Reading], whole: Stretch, costs: Costs, splitting: Splitting
) -> list[Part]:
    """Return the parts of a message in its order, at least one."""
    together = _decided(readings[whole], costs)
    best: tuple[float, list[Part]] = (0.0, [])
    for cut in _cuts(whole):
        if all(stretch in readings for stretch in cut):
            pieces = _pieces([readings[stretch] for stretch in cut], costs, splitting)
            if len(pieces) > 1:
                best = max(best, (_sureness(pieces), pieces), key=lambda one: one[0])
    pieces = best[1]
    if not pieces or _better_whole(together, pieces, splitting):
        return [together]
    return pieces


def _better_whole(together: Part, pieces: Sequence[Part], splitting: Splitting) -> bool:
    sure = not together.options and together.confidence >= splitting.certain
    return sure and topic_of(together.label) not in {topic_of(one.label) for one in pieces}


def _decided(reading: Reading, costs: Costs) -> Part:
    askable = [one for one in reading.probabilities if intent_of(one) in _ASKABLE]
    if not reading.known:
        return Part(FALLBACK, reading.text, 1.0)
    decision = decide(reading.probabilities, costs, askable)
    return Part(decision.label, reading.text, decision.confidence, decision.options)


def _pieces(readings: Sequence[Reading], costs: Costs, splitting: Splitting) -> list[Part]:
    """Return what the pieces of a cut mean; nothing when one of them means nothing by itself."""
    pieces: list[Part] = []
    for reading in readings:
        part = _decided(reading, costs)
        if intent_of(part.label) in _BESIDE and not part.options:
            if reading.asks and not _small(part):
                return []
            continue
        if not _stands(part, reading) or part.options or part.confidence < splitting.sure:
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


def _small(part: Part) -> bool:
    return part.label in ("smalltalk", "affirm", "deny")


def _stands(part: Part, reading: Reading) -> bool:
    """Whether the piece is a matter of its own, and not an own story that leads up to one."""
    return reading.asks or reading.own or part.label != CLINICAL


def _sureness(pieces: Sequence[Part]) -> float:
    # More parts are better than fewer, as long as each of them is sure.
    return len(pieces) + min(one.confidence for one in pieces)


def _cuts(whole: Stretch) -> Iterator[list[Stretch]]:
    start, end = whole
    for first in range(start + 1, end):
        yield [(start, first), (first, end)]
        for rest in _cuts((first, end)):
            yield [(start, first), *rest]
