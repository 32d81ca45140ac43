"""The keeper's patience, without any process."""

from deploy.keep import Lives, Patience


def test_a_process_that_dies_at_once_gets_growing_pauses_and_then_up() -> None:
    lives = Lives(Patience(good_life=30, pauses=(0.2, 1, 2)))
    assert [lives.pause_after(1) for _ in range(4)] == [0.2, 1, 2, None]


def test_a_good_life_is_forgiven_what_was_before() -> None:
    lives = Lives(Patience(good_life=30, pauses=(0.2, 1)))
    lives.pause_after(1)
    lives.pause_after(1)
    assert lives.pause_after(31) == 0.2
    assert lives.pause_after(1) == 1
    assert lives.pause_after(1) is None
