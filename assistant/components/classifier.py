"""The label classifier: what a message asks, in how many parts, and whether that is sure enough."""

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import SPACY_DOCS, TOKENS_NAMES
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, vstack
from threadpoolctl import threadpool_limits

from assistant.components.clauses import ASKS, STRETCH
from assistant.gate import Costs
from assistant.kernel import Features, KernelModel, Shape, Vector
from assistant.labels import CLINICAL, EMERGENCY, FALLBACK, RETRIEVAL, Part, as_rasa, intent_of
from assistant.language import TERMS
from assistant.parts import Reading, Splitting, parts_of

_FILE = "labels.npz"
_WHOLE = (0, 0)


def features_of(messages: Sequence[Message]) -> Features:
    """Stack each message's dense and sparse sentence features, each row scaled to length one."""
    dense, grams = zip(*map(_features, messages), strict=True)
    # A message alone is by far the most frequent case, and stacking takes its time.
    stacked = vstack(grams, format="csr") if len(grams) > 1 else grams[0]
    vectors = np.vstack(dense).astype(np.float32, copy=False)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return Features(vectors / np.where(lengths > 0, lengths, 1.0), _unit(stacked))


def _unit(grams: csr_matrix) -> csr_matrix:
    # Like scikit-learn's normalize, without the checks that take longer than the work itself.
    rows = np.repeat(np.arange(grams.shape[0]), np.diff(grams.indptr))
    squares = np.bincount(rows, weights=np.square(grams.data), minlength=grams.shape[0])
    lengths = np.sqrt(np.where(squares > 0, squares, 1.0)).astype(np.float32)
    scaled = (grams.data / lengths[rows]).astype(np.float32)
    return csr_matrix((scaled, grams.indices, grams.indptr), shape=grams.shape)


def _features(message: Message) -> tuple[Any, csr_matrix]:
    dense = message.get_dense_features(TEXT)[1]
    sparse = message.get_sparse_features(TEXT)[1]
    if dense is None or sparse is None:
        raise InvalidConfigException(
            "LabelClassifier needs a dense and a sparse featurizer before it in the pipeline."
        )
    return dense.features, csr_matrix(sparse.features)


def _says(message: Message) -> bool:
    # Signs alone, like "?" or a lone slash, leave nothing to read; a thumb up says something.
    kinds = (unicodedata.category(sign) for sign in message.get(TEXT))
    return any(kind == "So" or kind[0] in "LN" for kind in kinds)


def _adds(risk: str, parts: Sequence[Part]) -> bool:
    """Whether a risk has to be added to the parts: danger always, an own case to general answers.

    Who books, or asks for a person, reaches staff anyway.
    """
    labels = {part.label for part in parts}
    if risk == EMERGENCY:
        return risk not in labels
    return all(intent_of(label) in RETRIEVAL for label in labels)


def _owns(message: Message) -> bool:
    """Whether a disease or medicine is named: "I'm on warfarin" is a matter of its own."""
    doc = message.get(SPACY_DOCS[TEXT])
    spans = doc.spans[TERMS] if doc is not None and TERMS in doc.spans else []
    return any(span.label_ in ("condition", "medicine") for span in spans)


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class LabelClassifier(IntentClassifier, GraphComponent):
    """Reads a message over all labels at once, FAQ topics and routes alike, whole and in parts."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: KernelModel | None = None,
    ) -> None:
        """Take the settings (see `get_default_config`) and, when it is loaded, the model."""
        self._costs = Costs(**config["costs"])
        self._splitting = Splitting(**config["splitting"])
        self._shape = Shape(config["sharpness"], config["grams"], config["ridge"])
        self._known: float = config["known"]
        self._false_alarms: dict[str, float] = config["false_alarms"]
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
        return ["scipy", "threadpoolctl"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings.

        `sharpness`, `grams` and `ridge` shape the kernel (`assistant.kernel.Shape`); `known` is
        the share of what the model recognises that must still count as known; `false_alarms` for
        `emergency` and `clinical` the share of the examples that are none and may count as one;
        `costs` and `splitting` are those of `assistant.gate.Costs` and `assistant.parts.Splitting`.
        """
        return {
            "sharpness": 2.0,
            "grams": 0.5,
            "ridge": 0.15,
            "known": 0.99,
            "false_alarms": {EMERGENCY: 0.005, CLINICAL: 0.01},
            "costs": {},
            "splitting": {},
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
        """Load a trained classifier from the model.

        From then on the process calculates in one thread: a message is too little to share, and
        threads that wait for their part keep a core busy.
        """
        threadpool_limits(1)
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, KernelModel.read(folder / _FILE))

    def train(self, training_data: TrainingData) -> Resource:
        """Fit to the examples that have text and an intent, and keep the model."""
        examples = [one for one in training_data.intent_examples if one.get(TEXT)]
        labels = [one.get_full_intent() for one in examples]
        self._model = KernelModel.fitted(features_of(examples), labels, self._shape)
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder / _FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, ranking, response selector, topics and parts of each whole message.

        The stretches that `Clauses` put behind a message are taken up and left out.
        """
        groups: list[list[Message]] = []
        for message in messages:
            if message.get(STRETCH) is None:
                groups.append([])
            groups[-1].append(message)
        for whole, *stretches in groups:
            for name, value in self._read(whole, stretches).items():
                whole.set(name, value, add_to_output=True)
        return [group[0] for group in groups]

    def _read(self, whole: Message, stretches: list[Message]) -> dict[str, Any]:
        text = str(whole.get(TEXT))
        if self._model is None or not whole.get(TOKENS_NAMES[TEXT]) or not _says(whole):
            return {**as_rasa([Part(FALLBACK, text, 1.0)], {}), "evidence": 0.0}
        # `rasa shell` writes a tapped answer as "/faq/pain", which Rasa itself cannot read; from
        # the front desk no text begins with a slash.
        tapped = text.removeprefix("/")
        if tapped != text and tapped in self._model.labels:
            return {**as_rasa([Part(tapped, text, 1.0)], {tapped: 1.0}), "evidence": 2.0}
        readings, evidence, alarm = self._readings([whole, *stretches])
        end = max((stretch[1] for stretch in readings), default=0)
        readings[(0, end)] = readings.pop(_WHOLE)
        parts = parts_of(readings, (0, end), self._costs, self._splitting)
        parts += [part for part in alarm if _adds(part.label, parts)]
        return {**as_rasa(parts, readings[(0, end)].probabilities), "evidence": evidence}

    def _readings(
        self, messages: list[Message]
    ) -> tuple[dict[tuple[int, int], Reading], float, list[Part]]:
        """Return each stretch's reading, and of the whole the evidence and the alarm."""
        assert self._model is not None
        judged = self._model.judge(features_of(messages))
        evidence = judged.evidence()
        least = self._model.least_evidence(self._known)
        likely = self._model.probabilities(judged.scores)
        alarm = self._alarm(messages[0], judged.scores[0], likely[0])
        readings = {
            message.get(STRETCH, _WHOLE): Reading(
                text=str(message.get(TEXT)),
                probabilities=dict(zip(self._model.labels, map(float, row), strict=True)),
                known=bool(enough >= least),
                asks=bool(message.get(ASKS)),
                own=_owns(message),
            )
            for message, row, enough in zip(messages, likely, evidence, strict=True)
        }
        return readings, float(evidence[0]), alarm

    def _alarm(self, whole: Message, scores: Vector, likely: Vector) -> list[Part]:
        """Return the risks that the whole message may well be, whatever else is likelier."""
        assert self._model is not None
        found = []
        for label, share in self._false_alarms.items():
            column = self._model.labels.index(label) if label in self._model.labels else None
            if column is not None and scores[column] >= self._model.least_claim(label, share):
                found.append(Part(label, str(whole.get(TEXT)), float(likely[column])))
        return found

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are: nothing after this learns from them."""
        return training_data
