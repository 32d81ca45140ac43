"""The types in which the front desk and the assistant meet over HTTP.

One `TurnRequest` goes to the assistant, one `TurnResponse` comes back; both sides decode with the
functions at the end of this page, so a message of another shape never gets further than the edge.
Times are ISO 8601 with their offset, phone numbers E.164.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

MAX_TEXT = 4_000
"""Characters of one patient message; longer ones are refused at the front desk's door."""

Identifier = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
ShortText = Annotated[str, Meta(min_length=1, max_length=300)]
PatientText = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
ReplyText = Annotated[str, Meta(min_length=1, max_length=4_000, pattern=r"^[^\x00]*$")]
Probability = Annotated[float, Meta(ge=0, le=1)]

Channel = Literal["web", "sms"]
Route = Literal[
    "faq",
    "clinical",
    "emergency",
    "booking",
    "human",
    "admin",
    "smalltalk",
    "out_of_scope",
    "clarify",
]
HandoverReason = Literal[
    "clinical_question",
    "person_requested",
    "administrative",
    "not_answered",
    "emergency",
    "booking_help",
]
Priority = Literal["urgent", "normal"]
Asking = Literal[
    "name",
    "phone",
    "email",
    "area",
    "side",
    "reason",
    "patient_status",
    "time",
    "time_of_day",
    "for_whom",
    "guardian",
    "consent",
    "confirm",
]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
PartOfDay = Literal["morning", "afternoon", "evening"]


class Area(Struct, frozen=True):
    """A part of the body by its canonical name (`clinic/areas.yml`), and its side if known."""

    part: ShortText
    side: Literal["left", "right", "both"] | None = None


class TimePreference(Struct, frozen=True):
    """One wish for a time; `date` is ISO, `from_` and `to` are HH:MM in the clinic's zone."""

    date: str | None = None
    weekday: Weekday | None = None
    part: PartOfDay | None = None
    from_: str | None = msgspec.field(default=None, name="from")
    to: str | None = None


class Preferences(Struct, frozen=True):
    """When the patient would like to come: any of `options`, none of `not_`."""

    options: list[TimePreference] = []
    not_: list[TimePreference] = msgspec.field(default=[], name="not")
    soonest: bool = False


class ForWhom(Struct, frozen=True):
    """Who is to be treated, when it is not the writer."""

    who: Literal["self", "relative", "minor"] = "self"
    patient_name: str | None = None
    guardian: str | None = None


class Contact(Struct, frozen=True):
    """How the clinic may reach the patient."""

    by: Literal["call", "text", "email"] | None = None
    when: str | None = None


class Consent(Struct, frozen=True):
    """That the patient agreed to be contacted: to which words, and when."""

    given: bool
    wording: str
    at: str


class BookingDetails(Struct, frozen=True):
    """What is known of a booking; a draft holds `None` for what has not been said yet."""

    name: str | None = None
    phone: Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$")] | None = None
    email: str | None = None
    area: Area | None = None
    reason: str | None = None
    patient: Literal["new", "returning"] | None = None
    for_: ForWhom = msgspec.field(default_factory=ForWhom, name="for")
    preferences: Preferences = msgspec.field(default_factory=Preferences)
    contact: Contact = msgspec.field(default_factory=Contact)
    consent: Consent | None = None


class Handover(Struct, frozen=True, tag_field="type", tag="handover"):
    """The assistant sends this to staff: `question` holds the patient's own words."""

    reason: HandoverReason
    priority: Priority
    question: PatientText
    details: dict[str, str] = {}


class BookingRequest(Struct, frozen=True, tag_field="type", tag="booking_request"):
    """A booking that the patient has read and confirmed."""

    reference: Annotated[str, Meta(min_length=4, max_length=20, pattern=r"^[A-Z0-9-]+$")]
    details: BookingDetails

    def __post_init__(self) -> None:
        """Refuse a booking that nobody could act on, or that the patient did not agree to."""
        details = self.details
        if not (details.name and details.phone and details.consent and details.consent.given):
            raise ValueError("a booking needs a name, a phone number and the consent")


class Emergency(Struct, frozen=True, tag_field="type", tag="emergency"):
    """A red flag that the assistant saw; the turn's replies are the advice and nothing else."""

    category: Identifier


Effect = Handover | BookingRequest | Emergency


class ChoiceMade(Struct, frozen=True, forbid_unknown_fields=True):
    """A quick reply that the patient tapped, as the assistant had offered it."""

    intent: ShortText
    entities: dict[str, str] = {}


class KnownBooking(Struct, frozen=True):
    """A booking that the front desk already holds for this conversation."""

    reference: str
    state: str
    details: BookingDetails


class TurnContext(Struct, frozen=True):
    """What the assistant cannot know by itself: the time, and whether staff are there.

    `form` is `dropped` when staff gave the conversation back without the form that was open, and
    is left out otherwise.
    """

    now: str
    staff_available: bool = False
    next_opening: str | None = None
    known_phone: str | None = None
    bookings: list[KnownBooking] = []
    form: Literal["dropped"] | UnsetType = UNSET


class TurnRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """One message of a patient, for the assistant: `text` or `choice`, exactly one of them."""

    turn_id: Identifier
    conversation_id: Identifier
    channel: Channel
    context: TurnContext
    text: PatientText | None = None
    choice: ChoiceMade | None = None

    def __post_init__(self) -> None:
        """Refuse a turn that says nothing, or two things."""
        if (self.text is None) == (self.choice is None):
            raise ValueError("a turn holds either text or choice")


class Choice(Struct, frozen=True):
    """A quick reply that the assistant offers."""

    label: ShortText
    intent: ShortText
    entities: dict[str, str] = {}


class Reply(Struct, frozen=True):
    """One message of the assistant; `topic` names the FAQ answer it holds."""

    text: ReplyText
    choices: Annotated[list[Choice], Meta(max_length=12)] = []
    topic: str | None = None


class Topic(Struct, frozen=True):
    """A label that the assistant found in the message."""

    name: str
    confidence: Probability


class Understanding(Struct, frozen=True):
    """How the assistant understood the message; `route` is the one with the highest risk."""

    route: Route
    topics: list[Topic] = []


class FormState(Struct, frozen=True):
    """A form that is open after the turn, what it asks for, and its draft."""

    name: str
    asking: Asking | None
    slots: BookingDetails


class TurnResponse(Struct, frozen=True):
    """What the assistant says and what should happen; empty lists mean silence."""

    turn_id: Identifier
    understanding: Understanding
    replies: Annotated[list[Reply], Meta(max_length=10)] = []
    effects: Annotated[list[Effect], Meta(max_length=10)] = []
    form: FormState | None = None


ContractError = msgspec.DecodeError
"""The other side did not keep to this page; its subclass `ValidationError` names the place."""

_request_decoder = msgspec.json.Decoder(TurnRequest)
_response_decoder = msgspec.json.Decoder(TurnResponse)


def decode_request(body: bytes) -> TurnRequest:
    """Read a turn; raises `msgspec.DecodeError` (a `ValidationError` names the place)."""
    return _request_decoder.decode(body)


def decode_response(body: bytes) -> TurnResponse:
    """Read the assistant's answer; raises `msgspec.DecodeError` as `decode_request` does."""
    return _response_decoder.decode(body)


def encode(value: Struct) -> bytes:
    """Write any type of this page as JSON."""
    return msgspec.json.encode(value)
