"""Gives every message its word and letter n-grams as one sparse Rasa feature."""

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import HashingVectorizer

from assistant.components.featurizer import SentenceFeaturizer

_COUNTS = {"n_features": 2**18, "alternate_sign": False, "norm": None}


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class Grams(SentenceFeaturizer, SparseFeaturizer):
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

    @staticmethod
    def required_packages() -> list[str]:
        """Name what is imported beyond Rasa's own requirements."""
        return ["scipy", "sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings: how many `words` and `letters` a gram has, at least and at most."""
        return {**SparseFeaturizer.get_default_config(), "words": [1, 2], "letters": [2, 4]}

    def features_of(self, texts: list[str]) -> csr_matrix:
        """Return the (texts, 2 · 2¹⁸) counts."""
        return hstack([counter.transform(texts) for counter in self._counters], format="csr")
