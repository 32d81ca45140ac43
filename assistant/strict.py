"""A message processor that fails as a whole, where Rasa's own goes on with half an answer.

Rasa logs an action's error, forgets what the action would have said and saves the turn, so the
patient reads nothing and nobody learns of it (docs/decisions/0004). Here such a turn raises
`TurnFailed` and nothing of it is saved. The advice on an emergency is the exception that nothing
can fail: it is made here.
"""

from typing import Any

import rasa.core.agent
from rasa.core.actions.action import Action, ActionExecutionRejection, RemoteAction
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import FailSafeTrackerStore, TrackerStore
from rasa.shared.core.constants import ACTION_VALIDATE_SLOT_MAPPINGS
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

from assistant import advice
from assistant.forms import dropping_form
from assistant.labels import EMERGENCY
from assistant.sessions import begun_anew
from assistant.tracker_store import SharedTrackerStore
from clinic.booking.answers import stops


class TurnFailed(Exception):
    """A turn that could not be carried out; the message holds nothing the patient wrote."""


class StrictProcessor(MessageProcessor):
    """Rasa's processor, in which an error of an action or of the tracker store is an error."""

    tracker_store: SharedTrackerStore

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what Rasa's processor takes; raises `RasaException` for a domain it cannot guard."""
        super().__init__(*args, **{**kwargs, "on_circuit_break": _give_up})
        self.tracker_store = _shared(self.tracker_store)
        if ACTION_VALIDATE_SLOT_MAPPINGS in self.domain.user_actions:
            raise RasaException(
                f"The domain lists {ACTION_VALIDATE_SLOT_MAPPINGS}, whose failures Rasa swallows "
                "where they cannot be caught. Set those slots in an action of a rule instead."
            )

    async def _update_tracker_session(
        self,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Do what comes before the message is read; it is saved with the turn, or not at all."""
        await super()._update_tracker_session(tracker, output_channel, metadata)
        if ((metadata or {}).get("context") or {}).get("form") == "dropped":
            tracker.update_with_events(dropping_form(tracker), self.domain)
        tracker.update_with_events(begun_anew(tracker), self.domain)

    async def _run_prediction_loop(
        self, output_channel: OutputChannel, tracker: DialogueStateTracker
    ) -> None:
        """Advise on an emergency at once: its advice waits for no form and no action server."""
        said = tracker.latest_message
        if said is None or said.intent_name != EMERGENCY:
            await super()._run_prediction_loop(output_channel, tracker)
            return
        given = advice.events(said)
        if stops(advice.words_of(said)):
            # "Forget the appointment, I am calling 911" ends the booking too.
            given = [*dropping_form(tracker), *given]
        for event in given:
            tracker.update(event, self.domain)

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        guarded = _Guarded(action)
        goes_on = await super()._run_action(guarded, tracker, output_channel, nlg, prediction)
        if guarded.error is not None:
            raise TurnFailed(f"{action.name()} failed: {type(guarded.error).__name__}")
        return goes_on


class _Guarded(Action):
    """Keeps an action's error from Rasa's processor, which would log it with its request."""

    def __init__(self, action: Action) -> None:
        self._action = action
        self.error: Exception | None = None

    def name(self) -> str:
        return str(self._action.name())

    async def run(
        self,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        try:
            return list(await self._action.run(output_channel, nlg, tracker, domain))
        except ActionExecutionRejection as rejection:
            # The form may reject a message. Rasa takes every 400 of the action server for that too,
            # and would choose the same action over and over again.
            if not isinstance(self._action, RemoteAction):
                raise
            self.error = rejection
            return []
        except Exception as error:
            self.error = error
            return []

    def event_for_successful_execution(self, prediction: PolicyPrediction) -> ActionExecuted:
        return self._action.event_for_successful_execution(prediction)


def _shared(store: TrackerStore) -> SharedTrackerStore:
    # The fail-safe store answers an error with an empty conversation, or loses the turn.
    inner = store._tracker_store if isinstance(store, FailSafeTrackerStore) else store
    if not isinstance(inner, SharedTrackerStore):
        # Rasa takes a store in memory where it cannot make the one of endpoints.yml.
        raise RasaException(f"endpoints.yml must name {SharedTrackerStore.__module__}'s store.")
    return inner


def _give_up(*_: object) -> None:
    raise TurnFailed("The dialogue went round in circles.")


def install() -> None:
    """Make every agent of this process use the strict processor."""
    rasa.core.agent.MessageProcessor = StrictProcessor  # type: ignore[attr-defined]
