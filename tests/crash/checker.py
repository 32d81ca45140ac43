"""Judges an operation log: what was lost, doubled, out of order, or said by the wrong one.

    frontdesk/.venv/bin/python -m tests.crash.checker LOG

It knows nothing of the front desk's code: only the log's lines (`history.py`), the messages as a
client reads them, and the words of the notices by which a conversation changes hands.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

Line = dict[str, Any]
LONGEST_WAIT: Final = 30.0
"""Seconds until a pending answer is there, counted from when a front desk runs again."""
_ANSWER: Final = "Re: "
_TAKEN: Final = "has joined this chat"
_LEFT: Final = "has passed this chat on"
_GIVEN_BACK: Final = "You are back with the automated assistant"


@dataclass
class Judgement:
    """Counts of what happened, and every violation in words."""

    counts: Counter[str] = field(default_factory=Counter)
    violations: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    longest_wait: float = 0.0

    def blame(self, kind: str, what: str) -> None:
        """Note a violation."""
        self.violations[kind].append(what)


def judge(lines: Iterable[Line]) -> Judgement:
    """Read the log; an empty `violations` means that every promise was kept."""
    log = list(lines)
    found = Judgement()
    found.counts.update(f"{line['op']} {line['type']}" for line in log)
    final = {line["conversation"]: line for line in log if line["op"] == "final"}
    for conversation, end in final.items():
        _check_numbers(found, conversation, end["messages"])
        _check_answers(found, conversation, end)
        _check_owners(found, conversation, end["messages"])
    found.violations["reset"] += [line["conversation"] for line in _of(log, "reset", "fail")]
    _check_sends(found, log, final)
    _check_readers(found, log, final)
    _check_seen(found, log, final)
    _check_bookings(found, log, final)
    _check_waits(found, log, final)
    return found


def _of(log: Iterable[Line], op: str, kind: str) -> Iterator[Line]:
    return (line for line in log if line["op"] == op and line["type"] == kind)


def _check_numbers(found: Judgement, conversation: str, messages: list[Line]) -> None:
    numbers = [message["number"] for message in messages]
    if numbers != list(range(1, len(numbers) + 1)):
        found.blame("out of order", f"{conversation}: numbers {numbers}")
    ids = Counter(message["client_id"] for message in messages if message["client_id"])
    found.violations["doubled"] += [f"{conversation}: {one}" for one, n in ids.items() if n > 1]
    texts = Counter(message["text"] for message in messages if message["author"] == "patient")
    found.violations["doubled"] += [f"{conversation}: {one}" for one, n in texts.items() if n > 1]


def _check_answers(found: Judgement, conversation: str, end: Line) -> None:
    """Each question has one answer at most, and exactly one if no person has replied behind it."""
    messages = end["messages"]
    answers = Counter(m["text"] for m in messages if m["author"] == "assistant")
    last_reply = max((m["number"] for m in messages if m["author"] == "staff"), default=0)
    for message in messages:
        if message["author"] != "patient":
            continue
        given = answers[f"{_ANSWER}{message['text']}"]
        if given > 1:
            found.blame("answered twice", f"{conversation}: {message['text']}")
        if given == 0 and message["number"] > last_reply:
            found.blame("not answered", f"{conversation}: {message['text']}")
    order = [
        m["text"].removeprefix(_ANSWER)
        for m in messages
        if m["author"] == "assistant" and m["text"].startswith(_ANSWER)
    ]
    asked = [m["text"] for m in messages if m["author"] == "patient" and m["text"] in set(order)]
    if order != asked:
        found.blame("out of order", f"{conversation}: answers {order}")


def _check_owners(found: Judgement, conversation: str, messages: list[Line]) -> None:
    is_assistants = True
    for message in messages:
        if message["author"] == "staff":
            is_assistants = False
        elif message["author"] == "notice":
            if _TAKEN in message["text"] or _LEFT in message["text"]:
                is_assistants = False
            elif _GIVEN_BACK in message["text"]:
                is_assistants = True
        elif message["author"] == "assistant" and not is_assistants:
            found.blame("assistant after takeover", f"{conversation}: {message['number']}")


def _check_sends(found: Judgement, log: list[Line], final: dict[str, Line]) -> None:
    stored = {
        (conversation, message["client_id"]): message
        for conversation, end in final.items()
        for message in end["messages"]
        if message["client_id"]
    }
    texts = {
        line["id"]: line["text"]
        for line in log
        if line["op"] in ("send", "reply") and "text" in line
    }
    numbers: dict[str, int] = {}
    before: dict[str, int] = defaultdict(int)
    for line in log:
        if line["op"] not in ("send", "reply") or line["type"] != "ok":
            continue
        message = stored.get((line["conversation"], line["id"]))
        if message is None or message["text"] != texts[line["id"]]:
            found.blame("lost", f"{line['conversation']}: {line['id']}")
            continue
        if numbers.setdefault(line["id"], line["number"]) != message["number"]:
            found.blame("doubled", f"{line['conversation']}: {line['id']} has two numbers")
        if line["op"] == "send" and not line.get("again"):
            if line["number"] <= before[line["conversation"]]:
                found.blame("out of order", f"{line['conversation']}: {line['number']}")
            before[line["conversation"]] = line["number"]


def _check_readers(found: Judgement, log: list[Line], final: dict[str, Line]) -> None:
    """Each reader got every message once and in order, however often its feed was cut."""
    got: dict[tuple[str, str], list[int]] = defaultdict(list)
    for line in _of(log, "read", "ok"):
        got[line["conversation"], line["reader"]].append(line["number"])
    for (conversation, reader), numbers in got.items():
        if numbers != list(range(1, len(final[conversation]["messages"]) + 1)):
            found.blame("out of order", f"{conversation}: {reader} read {numbers}")


def _check_seen(found: Judgement, log: list[Line], final: dict[str, Line]) -> None:
    """No person's reply stands behind words that this person had not seen."""
    seen = {line["id"]: line["seen"] for line in _of(log, "reply", "invoke")}
    for line in _of(log, "reply", "ok"):
        between = [
            message
            for message in final[line["conversation"]]["messages"]
            if seen[line["id"]] < message["number"] < line["number"]
            and message["author"] in ("patient", "staff")
        ]
        if between:
            found.blame("replied unseen", f"{line['conversation']}: {line['number']}")


def _check_bookings(found: Judgement, log: list[Line], final: dict[str, Line]) -> None:
    booked = Counter(
        conversation for line in log if line["op"] == "bookings" for conversation in line["of"]
    )
    for conversation, end in final.items():
        answered = {m["text"] for m in end["messages"] if m["author"] == "assistant"}
        wanted = [m["text"] for m in end["messages"] if m["text"].startswith("book ")]
        said = sum(f"{_ANSWER}{text}" in answered for text in wanted)
        if booked[conversation] > len(wanted):
            found.blame("booked twice", f"{conversation}: {booked[conversation]}")
        if booked[conversation] < said:
            found.blame("lost", f"{conversation}: a booking")


def _check_waits(found: Judgement, log: list[Line], final: dict[str, Line]) -> None:
    """How long answers took, from the acknowledgement or from when a front desk ran again."""
    ready = [line["at"] for line in log if line["op"] == "ready"]
    acknowledged = {line["id"]: line["at"] for line in reversed(list(_of(log, "send", "ok")))}
    arrived = {
        (line["conversation"], line["number"]): line["at"] for line in _of(log, "read", "ok")
    }
    released = defaultdict(list)
    for line in log:
        if line["op"] == "give-back":
            released[line["conversation"]].append(line["at"])
    for conversation, end in final.items():
        asked = {m["text"]: m for m in end["messages"] if m["author"] == "patient"}
        for message in end["messages"]:
            question = asked.get(message["text"].removeprefix(_ANSWER))
            at = arrived.get((conversation, message["number"]))
            if message["author"] != "assistant" or question is None or at is None:
                continue
            # An answer may be on a screen before the acknowledgement has found its way.
            asked_at = min(at, acknowledged.get(question["client_id"], at))
            since = [asked_at, *ready, *released[conversation]]
            wait = at - max(moment for moment in since if moment <= at)
            found.longest_wait = max(found.longest_wait, wait)
    if found.longest_wait > LONGEST_WAIT:
        found.blame("late", f"{found.longest_wait:.1f} s")


def main(words: list[str]) -> int:
    """Print the judgement; status 1 where a promise was broken."""
    path = Path(words[0])
    found = judge(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    for name, count in sorted(found.counts.items()):
        print(f"{count:8}  {name}")
    print(f"longest wait for an answer while a front desk ran: {found.longest_wait:.1f} s")
    broken = {kind: what for kind, what in found.violations.items() if what}
    for kind, what in broken.items():
        print(f"{len(what):8}  {kind.upper()}, for example: {what[0][:300]}")
    if not broken:
        print("every promise was kept")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
