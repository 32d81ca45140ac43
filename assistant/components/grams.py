"""Gives every message its word and letter n-grams as one sparse Rasa feature."""

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import hstack
from sklearn.feature_extraction.text import HashingVectorizer

from assistant.components.sentence_vectors import meant

_COUNTS = {"n_features": 2**18, "alternate_sign": False, "norm": None}


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class Grams(SparseFeaturizer, GraphComponent):
    """Counts n-grams of words and of letters, for the message as a whole.

    Rasa's CountVectorsFeaturizer counts them for every token too, which nothing here reads and
    which took a minute of the training; hashed counts need no vocabulary, so nothing is learned.
    """

    def __init__(self, name: str, config: dict[str, Any]) -> None:
        """Take the settings, see `get_default_config`."""
        super().__init__(name, config)
        self._counters = [
            HashingVectorizer(analyzer=analyzer, ngram_range=tuple(config[kind]), **_COUNTS)
            for kind, analyzer in (("words", "word"), ("letters", "char_wb"))
        ]

    @classmethod
    def required_components(cls) -> list[type]:
        """Come after a tokenizer, as Rasa asks of every featurizer."""
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Name what is imported beyond Rasa's own requirements."""
        return ["scipy", "sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings: how many `words` and `letters` a gram has, at least and at most."""
        return {**SparseFeaturizer.get_default_config(), "words": [1, 2], "letters": [2, 4]}

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
    ) -> "Grams":
        """Create the component."""
        assert execution_context.node_name
        return cls(execution_context.node_name, config)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Give the training examples their n-grams."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Give the messages their n-grams."""
        spoken = [message for message in messages if message.get(TEXT)]
        if spoken:
            texts = [meant(message) for message in spoken]
            counts = hstack([one.transform(texts) for one in self._counters], format="csr")
            for place, message in enumerate(spoken):
                row = Features(counts[place], FEATURE_TYPE_SENTENCE, TEXT, self._identifier)
                message.add_features(row)
        return messages
