"""One run of an action: what was said, when, and how to answer. The base of every action."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from clinic.booking.words import words
from clinic.contract import MAX_TEXT, Effect, KnownBooking, TurnContext
from clinic.hours import is_open, next_opening
from clinic.settings import Clinic, load_clinic

CLARIFY: Final = "utter_clarify"
"""The question which of a few things was meant; `utter_clarify/…` are others of its kind."""
_RASAS_OWN: Final = ("action_listen", "action_extract_slots", "booking_form")
_NAMED: Final = ("area", "condition", "medicine", "treatment")


class ActionFailed(Exception):
    """An action broke; names the action and the place, and holds nothing the patient wrote."""


@cache
def clinic() -> Clinic:
    """Return the clinic's settings, read once in this process."""
    return load_clinic()


class Turn:
    """What an action may know and do. Values passed to `say` fill the response's braces."""

    def __init__(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> None:
        """Take what Rasa hands to an action."""
        self._dispatcher = dispatcher
        self.tracker = tracker
        self.domain = domain
        self.message: Mapping[str, Any] = tracker.latest_message or {}
        self._metadata: Mapping[str, Any] = self.message.get("metadata") or {}
        self.context = _context(self._metadata)

    @property
    def now(self) -> datetime:
        """The time of this turn, in the clinic's zone."""
        return datetime.fromisoformat(self.context.now).astimezone(clinic().zone)

    @property
    def intent(self) -> str | None:
        """The intent of the patient's message."""
        return (self.message.get("intent") or {}).get("name")

    @property
    def entities(self) -> dict[str, Any]:
        """The values of the message's entities by their names; the first of each."""
        found = reversed(self.message.get("entities") or [])
        return {entity["entity"]: entity["value"] for entity in found}

    @property
    def text(self) -> str:
        """The patient's own words, or the label of the quick reply that was tapped."""
        return _words(self.message) or self._label() or self.intent or ""

    @property
    def tapped(self) -> bool:
        """Whether the patient tapped a quick reply instead of writing."""
        return _words(self.message) is None

    @property
    def by_text_message(self) -> bool:
        """Whether the patient reads this as a text message."""
        return self.tracker.get_latest_input_channel() == "sms"

    def answered_by(self) -> list[str]:
        """Return the actions of the domain that have answered this very message already."""
        found: list[str] = []
        for event in reversed(self.tracker.events):
            if event.get("event") == "user":
                break
            name = str(event.get("name"))
            if event.get("event") == "action" and name not in _RASAS_OWN:
                found.append(name)
        return found

    @property
    def id(self) -> str:
        """The turn's id; in `rasa shell`, the message's."""
        return str(self._metadata.get("turn_id") or self.message.get("message_id") or self.text)

    @property
    def confidence(self) -> float:
        """How sure the intent is, from 0 to 1."""
        return float((self.message.get("intent") or {}).get("confidence") or 0.0)

    @property
    def is_risky(self) -> bool:
        """Whether the message is about danger or the patient's own health, as far as known."""
        return self.intent in ("emergency", "clinical") and not self.tapped

    def names_own_case(self, name: str | None = None) -> bool:
        """Whether a medicine is named, or a disease that is no complaint of the joints.

        What stands in a person's `name` is neither: "Yuki Hashimoto".
        """
        return any(
            one["entity"] in ("medicine", "condition")
            and one["value"] not in words().complaints
            and self.text[one.get("start", 0) : one.get("end", 0)] not in (name or "")
            for one in self.message.get("entities") or []
        )

    @property
    def is_emergency(self) -> bool:
        """Whether the message may be about danger."""
        return self.intent == "emergency" or bool(self.message.get("red_flag"))

    @property
    def known_bookings(self) -> list[KnownBooking]:
        """What was asked for in this conversation before, the latest last."""
        known = list(self.context.bookings)
        last = self.tracker.get_slot("booking_last")
        if last and last["reference"] not in {one.reference for one in known}:
            known.append(msgspec.convert(last, KnownBooking))
        return known

    def last_question(self) -> str | None:
        """Return the patient's latest own words before this turn, at most `MAX_TEXT` long."""
        said = (words for event in reversed(self._messages()[:-1]) if (words := _words(event)))
        return next(said, None)

    def names_in(self, question: str) -> dict[str, list[str]]:
        """Return what this or an earlier message names, by kind, in the canonical names."""
        said = (event for event in reversed(self._messages()) if _words(event) == question)
        read = next((event.get("parse_data") for event in said), None) or self.message
        found: dict[str, list[str]] = {}
        for entity in read.get("entities") or []:
            names = found.setdefault(entity["entity"], [])
            names += [entity["value"]] if entity["value"] not in names else []
        return {kind: found[kind] for kind in _NAMED if kind in found}

    def said_before(self) -> list[str]:
        """Return the names of the responses that answered the patient's last message."""
        events = self.tracker.events
        places = [place for place, event in enumerate(events) if event.get("event") == "user"]
        before = events[places[-2] : places[-1]] if len(places) > 1 else []
        return [name for event in before if (name := _response(event))]

    def was_asked_which(self) -> bool:
        """Whether the last message was answered with the question what was meant."""
        return any(said.partition("/")[0] == CLARIFY for said in self.said_before())

    def last_words(self, response: str) -> str | None:
        """Return the words in which a response was said last."""
        events = (event for event in reversed(self.tracker.events) if _response(event) == response)
        return next((event.get("text") for event in events), None)

    def last_said(self) -> str | None:
        """Return the name of the response that the patient read last."""
        for event in reversed(self.tracker.events):
            if event.get("event") == "bot" and event.get("text"):
                return _response(event)
        return None

    @property
    def responses(self) -> Mapping[str, Any]:
        """The domain's responses by their names, each with its variants."""
        found: Mapping[str, Any] = self.domain.get("responses") or {}
        return found

    def say(self, response: str, **values: str) -> None:
        """Utter a response of the domain."""
        filled: dict[str, Any] = {**_clinic_values(), **values}
        self._dispatcher.utter_message(response=response, **filled)

    def say_with(self, response: str, buttons: list[dict[str, str]], **values: str) -> None:
        """Utter a response of the domain with quick replies of this turn."""
        filled: dict[str, Any] = {**_clinic_values(), **values}
        self._dispatcher.utter_message(response=response, buttons=buttons, **filled)

    def say_words(self, text: str) -> None:
        """Utter words that come from one of the clinic's files."""
        self._dispatcher.utter_message(text=text)

    def effect(self, effect: Effect) -> None:
        """Tell the front desk what should happen."""
        self._dispatcher.utter_message(json_message={"effect": msgspec.to_builtins(effect)})

    def piece(self, response: str, **values: str) -> str:
        """Return the words of a response that is a piece of a sentence."""
        variants = self.domain["responses"][response]
        return str(variants[0]["text"]).format(**values)

    def words(self, response: str) -> str:
        """Return the words in which `say` would say a response now, by the slots."""
        variants = self.responses[response]
        slots = self.tracker.slots
        fitting = [one for one in variants if "condition" in one and _fits(one, slots)]
        general = [one for one in variants if "condition" not in one]
        return str((fitting or general)[0]["text"]).format(**_clinic_values())

    def _messages(self) -> list[dict[str, Any]]:
        return [event for event in self.tracker.events if event.get("event") == "user"]

    def _label(self) -> str | None:
        payload = str(self.message.get("text") or "")
        for event in reversed(self.tracker.events):
            for button in (event.get("data") or {}).get("buttons") or []:
                if button.get("payload") == payload:
                    return str(button["title"])
        return None


class ClinicAction(Action, ABC):
    """An action that fails without telling anybody's secrets."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Act; raises `ActionFailed` for whatever goes wrong inside.

        rasa_sdk answers an exception with its words and logs its traceback, both of which can
        hold what the patient wrote; so only the kind of error and its place get out.
        """
        try:
            return self.act(Turn(dispatcher, tracker, domain))
        except Exception as error:
            raise ActionFailed(f"{self.name()}: {_place(error)}") from None

    @abstractmethod
    def act(self, turn: Turn) -> list[EventType]:
        """Speak, and return the events that Rasa should keep."""


def _fits(variant: Mapping[str, Any], slots: Mapping[str, Any]) -> bool:
    return all(slots.get(one["name"]) == one["value"] for one in variant["condition"])


def _response(event: Mapping[str, Any]) -> str | None:
    name: str | None = (event.get("metadata") or {}).get("utter_action")
    return name if event.get("event") == "bot" else None


def _place(error: Exception) -> str:
    step = error.__traceback__
    while step and step.tb_next:
        step = step.tb_next
    where = f"{Path(step.tb_frame.f_code.co_filename).name}:{step.tb_lineno}" if step else ""
    return f"{type(error).__name__} at {where}"


def _context(metadata: Mapping[str, Any]) -> TurnContext:
    # Without the front desk, in `rasa shell`, the clinic's hours and the real clock stand in.
    if given := metadata.get("context"):
        return msgspec.convert(given, TurnContext)
    now = datetime.now(clinic().zone)
    opening = next_opening(clinic(), now)
    return TurnContext(
        now=now.isoformat(),
        staff_available=is_open(clinic(), now),
        next_opening=opening.isoformat() if opening else None,
    )


def _words(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    words = metadata.get("text") if "turn_id" in metadata else message.get("text")
    if not words or (words.startswith("/") and "turn_id" not in metadata):
        return None
    return str(words)[:MAX_TEXT]


def _clinic_values() -> dict[str, str]:
    here = clinic()
    return {
        "clinic_name": here.name,
        "clinic_phone": here.phone_display,
        "emergency_number": here.emergency_number,
        "response_minutes": str(here.response_minutes),
    }
