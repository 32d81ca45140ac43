"""Whole conversations with the running assistant, written down in the folders beside this file.

Each `.yml` file is a list of conversations: a `name`, optionally the `context` (fields of
`TurnContext`) and `channel`, and `turns`. A turn has what the patient does, `patient: words` or
`taps: label of a quick reply`, and what must hold of the answer:

    answers   the FAQ topic of the answer; a list for several
    says      words that stand in the answer; a list for several
    never     words that must not stand in it; a list for several
    effects   the effects in order, each by some of its fields; `[]` for none
    asks      what the form asks for after the turn; `null` when no form is open
    draft     some fields of the form's draft
    route     how it was understood
    offers    the labels of all quick replies, in order
    replies   how many messages the answer has
    silent    true when nothing is said

Where `effects` is left out, none may be there.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from clinic.contract import TurnContext, TurnResponse
from tests.stack import OPEN_HOURS, Conversation, Stack

HERE = Path(__file__).parent


def _written() -> list[Any]:
    return [
        pytest.param(one, id=f"{path.parent.name}/{path.stem}: {one['name']}")
        for path in sorted(HERE.glob("*/*.yml"))
        for one in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("written", _written())
def test_conversation(stack: Stack, written: dict[str, Any]) -> None:
    given = {**msgspec.to_builtins(OPEN_HOURS), **written.get("context", {})}
    context = msgspec.convert(given, TurnContext)
    talk = Conversation(stack, context, written.get("channel", "web"))
    lines: list[str] = []
    for number, turn in enumerate(written["turns"], start=1):
        answer = talk.say(turn["patient"]) if "patient" in turn else talk.tap(turn["taps"])
        lines.append(f"  patient: {turn.get('patient') or '[taps] ' + turn['taps']}")
        lines += [f"  assistant: {reply.text}" for reply in answer.replies]
        if wrong := _wrong(turn, answer):
            held = {key: turn[key] for key in turn if key not in ("patient", "taps")}
            told = [f"{written['name']}: turn {number} should hold {held}", *wrong]
            pytest.fail("\n".join([*told, "What was said:", *lines]), pytrace=False)


def _wrong(turn: dict[str, Any], answer: TurnResponse) -> list[str]:
    said = "\n".join(reply.text for reply in answer.replies)
    form = msgspec.to_builtins(answer.form) if answer.form else {"asking": None, "slots": {}}
    effects = msgspec.to_builtins(answer.effects)
    offered = [choice for reply in answer.replies for choice in reply.choices]
    topics = [reply.topic for reply in answer.replies if reply.topic]
    checks: dict[str, Callable[[Any], bool]] = {
        "answers": lambda wanted: topics == _list(wanted),
        "says": lambda wanted: all(words.lower() in said.lower() for words in _list(wanted)),
        "never": lambda wanted: not any(words.lower() in said.lower() for words in _list(wanted)),
        "asks": lambda wanted: form["asking"] == wanted,
        "draft": lambda wanted: _holds(form["slots"], wanted),
        "route": lambda wanted: answer.understanding.route == wanted,
        "offers": lambda wanted: [one.label for one in offered] == wanted,
        "replies": lambda wanted: len(answer.replies) == wanted,
        "silent": lambda wanted: (not said) == wanted,
    }
    found = {"asks": form["asking"], "draft": form["slots"], "answers": topics}
    found |= {"route": answer.understanding.route, "offers": [one.label for one in offered]}
    wrong = [
        f"  not so: {key}{f', but {found[key]}' if key in found else ''}"
        for key, check in checks.items()
        if key in turn and not check(turn[key])
    ]
    wanted = turn.get("effects", [])
    if len(effects) != len(wanted) or not all(map(_holds, effects, wanted)):
        wrong.append(f"  not so: effects, but {effects}")
    return wrong


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _holds(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            key in found and _holds(found[key], value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        same = isinstance(found, list) and len(found) == len(wanted)
        return same and all(map(_holds, found, wanted))
    return bool(found == wanted)
