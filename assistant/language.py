"""The clinic's own spaCy pipeline: `python -m assistant.language` writes it to `models/language`.

English tokens and an entity ruler for parts of the body and sides (`clinic/areas.yml`); nothing
is downloaded. Rasa's `SpacyNLP` loads it by its path, so it is made at install and by
`make train`.
"""

import argparse
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.pipeline import EntityRuler

from clinic.areas import Areas, load_areas

Pattern = dict[str, str | list[dict[str, Any]]]

FOLDER = Path("models/language")


def build(areas: Areas) -> Language:
    """Return the pipeline: `doc.ents` labelled `area` or `side`, canonical name in `ent_id_`."""
    language = spacy.blank("en")
    language.meta.update(name="preconsult", version="0.1.0")
    ruler = language.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    assert isinstance(ruler, EntityRuler)
    ruler.add_patterns(_patterns(areas))
    return language


def _patterns(areas: Areas) -> list[Pattern]:
    # The longer match wins, so "call me back" hides the "back" in it.
    return [
        *(_pattern("area", name, word) for name, words in areas.parts.items() for word in words),
        *(_pattern("side", name, word) for name, words in areas.sides.items() for word in words),
        *(_pattern("not_area", "", word) for word in areas.not_areas),
    ]


def _pattern(label: str, name: str, word: str) -> Pattern:
    return {"label": label, "pattern": word, "id": name}


def main() -> None:
    """Write the pipeline."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    folder = parser.parse_args().folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    build(load_areas()).to_disk(folder)


if __name__ == "__main__":
    main()
