"""The booking: reads what the patient answers to its form, in any order, and corrections of it."""

from typing import Final

import msgspec
from rasa_sdk.events import EventType, SlotSet

from actions.answer import answer, answer_before_booking
from actions.booking_draft import EMPTY, changed_slots, draft_of, next_slot, without
from actions.booking_known import is_about_known
from actions.booking_problems import notes, problem_slot, resolved
from actions.booking_words import noted
from actions.digression import asks_beside, asks_instead, own_words
from actions.handover import hand_over
from actions.manners import answer_smalltalk, unmistakable
from actions.turn import ClinicAction, Turn, clinic
from clinic.booking import answers
from clinic.booking.draft import ASKED, NEEDED, SLOT_OF, Draft, with_facts
from clinic.booking.facts import Facts, read
from clinic.contract import Area, Consent, Preferences

CONSENT: Final = "utter_piece_consent"
_REASON: Final = "booking_reason"
# "That's me, Ana Ruiz" agrees all the same.
_SAID_IN_PASSING: Final = frozenset({"name", "patient"})


class ReadAnswer(ClinicAction):
    """Reads what the patient answered; Rasa's form runs it at every step.

    Returning nothing means that the message was no answer: the form then lets the rules speak
    (a question in between, an emergency) and asks again afterwards, shorter.
    """

    def name(self) -> str:
        """Return the name under which the form calls it."""
        return "validate_booking_form"

    def act(self, turn: Turn) -> list[EventType]:
        """Return the slots that the message fills, and the one to ask for next."""
        asked = turn.tracker.get_slot("requested_slot")
        if asked is None:
            return _begun(turn)
        if turn.answered_by():
            # The rules have seen to what was asked in between, and the form comes back.
            return _again(asked)
        if turn.message.get("red_flag"):
            return []
        return _tapped(turn, asked) if turn.tapped else _written(turn, asked)


def _begun(turn: Turn) -> list[EventType]:
    """Take what the wish for a visit says already."""
    before = Draft()
    if is_about_known(turn) and not answers.wants_another(turn.text):
        return end("known")
    answered = [] if turn.answered_by() else answer_before_booking(turn)
    known = msgspec.structs.replace(before.details, phone=turn.context.known_phone)
    before = msgspec.structs.replace(before, details=known)
    text = "" if turn.tapped else own_words(turn)
    facts = _mended(turn, read(text, None, turn.now, clinic()), None)
    draft = with_facts(before, facts, text, None, clinic().booking.fields)
    events = [*answered, *EMPTY, *changed_slots(Draft(), draft)]
    if turn.known_bookings and not answers.wants_another(text):
        return [*events, SlotSet("requested_slot", "booking_another")]
    turn.say("utter_booking_start")
    return [*events, *_noted(turn, Draft(), draft), *_next(turn, draft, facts, None)]


# Quick replies.


def _tapped(turn: Turn, asked: str) -> list[EventType]:
    if turn.intent == "booking":
        # "Go on with the booking", after a person gave the conversation back.
        return _again(asked)
    if turn.intent != "booking_answer":
        return []
    slot = str(turn.entities.get("asked"))
    said = str(turn.entities.get("answer") or "")
    # A quick reply of an earlier question changes its answer; but nobody agrees to what was not
    # asked just now, so the second tap of a double tap is no second yes.
    agrees_to_another = slot != asked and answers.parse_yes_no(said) is not None
    if slot not in ASKED or agrees_to_another:
        return _again(asked)
    return _read(turn, slot, said, asked)


# The patient's own words.


def _written(turn: Turn, asked: str) -> list[EventType]:
    text = turn.text
    if answers.is_command(text):
        # What looks like a command is none, and no answer either.
        return _read(turn, asked, "", asked)
    if answers.stops(text) and not turn.is_risky:
        return end("cancelled")
    if answers.starts_over(text) and not turn.is_risky:
        turn.say("utter_booking_start_over")
        return [*EMPTY, *_phone_of_channel(turn), SlotSet("requested_slot", "booking_name")]
    if _is_answered_here(turn, text):
        return _again(asked)
    if asks_instead(turn, asked):
        return []
    return _read(turn, asked, own_words(turn), asked)


def _is_answered_here(turn: Turn, text: str) -> bool:
    """Answer what only the booking knows: why it asks, and somebody who has had enough of it."""
    if turn.is_risky:
        return False
    kind = unmistakable(text)
    if kind and not read(text, None, turn.now, clinic()).fields:
        answer_smalltalk(turn, kind)
        return True
    if answers.asks_why(text):
        turn.say("utter_booking_why")
        return True
    return False


def _phone_of_channel(turn: Turn) -> list[EventType]:
    phone = turn.context.known_phone
    manner = SlotSet("booking_manner", "with_phone")
    return [SlotSet("booking_phone", phone)] if phone else [manner]


def _read(turn: Turn, slot: str, text: str, asked: str) -> list[EventType]:
    if slot == "booking_another":
        return _another(turn, text)
    before = draft_of(turn)
    facts = _mended(turn, read(text, ASKED[slot], turn.now, clinic()), slot)
    facts = resolved(turn, facts, text)
    draft = with_facts(before, facts, text, slot, clinic().booking.fields)
    if slot == "booking_confirm" and (done := _confirmed(turn, text, facts)):
        return done
    beside = answer(turn) if asks_beside(turn, facts) else []
    if field := _to_change(text, facts, slot):
        return [*beside, *_asked_anew(turn, draft, field)]
    if draft == before and not facts.problems:
        return beside or _without_answer(turn, before, slot, asked, facts)
    events = [*beside, *changed_slots(before, draft), *_noted(turn, before, draft)]
    return [*events, SlotSet("booking_misses", None), *_next(turn, draft, facts, asked)]


def _mended(turn: Turn, facts: Facts, slot: str | None) -> Facts:
    """Take a part of the body whose spelling only the assistant could mend: "rigth sholder"."""
    part, side = turn.entities.get("area"), turn.entities.get("side")
    if facts.area or turn.tapped or not part or slot not in (None, "booking_area"):
        return facts
    if answers.holds_question(turn.text):
        return facts
    return msgspec.structs.replace(facts, area=Area(str(part), facts.side or side))


def _next(turn: Turn, draft: Draft, facts: Facts, asked: str | None) -> list[EventType]:
    problem = problem_slot(facts, draft)
    slot = problem or next_slot(draft)
    notes(turn, draft, facts)
    again = slot == asked and slot != "booking_confirm" and not problem
    manner = "again" if again else _with_the_next(draft, slot)
    return [
        SlotSet("booking_problem", msgspec.to_builtins(facts.problems[0]) if problem else None),
        SlotSet("booking_manner", manner),
        SlotSet("requested_slot", slot),
    ]


def _with_the_next(draft: Draft, slot: str) -> str | None:
    """Return which second thing to ask for in the same question, so that fewer are needed."""
    if slot == "booking_name" and not draft.details.phone:
        return "with_phone"
    times = clinic().booking.fields.time == "asked" and draft.details.preferences == Preferences()
    return "with_time" if slot == "booking_side" and times else None


def _noted(turn: Turn, before: Draft, draft: Draft) -> list[EventType]:
    """Say back in passing what was understood, unless the summary says it all at once."""
    events = changed_slots(before, draft)
    changed = [event["name"] for event in events if event["value"] and event["name"] != _REASON]
    if next_slot(draft) != "booking_confirm" and (words := noted(turn, changed, draft)):
        turn.say("utter_booking_noted", facts=words)
    return []


def _confirmed(turn: Turn, text: str, facts: Facts) -> list[EventType]:
    """Send what was confirmed; return nothing where the message says something else."""
    if answers.refuses_contact(text):
        return end("no_consent")
    agreed = answers.parse_yes_no(text)
    if agreed or (answers.agrees(text) and not set(facts.fields) - _SAID_IN_PASSING):
        wording = turn.piece(CONSENT)
        consent = Consent(given=True, wording=wording, at=turn.context.now)
        return [
            SlotSet("booking_consent", msgspec.to_builtins(consent)),
            SlotSet("booking_confirm", True),
            *end("sent"),
        ]
    if agreed is False or text == "change something":
        return [SlotSet("booking_manner", "change"), SlotSet("requested_slot", "booking_confirm"),
                SlotSet("booking_misses", None)]  # fmt: skip
    return []


def _to_change(text: str, facts: Facts, slot: str) -> str | None:
    """Return the slot that the patient wants to give anew without saying how."""
    field = answers.parse_change(text)
    says_so = answers.corrects(text) or slot == "booking_confirm"
    if field is None or facts.fields or not says_so or answers.asks(text):
        return None
    if answers.refuses(text):
        return None
    anew = SLOT_OF[field]
    return anew if anew != slot else None


def _asked_anew(turn: Turn, draft: Draft, slot: str) -> list[EventType]:
    before, emptied = draft_of(turn), without(draft, slot)
    if slot == "booking_for":
        emptied = msgspec.structs.replace(emptied, relation=None, of_unknown_age=False)
    return [
        *changed_slots(before, emptied),
        SlotSet("booking_manner", "anew"),
        SlotSet("booking_problem", None),
        SlotSet("requested_slot", slot),
    ]


def _another(turn: Turn, text: str) -> list[EventType]:
    """Hear whether another visit is meant, or a change of the one that was asked for."""
    if is_about_known(turn) and not answers.wants_another(text):
        return end("known")
    yes = answers.parse_yes_no(text)
    if yes or (yes is None and answers.wants_another(text)):
        turn.say("utter_booking_start")
        draft = draft_of(turn)
        return _next(turn, draft, Facts(), None)
    if yes is False or text == "change" or answers.corrects(text):
        return end("change")
    return _again("booking_another")


# What is no answer.


def _without_answer(
    turn: Turn, draft: Draft, slot: str, asked: str, facts: Facts
) -> list[EventType]:
    text = turn.text
    held_back = turn.tracker.get_slot("booking_manner") == "refused"
    refused = answers.refuses(text) or (held_back and answers.begins_with(text) is False)
    if refused or (answers.skips(text) and slot not in NEEDED):
        field = answers.parse_change(text)
        return _refused(turn, draft, SLOT_OF[field] if field else slot, asked)
    if facts.fields or turn.intent == "booking":
        return _again(asked)
    return _missed(turn, draft, asked, facts)


def _refused(turn: Turn, draft: Draft, slot: str, asked: str) -> list[EventType]:
    if slot in ("booking_confirm", "booking_another"):
        return end("cancelled")
    if slot in NEEDED:
        # Offered once; who refuses again is left to staff with what is known.
        if turn.tracker.get_slot("booking_manner") == "refused":
            return end("help")
        turn.say(f"utter_booking_without/{slot.removeprefix('booking_')}")
        return [SlotSet("booking_manner", "refused"), SlotSet("requested_slot", asked)]
    turn.say("utter_booking_skipped")
    return _left_to_staff(turn, draft, slot)


def _left_to_staff(turn: Turn, draft: Draft, slot: str) -> list[EventType]:
    known = msgspec.structs.replace(draft, skipped=draft.skipped | {slot}, of_unknown_age=False)
    events = [SlotSet("booking_misses", None), *changed_slots(draft, known)]
    return [*events, *_next(turn, known, Facts(), slot)]


def _missed(turn: Turn, draft: Draft, asked: str, facts: Facts) -> list[EventType]:
    """Ask once more with an example; the second time in a row leave it to staff."""
    misses = int(turn.tracker.get_slot("booking_misses") or 0) + 1
    if misses > 1:
        if asked not in NEEDED:
            turn.say("utter_booking_left_to_staff")
            return _left_to_staff(turn, draft, asked)
        if not turn.tracker.get_slot("booking_helped"):
            hand_over(turn, "booking_help", turn.text)
            return [
                SlotSet("booking_helped", True),
                SlotSet("booking_misses", None),
                *_again(asked),
            ]
    turn.say(_unclear(asked, facts))
    turn.say("utter_booking_help")
    return [SlotSet("booking_misses", misses), *_again(asked)]


def _unclear(asked: str, facts: Facts) -> str:
    kind = asked.removeprefix("booking_")
    if asked == "booking_phone" and facts.short_phone:
        kind = "short_phone"
    if asked == "booking_email" and facts.odd_email:
        kind = "odd_email"
    return f"utter_unclear/{kind}"


def _again(asked: str) -> list[EventType]:
    return [SlotSet("booking_manner", "again"), SlotSet("requested_slot", asked)]


def end(how: str) -> list[EventType]:
    """End the form; `action_submit_booking` says and does what follows."""
    return [SlotSet("booking_end", how), SlotSet("requested_slot", None)]
