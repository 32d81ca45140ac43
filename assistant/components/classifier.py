"""The label classifier: one linear model over sentence vectors and n-grams."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from assistant.labels import FALLBACK, Leanings, as_rasa

_FILE = "labels.npz"


class LinearModel(msgspec.Struct, frozen=True):
    """Multinomial logistic regression: (labels, features) weights and (labels,) offsets."""

    labels: list[str]
    weights: npt.NDArray[np.float32]
    offsets: npt.NDArray[np.float32]

    @classmethod
    def fitted(cls, features: csr_matrix, labels: Sequence[str], strength: float) -> "LinearModel":
        """Fit to (examples, features); `strength` is the inverse of the regularisation."""
        model = LogisticRegression(C=strength, class_weight="balanced", max_iter=400)
        model.fit(features, labels)
        if len(model.classes_) < 3:
            raise InvalidConfigException("The training data needs at least three labels.")
        weights, offsets = model.coef_.astype(np.float32), model.intercept_.astype(np.float32)
        return cls([str(label) for label in model.classes_], weights, offsets)

    def probabilities(self, features: csr_matrix) -> npt.NDArray[np.float64]:
        """Return (examples, labels) probabilities for (examples, features)."""
        scores = np.asarray(features @ self.weights.T + self.offsets, dtype=np.float64)
        grown = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(grown / grown.sum(axis=1, keepdims=True))

    def save(self, path: Path) -> None:
        """Write plain arrays; nothing in the file can run when it is read."""
        np.savez(path, labels=np.array(self.labels), weights=self.weights, offsets=self.offsets)

    @classmethod
    def read(cls, path: Path) -> "LinearModel":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            labels = [str(label) for label in arrays["labels"]]
            return cls(labels, arrays["weights"], arrays["offsets"])


def features_of(messages: Sequence[Message]) -> csr_matrix:
    """Stack each message's dense and sparse sentence features, each scaled to length one.

    Returns (messages, features); every message needs both kinds.
    """
    return vstack([_row(message) for message in messages], format="csr")


def _row(message: Message) -> csr_matrix:
    dense = message.get_dense_features(TEXT)[1]
    sparse = message.get_sparse_features(TEXT)[1]
    if dense is None or sparse is None:
        raise InvalidConfigException(
            "LabelClassifier needs a dense and a sparse featurizer before it in the pipeline."
        )
    return hstack([normalize(csr_matrix(part.features)) for part in (dense, sparse)])


def _says(message: Message) -> bool:
    # Signs alone, like "?" or a lone slash, leave nothing to read; a thumb up says something.
    kinds = (unicodedata.category(sign) for sign in message.get(TEXT))
    return any(kind == "So" or kind[0] in "LN" for kind in kinds)


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class LabelClassifier(IntentClassifier, GraphComponent):
    """Classifies a message over all labels at once, FAQ topics and routes alike."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: LinearModel | None = None,
    ) -> None:
        """Take the settings (see `get_default_config`) and, when it is loaded, the model."""
        self._leanings = Leanings(config["prefer"], config["fallback"], config["mention"])
        self._strength: float = config["strength"]
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def required_components(cls) -> list[type]:
        """Come after the featurizers."""
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Name what is imported beyond Rasa's own requirements."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings; `assistant.labels.Leanings` says what they mean."""
        return {
            "strength": 20.0,
            "prefer": {"emergency": 0.25, "clinical": 0.25},
            "fallback": 0.3,
            "mention": 0.25,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "LabelClassifier":
        """Create an untrained classifier."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "LabelClassifier":
        """Load a trained classifier from the model."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, LinearModel.read(folder / _FILE))

    def train(self, training_data: TrainingData) -> Resource:
        """Fit to the examples that have text and an intent, and keep the model."""
        examples = [one for one in training_data.intent_examples if one.get(TEXT)]
        labels = [one.get_full_intent() for one in examples]
        self._model = LinearModel.fitted(features_of(examples), labels, self._strength)
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder / _FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, ranking, response selector and topics of each message."""
        for message in messages:
            for name, value in self._read(message).items():
                message.set(name, value, add_to_output=True)
        return messages

    def _read(self, message: Message) -> dict[str, Any]:
        if self._model is None or not message.get(TOKENS_NAMES[TEXT]) or not _says(message):
            return {"intent": {"name": FALLBACK, "confidence": 1.0}}
        # `rasa shell` writes a tapped answer as "/faq/pain", which Rasa itself cannot read; from
        # the front desk no text begins with a slash.
        tapped = str(message.get(TEXT)).removeprefix("/")
        if tapped != message.get(TEXT) and tapped in self._model.labels:
            by_label = {label: float(label == tapped) for label in self._model.labels}
        else:
            (row,) = self._model.probabilities(features_of([message]))
            by_label = dict(zip(self._model.labels, map(float, row), strict=True))
        return as_rasa(by_label, self._leanings)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are: nothing after this learns from them."""
        return training_data
