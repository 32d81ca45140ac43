"""One message a turn: what goes out by SMS, where nothing can be tapped. Free of I/O."""

import re
from collections.abc import Sequence
from typing import Final

from clinic.contract import Choice, ChoiceMade, Reply

_BETWEEN: Final = "\n\n"
_NUMBER: Final = re.compile(r"\s*(\d{1,2})\s*[.)]?\s*", re.ASCII)


def as_one(replies: Sequence[Reply]) -> list[Reply]:
    """Join the replies of a turn, and number the choices below the text that offers them.

    A choice that is offered twice stands where it is offered last; `topic` is that of the first
    answer.
    """
    texts: list[str] = []
    choices: list[Choice] = []
    for place, reply in enumerate(replies):
        later = [_meant(choice) for other in replies[place + 1 :] for choice in other.choices]
        here = [choice for choice in reply.choices if _meant(choice) not in later]
        lines = [f"{len(choices) + n}) {choice.label}" for n, choice in enumerate(here, start=1)]
        texts.append("\n".join([reply.text, *lines]))
        choices += here
    topics = [reply.topic for reply in replies if reply.topic]
    return [Reply(_BETWEEN.join(texts), choices, next(iter(topics), None))] if texts else []


def choice_of(text: str, replies: Sequence[Reply]) -> ChoiceMade | None:
    """Return the choice that a bare number stands for: "2", "2." or "2)"."""
    choices = [choice for reply in replies for choice in reply.choices]
    number = _NUMBER.fullmatch(text)
    if number is None or not 0 < int(number[1]) <= len(choices):
        return None
    chosen = choices[int(number[1]) - 1]
    return ChoiceMade(chosen.intent, chosen.entities)


def _meant(choice: Choice) -> tuple[str, tuple[tuple[str, str], ...]]:
    return choice.intent, tuple(sorted(choice.entities.items()))
