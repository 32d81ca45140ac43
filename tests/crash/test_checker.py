"""The checker sees what it is there for: each broken promise, in a history that is else clean."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.crash.checker import judge

Line = dict[str, Any]
_TEXTS = (
    ("assistant", "Hello."),
    ("patient", "question 1"),
    ("assistant", "Re: question 1"),
    ("patient", "book 2"),
    ("assistant", "Re: book 2"),
    ("notice", "Dana from the clinic has joined this chat."),
    ("staff", "A person answers."),
    ("notice", "You are back with the automated assistant."),
    ("patient", "question 3"),
    ("assistant", "Re: question 3"),
)
_OURS = {"conversation": "c"}


def clean() -> list[Line]:
    """A history in which every promise was kept."""
    messages = [
        {
            "number": number,
            "author": author,
            "text": text,
            "client_id": f"id {number}" if author in ("patient", "staff") else None,
        }
        for number, (author, text) in enumerate(_TEXTS, start=1)
    ]
    log: list[Line] = [{"at": 0.0, "op": "ready", "type": "ok"}]
    for message in messages:
        op = {"patient": "send", "staff": "reply"}.get(str(message["author"]))
        if op is not None:
            mark = {**_OURS, "id": message["client_id"], "op": op, "at": message["number"]}
            seen = {"seen": 6} if op == "reply" else {}
            log.append({**mark, **seen, "type": "invoke", "text": message["text"]})
            log.append({**mark, "type": "ok", "number": message["number"], "again": False})
        read = {**_OURS, "op": "read", "type": "ok", "reader": "one", "at": message["number"]}
        log.append({**read, "number": message["number"]})
    log.append({**_OURS, "at": 99, "op": "final", "type": "ok", "messages": messages})
    log.append({"at": 99, "op": "bookings", "type": "ok", "of": ["c"]})
    return log


def final(log: list[Line]) -> list[Line]:
    """The messages at the end."""
    messages: list[Line] = next(line for line in log if line["op"] == "final")["messages"]
    return messages


def only(log: list[Line], op: str, kind: str = "ok") -> list[Line]:
    """The lines of one operation."""
    return [line for line in log if line["op"] == op and line["type"] == kind]


def lose_a_message(log: list[Line]) -> None:
    final(log)[3]["client_id"] = "another"


def change_a_message(log: list[Line]) -> None:
    final(log)[1]["text"] = "another question"


def double_a_message(log: list[Line]) -> None:
    final(log).append({**final(log)[1], "number": 11})


def give_two_numbers(log: list[Line]) -> None:
    only(log, "send")[0]["number"] = 5


def leave_a_gap(log: list[Line]) -> None:
    for message in final(log)[5:]:
        message["number"] += 1


def answer_twice(log: list[Line]) -> None:
    final(log).append({**final(log)[2], "number": 11})


def answer_in_another_order(log: list[Line]) -> None:
    first, second = final(log)[2], final(log)[4]
    first["text"], second["text"] = second["text"], first["text"]


def do_not_answer(log: list[Line]) -> None:
    final(log).pop()


def go_on_after_the_takeover(log: list[Line]) -> None:
    final(log)[7] |= {"author": "assistant", "text": "Let me add something."}


def skip_one_on_a_screen(log: list[Line]) -> None:
    log.remove(only(log, "read")[4])


def show_one_twice(log: list[Line]) -> None:
    log.append(only(log, "read")[-1])


def answer_what_was_not_read(log: list[Line]) -> None:
    only(log, "reply", "invoke")[0]["seen"] = 3


def book_twice(log: list[Line]) -> None:
    only(log, "bookings")[0]["of"] = ["c", "c"]


def lose_a_booking(log: list[Line]) -> None:
    only(log, "bookings")[0]["of"] = []


def answer_late(log: list[Line]) -> None:
    only(log, "read")[-1]["at"] = 60


def lose_the_place(log: list[Line]) -> None:
    log.append({**_OURS, "at": 1, "op": "reset", "type": "fail"})


@pytest.mark.parametrize(
    ("harm", "kind"),
    [
        (lose_a_message, "lost"),
        (change_a_message, "lost"),
        (double_a_message, "doubled"),
        (give_two_numbers, "doubled"),
        (leave_a_gap, "out of order"),
        (answer_twice, "answered twice"),
        (answer_in_another_order, "out of order"),
        (do_not_answer, "not answered"),
        (go_on_after_the_takeover, "assistant after takeover"),
        (skip_one_on_a_screen, "out of order"),
        (show_one_twice, "out of order"),
        (answer_what_was_not_read, "replied unseen"),
        (book_twice, "booked twice"),
        (lose_a_booking, "lost"),
        (answer_late, "late"),
        (lose_the_place, "reset"),
    ],
)
def test_sees(harm: Callable[[list[Line]], None], kind: str) -> None:
    log = copy.deepcopy(clean())
    harm(log)
    assert judge(log).violations[kind]


def test_blames_nobody_where_every_promise_was_kept() -> None:
    assert {kind: what for kind, what in judge(clean()).violations.items() if what} == {}
