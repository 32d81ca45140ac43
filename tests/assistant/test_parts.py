"""Where a message falls apart is decided by what its pieces mean."""

from assistant.gate import Costs
from assistant.labels import FALLBACK
from assistant.parts import Reading, Splitting, parts_of

COSTS, SPLITTING = Costs(), Splitting()


def reading(text: str, label: str, sure: float = 0.97, **form: bool) -> Reading:
    rest = "admin" if label != "admin" else "human"
    return Reading(text, {label: sure, rest: 1 - sure}, **form)


def labels(readings: dict[tuple[int, int], Reading], whole: tuple[int, int]) -> list[str]:
    return [part.label for part in parts_of(readings, whole, COSTS, SPLITTING)]


def two(first: Reading, second: Reading, together: Reading) -> list[str]:
    return labels({(0, 1): first, (1, 2): second, (0, 2): together}, (0, 2))


def test_one_clause_is_one_part() -> None:
    (part,) = parts_of({(0, 1): reading("does it hurt", "faq/pain")}, (0, 1), COSTS, SPLITTING)
    assert (part.label, part.text) == ("faq/pain", "does it hurt")


def test_two_questions_are_two_parts_in_their_order() -> None:
    found = two(
        reading("does it hurt", "faq/pain"),
        reading("is it ok with MS", "clinical"),
        reading("does it hurt and is it ok with MS", "clinical", 0.6),
    )
    assert found == ["faq/pain", "clinical"]


def test_what_leads_up_to_a_question_goes_with_it() -> None:
    found = two(
        reading("my knee has been bad for years", "clinical", asks=False),
        reading("how many would it take", "faq/session_count"),
        reading("my knee has been bad for years, how many would it take", "faq/session_count"),
    )
    assert found == ["faq/session_count"]


def test_what_only_sounds_like_a_topic_is_not_asked() -> None:
    found = two(
        reading("are they every two weeks", "faq/session_frequency"),
        reading("my shifts come out late", "faq/benefits", asks=False),
        reading("are they every two weeks, my shifts come out late", "faq/session_frequency"),
    )
    assert found == ["faq/session_frequency"]


def test_keywords_in_a_row_are_asked_though_none_is_a_question() -> None:
    found = two(
        reading("side effects", "faq/risks", asks=False),
        reading("cost", "admin", asks=False),
        reading("side effects, cost", "faq/risks", 0.6),
    )
    assert found == ["faq/risks", "admin"]


def test_an_own_medicine_is_a_matter_of_its_own() -> None:
    found = two(
        reading("does it hurt", "faq/pain"),
        reading("im on eliquis", "clinical", asks=False, own=True),
        reading("does it hurt, im on eliquis", "clinical"),
    )
    assert found == ["faq/pain", "clinical"]


def test_two_pieces_of_one_topic_are_one_part() -> None:
    found = two(
        reading("does it hurt", "faq/pain"),
        reading("is it very painful", "faq/pain"),
        reading("does it hurt, is it very painful", "faq/pain"),
    )
    assert found == ["faq/pain"]


def test_a_greeting_is_not_a_part() -> None:
    found = two(
        reading("hi", "smalltalk", asks=False),
        reading("does it hurt", "faq/pain"),
        reading("hi does it hurt", "faq/pain"),
    )
    assert found == ["faq/pain"]


def test_an_uncertain_piece_keeps_the_message_whole() -> None:
    found = two(
        reading("does it", "faq/pain", 0.4),
        reading("hurt a lot", "faq/recovery"),
        reading("does it hurt a lot", "faq/pain"),
    )
    assert found == ["faq/pain"]


def test_a_question_among_what_is_none_is_what_was_asked() -> None:
    found = two(
        reading("602 555 0142", "inform", asks=False),
        reading("what are the risks", "faq/risks"),
        reading("602 555 0142, what are the risks", "inform"),
    )
    assert found == ["faq/risks"]


def test_how_many_beside_another_question_asks_for_the_sessions() -> None:
    found = two(
        reading("does it hurt", "faq/pain"),
        reading("how many", "clarify/how_many"),
        reading("does it hurt and how many", "faq/pain"),
    )
    assert found == ["faq/pain", "faq/session_count"]


def test_a_vague_question_beside_a_clear_one_is_kept() -> None:
    found = two(
        reading("is it painful", "faq/pain"),
        reading("how long", "clarify/how_long"),
        reading("is it painful and how long", "faq/pain"),
    )
    assert found == ["faq/pain", "clarify/how_long"]


def test_an_own_story_that_the_whole_is_about_goes_to_staff_beside_the_answer() -> None:
    found = two(
        reading("does it really work", "faq/effectiveness"),
        reading("not sure id qualify after my surgery", "clinical", asks=False),
        reading("does it really work, not sure id qualify after my surgery", "clinical"),
    )
    assert found == ["faq/effectiveness", "clinical"]


def test_a_question_by_its_form_need_not_be_as_sure_as_a_statement() -> None:
    def found(**form: bool) -> list[str]:
        return two(
            reading("does it hurt", "faq/pain"),
            reading("where are you based", "admin", 0.62, **form),
            reading("does it hurt, where are you based", "faq/pain"),
        )

    assert found(asks=True) == ["faq/pain", "admin"]
    assert found(asks=False) == ["faq/pain"]


def test_three_questions_are_found_among_the_stretches() -> None:
    pieces = {
        (0, 1): reading("cost?", "admin"),
        (1, 2): reading("how many?", "faq/session_count"),
        (2, 3): reading("does it hurt?", "faq/pain"),
        (0, 2): reading("cost? how many?", "admin", 0.5),
        (1, 3): reading("how many? does it hurt?", "faq/pain", 0.5),
        (0, 3): reading("cost? how many? does it hurt?", "admin", 0.5),
    }
    assert labels(pieces, (0, 3)) == ["admin", "faq/session_count", "faq/pain"]


def test_what_is_unlike_everything_learned_is_not_understood() -> None:
    strange = {(0, 1): reading("blorp", "faq/pain", known=False)}
    assert labels(strange, (0, 1)) == [FALLBACK]


def test_a_medicine_is_not_passed_over_for_a_message_that_cannot_be_taken_apart() -> None:
    found = two(
        reading("hm well so that thing", "faq/pain", 0.4),
        reading("im on coumadin", "clinical", asks=False, own=True),
        reading("hm well so that thing im on coumadin", "faq/pain"),
    )
    assert found == ["faq/pain", "clinical"]


def test_danger_in_a_clause_counts_whatever_the_rest_is_about() -> None:
    found = two(
        reading("what does a visit cost", "admin", 0.5),
        reading("everything goes dark and my face hangs", "emergency", asks=False),
        reading("what does a visit cost everything goes dark and my face hangs", "admin"),
    )
    assert "emergency" in found


def test_a_wish_for_a_person_is_never_only_told() -> None:
    found = two(
        reading("does it hurt", "faq/pain"),
        reading("would rather somebody rang me up", "human", asks=False),
        reading("does it hurt, would rather somebody rang me up", "faq/pain"),
    )
    assert found == ["faq/pain", "human"]
