"""Times that cannot be taken as they were said: which day is meant, and when the clinic is open."""

from datetime import date, time
from typing import Any

import msgspec

from actions.times import clock, day
from actions.turn import Turn, clinic
from clinic.booking import answers
from clinic.booking.calendar import is_within_hours
from clinic.booking.draft import Draft
from clinic.booking.facts import Facts
from clinic.contract import Preferences, TimePreference
from clinic.settings import WEEKDAYS

_PM_UNTIL = 7


def problem_slot(facts: Facts, draft: Draft) -> str | None:
    """Return the slot to ask for because of a problem; nothing where a wish is known anyway."""
    if not facts.problems or draft.details.preferences != Preferences():
        return None
    return "booking_hour" if facts.problems[0].kind == "hour" else "booking_time"


def notes(turn: Turn, draft: Draft, facts: Facts) -> None:
    """Say of a time that was taken what the patient should know of it."""
    known = draft.details.preferences
    if facts.problems and known != Preferences():
        problem = facts.problems[0]
        if problem.kind in ("closed", "past"):
            turn.say(f"utter_booking_note/{problem.kind}", day=_said(problem.said))
        return
    if facts.wishes is None:
        return
    for wish in facts.wishes.options:
        if not is_within_hours(clinic(), wish):
            turn.say("utter_booking_note/hours", **_open_hours(wish))
            return


def resolved(turn: Turn, facts: Facts, text: str) -> Facts:
    """Read an answer to "which of these days?" in the light of what was offered."""
    problem: dict[str, Any] | None = turn.tracker.get_slot("booking_problem")
    if not problem:
        return facts
    if problem["kind"] == "hour":
        return _hour(facts, problem, text)
    near = [date.fromisoformat(one) for one in problem.get("near", [])]
    if facts.wishes is None and not facts.problems:
        place = _chosen(text, len(near))
        wishes = None if place is None else _on(near[place])
        return msgspec.structs.replace(facts, wishes=wishes) if wishes else facts
    return facts


def _chosen(text: str, offered: int) -> int | None:
    if offered and answers.is_first(text):
        return 0
    if offered > 1 and answers.is_second(text):
        return 1
    return 0 if offered == 1 and answers.begins_with(text) else None


def _hour(facts: Facts, problem: dict[str, Any], text: str) -> Facts:
    """Take "morning" after "8" for 8 in the morning, and "the hour" for the hour."""
    hour = int(problem["said"])
    half = answers.half_of_day(text) or ("same" if answers.means_hour(text) else None)
    alone = facts.wishes is None or not any(
        one.date or one.weekday or one.from_ for one in facts.wishes.options
    )
    near = problem.get("near")
    if half in ("afternoon", "evening") and alone and near and hour >= _PM_UNTIL:
        # The clinic is closed at 8 in the evening: it is the 8th, in the afternoon.
        wishes = Preferences(options=[TimePreference(date=near[0], part=half)])
        return msgspec.structs.replace(facts, wishes=wishes, problems=[])
    if half and alone and 1 <= hour <= 12:
        late = half in ("afternoon", "evening") or (half == "same" and hour < _PM_UNTIL)
        start = hour % 12 + 12 if late else hour
        wishes = Preferences(options=[TimePreference(from_=f"{start:02}:00")])
        return msgspec.structs.replace(facts, wishes=wishes, problems=[])
    if facts.wishes is None and answers.means_day(text) and problem.get("near"):
        return msgspec.structs.replace(
            facts, wishes=_on(date.fromisoformat(problem["near"][0])), problems=[]
        )
    return facts


def _on(chosen: date) -> Preferences:
    return Preferences(options=[TimePreference(date=chosen.isoformat())])


def _open_hours(wish: TimePreference) -> dict[str, str]:
    name = wish.weekday or WEEKDAYS[date.fromisoformat(wish.date or "").weekday()]
    hours = clinic().hours.get(name, ())
    first, last = hours[0].opens, hours[-1].closes
    return {"day": name.capitalize(), "opens": clock(first), "closes": clock(last)}


def ask_about(turn: Turn, problem: dict[str, Any]) -> None:
    """Say why the time cannot be taken, and offer the nearest days."""
    near = [date.fromisoformat(one) for one in problem["near"]]
    buttons = [_button(day(one), one.isoformat()) for one in near]
    kind = problem["kind"]
    if kind == "hour":
        buttons = [*_hours(int(problem["said"])), *buttons]
        turn.say_with("utter_booking_problem/hour", buttons, said=problem["said"])
        return
    either = turn.piece("utter_piece_or").join(day(one) for one in near)
    turn.say_with(
        f"utter_booking_problem/{kind}", buttons, said=_said(problem["said"]), near=either
    )


def _hours(number: int) -> list[dict[str, str]]:
    if not 1 <= number <= 12:
        return []
    hour = number % 12 + 12 if number < _PM_UNTIL else number
    title = clock(time(hour))
    return [_button(title, title)]


def _button(title: str, answer: str) -> dict[str, str]:
    payload = msgspec.json.encode({"asked": "booking_time", "answer": answer}).decode()
    return {"title": title, "payload": f"/booking_answer{payload}"}


def _said(written: str) -> str:
    """Write a date as a day, a weekday with a capital; anything else stays as it was said."""
    try:
        return day(date.fromisoformat(written))
    except ValueError:
        return written.capitalize() if written in WEEKDAYS else written
