"""Single actions, run by rasa_sdk's own executor (see tests/conversations for whole talks)."""

from collections.abc import Sequence
from functools import cache
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


@cache
def domain() -> dict[str, Any]:
    """The domain as Rasa sends it, with the responses of the data files."""
    found: dict[str, Any] = {}
    for path in (ROOT / "domain.yml", *(ROOT / "data").glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        responses = {**found.get("responses", {}), **content.get("responses", {})}
        found = {**content, **found, "responses": responses}
    return found


def call(action: str, before: Sequence[dict[str, Any]] = (), **latest: Any) -> ActionCall:
    """Make the request that Rasa sends for an action, after the events `before`."""
    latest = {"text": "hello", "intent": {"name": "x", "confidence": 1.0}, "entities": [], **latest}
    tracker = {
        "sender_id": "one",
        "slots": {},
        "latest_message": latest,
        "events": [*before, {"event": "user", **latest}] if before else [],
        "paused": False,
        "active_loop": {},
        "latest_action_name": "action_listen",
    }
    request = {"next_action": action, "sender_id": "one", "tracker": tracker, "domain": domain()}
    return cast(ActionCall, request)


async def responses(executor: ActionExecutor, request: ActionCall) -> list[dict[str, Any]]:
    answer = await executor.run(request)
    assert answer is not None
    found: list[dict[str, Any]] = answer["responses"]
    return found


async def test_without_the_front_desk_the_real_clock_and_the_clinics_hours_stand_in(
    executor: ActionExecutor,
) -> None:
    said = await responses(executor, call("action_answer", intent={"name": "clinical"}))
    assert said[0]["response"] == "utter_handover_clinical_question"
    when = {"soon", "closing", "after_opening", "after_holiday"}
    assert said[1]["response"] in {f"utter_answered_{one}" for one in when}
    assert said[-1]["custom"]["effect"]["question"] == "hello"


async def test_a_topic_without_an_answer_is_owned_up_to(executor: ActionExecutor) -> None:
    said = await responses(executor, call("action_answer", parts=[{"label": "faq/nothing"}]))
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
    said = await responses(
        executor, call("action_answer", text="a" * 9_000, intent={"name": "admin"})
    )
    assert len(said[-1]["custom"]["effect"]["question"]) == 4_000


async def test_a_failure_names_the_place_and_none_of_the_words(executor: ActionExecutor) -> None:
    broken = call(
        "action_answer",
        intent={"name": "human"},
        metadata={"context": {"now": SECRET, "staff_available": 1}},
    )
    with pytest.raises(ActionFailed) as caught:
        await executor.run(broken)
    assert str(caught.value).startswith("action_answer: ValidationError at ")
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


HURTS_OR_SAFE = {"label": "faq/pain", "options": ["faq/pain", "clinical"]}
ASKED_WHICH: list[dict[str, Any]] = [
    {"event": "user", "text": "is it bad with my back"},
    {"event": "bot", "text": "Is it about:", "metadata": {"utter_action": "utter_clarify"}},
]


def buttons(said: dict[str, Any]) -> dict[str, str]:
    return {button["title"]: button["payload"] for button in said["buttons"]}


async def test_what_is_uncertain_is_asked_with_a_title_for_each_choice(
    executor: ActionExecutor,
) -> None:
    said = await responses(executor, call("action_answer", parts=[HURTS_OR_SAFE]))
    assert [one["response"] for one in said] == ["utter_clarify"]
    assert buttons(said[0]) == {
        "Whether it hurts": "/faq/pain",
        "My own health": "/clinical",
        "Something else": "/pass_on",
    }


async def test_two_choices_of_one_topic_are_one(executor: ActionExecutor) -> None:
    options = ["unanswered/recovery", "faq/recovery"]
    part = {"label": "unanswered/recovery", "options": options}
    (said,) = await responses(executor, call("action_answer", parts=[part]))
    assert list(buttons(said).values()) == ["/unanswered/recovery", "/pass_on"]


async def test_what_is_certain_is_answered_before_the_question_back(
    executor: ActionExecutor,
) -> None:
    parts = [HURTS_OR_SAFE, {"label": "faq/risks"}, {"label": "booking"}]
    answer, question = await responses(executor, call("action_answer", parts=parts))
    assert answer["response"] == "utter_faq/risks"
    assert list(buttons(question).values()) == ["/faq/pain", "/clinical", "/booking", "/pass_on"]


async def test_what_goes_to_staff_is_not_asked_about(executor: ActionExecutor) -> None:
    parts = [HURTS_OR_SAFE, {"label": "admin"}]
    said = await responses(executor, call("action_answer", parts=parts, text="all of it"))
    assert said[0]["response"] == "utter_handover_administrative"
    effects = [one["custom"]["effect"] for one in said if one["custom"]]
    assert [effect["question"] for effect in effects] == ["all of it"]


async def test_nobody_is_asked_back_twice_in_a_row(executor: ActionExecutor) -> None:
    again = call("action_answer", ASKED_WHICH, parts=[HURTS_OR_SAFE], text="bad how")
    said = await responses(executor, again)
    assert said[0]["response"] == "utter_handover_not_answered"
    assert said[-1]["custom"]["effect"]["question"] == "bad how"


async def test_a_choice_sends_the_words_that_it_was_about(executor: ActionExecutor) -> None:
    tapped = call("action_answer", ASKED_WHICH, text="/clinical", intent={"name": "clinical"})
    said = await responses(executor, tapped)
    assert said[-1]["custom"]["effect"]["question"] == "is it bad with my back"


async def test_staff_read_what_a_question_names(executor: ActionExecutor) -> None:
    named = [("area", "knee"), ("side", "right"), ("medicine", "warfarin"), ("medicine", "aspirin")]
    entities = [{"entity": kind, "value": value} for kind, value in named]
    text = "is it right for my knee, I take warfarin and aspirin"
    asked = call("action_answer", parts=[{"label": "clinical"}], text=text, entities=entities)
    said = await responses(executor, asked)
    details = said[-1]["custom"]["effect"]["details"]
    assert details == {"area": "knee", "medicine": "warfarin, aspirin"}


async def test_what_has_nothing_to_do_with_the_clinic_beside_a_question_is_owned_up_to(
    executor: ActionExecutor,
) -> None:
    parts = [{"label": "faq/pain"}, {"label": "out_of_scope"}, {"label": "smalltalk"}]
    said = await responses(executor, call("action_answer", parts=parts))
    assert [one["response"] for one in said] == ["utter_faq/pain", "utter_rest_not_answered"]


async def test_the_words_of_an_answer_depend_on_the_part_of_the_body(
    executor: ActionExecutor,
) -> None:
    knee = domain()["responses"]["utter_faq/session_count"][0]["text"]
    before = [
        {"event": "user", "text": "how many for a knee"},
        {"event": "bot", "text": knee, "metadata": {"utter_action": "utter_faq/session_count"}},
    ]
    request = call("action_follow_up", before, entities=[{"entity": "area", "value": "x"}])
    for area, response in {
        "knee": "utter_follow_up_same",
        "hip": "utter_faq/session_count",
    }.items():
        request["tracker"]["slots"] = {"last_topic": "faq/session_count", "area": area}
        (said,) = await responses(executor, request)
        assert said["response"] == response
