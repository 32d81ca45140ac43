"""Looks for red flags with the clinic's reviewed rules, after everything else has been read."""

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from assistant.components.stateless import Stateless
from assistant.labels import EMERGENCY
from clinic.triage import screen

RED_FLAG = "red_flag"


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=False)
class Triage(Stateless):
    """Turns a message with a red flag into the intent `emergency`, with its category."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Overrule the intent of messages with a red flag; set `red_flag` to its category."""
        for message in messages:
            if flag := screen(message.get(TEXT) or ""):
                message.set(INTENT, {"name": EMERGENCY, "confidence": 1.0}, add_to_output=True)
                message.set(RED_FLAG, flag.category, add_to_output=True)
        return messages
