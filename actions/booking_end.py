"""How a booking ends: sent, stopped, or left to a person."""

from itertools import islice

import msgspec
from rasa_sdk.events import ActiveLoop, EventType, SlotSet

from actions.booking_draft import EMPTY, draft_of
from actions.booking_known import hand_over_change, is_about_known, see_to_known
from actions.booking_words import phone_words
from actions.handover import hand_over
from actions.times import day
from actions.turn import ClinicAction, Turn, clinic
from clinic.booking import answers
from clinic.booking.draft import reference
from clinic.contract import BookingRequest, KnownBooking
from clinic.hours import opening_days

_FORGOTTEN: list[EventType] = [*EMPTY, SlotSet("requested_slot", None)]


class Submit(ClinicAction):
    """Ends the form in the way that the last answer asked for."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_submit_booking"

    def act(self, turn: Turn) -> list[EventType]:
        """Hand over what was confirmed, or say that nothing was kept."""
        how = turn.tracker.get_slot("booking_end")
        draft = draft_of(turn).details
        if how == "sent" and draft.consent and draft.consent.given:
            return _sent(turn)
        if how == "known":
            see_to_known(turn)
        elif how == "change":
            hand_over_change(turn)
        elif how == "help":
            hand_over(turn, "booking_help", turn.text)
        elif how == "no_consent":
            turn.say("utter_booking_no_consent")
        else:
            turn.say("utter_booking_cancelled")
        return _FORGOTTEN


def _sent(turn: Turn) -> list[EventType]:
    known = draft_of(turn).details
    number = reference(turn.id)
    values = {"reference": number, "phone": phone_words(known.phone)}
    if by := _contacted_by(turn):
        turn.say("utter_booking_submitted", contact_day=by, **values)
    else:
        turn.say("utter_booking_submitted_open", **values)
    turn.effect(BookingRequest(reference=number, details=known))
    kept = KnownBooking(number, "requested", known)
    return [*_FORGOTTEN, SlotSet("booking_last", msgspec.to_builtins(kept))]


def _contacted_by(turn: Turn) -> str | None:
    """Return the day by whose end staff make contact, by the clinic's settings."""
    days = clinic().booking.contact_within_days
    if days is None:
        return None
    tomorrow = turn.now.date().fromordinal(turn.now.date().toordinal() + 1)
    last = list(islice(opening_days(clinic(), tomorrow), days))
    return day(last[-1]) if len(last) == days else None


class Cancel(ClinicAction):
    """Stops the booking at the patient's wish."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_cancel_booking"

    def act(self, turn: Turn) -> list[EventType]:
        """Forget the draft; a visit that was asked for before is for staff."""
        if turn.tracker.active_loop_name:
            turn.say("utter_booking_cancelled")
            return [ActiveLoop(None), *_FORGOTTEN]
        if is_about_known(turn) or (turn.known_bookings and answers.wants_change(turn.text)):
            return see_to_known(turn)
        turn.say("utter_nothing_to_cancel")
        return []


class BookingIsOver(ClinicAction):
    """For a quick reply of a booking that is no longer open."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_booking_is_over"

    def act(self, turn: Turn) -> list[EventType]:
        """Say what became of it: a second tap on the last button sends nothing twice."""
        if turn.known_bookings:
            turn.say("utter_booking_already_sent", reference=turn.known_bookings[-1].reference)
        else:
            turn.say("utter_booking_is_over")
        return []
