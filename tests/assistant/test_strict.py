"""The strict processor, and the one place where Rasa's agent takes it from."""

import inspect

import pytest
import rasa.core.agent
from rasa.core.actions.action import Action, ActionExecutionRejection
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, OutputChannel
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected, Event
from rasa.shared.core.trackers import DialogueStateTracker

from assistant import strict
from assistant.channel import FrontDeskInput


class Breaks(Action):
    def __init__(self, error: Exception) -> None:
        self.error = error

    def name(self) -> str:
        return "action_breaks"

    async def run(
        self,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        raise self.error


@pytest.fixture
def processor() -> strict.StrictProcessor:
    """A processor without a model: enough to run one action."""
    made = object.__new__(strict.StrictProcessor)
    made.domain = Domain.from_dict({"actions": ["action_breaks"]})
    return made


async def run(processor: strict.StrictProcessor, error: Exception) -> DialogueStateTracker:
    tracker = DialogueStateTracker.from_events("one", [])
    prediction = PolicyPrediction.for_action_name(processor.domain, "action_breaks")
    nlg = NaturalLanguageGenerator.create(None, processor.domain)
    await processor._run_action(Breaks(error), tracker, CollectingOutputChannel(), nlg, prediction)
    return tracker


async def test_an_error_fails_the_turn_without_its_words(
    processor: strict.StrictProcessor, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(strict.TurnFailed) as caught:
        await run(processor, RuntimeError("what the patient wrote"))
    assert str(caught.value) == "action_breaks failed: RuntimeError"
    assert "patient" not in caplog.text


async def test_a_rejection_is_no_error(processor: strict.StrictProcessor) -> None:
    tracker = await run(processor, ActionExecutionRejection("action_breaks"))
    assert isinstance(tracker.events[-1], ActionExecutionRejected)
    assert not any(isinstance(event, ActionExecuted) for event in tracker.events)


def test_rasas_agent_still_takes_its_processor_from_the_name_we_replace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rasa.core.agent, "MessageProcessor", MessageProcessor)
    monkeypatch.setenv("ASSISTANT_TOKEN", "0123456789abcdef")
    FrontDeskInput.from_credentials({})
    assert vars(rasa.core.agent)["MessageProcessor"] is strict.StrictProcessor
    assert "= MessageProcessor(" in inspect.getsource(Agent.load_model)


def test_rasas_processor_still_has_what_we_override() -> None:
    ours = inspect.signature(strict.StrictProcessor._run_action)
    assert list(ours.parameters) == list(inspect.signature(MessageProcessor._run_action).parameters)
    begun = inspect.signature(strict.StrictProcessor._update_tracker_session)
    rasas = inspect.signature(MessageProcessor._update_tracker_session)
    assert list(begun.parameters) == list(rasas.parameters)


@pytest.mark.parametrize("token", [None, "", "short"])
def test_the_channel_does_not_start_without_a_token(
    monkeypatch: pytest.MonkeyPatch, token: str | None
) -> None:
    monkeypatch.delenv("ASSISTANT_TOKEN", raising=False)
    if token is not None:
        monkeypatch.setenv("ASSISTANT_TOKEN", token)
    with pytest.raises(Exception, match="ASSISTANT_TOKEN must hold"):
        FrontDeskInput.from_credentials({})
