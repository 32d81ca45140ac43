"""What our featurizers share: they give each message one sentence feature."""

import hashlib
from abc import abstractmethod
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import SPACY_DOCS
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix
from spacy.tokens import Doc


class SentenceFeature(Features):
    """Rasa's Features, with a fingerprint that is quick to take of many n-grams."""

    def fingerprint(self) -> str:
        """Return a fingerprint of the values; the feature never changes."""
        if self._cached_fingerprint is None:
            row = self.features
            parts = [row] if isinstance(row, np.ndarray) else [row.data, row.indices]
            digest = hashlib.blake2b(f"{self.origin} {self.attribute}".encode(), digest_size=16)
            for part in parts:
                digest.update(part.tobytes())
            self._cached_fingerprint = digest.hexdigest()
        return self._cached_fingerprint


class SentenceFeaturizer(GraphComponent):
    """The half of a Rasa featurizer that treats training examples like any message."""

    _identifier: str

    def __init__(self, name: str, config: dict[str, Any]) -> None:
        """Take the name in the graph and the settings, for Rasa's half."""
        super().__init__(name, config)  # type: ignore[call-arg]

    @classmethod
    def required_components(cls) -> list[type]:
        """Come after a tokenizer, as Rasa asks of every featurizer."""
        return [Tokenizer]

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Accept any configuration: numbers that make no sense are refused when they are used."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Self:
        """Create the component under its name in the graph."""
        assert execution_context.node_name
        return cls(execution_context.node_name, config)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Give the training examples their features."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Give each message that has text its feature."""
        spoken = [message for message in messages if message.get(TEXT)]
        if spoken:
            rows = self.features_of([meant(message) for message in spoken])
            for place, message in enumerate(spoken):
                # Cutting one row out of one takes longer than finding the grams in it.
                row = rows[place : place + 1] if len(spoken) > 1 else rows
                feature = SentenceFeature(row, FEATURE_TYPE_SENTENCE, TEXT, self._identifier)
                message.add_features(feature)
        return messages

    @abstractmethod
    def features_of(self, texts: list[str]) -> npt.NDArray[np.float32] | csr_matrix:
        """Return the (texts, features) matrix, dense or sparse."""


def meant(message: Message) -> str:
    """Return the text with its spelling mended, where the clinic's spaCy pipeline has read it."""
    doc: Doc | None = message.get(SPACY_DOCS[TEXT])
    if doc is None:
        return str(message.get(TEXT))
    return "".join(token.lemma_ + token.whitespace_ for token in doc)
