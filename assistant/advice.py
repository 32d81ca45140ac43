"""Emergency advice as the events of a turn, made in the assistant's own process.

`action_emergency` says the same in `rasa shell`; with the front desk's channel nothing that could
hang stands between a danger and its advice: no form, no rule, no action server.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import msgspec
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUttered

from clinic.contract import Emergency
from clinic.settings import Clinic, load_clinic
from clinic.triage import ANY, advice, language_of

ACTION: Final = "action_emergency"
RED_FLAG: Final = "red_flag"


@cache
def _clinic() -> Clinic:
    return load_clinic()


def words_of(said: UserUttered) -> str:
    """Return the patient's own words, also where Rasa reads them without command marks."""
    return str((said.metadata or {}).get("text") or said.text)


def events(said: UserUttered) -> list[Event]:
    """Return what happens in the turn of a message that tells of an emergency."""
    parsed: Mapping[str, Any] = said.parse_data or {}
    category = str(parsed.get(RED_FLAG) or ANY)
    words = advice(category, _clinic().emergency_number, language_of(words_of(said)))
    effect = msgspec.to_builtins(Emergency(category=category))
    return [
        ActionExecuted(ACTION),
        BotUttered(words),
        BotUttered(data={"custom": {"effect": effect}}),
        ActionExecuted(ACTION_LISTEN_NAME),
    ]
