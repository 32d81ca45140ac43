"""The front desk's channel: `POST /webhooks/frontdesk/turns`, in the types of `clinic.contract`.

The only way into the assistant. A turn either comes back whole, with status 200, or fails with
another status and leaves nothing in the conversation, so that it can simply be asked again.
"""

import asyncio
import hmac
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.lock_store import LockError
from rasa.shared.exceptions import RasaException
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json, raw
from sqlalchemy.exc import SQLAlchemyError  # type: ignore[import-untyped]

from assistant import strict, turns
from assistant.tracker_store import Overtaken
from clinic.contract import TurnRequest, TurnResponse, decode_request, encode

MAX_BODY: Final = 256 * 1024
"""Bytes of one request; a patient's text is 4,000 characters at most."""

_SHORTEST_TOKEN: Final = 16
_BEARER: Final = "Bearer "
_LOG: Final = logging.getLogger(__name__)


class Refused(Exception):
    """A request that is answered with a status and one sentence."""

    def __init__(self, status: int, error: str) -> None:
        """Take what to answer; `error` must hold nothing the patient wrote."""
        super().__init__(error)
        self.status = status


class FrontDeskInput(InputChannel):
    """Serves the front desk, and nobody else."""

    def __init__(self, token: str, timeout: float) -> None:
        """Take the shared secret, and the seconds that a turn may take."""
        self._token = token
        self._timeout = timeout

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, which is part of its address."""
        return "frontdesk"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> "FrontDeskInput":
        """Read `timeout` from credentials.yml and the token from the environment.

        Raises `RasaException` when there is no token: the assistant then does not start.
        """
        token = os.environ.get("ASSISTANT_TOKEN", "")
        if len(token) < _SHORTEST_TOKEN:
            raise RasaException(
                f"ASSISTANT_TOKEN must hold at least {_SHORTEST_TOKEN} characters, the same for "
                "the assistant and the front desk. `make run` makes one; or run "
                "`export ASSISTANT_TOKEN=$(openssl rand -hex 32)`."
            )
        strict.install()
        return cls(token, float((credentials or {}).get("timeout", 8)))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes; Rasa's own handler is not used, because it cannot fail."""
        routes = Blueprint("frontdesk")

        # Sanic marks its handlers, which bound methods do not allow.
        async def turn(request: Request) -> HTTPResponse:
            return await self._turn(request)

        routes.add_route(_health, "/health", methods=["GET"])
        routes.add_route(turn, "/turns", methods=["POST"])
        return routes

    async def _turn(self, request: Request) -> HTTPResponse:
        try:
            self._authenticate(request)
            answered = await self._answer(_agent(request), _decoded(request))
        except Refused as refusal:
            return json({"error": str(refusal)}, status=refusal.status)
        except Exception as error:
            # Neither the traceback nor the error's words: both can hold what the patient wrote.
            _LOG.error("A turn failed: %s", type(error).__name__)
            return json({"error": "The assistant failed; ask again."}, status=500)
        return raw(encode(answered), content_type="application/json")

    def _authenticate(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"{_BEARER}{self._token}".encode()):
            raise Refused(401, "Send the assistant's token as Authorization: Bearer.")

    async def _answer(self, agent: Agent, turn: TurnRequest) -> TurnResponse:
        processor = agent.processor
        if not isinstance(processor, strict.StrictProcessor):
            raise Refused(503, "No model is loaded.")
        try:
            return await asyncio.wait_for(_taken(agent, processor, turn), self._timeout)
        except turns.UnknownChoice:
            raise Refused(400, "The assistant does not offer that choice.") from None
        except strict.TurnFailed as error:
            _LOG.error("A turn failed: %s", error)
            raise Refused(502, "An action failed; nothing was kept, ask again.") from None
        except (LockError, Overtaken):
            raise Refused(503, "The conversation is busy; ask again.") from None
        except TimeoutError:
            _LOG.error("A turn took more than %s seconds.", self._timeout)
            raise Refused(504, "The turn took too long; nothing was kept, ask again.") from None


async def _health(request: Request) -> HTTPResponse:
    processor = _agent(request).processor
    if not isinstance(processor, strict.StrictProcessor):
        return json({"status": "no model", "error": "No model is loaded."}, status=503)
    try:
        processor.tracker_store.check()
    except SQLAlchemyError:
        return json({"status": "no database", "error": "It does not answer."}, status=503)
    return json({"status": "ready"})


async def _taken(
    agent: Agent, processor: strict.StrictProcessor, turn: TurnRequest
) -> TurnResponse:
    """Carry out a turn, unless the conversation holds it already."""
    store = processor.tracker_store
    async with agent.lock_store.lock(turn.conversation_id):
        tracker = await store.retrieve_turn(turn.conversation_id, turn.turn_id)
        if tracker is None:
            before = await store.retrieve(turn.conversation_id) if turn.channel == "sms" else None
            chosen = turns.with_choice(turn, before, processor.domain) if before else turn
            await processor.handle_message(turns.user_message(chosen, processor.domain))
            tracker = await store.retrieve_turn(turn.conversation_id, turn.turn_id)
    if tracker is None:
        raise strict.TurnFailed("The tracker store did not keep the turn.")
    return turns.response(tracker, turn.turn_id, processor.domain)


def _agent(request: Request) -> Agent:
    agent: Agent = request.app.ctx.agent
    return agent


def _decoded(request: Request) -> TurnRequest:
    if int(request.headers.get("content-length") or MAX_BODY + 1) > MAX_BODY:
        raise Refused(413, f"A turn is at most {MAX_BODY} bytes, with its Content-Length.")
    try:
        return decode_request(request.body)
    except msgspec.ValidationError as error:
        # Only the place: msgspec quotes what stands there.
        place = str(error).rpartition(" - at ")[2] if " - at " in str(error) else "`$`"
        raise Refused(400, f"Not a turn of clinic/contract.py: see {place}.") from None
    except msgspec.DecodeError:
        raise Refused(400, "Not JSON.") from None
