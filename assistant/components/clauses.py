"""Lets every stretch of a message's clauses be read like a message of its own."""

from typing import Final

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.constants import SPACY_DOCS
from rasa.nlu.utils.spacy_utils import SpacyNLP
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.tokens import Doc, Span

from assistant.clauses import CLAUSES, asks
from assistant.components.stateless import Stateless
from assistant.language import TERMS

STRETCH: Final = "stretch"
"""Of a message that is a part of another: the first clause and the one after the last."""
ASKS: Final = "asks"
"""Whether such a part is a question or a request by its form."""
_MOST_WORDS: Final = 60


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class Clauses(Stateless):
    """Puts the stretches of clauses behind each message; `LabelClassifier` takes them up again.

    A message of one clause stays alone. Training examples are never taken apart.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Come after the spaCy pipeline, and before the featurizers."""
        return [SpacyNLP]

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples whole."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Return each message with its stretches behind it."""
        return [one for message in messages for one in (message, *_stretches(message))]


def _stretches(message: Message) -> list[Message]:
    doc: Doc | None = message.get(SPACY_DOCS[TEXT])
    clauses = list(doc.spans[CLAUSES]) if doc is not None and CLAUSES in doc.spans else []
    count = len(clauses)
    # A long message is only read clause by clause, so that the patient need not wait.
    if doc is None or count < 2:
        return []
    longest = count - 1 if len(doc) <= _MOST_WORDS else 1
    stretches = [
        (start, end)
        for start in range(count)
        for end in range(start + 1, min(start + longest, count) + 1)
    ]
    return [_part(clauses[start:end], (start, end)) for start, end in stretches]


def _part(clauses: list[Span], stretch: tuple[int, int]) -> Message:
    doc = clauses[0].doc
    span = doc[clauses[0].start : clauses[-1].end]
    return Message(
        {
            TEXT: span.text,
            SPACY_DOCS[TEXT]: _apart(span),
            STRETCH: stretch,
            ASKS: any(asks(clause) for clause in clauses),
        }
    )


def _apart(span: Span) -> Doc:
    """Return the stretch as a document with the names in it, which spaCy leaves behind."""
    part = span.as_doc()
    terms = span.doc.spans.get(TERMS) or ()
    part.spans[TERMS] = [
        Span(part, term.start - span.start, term.end - span.start, label=term.label)
        for term in terms
        if span.start <= term.start and term.end <= span.end
    ]
    return part
