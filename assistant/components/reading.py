"""The clinic's spaCy pipeline in Rasa, which reads training examples no closer than is needed."""

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.spacy_tokenizer import SpacyTokenizer
from rasa.nlu.utils.spacy_utils import SpacyModel, SpacyNLP
from rasa.shared.nlu.training_data.training_data import TrainingData


@DefaultV1Recipe.register(
    [
        DefaultV1Recipe.ComponentType.MODEL_LOADER,
        DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER,
    ],
    is_trainable=False,
    model_from="ClinicSpacy",
)
class ClinicSpacy(SpacyNLP):
    """Rasa's SpacyNLP, but examples only get their spelling mended: nothing else is learned."""

    def process_training_data(self, training_data: TrainingData, model: SpacyModel) -> TrainingData:
        """Give the examples their documents, without entities and clauses."""
        with model.model.select_pipes(enable=["spelling"]):
            return super().process_training_data(training_data, model)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class Tokens(SpacyTokenizer):
    """Rasa's SpacyTokenizer, but examples get no tokens.

    The featurizers read the documents, and a fingerprint of all tokens after each component took
    a third of the training.
    """

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are."""
        return training_data
