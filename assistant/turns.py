"""Between the contract and Rasa: a turn becomes a user message, its events become the response.

The response is read from the tracker's events alone, so a turn that is asked for again gets the
same one. Everything here is free of I/O.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    EXTERNAL_MESSAGE_PREFIX,
    USER_INTENT_BACK,
    USER_INTENT_RESTART,
    USER_INTENT_SESSION_START,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    BotUttered,
    Event,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from assistant import sms
from assistant.labels import (
    CLARIFY,
    EMERGENCY,
    FAQ,
    RETRIEVAL,
    ROUTES,
    UNANSWERED,
    intent_of,
    route_of,
    topic_of,
)
from clinic.booking.draft import ASKED, details
from clinic.contract import (
    Choice,
    ChoiceMade,
    Effect,
    Emergency,
    FormState,
    Handover,
    Reply,
    Route,
    Topic,
    TurnRequest,
    TurnResponse,
    Understanding,
)

FORM: Final = "booking_form"
_SMS: Final = "sms"
# Said when a follow-up would get the same answer as the question before.
_SAME: Final = "follow_up_same"
# Why staff got a question that the intent alone does not tell the route of.
_OF_REASONS: Final[dict[str, Route]] = {
    "clinical_question": "clinical",
    "administrative": "admin",
    "person_requested": "human",
    "booking_help": "human",
}
_ANSWER: Final = "utter_"
_COMMANDS: Final = frozenset({USER_INTENT_RESTART, USER_INTENT_BACK, USER_INTENT_SESSION_START})
# What Rasa would take for a command: a slash, or its mark of messages from elsewhere.
_COMMAND_MARKS: Final = re.compile(rf"^(?:[\s/]|{re.escape(EXTERNAL_MESSAGE_PREFIX.strip())})+")

_BARE_COMMAND: Final = re.compile(r"[\w/]*\s*(?:\{.*\})?\s*", re.DOTALL)


class UnknownChoice(ValueError):
    """A choice of an intent that the assistant does not offer."""


class Silent(OutputChannel):
    """Sends nothing: the front desk reads the whole turn. Its name chooses a response's channel."""

    def __init__(self, channel: str) -> None:
        """Take the patient's channel, `web` or `sms`."""
        self._channel = channel

    def name(self) -> str:  # type: ignore[override]
        """Return the patient's channel."""
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Let go of what Rasa would send."""


def user_message(request: TurnRequest, domain: Domain) -> UserMessage:
    """Make Rasa's message of a turn; raises `UnknownChoice`.

    The patient's own words stay in the metadata; what Rasa reads cannot be a command.
    """
    choice = request.choice
    return UserMessage(
        text=_payload(choice) if choice else without_commands(request.text or ""),
        output_channel=Silent(request.channel),
        sender_id=request.conversation_id,
        # Without it Rasa reads the text itself; its annotation leaves that out.
        parse_data=_parsed(choice, domain) if choice else None,  # type: ignore[arg-type]
        input_channel=request.channel,
        message_id=request.turn_id,
        metadata={
            "turn_id": request.turn_id,
            "text": request.text,
            "context": msgspec.to_builtins(request.context),
        },
    )


def without_commands(text: str) -> str:
    """Take away what would make Rasa read the text as a command; of a bare command, everything.

    So "/restart" is neither carried out nor taken for the patient's wish to start anew.
    """
    rest = _COMMAND_MARKS.sub("", text)
    return "" if rest != text.lstrip() and _BARE_COMMAND.fullmatch(rest) else rest


def with_choice(request: TurnRequest, tracker: DialogueStateTracker, domain: Domain) -> TurnRequest:
    """Take a bare number by SMS for the choice of that number in the message before."""
    events = [event for event in tracker.events if isinstance(event, UserUttered)]
    last = events[-1].message_id if events else None
    if request.channel != _SMS or request.text is None or last is None:
        return request
    choice = sms.choice_of(request.text, response(tracker, last, domain).replies)
    return msgspec.structs.replace(request, text=None, choice=choice) if choice else request


def response(tracker: DialogueStateTracker, turn_id: str, domain: Domain) -> TurnResponse:
    """Read a turn's response from the events of the conversation, which must hold it."""
    events = list(tracker.events)
    start = _place(events, turn_id)
    said = events[start] if start is not None else None
    if start is None or not isinstance(said, UserUttered):
        raise LookupError("The conversation does not hold that turn.")
    end = _end(events, start)
    happened = events[start + 1 : end]
    uttered = [event for event in happened if isinstance(event, BotUttered)]
    effects = _effects(uttered)
    replies = _replies(uttered, any(isinstance(effect, Emergency) for effect in effects))
    then = DialogueStateTracker.from_events(tracker.sender_id, events[:end], domain.slots)
    return TurnResponse(
        turn_id=turn_id,
        understanding=_understanding(said, happened, effects),
        replies=sms.as_one(replies) if said.input_channel == _SMS else replies,
        effects=effects,
        form=_form(then),
    )


def _place(events: Sequence[Event], turn_id: str) -> int | None:
    places = (
        number
        for number, event in enumerate(events)
        if isinstance(event, UserUttered) and event.message_id == turn_id
    )
    return next(places, None)


def _end(events: Sequence[Event], start: int) -> int:
    # A turn ends with listening: what then comes before a message belongs to that one's turn.
    for number, event in enumerate(events[start + 1 :], start + 1):
        if isinstance(event, UserUttered):
            return number
        if isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME:
            return number + 1
    return len(events)


def _payload(choice: ChoiceMade) -> str:
    entities = json.dumps(choice.entities) if choice.entities else ""
    return f"/{choice.intent}{entities}"


def _parsed(choice: ChoiceMade, domain: Domain) -> dict[str, Any]:
    intent = intent_of(choice.intent)
    answers = choice.intent != intent and f"{_ANSWER}{choice.intent}" in domain.responses
    if intent in _COMMANDS or intent not in domain.intents or (intent in RETRIEVAL) != answers:
        raise UnknownChoice
    topical = intent in (*ROUTES, UNANSWERED)
    selected = {"response": {"intent_response_key": choice.intent, "confidence": 1.0}}
    return {
        "text": _payload(choice),
        "intent": {"name": intent, "confidence": 1.0},
        "entities": [{"entity": name, "value": value} for name, value in choice.entities.items()],
        "response_selector": {intent: selected} if answers else {},
        "topics": [{"name": topic_of(choice.intent), "confidence": 1.0}] if topical else [],
    }


def _understanding(
    said: UserUttered, happened: Sequence[Event], effects: Sequence[Effect]
) -> Understanding:
    parsed = said.parse_data or {}
    topics = msgspec.convert(parsed.get("topics", []), list[Topic])
    intent = said.intent_name or ""
    if intent == EMERGENCY and EMERGENCY not in (topic.name for topic in topics):
        topics = [Topic(name=EMERGENCY, confidence=1.0), *topics]
    return Understanding(route=_route(intent, happened, effects), topics=topics)


def _route(intent: str, happened: Sequence[Event], effects: Sequence[Effect]) -> Route:
    executed = {event.action_name for event in happened if isinstance(event, ActionExecuted)}
    rejected = any(isinstance(event, ActionExecutionRejected) for event in happened)
    handed_over = any(isinstance(effect, Handover) for effect in effects)
    if FORM in executed and not rejected and not handed_over:
        return "booking"
    if intent == "affirm" and effects:
        return "human"
    if intent in (CLARIFY, "follow_up", "inform"):
        return _resolved(happened, effects) or route_of(intent)
    return route_of(intent)


def _resolved(happened: Sequence[Event], effects: Sequence[Effect]) -> Route | None:
    """Return where a message went that was only understood by what was said before it."""
    reasons = [effect.reason for effect in effects if isinstance(effect, Handover)]
    if routes := [_OF_REASONS[reason] for reason in reasons if reason in _OF_REASONS]:
        return routes[0]
    said = [_said(event) for event in happened if isinstance(event, BotUttered)]
    asked_back = any(intent_of(name) == CLARIFY for name in said)
    answered = any(intent_of(name) in (FAQ, UNANSWERED, _SAME) for name in said)
    return FAQ if answered and not asked_back else None


def _replies(uttered: Sequence[BotUttered], only_advice: bool) -> list[Reply]:
    return [
        Reply(text=event.text, choices=_choices(event), topic=_topic(event))
        for event in uttered
        if event.text and not (only_advice and "utter_action" in event.metadata)
    ]


def _choices(event: BotUttered) -> list[Choice]:
    return [_choice(button) for button in event.data.get("buttons") or []]


def _choice(button: dict[str, str]) -> Choice:
    intent, brace, entities = button["payload"].removeprefix("/").partition("{")
    return Choice(button["title"], intent, json.loads(brace + entities) if brace else {})


def _topic(event: BotUttered) -> str | None:
    name = _said(event)
    return name if intent_of(name) == FAQ else None


def _said(event: BotUttered) -> str:
    return str(event.metadata.get("utter_action") or "").removeprefix(_ANSWER)


def _effects(uttered: Iterable[BotUttered]) -> list[Effect]:
    customs = (event.data.get("custom") or {} for event in uttered)
    return [msgspec.convert(custom["effect"], Effect) for custom in customs if "effect" in custom]


def _form(then: DialogueStateTracker) -> FormState | None:
    if not then.active_loop_name:
        return None
    asked = then.get_slot("requested_slot")
    return FormState(
        then.active_loop_name, ASKED.get(asked or ""), details(then.current_slot_values())
    )
