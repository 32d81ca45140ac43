"""Gives every message its sentence vector as a dense Rasa feature."""

from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer

from assistant.components.featurizer import SentenceFeaturizer
from assistant.encoder import shared_encoder


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class SentenceVectors(SentenceFeaturizer, DenseFeaturizer):
    """Adds a (1, 384) sentence feature to each message that has text; no token features."""

    def __init__(self, name: str, config: dict[str, Any]) -> None:
        """Take this process's encoder."""
        super().__init__(name, config)
        self._encoder = shared_encoder()

    @staticmethod
    def required_packages() -> list[str]:
        """Name what is imported beyond Rasa's own requirements."""
        return ["onnxruntime", "tokenizers"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return Rasa's own settings of a dense featurizer: there is nothing else to choose."""
        return DenseFeaturizer.get_default_config()

    def features_of(self, texts: list[str]) -> npt.NDArray[np.float32]:
        """Return the (texts, 384) vectors."""
        return self._encoder.encode(texts)
