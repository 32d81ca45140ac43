"""The clinic's own spaCy pipeline: `python -m assistant.language` writes it to `models/language`.

English tokens, mended spelling, rulers for what `clinic/areas.yml` and `clinic/terms.yml` name, and
clauses; nothing is downloaded. Rasa's `SpacyNLP` loads it by its path, so it is made at install and
by `make train`.
"""

import argparse
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import spacy
from spacy.language import Language
from spacy.pipeline import EntityRuler, SpanRuler

from assistant import clauses, spelling
from clinic.areas import Areas, load_areas
from clinic.terms import Terms, load_terms

Pattern = dict[str, str | list[dict[str, Any]]]

FOLDER: Final = Path("models/language")
DATA: Final = Path("data")
TERMS: Final = "terms"
_ENCODER: Final = Path(__file__).parent / "encoder" / "tokenizer.json"
_EXAMPLE: Final = re.compile(r"^ {6}- (.+)$", re.MULTILINE)
_OFTEN: Final = 4
"""A word that stands so often in the examples is no slip, and slips are mended to it."""


def build(areas: Areas, terms: Terms, examples: Iterable[str] = ()) -> Language:
    """Return the pipeline; `examples` are what patients write, so that its words count as right.

    `token.lemma_` is the word that was meant, in lower case. `doc.ents` are labelled `area` or
    `side`, and `doc.spans["terms"]` `condition`, `medicine` or `treatment` ("torn meniscus" is
    both), each with its canonical name; `doc.spans["clauses"]` are the clauses.
    """
    language = spacy.blank("en")
    language.meta.update(name="preconsult", version="0.1.0")
    places = _patterns({"area": areas.parts, "side": areas.sides})
    places += [_pattern("not_area", "", word) for word in areas.not_areas]
    named = _patterns(msgspec.to_builtins(terms))
    mend = language.add_pipe("spelling")
    assert isinstance(mend, spelling.Spelling)
    mend.learn(*_words(list(examples), places + named))
    ruler = language.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LEMMA"})
    assert isinstance(ruler, EntityRuler)
    ruler.add_patterns(places)
    span_ruler = language.add_pipe(
        "span_ruler", config={"spans_key": TERMS, "phrase_matcher_attr": "LEMMA"}
    )
    assert isinstance(span_ruler, SpanRuler)
    span_ruler.add_patterns(named)
    language.add_pipe(clauses.NAME)
    return language


def _patterns(names: Mapping[str, Mapping[Any, Sequence[str]]]) -> list[Pattern]:
    # Of places, the longer match wins, so "call me back" hides the "back" in it.
    return [
        _pattern(label.removesuffix("s"), name, word)
        for label, lines in names.items()
        for name, words in lines.items()
        for word in words
    ]


def _pattern(label: str, name: str, word: str) -> Pattern:
    return {"label": label, "pattern": word, "id": name}


def _words(examples: list[str], patterns: list[Pattern]) -> tuple[set[str], list[str]]:
    """Return the words that are right, and those that slips are mended to."""
    named = [word for one in patterns for word in str(one["pattern"]).lower().split()]
    vocabulary = json.loads(_ENCODER.read_text(encoding="utf-8"))["model"]["vocab"]
    right = {*vocabulary, *named, *spelling.word_list()}
    often = spelling.by_frequency(examples, _OFTEN)
    return right, [*named, *spelling.without_slips(often, right)]


def examples(folder: Path) -> list[str]:
    """Return the examples of the training data in `folder`."""
    files = sorted(folder.glob("*.yml"))
    return [text for file in files for text in _EXAMPLE.findall(file.read_text(encoding="utf-8"))]


def main() -> None:
    """Write the pipeline."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the training data")
    options = parser.parse_args()
    options.folder.parent.mkdir(parents=True, exist_ok=True)
    build(load_areas(), load_terms(), examples(options.data)).to_disk(options.folder)


if __name__ == "__main__":
    main()
