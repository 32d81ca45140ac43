"""The runner's settings."""

from pathlib import Path

import pytest

from deploy.problems import Problem
from deploy.settings import load, read_env_file


def test_defaults_need_nothing_set(tmp_path: Path) -> None:
    settings = load({}, tmp_path)
    assert (settings.port, settings.assistant_port, settings.actions_port) == (8000, 5005, 5055)
    assert settings.var_dir == tmp_path / "var"


def test_several_assistants_have_a_port_each(tmp_path: Path) -> None:
    url = "http://127.0.0.1:5005, http://127.0.0.1:5006"
    assert load({"ASSISTANT_URL": url}, tmp_path).assistant_ports == (5005, 5006)


def test_the_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=9000\nVAR_DIR='mine'\n# a note\n", encoding="utf-8")
    settings = load({"PORT": "9100"}, tmp_path)
    assert settings.port == 9100
    assert settings.var_dir == tmp_path / "mine"


def test_an_empty_value_means_the_default(tmp_path: Path) -> None:
    assert load({"PORT": ""}, tmp_path).port == 8000


def test_the_assistants_database_lies_in_var_dir(tmp_path: Path) -> None:
    settings = load({"VAR_DIR": "mine"}, tmp_path)
    expected = f"sqlite:///{tmp_path / 'mine' / 'assistant.db'}"
    assert settings.environment["ASSISTANT_DATABASE_URL"] == expected


def test_the_assistants_database_may_be_elsewhere(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ASSISTANT_DATABASE_URL=postgresql://there/one\n", "utf-8")
    given = load({}, tmp_path).environment["ASSISTANT_DATABASE_URL"]
    assert given == "postgresql://there/one"


def test_no_other_kind_of_database_and_no_password_in_words(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="ASSISTANT_DATABASE_URL") as caught:
        load({"ASSISTANT_DATABASE_URL": "mysql://one:secret@there/db"}, tmp_path)
    assert "secret" not in str(caught.value)


def test_no_process_reports_use_to_anybody(tmp_path: Path) -> None:
    settings = load({"RASA_TELEMETRY_ENABLED": "true"}, tmp_path)
    assert settings.environment["RASA_TELEMETRY_ENABLED"] == "false"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("ASSISTANT_URL", "http://assistant.example:5005"),
        ("ASSISTANT_URL", "http://127.0.0.1"),
        ("ASSISTANT_URL", "http://127.0.0.1:5005,http://127.0.0.1:5005"),
        ("ASSISTANT_URL", "http://127.0.0.1:5005,"),
        ("ACTIONS_URL", "http://127.0.0.1:5005/webhook"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(Problem, match=name):
        load({name: value}, tmp_path)


def test_a_line_of_the_env_file_without_a_value_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=1\nnonsense\n", encoding="utf-8")
    with pytest.raises(Problem, match=r"\.env line 2"):
        read_env_file(tmp_path / ".env")
