"""Reading for whom a visit is."""

import pytest

from clinic.booking.people import (
    find_guardian,
    find_name_of_other,
    find_person,
    is_guardian,
    is_under_age,
)


@pytest.mark.parametrize(
    ("text", "who", "name"),
    [
        ("it's for my mom Rosa Diaz", "relative", "Rosa Diaz"),
        ("actually make it my mom", "relative", None),
        ("my husband Tom needs it", "relative", "Tom"),
        ("my husband is Darnell Boyd", "relative", "Darnell Boyd"),
        ("for my son, he's 14", "minor", None),
        ("for my son", "child", None),
        ("my son's 32 and threw out his back", "relative", None),
        ("for my daughter Ava (12)", "minor", "Ava"),
        ("my 12 year old son needs an appointment", "minor", None),
        ("not for me, for a friend", "relative", None),
        ("it's for me", "self", None),
        ("my wife will call you", None, None),
        ("my neighbor recommended you", None, None),
    ],
)
def test_for_whom(text: str, who: str | None, name: str | None) -> None:
    found = find_person(text)
    assert ((found.who, found.patient_name) if found else (None, None)) == (who, name)


@pytest.mark.parametrize(
    ("text", "under"),
    [("14", True), ("she's 22", False), ("yes", True), ("no", False), ("?", None)],
)
def test_under_age(text: str, under: bool | None) -> None:
    assert is_under_age(text) is under


def test_guardians() -> None:
    assert is_guardian("I'm his mom")
    assert is_guardian("me")
    assert not is_guardian("I'm the aunt")
    assert find_guardian("her mom Silvia Ramos is her guardian") == "Silvia Ramos"


def test_their_name() -> None:
    found = find_name_of_other("her name is Zoe Papadakis, she's 16")
    assert found is not None
    assert found[0] == "Zoe Papadakis"
