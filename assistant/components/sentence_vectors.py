"""Gives every message its sentence vector as a dense Rasa feature."""

from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import SPACY_DOCS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.tokens import Doc

from assistant.encoder import SentenceEncoder, shared_encoder


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class SentenceVectors(DenseFeaturizer, GraphComponent):
    """Adds a (1, 384) sentence feature to each message that has text; no token features."""

    def __init__(self, name: str, config: dict[str, Any], encoder: SentenceEncoder) -> None:
        """Take the encoder that turns text into vectors."""
        super().__init__(name, config)
        self._encoder = encoder

    @classmethod
    def required_components(cls) -> list[type]:
        """Come after a tokenizer, as Rasa asks of every featurizer."""
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Name what is imported beyond Rasa's own requirements."""
        return ["onnxruntime", "tokenizers"]

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Accept any configuration: there is nothing to choose but the alias."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SentenceVectors":
        """Create the component with this process's encoder."""
        assert execution_context.node_name
        return cls(execution_context.node_name, config, shared_encoder())

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Give the training examples their vectors."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Give the messages their vectors."""
        spoken = [message for message in messages if message.get(TEXT)]
        vectors = self._encoder.encode([meant(message) for message in spoken])
        for message, vector in zip(spoken, vectors, strict=True):
            message.add_features(self._feature(vector[np.newaxis, :]))
        return messages

    def _feature(self, vector: npt.NDArray[np.float32]) -> Features:
        return Features(vector, FEATURE_TYPE_SENTENCE, TEXT, self._identifier)


def meant(message: Message) -> str:
    """Return the text with its spelling mended, where the clinic's spaCy pipeline has read it."""
    doc: Doc | None = message.get(SPACY_DOCS[TEXT])
    if doc is None:
        return str(message.get(TEXT))
    return "".join(token.lemma_ + token.whitespace_ for token in doc)
