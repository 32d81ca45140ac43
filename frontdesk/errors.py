"""What can go wrong at the front desk's doors, as one small tree.

DeskError (status, code, and one sentence that says what to do)
├── Unauthorized   401  who are you?
├── Forbidden      403  not yours
├── NotFound       404  there is no such thing
├── Conflict       409  it is not as you thought
├── Invalid        422  it cannot be read
├── TooMany        429  later, please
└── NotStored      503  it could not be kept; the sentence may hold emergency advice
"""

from collections.abc import Mapping
from typing import ClassVar


class DeskError(Exception):
    """An error that the caller can do something about; it never holds the patient's words."""

    status: ClassVar[int] = 500

    def __init__(self, code: str, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.headers = dict(headers or {})


class Unauthorized(DeskError):
    """The token or the session is missing, wrong or over."""

    status = 401


class Forbidden(DeskError):
    """The caller is known, and this is not theirs."""

    status = 403


class NotFound(DeskError):
    """There is no such thing."""

    status = 404


class Conflict(DeskError):
    """The request does not fit what is stored by now."""

    status = 409


class Invalid(DeskError):
    """The request cannot be read."""

    status = 422


class TooMany(DeskError):
    """Too many requests in a short time."""

    status = 429


class NotStored(DeskError):
    """What was sent could not be kept."""

    status = 503
