"""What the newest model understands: `python -m assistant.evaluate --input F --output O`.

Reads lines `{"text"}` and writes `{"text", "route", "topics": [...], "confidence"}`. With
`--report` it prints accuracy and confusions of the lines that carry a `label`, which is an FAQ
topic like `faq/pain` or a route.
"""

import argparse
import asyncio
import logging
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from rasa.core.agent import Agent
from rasa.utils.log_utils import configure_structlog

from assistant.labels import FALLBACK, FAQ, route_of
from assistant.turns import without_commands
from clinic.contract import Route

Parsed = dict[str, Any]


class Line(msgspec.Struct):
    """One line of the input."""

    text: str
    label: str | None = None


class Understood(msgspec.Struct):
    """One line of the output; `confidence` is that of the route that was chosen."""

    text: str
    route: Route
    topics: list[str]
    confidence: float


def understood(text: str, parsed: Parsed) -> Understood:
    """Read Rasa's parse of one message."""
    acted_on = [] if parsed["intent"]["name"] == FALLBACK else [label_of(parsed)]
    named = [*acted_on, *(topic["name"] for topic in parsed.get("topics", []))]
    return Understood(
        text=text,
        route=route_of(parsed["intent"]["name"]),
        topics=list(dict.fromkeys(named)),
        confidence=round(float(parsed["intent"]["confidence"]), 4),
    )


def label_of(parsed: Parsed) -> str:
    """Return the label that the assistant would act on: an FAQ topic or a route."""
    intent = parsed["intent"]["name"]
    if intent == FAQ:
        return str(parsed["response_selector"][FAQ]["response"]["intent_response_key"])
    return route_of(intent)


def report(pairs: Iterable[tuple[str, str]]) -> str:
    """Describe (expected, predicted) labels: accuracy, then each confusion with its count."""
    counted = Counter(pairs)
    total = sum(counted.values())
    right = sum(count for (expected, got), count in counted.items() if expected == got)
    wrong = [
        f"{count:4}  {expected} -> {got}"
        for (expected, got), count in counted.most_common()
        if expected != got
    ]
    return "\n".join([f"accuracy {right / total:.3f} ({right} of {total})", *wrong])


async def _parse_all(agent: Agent, lines: list[Line]) -> list[Parsed]:
    return [await agent.parse_message(without_commands(line.text)) for line in lines]


def _lines(path: Path) -> list[Line]:
    decoder = msgspec.json.Decoder(Line)
    written = path.read_bytes().splitlines()
    return [decoder.decode(line) for line in written if line.strip()]


def main() -> None:
    """Evaluate; the exit status is 2 when the input cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--model", type=Path, default=Path("models"), help="a model or its folder")
    parser.add_argument("--report", action="store_true", help="print accuracy and confusions")
    options = parser.parse_args()
    try:
        lines = _lines(options.input)
    except (OSError, msgspec.DecodeError) as error:
        parser.error(f"{options.input}: {error}")
    # Rasa's own default prints every message that it reads.
    configure_structlog(logging.WARNING)
    parsed = asyncio.run(_parse_all(Agent.load(options.model), lines))
    if options.output:
        found = [understood(line.text, one) for line, one in zip(lines, parsed, strict=True)]
        options.output.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in found))
    pairs = zip(lines, parsed, strict=True)
    labelled = [(line.label, label_of(one)) for line, one in pairs if line.label]
    if options.report and labelled:
        sys.stdout.write(report(labelled) + "\n")


if __name__ == "__main__":
    main()
