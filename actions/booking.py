"""The booking: reads the answers to its form, reads them back, and hands the request over."""

import random
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from rasa_sdk.events import ActiveLoop, EventType, SlotSet

from actions.booking_words import area_words, phone_words, time_words
from actions.turn import ClinicAction, Turn, clinic
from clinic import booking
from clinic.booking_times import parse_times
from clinic.contract import Area, BookingRequest, Consent, Preferences

DIGRESSIONS: Final = frozenset(
    {"emergency", "faq", "clinical", "human", "admin", "smalltalk", "cancel_form", "pass_on"}
)
_SURE: Final = 0.5
_ASK_CONSENT: Final = "utter_ask_booking_consent"
_EMPTY: Final[list[EventType]] = [
    SlotSet(slot, None) for slot in (*booking.ANSWERS, "booking_confirm", "requested_slot")
]


class ReadAnswer(ClinicAction):
    """Reads what the patient answered; Rasa's form runs it at every step.

    Returning nothing means that the message was no answer: the form then lets the rules speak
    (a question in between, a wish to stop, an emergency) and asks again afterwards.
    """

    def name(self) -> str:
        """Return the name under which the form calls it."""
        return "validate_booking_form"

    def act(self, turn: Turn) -> list[EventType]:
        """Return the slots that the message fills."""
        if (turn.tracker.active_loop or {}).get("is_interrupted"):
            return []
        asked = turn.tracker.get_slot("requested_slot")
        if asked is None:
            return _prefilled(turn)
        if turn.message.get("red_flag") or _is_digression_first(turn, asked):
            return []
        if events := _answered(turn, asked):
            return events
        if turn.intent in DIGRESSIONS:
            return []
        turn.say(f"utter_unclear_{asked}")
        turn.say("utter_booking_help")
        return [SlotSet(asked, None)]


def _is_digression_first(turn: Turn, asked: str) -> bool:
    # Anything can look like a name, and neither an emergency nor a question about one's own case
    # may be lost in an answer; everywhere else what can be read as the answer is taken for it.
    if "answer" in turn.entities or turn.message["intent"].get("confidence", 0) < _SURE:
        return False
    if asked == "booking_name":
        return turn.intent in DIGRESSIONS and not booking.introduces(turn.text)
    return turn.intent in ("emergency", "clinical")


def _prefilled(turn: Turn) -> list[EventType]:
    said = turn.text
    turn.say("utter_booking_start")
    return [
        SlotSet("booking_confirm", None),
        *_set("booking_phone", turn.context.known_phone),
        *_set("booking_area", booking.parse_area(said)),
        *_set("booking_time", parse_times(said, turn.now.date())),
    ]


def _set(slot: str, value: object) -> list[EventType]:
    return [] if value is None else [SlotSet(slot, msgspec.to_builtins(value))]


def _answered(turn: Turn, asked: str) -> list[EventType]:
    text = str(turn.entities.get("answer") or turn.text)
    if asked == "booking_consent":
        return _consent(turn, text)
    if asked == "booking_confirm":
        return _confirmed(turn, text)
    return _set(asked, _parsed(turn, asked, text))


def _parsed(turn: Turn, slot: str, text: str) -> str | Area | Preferences | None:
    match slot:
        case "booking_name":
            return booking.parse_name(text)
        case "booking_phone":
            return booking.parse_phone(text, clinic().country)
        case "booking_area":
            return booking.parse_area(text)
        case _:
            return parse_times(text, turn.now.date())


def _yes_no(turn: Turn, text: str) -> bool | None:
    by_intent = {"affirm": True, "deny": False}.get(turn.intent or "")
    said = booking.parse_yes_no(text)
    return by_intent if said is None else said


def _consent(turn: Turn, text: str) -> list[EventType]:
    given = _yes_no(turn, text)
    if given is None:
        return []
    wording = turn.piece(_ASK_CONSENT)
    consent = Consent(given=given, wording=wording, at=turn.context.now)
    ends = [] if given else [SlotSet("requested_slot", None)]
    return [*_set("booking_consent", consent), *ends]


def _confirmed(turn: Turn, text: str) -> list[EventType]:
    said = _yes_no(turn, text)
    if not said and (slot := booking.parse_change(text)):
        anew = _parsed(turn, slot, text) if slot != "booking_name" else None
        return [SlotSet(slot, msgspec.to_builtins(anew)), SlotSet("booking_confirm", None)]
    return [] if said is None else [SlotSet("booking_confirm", True if said else None)]


class AskConfirm(ClinicAction):
    """Reads the draft back, or asks what is to change after a no."""

    def name(self) -> str:
        """Return the name under which the form calls it."""
        return "action_ask_booking_confirm"

    def act(self, turn: Turn) -> list[EventType]:
        """Ask whether it is right."""
        said = str(turn.entities.get("answer") or turn.text)
        asked_before = turn.last_said() == "utter_booking_summary"
        if asked_before and _yes_no(turn, said) is False and not booking.parse_change(said):
            turn.say("utter_booking_what_to_change")
        else:
            turn.say("utter_booking_summary", **_summary(turn, turn.tracker.slots))
        return []


def _summary(turn: Turn, slots: Mapping[str, Any]) -> dict[str, str]:
    draft = booking.details(slots)
    return {
        "name": draft.name or "",
        "phone": phone_words(draft.phone, clinic().country),
        "area": area_words(turn, draft.area),
        "time": time_words(turn, draft.preferences),
    }


class Submit(ClinicAction):
    """Ends the form: hands the request over, or says that without consent nothing is kept."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_submit_booking"

    def act(self, turn: Turn) -> list[EventType]:
        """Hand over what was confirmed."""
        draft = booking.details(turn.tracker.slots)
        if draft.consent and draft.consent.given and turn.tracker.get_slot("booking_confirm"):
            reference = booking.reference(random.SystemRandom())
            phone = phone_words(draft.phone, clinic().country)
            turn.say("utter_booking_submitted", reference=reference, phone=phone)
            turn.effect(BookingRequest(reference=reference, details=draft))
        else:
            turn.say("utter_booking_no_consent")
        return _EMPTY


class Cancel(ClinicAction):
    """Stops the booking at the patient's wish."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_cancel_booking"

    def act(self, turn: Turn) -> list[EventType]:
        """Forget the draft."""
        if not turn.tracker.active_loop_name:
            turn.say("utter_nothing_to_cancel")
            return []
        turn.say("utter_booking_cancelled")
        return [ActiveLoop(None), *_EMPTY]
