"""The graph components, each on its own."""

from pathlib import Path

import numpy as np
import pytest
import spacy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.constants import SPACY_DOCS, TOKENS_NAMES
from rasa.nlu.utils.spacy_utils import SpacyModel
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from assistant.clauses import CLAUSES
from assistant.components import classifier
from assistant.components.classifier import LabelClassifier
from assistant.components.clauses import ASKS, STRETCH, Clauses
from assistant.components.entities import ClinicEntities
from assistant.components.grams import Grams, weights_of
from assistant.components.reading import ClinicSpacy, Tokens
from assistant.components.sentence_vectors import SentenceVectors
from assistant.components.triage import Triage
from assistant.encoder import DIMENSION, SentenceEncoder, shared_encoder
from assistant.language import TERMS, build
from clinic.areas import find_area, load_areas
from clinic.terms import load_terms

CONTEXT = ExecutionContext(GraphSchema({}), node_name="node")
RESOURCE = Resource("labels")


@pytest.fixture
def storage(tmp_path: Path) -> LocalModelStorage:
    """An empty place for what a component keeps."""
    return LocalModelStorage(tmp_path)


class TestSentenceVectors:
    def test_likeness_follows_meaning(self) -> None:
        painful, hurts, weather = SentenceEncoder().encode(
            ["is it painful?", "does it hurt?", "what is the weather today?"]
        )
        assert painful @ hurts > 0.6
        assert painful @ weather < 0.3

    def test_vectors_have_length_one_and_do_not_depend_on_company(self) -> None:
        alone = shared_encoder().encode(["does it hurt?"])
        among = shared_encoder().encode(["how many sessions does a knee need", "does it hurt?"])
        assert among.shape == (2, DIMENSION)
        assert np.allclose(np.linalg.norm(among, axis=1), 1, atol=1e-4)
        assert np.array_equal(alone[0], among[1])

    @pytest.mark.parametrize("text", ["", "👍", "word " * 2_000, "\u200b", "Привет"])
    def test_any_text_gets_a_vector(self, text: str) -> None:
        assert np.isfinite(shared_encoder().encode([text])).all()

    def test_of_an_endless_text_the_end_is_read_too(self) -> None:
        story = "my grandfather kept bees behind the barn " * 60
        told, asked, question = shared_encoder().encode(
            [story, story + "does the injection hurt", "does the injection hurt"]
        )
        assert asked @ question > told @ question + 0.1

    def test_only_messages_with_text_get_a_feature(self, storage: LocalModelStorage) -> None:
        config = SentenceVectors.get_default_config()
        component = SentenceVectors.create(config, storage, RESOURCE, CONTEXT)
        spoken, silent = component.process([Message({TEXT: "hello"}), Message({"intent": "x"})])
        feature = spoken.get_dense_features(TEXT)[1]
        assert feature is not None
        assert feature.features.shape == (1, DIMENSION)
        assert silent.get_dense_features(TEXT)[1] is None


class TestGrams:
    def counted(self, storage: LocalModelStorage, *texts: str) -> list[csr_matrix]:
        component = Grams.create(Grams.get_default_config(), storage, RESOURCE, CONTEXT)
        rows = [one.get_sparse_features(TEXT)[1] for one in component.process(messages(*texts))]
        return [csr_matrix(row.features) for row in rows if row is not None]

    def test_alike_words_and_alike_letters_count_alike(self, storage: LocalModelStorage) -> None:
        knees, knee, cost = self.counted(storage, "bad knees", "a bad knee", "what it costs")
        assert (knees @ knee.T)[0, 0] > (knees @ cost.T)[0, 0]

    def test_what_is_rare_weighs_more_and_what_is_everywhere_nothing(self) -> None:
        counts = csr_matrix([[1, 1, 0], [1, 0, 0], [1, 1, 0], [1, 0, 0]], dtype=np.float32)
        everywhere, often, never = weights_of(counts, common=0.5)
        assert everywhere == 0.0
        assert often == pytest.approx(1 + np.log(2))
        assert never == pytest.approx(1 + np.log(4))

    def test_the_weights_are_learned_and_kept(self, storage: LocalModelStorage) -> None:
        config = Grams.get_default_config()
        data = TrainingData(messages("is it sore", "is it safe", "is it sugar", "how long"))
        Grams.create(config, storage, RESOURCE, CONTEXT).train(data)
        kept = Grams.load(config, storage, RESOURCE, CONTEXT)
        learned, new = (kept.features_of([text]).max() for text in ("sore", "weather"))
        assert learned == new == pytest.approx(1 + np.log(4))
        assert kept.features_of(["is"]).nnz == 0

    def test_company_changes_nothing(self, storage: LocalModelStorage) -> None:
        (alone,) = self.counted(storage, "does it hurt")
        _, among = self.counted(storage, "what is it", "does it hurt")
        assert (alone != among).nnz == 0

    def test_a_message_without_text_gets_none(self, storage: LocalModelStorage) -> None:
        assert self.counted(storage) == []
        component = Grams.create(Grams.get_default_config(), storage, RESOURCE, CONTEXT)
        (silent,) = component.process([Message({"intent": "x"})])
        assert silent.get_sparse_features(TEXT)[1] is None


def messages(*texts: str) -> list[Message]:
    return [Message({TEXT: text}) for text in texts]


def test_grams_are_scaled_to_length_one_and_none_stay_none() -> None:
    scaled = classifier._unit(csr_matrix([[3, 4, 0], [0, 0, 0]], dtype=np.float32))
    assert scaled.toarray() == pytest.approx(np.array([[0.6, 0.8, 0.0], [0.0, 0.0, 0.0]]))


class TestReading:
    def test_examples_only_get_their_spelling_mended(self) -> None:
        language = build(load_areas(), load_terms(), ["how many sessions do people need"] * 4)
        data = TrainingData(messages("how many sesions for a knee, and does it hurt"))
        model = SpacyModel(language, "clinic")
        component = ClinicSpacy(model, ClinicSpacy.get_default_config())
        component.process_training_data(data, model)
        read = data.training_examples[0].get(SPACY_DOCS[TEXT])
        assert read[2].lemma_ == "sessions"
        assert not read.ents
        assert CLAUSES not in read.spans
        assert language("does it hurt, and for a knee?").ents

    def test_examples_get_no_tokens_and_messages_do(self) -> None:
        tokens = Tokens(Tokens.get_default_config())
        doc = build(load_areas(), load_terms())("does it hurt")
        learned, asked = (Message({TEXT: doc.text, SPACY_DOCS[TEXT]: doc}) for _ in range(2))
        tokens.process_training_data(TrainingData([learned]))
        tokens.process([asked])
        assert learned.get(TOKENS_NAMES[TEXT]) is None
        assert [token.text for token in asked.get(TOKENS_NAMES[TEXT])] == ["does", "it", "hurt"]

    def test_a_feature_s_fingerprint_follows_its_values(self, storage: LocalModelStorage) -> None:
        def prints(*texts: str) -> list[str]:
            component = Grams.create(Grams.get_default_config(), storage, RESOURCE, CONTEXT)
            return [one.features[0].fingerprint() for one in component.process(messages(*texts))]

        same, again, other = prints("does it hurt", "does it hurt", "does it work")
        assert same == again != other


class TestClinicEntities:
    def test_the_value_is_the_canonical_name(self, storage: LocalModelStorage) -> None:
        text = "My LEFT kneecap, please call me back"
        message = Message({TEXT: text, SPACY_DOCS[TEXT]: build(load_areas(), load_terms())(text)})
        (read,) = ClinicEntities.create({}, storage, RESOURCE, CONTEXT).process([message])
        found = {entity["entity"]: entity["value"] for entity in read.get("entities")}
        assert found == {"side": "left", "area": "knee"}

    def test_diseases_and_medicines_are_named_beside_the_part(
        self, storage: LocalModelStorage
    ) -> None:
        text = "torn meniscus, on coumadin"
        message = Message({TEXT: text, SPACY_DOCS[TEXT]: build(load_areas(), load_terms())(text)})
        (read,) = ClinicEntities.create({}, storage, RESOURCE, CONTEXT).process([message])
        found = {(entity["entity"], entity["value"]) for entity in read.get("entities")}
        assert found == {
            ("area", "knee"),
            ("condition", "meniscus tear"),
            ("medicine", "warfarin"),
        }

    def test_the_pipeline_and_the_form_read_every_word_alike(self) -> None:
        language = build(load_areas(), load_terms())
        for part, words in load_areas().parts.items():
            for word in words:
                text = f"it is my {word}"
                named = [span.ent_id_ for span in language(text).ents if span.label_ == "area"]
                area = find_area(text)
                assert (named, area.part if area else None) == ([part], part), word

    def test_the_saved_pipeline_can_be_loaded(self, tmp_path: Path) -> None:
        build(load_areas(), load_terms()).to_disk(tmp_path / "language")
        doc = spacy.load(tmp_path / "language")("golfer's elbow")
        assert [span.ent_id_ for span in doc.ents] == ["elbow"]


class TestTriage:
    def test_a_red_flag_overrules_the_intent(self, storage: LocalModelStorage) -> None:
        message = Message({TEXT: "my throat is closing up", "intent": {"name": "faq"}})
        (read,) = Triage.create({}, storage, RESOURCE, CONTEXT).process([message])
        assert read.get("intent") == {"name": "emergency", "confidence": 1.0}
        assert read.get("red_flag") == "anaphylaxis"
        assert "red_flag" in read.as_dict(only_output_properties=True)

    def test_anything_else_stays(self, storage: LocalModelStorage) -> None:
        message = Message({TEXT: "does it hurt?", "intent": {"name": "faq"}})
        (read,) = Triage.create({}, storage, RESOURCE, CONTEXT).process([message])
        assert read.get("intent") == {"name": "faq"}


class TestClauses:
    def read(self, text: str) -> list[Message]:
        message = Message({TEXT: text, SPACY_DOCS[TEXT]: build(load_areas(), load_terms())(text)})
        return Clauses().process([message])

    def test_every_stretch_of_clauses_follows_its_message(self) -> None:
        whole, *stretches = self.read("cost? parking? does it hurt?")
        assert whole.get(TEXT) == "cost? parking? does it hurt?"
        assert {one.get(STRETCH): one.get(TEXT) for one in stretches} == {
            (0, 1): "cost?",
            (0, 2): "cost? parking?",
            (1, 2): "parking?",
            (1, 3): "parking? does it hurt?",
            (2, 3): "does it hurt?",
        }

    def test_one_clause_stays_alone(self) -> None:
        assert len(self.read("does it hurt")) == 1

    def test_a_long_message_is_read_clause_by_clause(self) -> None:
        _, *stretches = self.read("well " * 60 + "cost? parking? does it hurt?")
        assert [one.get(STRETCH) for one in stretches] == [(0, 1), (1, 2), (2, 3)]

    def test_a_stretch_keeps_the_names_in_it(self) -> None:
        _, *stretches = self.read("does it hurt? im on coumadin")
        named = [one.get(SPACY_DOCS[TEXT]).spans[TERMS] for one in stretches]
        assert [[term.label_ for term in terms] for terms in named] == [[], ["medicine"]]

    def test_an_endless_message_is_read_as_a_whole(self) -> None:
        assert len(self.read("well " * 2_000 + "cost? parking?")) == 1


EXAMPLES = {
    "faq/pain": ["does it hurt", "is it painful", "will it hurt much", "how bad is the pain"],
    "faq/what_is": [
        "what is prolotherapy",
        "explain the treatment",
        "what does it mean",
        "so what is it",
    ],
    "human": ["talk to a person", "a human please", "let me speak to someone", "get me a person"],
}


def featurized(text: str, label: str | None = None) -> Message:
    message = Message({TEXT: text, TOKENS_NAMES[TEXT]: text.split()})
    if label:
        message.set("intent", label.partition("/")[0])
        message.set("intent_response_key", label if "/" in label else None)
    words = csr_matrix(np.array([[float(word in text) for word in ("hurt", "what", "talk")]]))
    for feature in (shared_encoder().encode([text]), words):
        message.add_features(Features(feature, FEATURE_TYPE_SENTENCE, TEXT, "test"))
    return message


class TestLabelClassifier:
    def trained(self, storage: LocalModelStorage) -> LabelClassifier:
        config = LabelClassifier.get_default_config()
        component = LabelClassifier.create(config, storage, RESOURCE, CONTEXT)
        examples = [featurized(text, label) for label, texts in EXAMPLES.items() for text in texts]
        component.train(TrainingData(examples))
        return component

    def test_it_learns_topics_and_routes_together(self, storage: LocalModelStorage) -> None:
        component = self.trained(storage)
        (pain,) = component.process([featurized("is it going to hurt")])
        assert pain.get("intent")["name"] == "faq"
        selected = pain.get("response_selector")["faq"]["response"]
        assert selected["intent_response_key"] == "faq/pain"
        assert [part["label"] for part in pain.get("parts")] == ["faq/pain"]
        (person,) = component.process([featurized("let me talk to a person")])
        assert person.get("intent")["name"] == "human"

    def test_the_stretches_of_a_message_become_its_parts(self, storage: LocalModelStorage) -> None:
        whole = featurized("does it hurt and let me talk to a person")
        first, second = featurized("does it hurt"), featurized("let me talk to a person")
        for stretch, message in (((0, 1), first), ((1, 2), second)):
            message.set(STRETCH, stretch)
            message.set(ASKS, True)
        read = self.trained(storage).process([whole, first, second, featurized("what is it")])
        assert len(read) == 2
        assert [part["label"] for part in read[0].get("parts")] == ["faq/pain", "human"]
        assert read[0].get("intent")["name"] == "human"
        assert [topic["name"] for topic in read[0].get("topics")] == ["faq/pain", "human"]

    @pytest.mark.parametrize("text", ["", "?", "...", "\u200b"])
    def test_what_says_nothing_is_not_understood(
        self, storage: LocalModelStorage, text: str
    ) -> None:
        (read,) = self.trained(storage).process([featurized(text)])
        assert read.get("intent") == {"name": "nlu_fallback", "confidence": 1.0}

    def test_what_was_kept_says_the_same(self, storage: LocalModelStorage) -> None:
        config = LabelClassifier.get_default_config()
        trained = self.trained(storage)
        loaded = LabelClassifier.load(config, storage, RESOURCE, CONTEXT)
        (before,) = trained.process([featurized("does it hurt a lot")])
        (after,) = loaded.process([featurized("does it hurt a lot")])
        assert before.get("intent_ranking") == after.get("intent_ranking")
        assert before.get("evidence") == after.get("evidence")
