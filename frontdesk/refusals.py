"""How every error becomes a status, a code and a sentence, and nothing else."""

import asyncio
import time
import traceback
from pathlib import Path
from typing import Any, Final

import anyio
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clinic.contract import MAX_TEXT
from frontdesk import emergencies
from frontdesk.deadlines import not_stored
from frontdesk.desk import Desk
from frontdesk.errors import DeskError
from frontdesk.handovers.answering import StaleReply
from frontdesk.handovers.routes import stale_reply

_log = structlog.get_logger()
# What is wrong with a statement of ours; everything else is the database's own trouble (locked,
# full, read-only, gone), and passes.
_OURS: Final = (DataError, IntegrityError, ProgrammingError)
_BODY_SECONDS: Final = 8.0
_ANSWER_SECONDS: Final = 9.0
_FAILED: Final = ("failed", "Something went wrong here; send it again in a moment.")
_TWO_LENGTHS: Final = ("two_lengths", "The request tells its length in two ways; use one.")
_SENTENCES: Final = {
    400: ("unreadable", "The body cannot be read; send it in plain UTF-8, not compressed."),
    404: ("not_found", "There is nothing at this address."),
    408: ("too_slow", "The request did not arrive in time; send it again."),
    405: ("wrong_method", "This address does not take that kind of request."),
    413: ("too_large", f"That is too long; keep a message under {MAX_TEXT:,} characters."),
}


def add_refusals(app: FastAPI, max_body: int) -> None:
    """Register the handlers; `max_body` is in bytes."""
    # It would lead to whatever host the request names.
    app.router.redirect_slashes = False
    app.add_exception_handler(StaleReply, stale_reply)
    app.add_exception_handler(DeskError, _desk_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(NoConnection, _database)
    app.add_middleware(BodyLimit, max_body=max_body)
    app.add_middleware(Deadline)
    app.add_middleware(LastResort)


def refusal(
    status: int, code: str, sentence: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """The one shape of an error."""
    return JSONResponse({"code": code, "error": sentence}, status_code=status, headers=headers)


def _desk_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DeskError)
    return refusal(error.status, error.code, error.sentence, error.headers)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if advice := _advice(request, error.body):
        return refusal(422, "emergency", advice)
    place = ".".join(str(step) for step in first["loc"][1:] if step != "function-after")
    if first["type"] == "json_invalid":
        return refusal(422, "invalid_json", "The body is not valid JSON.")
    if first["type"] == "string_too_long":
        most = first["ctx"]["max_length"]
        return refusal(422, "too_long", f"{place} may have at most {most:,} characters.")
    if first["type"] == "string_too_short":
        return refusal(422, "empty", f"{place} is empty; write something.")
    # pydantic's messages tell the rule; its `input` would tell the patient's words.
    reason = str(first["msg"]).removeprefix("Value error, ")
    return refusal(422, "invalid", f"{place or 'the request'}: {reason}.")


def _advice(request: Request, body: object) -> str | None:
    """Emergency advice for a message that is refused as it stands, too long for instance."""
    desk: Desk = request.app.state.desk
    text = body.get("text") if isinstance(body, dict) else None
    return emergencies.advice_without_database(desk.clinic, text)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, sentence = _SENTENCES.get(error.status_code, ("refused", "The request was refused."))
    return refusal(error.status_code, code, sentence, dict(error.headers or {}))


def _database(request: Request, error: Exception) -> Response:
    # The text of a database error may hold the statement's values: only its kind is told.
    _log.error("database.failed", kind=type(error).__name__, path=_route(request))
    if isinstance(error, _OURS):
        return refusal(500, *_FAILED)
    return _desk_error(request, not_stored())


class BodyLimit:
    """Refuses bodies that are too long with a sentence; Starlette's limit has only plain text."""

    def __init__(self, app: ASGIApp, *, max_body: int) -> None:
        self._app = app
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it by the length that it declares."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "")
        if declared and "transfer-encoding" in headers:
            # A proxy before us may believe the other one: what follows would be another request.
            await refusal(400, *_TWO_LENGTHS, {"Connection": "close"})(scope, receive, send)
            return
        if declared.isdecimal() and int(declared[:20]) > self._max_body:
            await refusal(413, *_SENTENCES[413])(scope, receive, send)
            return
        await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        left = self._max_body
        until: float | None = None
        is_whole = False

        async def receive_counted() -> Message:
            nonlocal left, until, is_whole
            if is_whole:
                return await receive()  # only the end of the connection is waited for
            # From the first look on: how long we took before it says nothing about the sender.
            until = until or time.monotonic() + _BODY_SECONDS
            message = await _received(receive, until)
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(413)
            is_whole = not message.get("more_body")
            return message

        return receive_counted


async def _received(receive: Receive, until: float) -> Message:
    try:
        return await asyncio.wait_for(receive(), max(0.0, until - time.monotonic()))
    except TimeoutError:
        raise HTTPException(408) from None


class _Answer:
    """Sees when a request has come whole and when its answer begins, and may hold that back."""

    def __init__(self, receive: Receive, send: Send, *, reads_only: bool) -> None:
        self._receive = receive
        self._send = send
        self._has_begun = self._is_late = False
        self._has_come = asyncio.Event()  # our own time runs from then on
        if reads_only:
            self._has_come.set()

    async def receive(self) -> Message:
        message = await self._receive()
        if not message.get("more_body"):
            self._has_come.set()
        return message

    async def send(self, message: Message) -> None:
        if not self._is_late:
            self._has_begun = True
            await self._send(message)

    async def begins(self, work: "asyncio.Future[None]") -> bool:
        """Whether the answer begins in time; if not, nothing of it is sent any more."""
        coming: asyncio.Future[Any] = asyncio.ensure_future(self._has_come.wait())
        either: set[asyncio.Future[Any]] = {work, coming}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({work}, timeout=_ANSWER_SECONDS)
        finally:
            coming.cancel()
        self._is_late = not (work.done() or self._has_begun)
        return not self._is_late


class Deadline:
    """Says that it did not work when the answer has not begun in time; the work goes on behind.

    A hung disk or database must not leave people before a page that loads for ever.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._behind: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and answer in its place when that takes too long."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(receive, send, reads_only=scope["method"] in ("GET", "HEAD"))
        work = asyncio.ensure_future(self._app(scope, answer.receive, answer.send))
        try:
            in_time = await answer.begins(work)
        except asyncio.CancelledError:
            work.cancel()
            raise
        if in_time:
            await work
            return
        self._behind.add(work)
        work.add_done_callback(self._end)
        _log.error("request.late", path=scope["path"].partition("/conversations/")[0])
        error = not_stored()
        await refusal(error.status, error.code, error.sentence, error.headers)(scope, receive, send)

    def _end(self, work: "asyncio.Task[None]") -> None:
        self._behind.discard(work)
        error = None if work.cancelled() else work.exception()
        if isinstance(error, Exception):
            _log.error("request.failed", kind=type(error).__name__, at=_places(error))


class LastResort:
    """Answers what nobody foresaw, and logs where it happened but never what it says.

    Starlette's own handler would raise it again for the server to print, and the text of an
    error may hold a patient's words.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            if _has_left(error):
                return
            _log.error("request.failed", kind=type(error).__name__, at=_places(error))
            if scope["type"] == "http":
                await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = refusal(500, *_FAILED)
        try:
            await answer(scope, receive, send)
        except RuntimeError:
            _log.error("request.cut", reason="the answer had begun")


def _has_left(error: Exception) -> bool:
    """Whether all that happened is that the reader closed the connection."""
    if isinstance(error, ExceptionGroup):
        return all(_has_left(part) for part in error.exceptions)
    return isinstance(error, (anyio.BrokenResourceError, anyio.ClosedResourceError))


def _places(error: Exception) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]


def _route(request: Request) -> str:
    route = request.scope.get("route")
    return str(getattr(route, "path", ""))
