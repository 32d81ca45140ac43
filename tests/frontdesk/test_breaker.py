"""When an assistant is left alone, and when it is asked again."""

from frontdesk.turns.breaker import FAILURES, HUNG, Breaker


def opened() -> Breaker:
    """A breaker that has just opened, at second 0."""
    breaker = Breaker()
    for _ in range(FAILURES):
        breaker.failed(0)
    return breaker


def test_stays_closed_while_answers_come_in_between() -> None:
    breaker = Breaker()
    for _ in range(10):
        for _ in range(FAILURES - 1):
            breaker.failed(0)
        breaker.succeeded()
    assert breaker.state(0) == "closed"


def test_opens_after_several_failures_and_sooner_where_it_was_waited_for() -> None:
    assert opened().state(0.4) == "open"
    breaker = Breaker()
    breaker.failed(0, HUNG)
    assert breaker.state(0) == "closed"
    breaker.failed(0, HUNG)
    assert breaker.state(0) == "open"


def test_examines_after_a_pause_that_grows_to_a_limit() -> None:
    breaker, now, pauses = opened(), 0.0, []
    for _ in range(6):
        began = now
        while breaker.state(now) == "open":
            now += 0.25
        pauses.append(now - began)
        breaker.examined(now, is_well=False)
    assert pauses == [0.5, 1, 2, 4, 4, 4]


def test_closes_when_it_is_well_and_opens_sooner_if_it_fails_again() -> None:
    breaker = opened()
    breaker.examined(1, is_well=True)
    assert breaker.state(1) == "closed"
    breaker.failed(2)
    assert breaker.state(2) == "closed"
    breaker.failed(2)
    assert breaker.state(2) == "open"


def test_forgets_everything_with_the_first_answer() -> None:
    breaker = opened()
    breaker.examined(1, is_well=True)
    breaker.succeeded()
    assert breaker == Breaker()
