"""What the newest model understands: `python -m assistant.evaluate --input F --output O`.

Reads lines `{"text"}` and writes `{"text", "route", "topics": [...], "confidence"}`. With
`--report` it prints accuracy and confusions of the lines that carry a `label`, which is an FAQ
topic like `faq/pain` or a route, and how many parts were found in those that carry `labels`. With
`--as-rasa` it only writes the lines that carry a `label` as Rasa's own data, for `rasa test nlu`.
"""

import argparse
import asyncio
import logging
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
from rasa.core.agent import Agent
from rasa.utils.log_utils import configure_structlog

from assistant.labels import (
    CLARIFY,
    CLINICAL,
    EMERGENCY,
    FAQ,
    RETRIEVAL,
    UNANSWERED,
    intent_of,
    route_of,
    topic_of,
)
from assistant.pictures import Outcome, draw
from assistant.rasa_data import as_rasa_yaml
from assistant.turns import without_commands
from clinic.contract import Route

Parsed = dict[str, Any]


class Line(msgspec.Struct):
    """One line of the input; `labels` names each part of a message with several.

    `silent` is whether the clinic's sources leave the question open.
    """

    text: str
    label: str | None = None
    labels: list[str] = []
    silent: bool = False

    @property
    def taught(self) -> str:
        """The label under which the line would stand in `data/`."""
        label = self.label or ""
        return label.replace(FAQ, UNANSWERED, 1) if self.silent else label


class Understood(msgspec.Struct):
    """One line of the output; `confidence` is that of the route that was chosen."""

    text: str
    route: Route
    topics: list[str]
    confidence: float


def understood(text: str, parsed: Parsed) -> Understood:
    """Read Rasa's parse of one message."""
    intent = parsed["intent"]["name"]
    named = [EMERGENCY] if intent == EMERGENCY else []
    named += [topic["name"] for topic in parsed.get("topics", [])]
    return Understood(
        text=text,
        route=route_of(intent),
        topics=list(dict.fromkeys(named)),
        confidence=round(float(parsed["intent"]["confidence"]), 4),
    )


def label_of(parsed: Parsed) -> str:
    """Return the label that the assistant would act on: an FAQ topic or a route."""
    intent = parsed["intent"]["name"]
    if intent in RETRIEVAL and intent != CLARIFY:
        return topic_of(parsed["response_selector"][intent]["response"]["intent_response_key"])
    return route_of(intent)


class Report(msgspec.Struct):
    """What came out for lines whose labels are known, counted."""

    outcomes: list[Outcome] = []
    parts: int = 0
    found: int = 0
    extra: int = 0

    def add(self, line: Line, parsed: Parsed) -> None:
        """Count one line."""
        if line.label:
            confidence = float(parsed["intent"]["confidence"])
            self.outcomes.append(Outcome(line.label, label_of(parsed), confidence))
        if line.labels:
            got = set(understood(line.text, parsed).topics)
            self.parts += len(set(line.labels))
            self.found += len(set(line.labels) & got)
            self.extra += len(got - set(line.labels))

    def __str__(self) -> str:
        """Return accuracy, the mistakes that matter, each confusion with its count, and parts."""
        return "\n".join([*self._single(), *self._several()])

    def _single(self) -> list[str]:
        total = len(self.outcomes)
        if not total:
            return []
        right = sum(one.label == one.got for one in self.outcomes)
        wrong = Counter((one.label, one.got) for one in self.outcomes if one.label != one.got)
        return [
            f"accuracy {right / total:.3f} ({right} of {total})",
            f"answered with another topic's answer: {self._answered()} of {total}",
            *(self._risk(route) for route in (CLINICAL, EMERGENCY, "out_of_scope")),
            *self._by_label(),
            *(f"{count:4}  {label} -> {got}" for (label, got), count in wrong.most_common()),
        ]

    def _by_label(self) -> list[str]:
        asked = Counter(one.label for one in self.outcomes)
        right = Counter(one.label for one in self.outcomes if one.label == one.got)
        return [f"{right[label]:4} of {asked[label]:3}  {label}" for label in sorted(asked)]

    def _risk(self, route: str) -> str:
        asked = sum(one.label == route for one in self.outcomes)
        return f"{route} answered as an FAQ: {self._answered(route)} of {asked}"

    def _several(self) -> list[str]:
        if not self.parts:
            return []
        share = self.found / self.parts
        found = f"{share:.3f} ({self.found} of {self.parts})"
        return [f"parts found {found}, and {self.extra} that are not there"]

    def _answered(self, meant: str | None = None) -> int:
        wrong = (one for one in self.outcomes if one.got != one.label)
        return sum(
            intent_of(one.got) == FAQ for one in wrong if meant is None or one.label == meant
        )


async def _parse_all(agent: Agent, lines: list[Line]) -> list[Parsed]:
    return [await agent.parse_message(without_commands(line.text)) for line in lines]


def _lines(path: Path) -> list[Line]:
    decoder = msgspec.json.Decoder(Line)
    written = path.read_bytes().splitlines()
    return [decoder.decode(line) for line in written if line.strip()]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--model", type=Path, default=Path("models"), help="a model or its folder")
    parser.add_argument("--report", action="store_true", help="print accuracy and confusions")
    parser.add_argument("--pictures", type=Path, help="a folder for pictures of the report")
    parser.add_argument("--as-rasa", type=Path, help="a file to write as Rasa's data, no more")
    return parser


def main() -> None:
    """Evaluate; the exit status is 2 when the input cannot be read."""
    parser = _parser()
    options = parser.parse_args()
    try:
        lines = _lines(options.input)
    except (OSError, msgspec.DecodeError) as error:
        parser.error(f"{options.input}: {error}")
    if options.as_rasa:
        written = as_rasa_yaml((line.text, line.taught) for line in lines if line.label)
        options.as_rasa.parent.mkdir(parents=True, exist_ok=True)
        options.as_rasa.write_text(written, encoding="utf-8")
        return
    # Rasa's own default prints every message that it reads.
    configure_structlog(logging.WARNING)
    parsed = asyncio.run(_parse_all(Agent.load(options.model), lines))
    if options.output:
        found = [understood(line.text, one) for line, one in zip(lines, parsed, strict=True)]
        options.output.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in found))
    report = Report()
    for line, one in zip(lines, parsed, strict=True):
        report.add(line, one)
    if options.report:
        sys.stdout.write(f"{report}\n")
    if options.pictures:
        drawn = draw(report.outcomes, options.pictures)
        sys.stdout.write("".join(f"{path}\n" for path in drawn))


if __name__ == "__main__":
    main()
