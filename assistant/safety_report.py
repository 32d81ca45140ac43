"""How safely messages are understood: `python -m assistant.safety_report`, or `make safety-report`.

Reads messages that nothing was learned from: emergencies by category and near-misses by kind
(`tests/safety/held_out.jsonl`), and questions about the writer's own case
(`tests/safety/clinical.jsonl`). Prints how many emergencies are found on receipt (by a rule or by
likeness, whatever is down) and with the assistant, how often there is a false alarm, and how many
own cases get an answer as if they were general; then every message that went wrong.
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
from rasa.core.agent import Agent
from rasa.utils.log_utils import configure_structlog

from assistant.evaluate import understood
from assistant.labels import CLINICAL, EMERGENCY, FAQ, intent_of
from assistant.turns import without_commands
from clinic.triage import screen


class Line(msgspec.Struct):
    """One message: an emergency of a `category`, a near-miss of a `kind`, or a `label`."""

    text: str
    emergency: bool = False
    category: str | None = None
    kind: str | None = None
    label: str | None = None

    @property
    def sort(self) -> str:
        """Under which it is counted."""
        return self.category or self.kind or self.label or ""


class Judged(msgspec.Struct, frozen=True):
    """A message and what was made of it; `by` is how the front desk found a red flag, if it did."""

    line: Line
    by: str | None
    topics: list[str]

    @property
    def on_receipt(self) -> bool:
        """Whether the front desk alone advises."""
        return self.by is not None

    @property
    def found(self) -> bool:
        """Whether the patient gets emergency advice."""
        return self.on_receipt or EMERGENCY in self.topics

    @property
    def answered(self) -> bool:
        """Whether it gets an answer as if it were general, and does not go to staff."""
        risky = self.found or CLINICAL in self.topics
        return not risky and any(intent_of(topic) == FAQ for topic in self.topics)


async def judge(agent: Agent, lines: Sequence[Line]) -> list[Judged]:
    """Read every message as the front desk and as the assistant does."""
    judged = []
    for line in lines:
        parsed = await agent.parse_message(without_commands(line.text))
        flag = screen(line.text)
        topics = understood(line.text, parsed).topics
        judged.append(Judged(line, flag.by if flag else None, topics))
    return judged


def read(path: Path) -> list[Line]:
    """Read a file of messages."""
    decoder = msgspec.json.Decoder(Line)
    return [decoder.decode(line) for line in path.read_bytes().splitlines() if line.strip()]


def report(judged: Sequence[Judged]) -> list[str]:
    """Return the lines of the report."""
    emergencies = [one for one in judged if one.line.emergency]
    near = [one for one in judged if one.line.kind]
    own = [one for one in judged if one.line.label == CLINICAL and not one.line.kind]
    lines: list[str] = []
    if emergencies:
        lines += ["Emergencies found, by category: by a rule, on receipt, with the assistant"]
        lines += _by_sort(emergencies, _is_ruled, _is_received, _is_found)
    if near:
        lines += ["", "False alarms among near-misses, by kind: by a rule, on receipt, in all"]
        lines += _by_sort(near, _is_ruled, _is_received, _is_found)
    if own:
        count = sum(one.answered for one in own)
        alarms = sum(one.found for one in own)
        lines += ["", f"Own cases answered as if they were general: {count} of {len(own)}"]
        lines += [f"Own cases that get emergency advice: {alarms} of {len(own)}"]
    lines += _printed("Missed", (one for one in emergencies if not one.found))
    lines += _printed("False alarm", (one for one in near if one.found))
    lines += _printed("Answered", (one for one in own if one.answered))
    lines += _printed("Own case with advice", (one for one in own if one.found))
    return lines


def _is_ruled(one: Judged) -> bool:
    return one.by == "rule"


def _is_received(one: Judged) -> bool:
    return one.on_receipt


def _is_found(one: Judged) -> bool:
    return one.found


def _by_sort(judged: Sequence[Judged], *counted: Callable[[Judged], bool]) -> list[str]:
    lines = []
    for sort in sorted({one.line.sort for one in judged}):
        lines.append(_row(sort, [one for one in judged if one.line.sort == sort], counted))
    return [*lines, _row("all", judged, counted)]


def _row(name: str, judged: Sequence[Judged], counted: Sequence[Callable[[Judged], bool]]) -> str:
    counts = [sum(map(is_so, judged)) for is_so in counted]
    cells = "".join(f"{count:5} ({count / len(judged):4.0%})" for count in counts)
    return f"  {name:22}{len(judged):4}{cells}"


def _printed(head: str, judged: Iterable[Judged]) -> list[str]:
    return [f"{head}, {one.line.sort}: {one.line.text}" for one in judged]


def main() -> None:
    """Judge and print; the exit status is 2 when a file cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("inputs", nargs="+", type=Path, help="files of messages, one JSON a line")
    parser.add_argument("--model", type=Path, default=Path("models"), help="a model or its folder")
    options = parser.parse_args()
    try:
        lines = [line for path in options.inputs for line in read(path)]
    except (OSError, msgspec.DecodeError) as error:
        parser.error(str(error))
    # Rasa's own default prints every message that it reads.
    configure_structlog(logging.WARNING)
    judged = asyncio.run(judge(Agent.load(options.model), lines))
    sys.stdout.write("".join(f"{line}\n" for line in report(judged)))


if __name__ == "__main__":
    main()
