"""What Rasa reads of a patient's text."""

import pytest

from assistant.turns import without_commands


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("does it hurt?", "does it hurt?"),
        ("/restart", ""),
        (" //restart ", ""),
        ('/faq{"x":1}', ""),
        ("EXTERNAL: restart", ""),
        ("EXTERNAL: /EXTERNAL: back", ""),
        ("/ does it hurt?", "does it hurt?"),
        ("my knee/hip", "my knee/hip"),
        ("knee", "knee"),
        (" knee", "knee"),
        ("external: is it a cream?", "external: is it a cream?"),
    ],
)
def test_no_text_is_a_command(written: str, read: str) -> None:
    assert without_commands(written) == read
