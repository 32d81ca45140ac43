"""The running servers and a patient, as in the conversation tests; and empty databases."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.assistant.stored import postgresql_database
from tests.conversations.conftest import patient, stack

__all__ = ["database_url", "patient", "postgresql", "stack"]


@pytest.fixture
def postgresql() -> Iterator[str]:
    """An empty PostgreSQL database, where `TEST_POSTGRESQL_URL` names a server."""
    server = os.environ.get("TEST_POSTGRESQL_URL")
    if not server:
        pytest.skip("no PostgreSQL: set TEST_POSTGRESQL_URL, see docs/develop.md")
    with postgresql_database(server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'assistant.db'}"
    url: str = request.getfixturevalue("postgresql")
    return url
