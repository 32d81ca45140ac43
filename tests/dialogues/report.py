"""How many simulated patients reach what they came for: `make dialogue-report`.

`apart.yml` was written by somebody who saw neither code nor data. A dialogue has what the patient
says at first (`says`), what they answer when they are asked for something (`answers`, by what is
asked, each once), what they say before that (`interrupts`), and what must come of it (`end`): the
fields of the booking that they really said, the reasons of what went to staff, emergency advice,
and the topics that were answered. Asked twice for what was answered is a failure.
"""

import argparse
import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import yaml

from clinic.contract import TurnContext, TurnResponse
from clinic.hours import is_open, next_opening
from clinic.settings import load_clinic
from tests.stack import Conversation, Stack, running

APART = Path(__file__).with_name("apart.yml")
_MOST_TURNS = 25
_WELL = 0.9


@dataclass
class Talk:
    """One dialogue under way: the lines of both, and what came of it."""

    conversation: Conversation
    lines: list[str] = field(default_factory=list)
    effects: list[dict[str, Any]] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    messages: int = 0
    asking: str | None = None
    open: bool = False

    def say(self, text: str) -> None:
        """Say something, and keep the answer."""
        answer: TurnResponse = self.conversation.say(text)
        self.messages += 1
        self.lines += [f"patient: {text}", *(f"  {reply.text}" for reply in answer.replies)]
        self.effects += msgspec.to_builtins(answer.effects)
        self.topics += [reply.topic for reply in answer.replies if reply.topic]
        self.open = answer.form is not None
        self.asking = answer.form.asking if answer.form else None


def talk(stack: Stack, dialogue: dict[str, Any], both: bool) -> tuple[Talk, list[str]]:
    """Lead a dialogue to its end, and return it with what went wrong.

    With `both` the patient answers name and number at once where both are asked for.
    """
    done = Talk(Conversation(stack, _context(dialogue), dialogue.get("channel", "web")))
    for text in dialogue["says"]:
        done.say(str(text))
    answers, interrupts = _by_asking(dialogue, "answers"), _by_asking(dialogue, "interrupts")
    while done.open and done.messages < _MOST_TURNS:
        left = interrupts.get(done.asking) or answers.get(done.asking)
        if not left:
            return done, [f"asked again for {done.asking}", *_wrong(done, dialogue["end"])]
        text = left.pop(0)
        if both and done.asking == "name" and "phone number" in done.lines[-1]:
            text = f"{text}, {answers.pop('phone', [''])[0]}"
        done.say(text)
    return done, list(_wrong(done, dialogue["end"]))


def _context(dialogue: dict[str, Any]) -> TurnContext:
    clinic, now = load_clinic(), datetime.fromisoformat(dialogue["now"])
    opening = next_opening(clinic, now)
    return TurnContext(
        now=dialogue["now"],
        staff_available=is_open(clinic, now),
        next_opening=opening.isoformat(timespec="minutes") if opening else None,
        known_phone=dialogue.get("known_phone"),
    )


def _by_asking(dialogue: dict[str, Any], key: str) -> dict[str | None, list[str]]:
    written = dialogue.get(key) or {}
    return {
        asking: [str(one) for one in (said if isinstance(said, list) else [said])]
        for asking, said in written.items()
    }


def _wrong(done: Talk, end: dict[str, Any]) -> Iterator[str]:
    booked = [one["details"] for one in done.effects if one["type"] == "booking_request"]
    wanted = end.get("booking") or {}
    if len(booked) != bool(wanted):
        yield f"{len(booked)} bookings"
    for name, value in wanted.items() if booked else ():
        if not _holds(name, booked[0].get(name), value):
            yield f"{name}: wanted {value}, got {booked[0].get(name)}"
    handed = [one["reason"] for one in done.effects if one["type"] == "handover"]
    if handed != (end.get("handovers") or []):
        yield f"handed over: {handed}, wanted {end.get('handovers') or []}"
    if any(one["type"] == "emergency" for one in done.effects) != bool(end.get("emergency")):
        yield "emergency"
    if not set(end.get("answered") or []) <= set(done.topics):
        yield f"answered {done.topics}, wanted {end['answered']}"


def _holds(name: str, found: Any, wanted: Any) -> bool:
    if name == "preferences":
        keys = ("options", "not")
        same = all(_plainly(found[key]) == _plainly(wanted.get(key) or []) for key in keys)
        return same and bool(found["soonest"]) == bool(wanted.get("soonest"))
    if name == "reason":
        return bool(found) and str(wanted).lower() in found.lower()
    if isinstance(wanted, dict):
        return all((found or {}).get(key) == value for key, value in wanted.items())
    return bool(found == wanted)


def _plainly(wishes: list[dict[str, Any]]) -> list[str]:
    said = ({key: value for key, value in wish.items() if value} for wish in wishes)
    return sorted(json.dumps(wish, sort_keys=True) for wish in said)


def main() -> int:
    """Lead every dialogue, print what went wrong, and say how many reached their end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=APART)
    parser.add_argument("--both", action="store_true", help="give name and number at once")
    given = parser.parse_args()
    dialogues = yaml.safe_load(given.file.read_text(encoding="utf-8"))
    stack, lengths, right = running(), defaultdict(list), 0
    for dialogue in dialogues:
        done, wrong = talk(stack, dialogue, given.both)
        if wrong:
            sys.stdout.write(f"\n{dialogue['name']}: {'; '.join(wrong)}\n")
            sys.stdout.write("".join(f"    {line}\n" for line in done.lines))
        else:
            right += 1
            lengths[dialogue["kind"]].append(done.messages)
    sys.stdout.write(f"\n{right} of {len(dialogues)} dialogues reached the right end\n")
    for kind, counts in sorted(lengths.items()):
        sys.stdout.write(f"  {kind}: median {statistics.median(counts):g} patient messages\n")
    return 0 if right >= _WELL * len(dialogues) else 1


if __name__ == "__main__":
    sys.exit(main())
