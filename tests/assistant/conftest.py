"""What the tests of the assistant share."""

from collections.abc import Iterator

import pytest

from tests.stack import Conversation, Stack, running


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The two running servers."""
    return running()


@pytest.fixture
def patient(stack: Stack) -> Iterator[Conversation]:
    """A conversation of its own for the test; the action server is whole again afterwards."""
    yield Conversation(stack)
    stack.gate.answer, stack.gate.delay = None, 0.0
