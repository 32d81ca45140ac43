"""Gives every message its weighted word and letter n-grams as one sparse Rasa feature."""

from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer

from assistant.components.featurizer import SentenceFeaturizer, meant

Weights = npt.NDArray[np.float32]
_FILE = "weights.npz"


def weights_of(counts: csr_matrix, common: float) -> Weights:
    """Return each gram's weight: the rarer among the examples, the heavier.

    That is 1 + log(examples / examples with it), for a gram that stands in none as if it stood in
    one, and nothing for one in more than the `common` share: "th" says little of what is meant,
    and costs most of the time to compare.
    """
    examples = counts.shape[0]
    seen = np.bincount(counts.indices, minlength=counts.shape[1])
    weights = np.log(examples / np.maximum(seen, 1)) + 1.0
    # Of a few examples no share can be taken.
    weights[seen > max(common * examples, 1)] = 0.0
    return np.asarray(weights, np.float32)


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=True)
class Grams(SentenceFeaturizer, SparseFeaturizer):
    """Counts n-grams of words and of letters, for the message as a whole, and weighs them.

    Rasa's CountVectorsFeaturizer counts them for every token too, which nothing here reads and
    which took a minute of the training; hashed counts need no vocabulary, only their weights.
    """

    def __init__(
        self,
        name: str,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        weights: Weights | None = None,
    ) -> None:
        """Take the settings, see `get_default_config`, and when it is loaded, the weights."""
        super().__init__(name, config)
        self._words, self._letters = (
            CountVectorizer(analyzer=analyzer, ngram_range=tuple(config[kind])).build_analyzer()
            for kind, analyzer in (("words", "word"), ("letters", "char_wb"))
        )
        self._hasher = FeatureHasher(
            2**19, input_type="string", dtype=np.float32, alternate_sign=False
        )
        self._common: float = config["common"]
        self._model_storage = model_storage
        self._resource = resource
        self._weights = weights

    @staticmethod
    def required_packages() -> list[str]:
        """Name what is imported beyond Rasa's own requirements."""
        return ["scipy", "sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings.

        How many `words` and `letters` a gram has, at least and at most; a gram that is more
        `common` than this share of the examples is left out.
        """
        return {
            **SparseFeaturizer.get_default_config(),
            "words": [1, 2],
            "letters": [2, 4],
            "common": 0.1,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "Grams":
        """Create the component without weights."""
        assert execution_context.node_name
        return cls(execution_context.node_name, config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "Grams":
        """Load the component with the weights that were learned."""
        assert execution_context.node_name
        with (
            model_storage.read_from(resource) as folder,
            np.load(folder / _FILE, allow_pickle=False) as kept,
        ):
            weights = kept["weights"]
        return cls(execution_context.node_name, config, model_storage, resource, weights)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn how rare each gram is among the examples."""
        texts = [meant(one) for one in training_data.training_examples if one.get(TEXT)]
        self._weights = weights_of(self._counted(texts), self._common)
        with self._model_storage.write_to(self._resource) as folder:
            np.savez_compressed(folder / _FILE, weights=self._weights)
        return self._resource

    def features_of(self, texts: list[str]) -> csr_matrix:
        """Return the (texts, 2¹⁹) weighted counts."""
        counts = self._counted(texts)
        if self._weights is not None:
            counts.data *= self._weights[counts.indices]
            counts.eliminate_zeros()
        return counts

    def _counted(self, texts: list[str]) -> csr_matrix:
        return self._hasher.transform(self._grams(text) for text in texts)

    def _grams(self, text: str) -> list[str]:
        # A word and the letters of it are two things, so they are told apart.
        return [*self._letters(text), *(f"word {word}" for word in self._words(text))]
