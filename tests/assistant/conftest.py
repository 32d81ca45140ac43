"""The running servers and a patient, as in the conversation tests."""

from tests.conversations.conftest import patient, stack

__all__ = ["patient", "stack"]
