"""What a patient says in the middle of the booking that is no answer to it."""

import re
from typing import Final

from actions.parts import intent_of, parts_of
from actions.turn import Turn, clinic
from clinic.booking import answers
from clinic.booking.draft import ASKED
from clinic.booking.facts import Facts, read
from clinic.booking.names import introduces
from clinic.booking.words import first_names
from clinic.wordlists import plain

FORM: Final = "booking_form"
_QUESTIONS: Final = frozenset({"faq", "unanswered", "clinical", "human", "admin"})
_DIGRESSIONS: Final = _QUESTIONS | {"emergency", "smalltalk", "cancel_form", "pass_on"}
# What a wish for a visit may be told as, without a question.
_TELLING: Final = frozenset(
    {"clinical", "booking", "inform", "smalltalk", "nlu_fallback", "follow_up", "affirm"}
)
# Only as questions: else "how long" and "lower back" are as likely an answer.
_VAGUE: Final = frozenset({"clarify", "follow_up", "out_of_scope"})
_NO_FACTS_IN: Final = frozenset({"faq", "unanswered", "admin", "human", "clarify", "out_of_scope"})
# "Could you change it to Wednesday?" asks of these, and says a fact.
_REQUESTS: Final = frozenset({"admin", "human", "out_of_scope"})
_SENTENCES: Final = re.compile(r"[^.;!?]+[.;!?]*")
_SURE: Final = 0.5
_FEW: Final = 2


def own_words(turn: Turn) -> str:
    """Return the message without the questions in it, which name no facts of a booking."""
    text = turn.text
    parts = parts_of(turn.message)
    if len(parts) == 1 and not answers.asks(text):
        return text
    for one in turn.message.get("parts") or []:
        if _is_question(one):
            for asked in _asking(str(one["text"])):
                place = plain(text).find(plain(asked))
                if place >= 0:
                    text = text[:place] + " ; " + text[place + len(asked) :]
    return text


def _asking(part: str) -> list[str]:
    """Return the sentences that ask; of "my right shoulder. does it hurt?" the second."""
    sentences = [one.strip() for one in _SENTENCES.findall(part) if one.strip()]
    return [one for one in sentences if answers.asks(one)] or [part]


def _is_question(part: dict[str, object]) -> bool:
    text, label = str(part.get("text") or ""), intent_of(str(part["label"]))
    request = label in _REQUESTS and answers.corrects(text)
    return label in _NO_FACTS_IN and answers.asks(text) and not request


def asks_instead(turn: Turn, asked: str) -> bool:
    """Whether the message is no answer at all, so that the rules should see to it."""
    if not any(sign.isalpha() for sign in turn.text) and turn.intent != "emergency":
        return False
    facts = read(own_words(turn), ASKED[asked], turn.now, clinic())
    if turn.intent == "emergency" and _is_sure(turn):
        return True
    if _is_answer(turn, asked, facts):
        return False
    meant = _DIGRESSIONS | _VAGUE if answers.asks(turn.text) else _DIGRESSIONS
    return turn.intent in meant and not _may_be_answer(turn, asked)


def _is_answer(turn: Turn, asked: str, facts: Facts) -> bool:
    if asked in ("booking_name", "booking_patient_name", "booking_guardian"):
        others = set(facts.fields) - {"name"}
        return bool(others) or (bool(facts.name) and _is_named(turn, facts))
    return bool(facts.fields or facts.problems or facts.short_phone or facts.odd_email)


def _is_named(turn: Turn, facts: Facts) -> bool:
    # Anything can look like a name. What the model is sure to be something else is none, unless it
    # is introduced, begins with a first name, or is written like a full name and nothing more.
    words = str(facts.name).split()
    known = plain(words[0]).strip(".") in first_names()
    written = len(words) > 1 and not facts.rest and str(facts.name) in turn.text
    if introduces(turn.text) or ((known or written) and not answers.asks(turn.text)):
        return True
    return not (turn.intent in _DIGRESSIONS and _is_sure(turn)) and not answers.asks(turn.text)


def _may_be_answer(turn: Turn, asked: str) -> bool:
    text = turn.text
    if asked == "booking_reason":
        return not answers.asks(text)
    yes_no = asked in ("booking_confirm", "booking_another", "booking_age", "booking_patient")
    if asked == "booking_confirm" and answers.agrees(text):
        return True
    if yes_no and (answers.parse_yes_no(text) is not None or answers.refuses_contact(text)):
        return True
    refused = answers.refuses(text) or answers.skips(text) or answers.asks_why(text)
    change = answers.parse_change(text) and answers.corrects(text) and not answers.asks(text)
    guessed = turn.intent == "cancel_form" or (turn.intent == "smalltalk" and not _is_sure(turn))
    return bool(refused or change) or (guessed and not answers.asks(text))


def asks_beside(turn: Turn, facts: Facts) -> bool:
    """Whether beside an answer something is asked that has to be seen to."""
    if turn.tapped or own_words(turn) != turn.text:
        return not turn.tapped
    labels = {intent_of(part.label) for part in parts_of(turn.message)} & _QUESTIONS
    if not labels or len(facts.rest.split()) < _FEW:
        return False
    emphatic = answers.holds_question(turn.text)
    own_case = "clinical" in labels and (turn.names_own_case(facts.name) or emphatic)
    person = "human" in labels and answers.asks_for_person(turn.text)
    corrects = facts.fields and answers.corrects(turn.text)
    return own_case or person or (emphatic and not corrects)


def is_visit_for(turn: Turn) -> bool:
    """Whether a complaint is only told as what the wished visit is about.

    A question about the writer's own case is none, nor is a medicine or a disease that may change
    what is safe.
    """
    if turn.tapped or turn.is_emergency or asks_of_own_case(turn.text):
        return False
    facts = read(turn.text, None, turn.now, clinic())
    if turn.names_own_case(facts.name):
        return False
    labels = {intent_of(part.label) for part in parts_of(turn.message)}
    given, wished = gives_details(turn), answers.wishes_visit(turn.text)
    if wished and (facts.area or facts.person) and not answers.holds_question(turn.text):
        # "On lunch so quick. lower back, need a visit" asks nothing, whatever it is taken for.
        return "human" not in labels
    meant = wished or "booking" in labels or given
    return meant and labels <= (_TELLING | {"admin"} if given else _TELLING)


def gives_details(turn: Turn) -> bool:
    """Whether the message gives what only a booking asks for, like a name and a number."""
    if turn.tapped:
        return False
    found = set(read(turn.text, None, turn.now, clinic()).fields)
    if "phone" in found:
        return bool(found & {"name", "time", "email", "area", "patient"})
    if answers.holds_question(turn.text):
        return False
    if "name" in found:
        return bool(found & {"area", "time", "patient"})
    return "area" in found and bool(found & {"patient", "for", "email"})


def opens_booking(turn: Turn) -> bool:
    """Whether a message that was not understood as one is a wish for a visit all the same."""
    return not turn.tracker.active_loop_name and (is_visit_for(turn) or gives_details(turn))


def asks_of_own_case(text: str) -> bool:
    """Whether something is asked beside the wish for a visit: "can I come, and is it safe?"."""
    clauses = answers.clauses(text)
    return any(answers.asks(one) and not answers.wishes_visit(one) for one in clauses)


def _is_sure(turn: Turn) -> bool:
    return turn.confidence >= _SURE
