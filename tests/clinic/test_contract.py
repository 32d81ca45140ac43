"""The contract's JSON is the architecture page's, to the letter; another shape goes no further."""

import json
from typing import Any

import msgspec
import pytest

from clinic import contract

DETAILS: dict[str, Any] = {
    "name": "Ana Ruiz",
    "phone": "+16025550142",
    "email": None,
    "area": {"part": "knee", "side": "left"},
    "reason": None,
    "patient": "new",
    "for": {"who": "self", "patient_name": None, "guardian": None},
    "preferences": {
        "options": [
            {
                "date": "2026-03-12",
                "weekday": "thursday",
                "part": "morning",
                "from": "15:00",
                "to": None,
            }
        ],
        "not": [{"date": None, "weekday": "friday", "part": None, "from": None, "to": None}],
        "soonest": False,
    },
    "contact": {"by": "call", "when": None},
    "consent": {"given": True, "wording": "May we?", "at": "2026-03-01T10:00:00-07:00"},
}
REQUEST: dict[str, Any] = {
    "turn_id": "t1",
    "conversation_id": "c1",
    "channel": "web",
    "text": "does it hurt?",
    "context": {
        "now": "2026-11-22T10:00:00-07:00",
        "staff_available": False,
        "next_opening": None,
        "known_phone": None,
        "bookings": [{"reference": "K7M-2QF", "state": "requested", "details": DETAILS}],
    },
}
RESPONSE: dict[str, Any] = {
    "turn_id": "t1",
    "understanding": {"route": "clinical", "topics": [{"name": "faq/pain", "confidence": 0.9}]},
    "replies": [
        {
            "text": "Some find it uncomfortable.",
            "choices": [{"label": "Pain", "intent": "faq/pain", "entities": {"area": "knee"}}],
            "topic": "faq/pain",
        }
    ],
    "effects": [
        {
            "type": "handover",
            "reason": "clinical_question",
            "priority": "normal",
            "question": "is it safe for me?",
            "details": {"area": "knee"},
        },
        {"type": "booking_request", "reference": "K7M-2QF", "details": DETAILS},
        {"type": "emergency", "category": "heart"},
    ],
    "form": {"name": "booking_form", "asking": "phone", "slots": DETAILS},
}


def with_change(body: dict[str, Any], path: str, value: object) -> bytes:
    """The body as JSON with one value replaced, at a path like `effects.0.reason`."""
    changed = json.loads(json.dumps(body))
    place = changed
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        place = place[step]
    place[last] = value
    return json.dumps(changed).encode()


class TestRequest:
    def test_goes_there_and_back_to_the_letter(self) -> None:
        turn = contract.decode_request(json.dumps(REQUEST).encode())
        assert json.loads(contract.encode(turn)) == {**REQUEST, "choice": None}

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("turn_id", ""),
            ("turn_id", "../x"),
            ("text", None),
            ("text", ""),
            ("text", "a" * (contract.MAX_TEXT + 1)),
            ("channel", "fax"),
            ("choice", {"intent": "faq/pain", "entities": {}}),
            ("context", None),
            ("metadata", {}),
        ],
    )
    def test_of_another_shape_is_refused(self, path: str, value: object) -> None:
        with pytest.raises(contract.ContractError):
            contract.decode_request(with_change(REQUEST, path, value))


class TestResponse:
    def test_goes_there_and_back_to_the_letter(self) -> None:
        outcome = contract.decode_response(json.dumps(RESPONSE).encode())
        assert json.loads(contract.encode(outcome)) == RESPONSE

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("understanding.route", "diagnosis"),
            ("understanding.topics.0.confidence", 1.5),
            ("replies.0.text", ""),
            ("effects.0.type", "prescription"),
            ("effects.0.reason", "because"),
            ("effects.1.reference", "DROP TABLE"),
            ("effects.1.details.phone", "555"),
            ("form.asking", "shoe_size"),
        ],
    )
    def test_of_another_shape_is_refused(self, path: str, value: object) -> None:
        with pytest.raises(contract.ContractError):
            contract.decode_response(with_change(RESPONSE, path, value))

    def test_names_the_place_and_never_the_value(self) -> None:
        with pytest.raises(msgspec.ValidationError) as error:
            contract.decode_response(with_change(RESPONSE, "effects.0.reason", "zebrafinch"))
        assert "effects" in str(error.value)
