"""That the words, the rules and the code of the assistant know of each other.

Rasa's own validation looks only at rules, so it cannot see what actions say.
"""

import re
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk.executor import ActionExecutor

from clinic.booking.draft import ASKED

ROOT = Path(__file__).parents[2]
DOMAIN: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
ACTIONS = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "actions").glob("*.py"))
RESPONSES: dict[str, Any] = {
    name: variants
    for path in [ROOT / "domain.yml", *sorted((ROOT / "data").glob("*.yml"))]
    for name, variants in yaml.safe_load(path.read_text(encoding="utf-8"))
    .get("responses", {})
    .items()
}
RULES = (ROOT / "data" / "rules.yml").read_text(encoding="utf-8")
# Put together at run time, from a slot or from a reason of the contract.
MADE_UP = (
    r"utter_unclear/\w+",
    r"utter_ask_booking_\w+",
    r"utter_(line|booking_(problem|note|without))/\w+",
    r"utter_piece_(by_)?(new|returning|call|text|email)",
    r"utter_smalltalk/[\w/]+",
    r"utter_handover_\w+",
    r"utter_title/\w+",
)


def test_every_response_is_said_somewhere() -> None:
    unused = [
        name
        for name in DOMAIN["responses"]
        if f'"{name}"' not in ACTIONS and f"action: {name}\n" not in RULES
    ]
    assert [name for name in unused if not any(re.fullmatch(one, name) for one in MADE_UP)] == []


def test_everything_that_actions_say_is_written() -> None:
    said = set(re.findall(r'"(utter_[a-z_/]+[a-z])"', ACTIONS))
    assert said - {"utter_action"} <= set(DOMAIN["responses"])


def test_every_question_of_the_booking_has_its_words_and_its_help() -> None:
    asked = {f"utter_ask_{slot}" for slot in ASKED if f"action_ask_{slot}" not in DOMAIN["actions"]}
    unclear = {f"utter_unclear/{slot.removeprefix('booking_')}" for slot in ASKED}
    assert asked | unclear <= set(DOMAIN["responses"])
    assert {f"action_ask_{slot}" for slot in ASKED} >= {
        name for name in DOMAIN["actions"] if name.startswith("action_ask_")
    }


def test_every_action_of_the_domain_is_served() -> None:
    executor = ActionExecutor()
    executor.register_package("actions")
    assert set(executor.actions) == set(DOMAIN["actions"])


def test_every_quick_reply_is_understood() -> None:
    payloads = [
        button["payload"]
        for variants in RESPONSES.values()
        for variant in variants
        for button in variant.get("buttons", [])
    ]
    labels = {payload.removeprefix("/").partition("{")[0] for payload in payloads}
    assert {label.partition("/")[0] for label in labels} <= set(DOMAIN["intents"])
    assert {f"utter_{label}" for label in labels if "/" in label} <= set(RESPONSES)


def test_every_choice_that_may_be_offered_has_a_title_of_its_own() -> None:
    answers = [name for name in RESPONSES if name.startswith(("utter_faq/", "utter_unanswered/"))]
    choices = {name.partition("/")[2] for name in answers} | {"clinical", "booking", "admin"}
    titles = {name.partition("/")[2] for name in RESPONSES if name.startswith("utter_title/")}
    assert titles == choices | {"something_else"}
    words = [RESPONSES[f"utter_title/{title}"][0]["text"] for title in titles]
    assert len(set(words)) == len(words)


def test_every_intent_has_its_rule() -> None:
    ruled = set(re.findall(r"- intent: (\w+)", RULES))
    assert ruled == set(DOMAIN["intents"])
