"""What a text message may hold: plain signs, few of them, and no word that carriers act upon."""

import re
from pathlib import Path

import pytest
import yaml

from tests.assistant.test_domain import RESPONSES

ROOT = Path(__file__).parents[2]
# Opt-out, opt-in and help words of the carriers and of Twilio; a bare one never reaches us.
KEYWORDS = frozenset(
    ("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "opt-out", "revoke",
     "start", "yes", "unstop", "help", "info", "alto", "parar", "cancelar", "ayuda")
)  # fmt: skip
# The basic table of GSM 03.38; what is not in it makes a message more than twice as long.
PLAIN = frozenset(
    "@\u00a3$\u00a5\u00e8\u00e9\u00f9\u00ec\u00f2\u00c7\n\u00d8\u00f8\u00c5\u00e5\u00c6\u00e6\u00df"
    "\u00c9 !\"#%&'()*+,-./0123456789:;<=>?\u00a1ABCDEFGHIJKLMNOPQRSTUVWXYZ\u00c4\u00d6\u00d1\u00dc"
    "\u00a7\u00bfabcdefghijklmnopqrstuvwxyz\u00e4\u00f6\u00f1\u00fc\u00e0_{}"
)
TWO_PARTS = 2 * 153


def wordings() -> list[str]:
    """Return the clinic's wordings of the front desk."""
    written = yaml.safe_load((ROOT / "clinic.yml").read_text(encoding="utf-8"))
    return list(written["wording"].values())


TEXTS = [
    (name, str(variant["text"])) for name, variants in RESPONSES.items() for variant in variants
]


@pytest.mark.parametrize(("name", "text"), TEXTS)
def test_every_sign_is_plain(name: str, text: str) -> None:
    assert set(text) <= PLAIN, (name, set(text) - PLAIN)


def test_no_choice_and_no_quoted_word_is_a_keyword_of_the_carriers() -> None:
    titles = [
        button["title"]
        for variants in RESPONSES.values()
        for variant in variants
        for button in variant.get("buttons", [])
    ]
    everything = [text for _, text in TEXTS] + wordings()
    quoted = [word for text in everything for word in re.findall(r'"([^"]+)"', text)]
    offered = {word.strip(" .!").casefold() for word in [*titles, *quoted]}
    assert offered & KEYWORDS == set()


def test_no_template_tells_to_reply_with_a_keyword() -> None:
    told = re.compile(r"\b(?:reply|text|write|send|answer|type)\s+(?:with\s+)?(\w+)", re.IGNORECASE)
    words = {word.casefold() for _, text in TEXTS for word in told.findall(text)}
    assert words & KEYWORDS == set()


def test_what_the_assistant_asks_and_says_around_its_answers_fits_two_parts() -> None:
    apart = ("utter_faq/", "utter_unanswered/")
    long = {name for name, text in TEXTS if len(text) > TWO_PARTS and not name.startswith(apart)}
    assert long == set()
