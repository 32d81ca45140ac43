"""What a message changes in the draft, and what is asked next."""

import re
import secrets

import msgspec
import pytest

from clinic.booking.draft import Draft, details, next_question, reference, with_facts
from clinic.booking.facts import read
from clinic.contract import Area, BookingDetails, ForWhom, Preferences, TimePreference
from clinic.settings import BookingFields
from tests.clinic.booking.clinic import CLINIC, FIELDS, TUESDAY

MONDAY = Preferences(options=[TimePreference(weekday="monday", part="morning")])
KNOWN = BookingDetails(
    name="Maria Lopez",
    phone="+16025550142",
    area=Area("knee", "left"),
    preferences=MONDAY,
)


def told(text: str, draft: Draft, asked: str | None = None) -> Draft:
    """Return the draft after a message."""
    asking = {"booking_confirm": "confirm", "booking_area": "area"}.get(asked or "")
    facts = read(text, asking, TUESDAY, CLINIC)  # type: ignore[arg-type]
    return with_facts(draft, facts, text, asked, FIELDS)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("no, right knee", "area", Area("knee", "right")),
        ("not left, the right one", "area", Area("knee", "right")),
        ("the phone is 602 555 0199", "phone", "+16025550199"),
        ("it should end in 0135", "phone", "+16025550135"),
        ("sorry, my name is Ana Ruiz", "name", "Ana Ruiz"),
        ("actually make it my mom", "for_", ForWhom("relative")),
        (
            "make it wednesday instead of monday",
            "preferences",
            Preferences(options=[TimePreference(weekday="wednesday", part="morning")]),
        ),
        (
            "afternoon instead",
            "preferences",
            Preferences(options=[TimePreference(weekday="monday", part="afternoon")]),
        ),
    ],
)
def test_a_correction_changes_that_field_only(text: str, field: str, value: object) -> None:
    after = told(text, Draft(KNOWN), "booking_confirm").details
    assert getattr(after, field) == value
    assert msgspec.structs.replace(after, **{field: getattr(KNOWN, field)}) == KNOWN


def test_what_is_known_is_not_overwritten_in_passing() -> None:
    after = told("my neighbor Bob Stone told me all about it at the market", Draft(KNOWN))
    assert after.details == KNOWN


def test_the_questions_in_their_order() -> None:
    asked = []
    draft = Draft()
    given: dict[str, dict[str, object]] = {
        "booking_name": {"name": "Ana"},
        "booking_phone": {"phone": "+16025550142"},
        "booking_area": {"area": Area("knee")},
        "booking_side": {"area": Area("knee", "left")},
        "booking_time": {"preferences": MONDAY},
    }
    while (slot := next_question(draft, FIELDS)) != "booking_confirm":
        asked.append(slot)
        known = msgspec.structs.replace(draft.details, **given[slot])
        draft = msgspec.structs.replace(draft, details=known)
    assert asked == list(given)


def test_fields_that_are_off_are_neither_asked_nor_kept() -> None:
    off = BookingFields(area="off", time="off", reason="off", email="off", for_whom="off")
    text = "for my mom, her left knee hurts, friday, a@example.com"
    facts = read(text, None, TUESDAY, CLINIC)
    draft = with_facts(Draft(), facts, text, None, off)
    assert draft.details == BookingDetails()
    named = msgspec.structs.replace(draft.details, name="Ana", phone="+16025550142")
    assert next_question(Draft(named), off) == "booking_confirm"


def test_fields_that_are_asked() -> None:
    everything = BookingFields(
        reason="asked", email="asked", patient_status="asked", for_whom="asked"
    )
    asked = []
    draft = Draft(KNOWN)
    while (slot := next_question(draft, everything)) != "booking_confirm":
        asked.append(slot)
        draft = msgspec.structs.replace(draft, skipped=draft.skipped | {slot})
    assert asked == ["booking_for", "booking_reason", "booking_patient", "booking_email"]


def test_a_minors_parent_is_the_guardian_and_an_aunt_is_asked() -> None:
    son = told("for my son Leo, he's 14. I'm Dana Price", Draft())
    assert son.details.for_ == ForWhom("minor", "Leo", "Dana Price")
    niece = told("for my niece Ava, she is 12. I'm Dana Price, 602 555 0142", Draft())
    assert niece.details.for_ == ForWhom("minor", "Ava", None)
    assert next_question(niece, FIELDS) == "booking_guardian"


def test_the_complaint_is_kept_in_the_patients_words() -> None:
    draft = told("i twisted my left knee on the stairs. need a visit, Ana Ruiz", Draft())
    assert draft.details.reason == "i twisted my left knee on the stairs"


def test_a_reference_can_be_read_out_and_is_the_same_for_the_same_turn() -> None:
    turns = [secrets.token_hex(8) for _ in range(500)]
    made = {reference(turn) for turn in turns}
    assert len(made) == 500
    assert all(re.fullmatch(r"[A-Z0-9]{3}-[A-Z0-9]{3}", one) for one in made)
    assert not set("".join(made)) & set("0O1IL2Z5S8B6GUV")
    assert reference(turns[0]) == reference(turns[0])


def test_a_draft_has_the_contracts_shape() -> None:
    draft = details({"booking_name": "Ana", "booking_phone": None, "area": "knee"})
    assert draft == BookingDetails(name="Ana")
