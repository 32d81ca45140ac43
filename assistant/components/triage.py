"""Looks for red flags as the front desk does, and names the category of what the model found."""

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from assistant.advice import RED_FLAG
from assistant.components.stateless import Stateless
from assistant.labels import EMERGENCY
from clinic.triage import category_of, screen


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=False)
class Triage(Stateless):
    """Turns a message with a red flag into the intent `emergency`, with its category."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Overrule the intent of messages with a red flag; set `red_flag` to its category."""
        for message in messages:
            text = str(message.get(TEXT) or "")
            if flag := screen(text):
                message.set(INTENT, {"name": EMERGENCY, "confidence": 1.0}, add_to_output=True)
                message.set(RED_FLAG, flag.category, add_to_output=True)
            elif (message.get(INTENT) or {}).get("name") == EMERGENCY:
                message.set(RED_FLAG, category_of(text), add_to_output=True)
        return messages
