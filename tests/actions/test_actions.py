"""Single actions, run by rasa_sdk's own executor (see tests/conversations for whole talks)."""

from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.types import ActionCall

from actions.turn import ActionFailed

ROOT = Path(__file__).parents[2]
SECRET = "xylophone4711"


@pytest.fixture(scope="session")
def executor() -> ActionExecutor:
    """All actions, registered as the server registers them."""
    made = ActionExecutor()
    made.register_package("actions")
    return made


def call(action: str, **latest: Any) -> ActionCall:
    """Make the request that Rasa sends for an action."""
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    latest = {"text": "hello", "intent": {"name": "x", "confidence": 1.0}, "entities": [], **latest}
    tracker = {
        "sender_id": "one",
        "slots": {},
        "latest_message": latest,
        "events": [],
        "paused": False,
        "active_loop": {},
        "latest_action_name": "action_listen",
    }
    request = {"next_action": action, "sender_id": "one", "tracker": tracker, "domain": domain}
    return cast(ActionCall, request)


async def responses(executor: ActionExecutor, request: ActionCall) -> list[dict[str, Any]]:
    answer = await executor.run(request)
    assert answer is not None
    found: list[dict[str, Any]] = answer["responses"]
    return found


async def test_without_the_front_desk_the_real_clock_and_the_clinics_hours_stand_in(
    executor: ActionExecutor,
) -> None:
    said = await responses(executor, call("action_handover", intent={"name": "clinical"}))
    assert said[0]["response"] == "utter_handover_clinical_question"
    assert said[1]["response"] in ("utter_answered_soon", "utter_answered_after_opening")
    assert said[-1]["custom"]["effect"]["question"] == "hello"


async def test_a_topic_without_an_answer_is_owned_up_to(executor: ActionExecutor) -> None:
    selected = {"faq": {"response": {"intent_response_key": "faq/nothing"}}}
    said = await responses(executor, call("action_answer_faq", response_selector=selected))
    assert [one["response"] for one in said] == ["utter_not_answered"]


async def test_an_emergency_that_no_rule_names_gets_the_general_advice(
    executor: ActionExecutor,
) -> None:
    said = await responses(executor, call("action_emergency"))
    assert said[0]["text"].startswith("Call 911 now")
    assert said[1]["custom"] == {"effect": {"type": "emergency", "category": "emergency"}}


async def test_nothing_to_pass_on(executor: ActionExecutor) -> None:
    said = await responses(executor, call("action_pass_on"))
    assert [one["response"] for one in said] == ["utter_nothing_to_pass_on"]


async def test_a_long_message_is_cut_to_what_the_contract_takes(executor: ActionExecutor) -> None:
    said = await responses(executor, call("action_handover", text="a" * 9_000))
    assert len(said[-1]["custom"]["effect"]["question"]) == 4_000


async def test_a_failure_names_the_place_and_none_of_the_words(executor: ActionExecutor) -> None:
    broken = call("action_handover", metadata={"context": {"now": SECRET, "staff_available": 1}})
    with pytest.raises(ActionFailed) as caught:
        await executor.run(broken)
    assert str(caught.value).startswith("action_handover: ValidationError at ")
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
