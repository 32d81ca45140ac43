"""The booking: reads the answers to its form, reads them back, and hands the request over."""

import random
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from rasa_sdk.events import ActiveLoop, EventType, SlotSet

from actions.answer import answer, answer_before_booking
from actions.booking_words import area_words, phone_words, time_words
from actions.turn import ClinicAction, Turn, clinic
from clinic import booking
from clinic.areas import find_area
from clinic.booking_times import parse_times
from clinic.contract import Area, BookingRequest, Consent, Preferences

_QUESTIONS: Final = frozenset({"faq", "unanswered", "clinical", "human", "admin"})
DIGRESSIONS: Final = _QUESTIONS | {"emergency", "smalltalk", "cancel_form", "pass_on"}
# Only as questions or taps: else "how long" and "lower back" are as likely an answer.
_VAGUE: Final = frozenset({"clarify", "follow_up"})
# The intents beside which such an answer is kept.
_BESIDE: Final = {"booking_phone": _QUESTIONS, "booking_area": frozenset({"clinical"})}
_SURE: Final = 0.5
# By what it looks like alone it is known which question such an answer belongs to.
_TELLING: Final = ("booking_phone", "booking_area", "booking_time")
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
        if turn.message.get("red_flag"):
            return []
        return _tapped(turn, asked) if turn.tapped else _written(turn, asked)


def _tapped(turn: Turn, asked: str) -> list[EventType]:
    if turn.intent in DIGRESSIONS | _VAGUE:
        return []
    slot = str(turn.entities.get("asked"))
    answer = str(turn.entities.get("answer") or "")
    # A quick reply of an earlier question changes its answer; but nobody agrees to what was not
    # asked just now, so the second tap of a double tap is no second yes.
    agrees_to_another = slot != asked and booking.parse_yes_no(answer)
    if slot not in booking.ASKED or agrees_to_another:
        return [SlotSet(asked, None)]
    return _answered(turn, slot, answer)


def _written(turn: Turn, asked: str) -> list[EventType]:
    if _is_digression_first(turn, asked):
        return _answer_beside(turn, asked)
    if events := _answered(turn, asked, turn.text):
        return events
    if _digresses(turn) and not _guesses_a_stop(turn):
        return []
    if events := _corrected(turn, turn.text):
        return events
    if events := _answered_again(turn):
        return [*events, SlotSet(asked, None)]
    turn.say(f"utter_unclear_{asked}")
    turn.say("utter_booking_help")
    return [SlotSet(asked, None)]


def _is_digression_first(turn: Turn, asked: str) -> bool:
    # Anything can look like a name, and a question names a part of the body or a day as easily as
    # an answer does. Neither it nor an emergency nor the writer's own case may be lost in an
    # answer; everything else that can be read as one is taken for it.
    if not _is_sure(turn) or not _speaks(turn):
        return False
    if asked == "booking_name":
        return _digresses(turn) and not booking.introduces(turn.text)
    if booking.asks(turn.text) and (asked != "booking_phone" or turn.intent in _QUESTIONS):
        return _digresses(turn)
    return turn.intent in ("emergency", "clinical")


def _digresses(turn: Turn) -> bool:
    meant = DIGRESSIONS | _VAGUE if booking.asks(turn.text) else DIGRESSIONS
    return turn.intent in meant and _speaks(turn)


def _speaks(turn: Turn) -> bool:
    # Digits and signs alone are an answer, or none; they are no question whatever they look like.
    return turn.intent == "emergency" or any(sign.isalpha() for sign in turn.text)


def _answered_again(turn: Turn) -> list[EventType]:
    """Answer what stands beside another wish for the visit that is being booked."""
    return answer_before_booking(turn) if turn.intent == "booking" else []


def _is_sure(turn: Turn) -> bool:
    return bool(turn.message["intent"].get("confidence", 0) >= _SURE)


def _guesses_a_stop(turn: Turn) -> bool:
    # A stop loses what was written; where it is a guess, asking again with the way out is kinder.
    return turn.intent == "cancel_form" and not _is_sure(turn)


def _answer_beside(turn: Turn, asked: str) -> list[EventType]:
    """Keep the answer that stands beside a question, and see to the question too."""
    if turn.intent not in _BESIDE.get(asked, ()):
        return []
    answered = _answered(turn, asked, turn.text)
    return [*answered, *answer(turn)] if answered else []


def _prefilled(turn: Turn) -> list[EventType]:
    said = turn.text
    answered = answer_before_booking(turn)
    turn.say("utter_booking_start")
    return [
        *answered,
        SlotSet("booking_confirm", None),
        *_set("booking_phone", _phone(said) or turn.context.known_phone),
        *_set("booking_area", find_area(said)),
        *_set("booking_time", parse_times(said, turn.now.date())),
    ]


def _set(slot: str, value: object) -> list[EventType]:
    return [] if value is None else [SlotSet(slot, msgspec.to_builtins(value))]


def _answered(turn: Turn, slot: str, text: str) -> list[EventType]:
    if slot == "booking_consent":
        return _consent(turn, text)
    if slot == "booking_confirm":
        return _confirmed(turn, text)
    answer = _set(slot, _parsed(turn, slot, text))
    if answer and slot == "booking_name":
        return [*answer, *_set("booking_phone", _phone(text))]
    return answer


def _parsed(turn: Turn, slot: str, text: str) -> str | Area | Preferences | None:
    match slot:
        case "booking_name":
            return booking.parse_name(text)
        case "booking_phone":
            return _phone(text)
        case "booking_area":
            return booking.parse_area(text)
        case _:
            return parse_times(text, turn.now.date())


def _phone(text: str) -> str | None:
    return booking.parse_phone(text, clinic().country)


def _consent(turn: Turn, text: str) -> list[EventType]:
    given = booking.parse_yes_no(text)
    if given is None:
        return []
    wording = turn.piece(_ASK_CONSENT)
    consent = Consent(given=given, wording=wording, at=turn.context.now)
    ends = [] if given else [SlotSet("requested_slot", None)]
    return [*_set("booking_consent", consent), *ends]


def _confirmed(turn: Turn, text: str) -> list[EventType]:
    if booking.parse_yes_no(text):
        return [SlotSet("booking_confirm", True)]
    if changes := _corrected(turn, text) or _given_anew(turn, text):
        return changes
    return [SlotSet("booking_confirm", None)] if _denies(turn, text) else []


def _denies(turn: Turn, text: str) -> bool:
    return turn.intent == "deny" or booking.parse_yes_no(text) is False


def _corrected(turn: Turn, text: str) -> list[EventType]:
    """Take "the name is Ana" or "the phone is wrong" for a change of what was answered before."""
    slot = booking.parse_change(text)
    if slot is None or booking.asks(text) or turn.tracker.get_slot(slot) is None:
        return []
    return [SlotSet(slot, msgspec.to_builtins(_parsed(turn, slot, text)))]


def _given_anew(turn: Turn, text: str) -> list[EventType]:
    """Take a bare "friday instead" after the summary for the change that it is."""
    anew = ((slot, _parsed(turn, slot, text)) for slot in _TELLING)
    return next((_set(slot, value) for slot, value in anew if value is not None), [])


class AskConfirm(ClinicAction):
    """Reads the draft back, or asks what is to change after a no."""

    def name(self) -> str:
        """Return the name under which the form calls it."""
        return "action_ask_booking_confirm"

    def act(self, turn: Turn) -> list[EventType]:
        """Ask whether it is right."""
        asked_before = turn.last_said() == "utter_booking_summary"
        if asked_before and _only_denied(turn):
            turn.say("utter_booking_what_to_change")
        else:
            turn.say("utter_booking_summary", **_summary(turn, turn.tracker.slots))
        return []


def _only_denied(turn: Turn) -> bool:
    said = turn.text
    changes = booking.parse_change(said) or _given_anew(turn, said)
    return not turn.tapped and _denies(turn, said) and not changes


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
