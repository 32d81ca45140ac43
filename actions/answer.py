"""A message of a patient: every question in it is answered, sent to staff, or asked about."""

from rasa_sdk.events import EventType, FollowupAction

from actions.booking_known import is_about_known, see_to_known
from actions.clarify import ask_which
from actions.digression import FORM, gives_details, is_visit_for
from actions.fallback import own_up
from actions.handover import for_staff, hand_over
from actions.memory import remember
from actions.parts import BOOKING, UNANSWERED, Asked, asked, intent_of, parts_of
from actions.turn import ClinicAction, Turn
from clinic.booking import answers

REST = "utter_rest_not_answered"


class Answer(ClinicAction):
    """For every message that asks something."""

    def name(self) -> str:
        """Return the name in the domain."""
        return "action_answer"

    def act(self, turn: Turn) -> list[EventType]:
        """Answer what has an answer first, then see to what is left, and to a wish for a visit."""
        if is_about_known(turn) and turn.intent == "admin":
            return see_to_known(turn)
        if not turn.tracker.active_loop_name and is_visit_for(turn):
            return [FollowupAction(FORM)]
        return [*answer(turn), *booking_beside(turn)]


def booking_beside(turn: Turn) -> list[EventType]:
    """Open the booking after the answer, where a visit is wished or its details are given."""
    if turn.tapped or turn.tracker.active_loop_name:
        return []
    wished = any(part.label == BOOKING for part in parts_of(turn.message))
    return [FollowupAction(FORM)] if wished or gives_details(turn) else []


def answer(turn: Turn) -> list[EventType]:
    """Answer, and hand over or ask back where that is not enough."""
    questions = asked(parts_of(turn.message), turn.responses)
    answered = _say_answers(turn, questions)
    if questions.staff and not _only_another_number(turn, questions.staff):
        return [*answered, *for_staff(turn, questions.staff)]
    if questions.choices or questions.vague:
        ask_which(turn, questions.choices, questions.vague)
    elif _is_told_twice(turn, questions):
        hand_over(turn, "not_answered", turn.text)
    elif questions.rest and questions.answers:
        turn.say(REST)
    elif not questions.answers:
        own_up(turn)
    return answered


def _only_another_number(turn: Turn, staff: str) -> bool:
    # "Call my work number" gives a number, and asks for nobody.
    gives = staff == "human" and not turn.tapped and not answers.asks_for_person(turn.text)
    return gives and gives_details(turn)


def answer_before_booking(turn: Turn) -> list[EventType]:
    """Answer what a wish for a visit asks beside it, and own up to the rest."""
    questions = asked(parts_of(turn.message), turn.responses)
    answered = _say_answers(turn, questions)
    unsure = questions.choices or questions.vague
    if questions.rest or unsure or _is_told_twice(turn, questions):
        turn.say(REST)
    return answered


def _say_answers(turn: Turn, questions: Asked) -> list[EventType]:
    said = [label for label in questions.answers if not _was_owned_up(turn, label)]
    for label in said:
        turn.say(f"utter_{label}")
    return remember(said[-1]) if said else []


def _is_told_twice(turn: Turn, questions: Asked) -> bool:
    return any(_was_owned_up(turn, label) for label in questions.answers)


def _was_owned_up(turn: Turn, label: str) -> bool:
    # That there is no answer is said once; staff get the question the second time.
    return intent_of(label) == UNANSWERED and f"utter_{label}" in turn.said_before()
