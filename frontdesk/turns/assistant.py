"""The one adapter for the assistants: a turn out, its outcome back, or one clear error.

A conversation always asks the same of several, so that its dialogue runs in one place. Only when
that one cannot be asked, the next one is: they share what they know of the dialogues. Which one
comes next is told by the conversation's id alone, so every front desk process chooses alike.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Final

import httpx2
import structlog

from clinic.contract import (
    ContractError,
    TurnRequest,
    TurnResponse,
    decode_response,
    encode,
)
from frontdesk.turns.breaker import HUNG, Breaker

_PATH: Final = "/webhooks/frontdesk/turns"
_HEALTH: Final = "/webhooks/frontdesk/health"
_HEALTH_SECONDS: Final = 2
_MAX_BODY: Final = 256 * 1024
_NOT_READY: Final = (401, 403, 404, 429, 503)
_log = structlog.get_logger()


class AssistantError(Exception):
    """The assistant gave no usable answer; the message never holds the patient's words."""


class AssistantUnavailable(AssistantError):
    """None can be asked, or it is too slow, or says that it is not ready: ask again later."""


class AssistantFailed(AssistantError):
    """It is there, and failed at this turn: it may work when asked again, if not too often."""


class AssistantRefused(AssistantError):
    """It answered, but not in the contract's words: asking again will hardly help."""


class AssistantClient:
    """Asks the assistants over HTTP."""

    def __init__(
        self,
        addresses: Sequence[str],
        token: str,
        timeout_seconds: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`timeout_seconds` for a whole try; `now` in seconds."""
        self._addresses = [address.rstrip("/") for address in addresses]
        self._breakers = {address: Breaker() for address in self._addresses}
        self._timeout_seconds = timeout_seconds
        self._now = now
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(timeout_seconds, connect=2),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            follow_redirects=False,
            trust_env=False,
        )

    async def consult(self, turn: TurnRequest) -> TurnResponse:
        """The assistant's outcome of the turn; raises `AssistantError`."""
        try:
            # The client's own timeout counts each read anew: a slow drip would never end.
            async with asyncio.timeout(self._timeout_seconds):
                return await self._consult_one(turn)
        except TimeoutError as error:
            raise AssistantUnavailable("no answer in time") from error

    def rests(self) -> bool:
        """Whether all of them are left alone at the moment: no question need be taken up."""
        now = self._now()
        return all(breaker.state(now) == "open" for breaker in self._breakers.values())

    async def is_ready(self) -> bool:
        """Whether there is one that can answer."""
        well = await asyncio.gather(*(self._is_well(address) for address in self._addresses))
        return any(well)

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def _consult_one(self, turn: TurnRequest) -> TurnResponse:
        """Ask the first that takes the question; who cannot be reached has not begun with it."""
        for address in in_order(self._addresses, turn.conversation_id):
            if not await self._may_be_asked(address):
                continue
            try:
                return await self._watched(address, turn)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        raise AssistantUnavailable("no assistant can be asked")

    async def _may_be_asked(self, address: str) -> bool:
        breaker = self._breakers[address]
        state = breaker.state(self._now())
        if state == "examine":
            # Before the answer comes, the others must not examine it too.
            breaker.opened_at = self._now()
            is_well = await self._is_well(address)
            breaker.examined(self._now(), is_well=is_well)
            _log.info("assistant.examined", address=address, is_well=is_well)
            return is_well
        return state == "closed"

    async def _watched(self, address: str, turn: TurnRequest) -> TurnResponse:
        breaker = self._breakers[address]
        try:
            outcome = await self._ask(address, turn)
        except BaseException as error:
            # Who takes too long is cancelled from outside, by the time limit of the whole try.
            in_vain = isinstance(error, asyncio.CancelledError)
            breaker.failed(self._now(), HUNG if in_vain else 1)
            if breaker.opened_at is not None:
                _log.warning("assistant.left_alone", address=address, failures=breaker.failures)
            raise
        breaker.succeeded()
        return outcome

    async def _ask(self, address: str, turn: TurnRequest) -> TurnResponse:
        try:
            async with self._http.stream("POST", address + _PATH, content=encode(turn)) as response:
                status, body = response.status_code, await _read(response)
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            raise
        except httpx2.HTTPError as error:
            raise AssistantUnavailable(f"no answer ({type(error).__name__})") from error
        if status in _NOT_READY:
            raise AssistantUnavailable(f"the assistant answered {status}")
        if status >= 500:
            raise AssistantFailed(f"the assistant answered {status}")
        if status != 200:
            raise AssistantRefused(f"the assistant answered {status}")
        return _outcome(turn, body)

    async def _is_well(self, address: str) -> bool:
        try:
            response = await self._http.get(address + _HEALTH, timeout=_HEALTH_SECONDS)
        except httpx2.HTTPError:
            return False
        return response.status_code == 200


def in_order(addresses: Sequence[str], conversation_id: str) -> list[str]:
    """The addresses as this conversation asks them; the load of one that fails spreads evenly."""
    return sorted(
        addresses,
        key=lambda address: hashlib.sha256(f"{conversation_id} {address}".encode()).digest(),
    )


async def _read(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > _MAX_BODY:
            raise AssistantRefused("the answer is too long")
    return bytes(body)


def _outcome(turn: TurnRequest, body: bytes) -> TurnResponse:
    try:
        outcome = decode_response(body)
    except ContractError as error:
        # Of the decoder's message only the place: the rest may quote what the patient wrote.
        place = str(error).partition(" - at ")[2]
        raise AssistantRefused(f"the answer breaks the contract {place}".rstrip()) from None
    if outcome.turn_id != turn.turn_id:
        raise AssistantRefused("the answer is for another turn")
    return outcome
