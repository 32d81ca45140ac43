"""Takes what the clinic's spaCy pipeline has named, by its canonical names."""

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.constants import SPACY_DOCS
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.utils.spacy_utils import SpacyNLP
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.tokens import Doc
from spacy.util import filter_spans

from assistant.components.stateless import Stateless
from assistant.language import TERMS

LABELS = ("area", "side", "condition", "medicine", "treatment")


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=False)
class ClinicEntities(Stateless, EntityExtractorMixin):
    """Like Rasa's SpacyEntityExtractor, but the value is the ruler's id: `knee` for "kneecap"."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Come after the spaCy pipeline."""
        return [SpacyNLP]

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message."""
        for message in messages:
            doc = message.get(SPACY_DOCS[TEXT])
            found = self.add_extractor_name(_entities(doc)) if doc is not None else []
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages


def _entities(doc: Doc) -> list[dict[str, Any]]:
    terms = filter_spans(doc.spans[TERMS]) if TERMS in doc.spans else []
    return [
        {
            "entity": span.label_,
            "value": span.id_ or span.ent_id_,
            "start": span.start_char,
            "end": span.end_char,
        }
        for span in (*doc.ents, *terms)
        if span.label_ in LABELS
    ]
