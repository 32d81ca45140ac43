"""The one adapter for the assistant: a turn out, its outcome back, or one clear error."""

import asyncio
from collections.abc import Sequence
from typing import Final

import httpx2

from clinic.contract import (
    ContractError,
    TurnRequest,
    TurnResponse,
    decode_response,
    encode,
)

_PATH: Final = "/webhooks/frontdesk/turns"
_HEALTH: Final = "/webhooks/frontdesk/health"
_MAX_BODY: Final = 256 * 1024
_TEMPORARY: Final = (401, 403, 404, 429)


class AssistantError(Exception):
    """The assistant gave no usable answer; the message never holds the patient's words."""


class AssistantUnavailable(AssistantError):
    """It cannot be reached, is too slow, or says that it is not ready: ask again later."""


class AssistantRefused(AssistantError):
    """It answered, but not in the contract's words: asking again will hardly help."""


class AssistantClient:
    """Asks the assistant over HTTP; a conversation always asks the same of several addresses."""

    def __init__(self, addresses: Sequence[str], token: str, timeout_seconds: float) -> None:
        self._addresses = [address.rstrip("/") for address in addresses]
        self._timeout_seconds = timeout_seconds
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(timeout_seconds, connect=2),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            follow_redirects=False,
            trust_env=False,
        )

    async def consult(self, turn: TurnRequest) -> TurnResponse:
        """The assistant's outcome of the turn; raises `AssistantError`."""
        url = self._address(turn.conversation_id) + _PATH
        status, body = await self._post(url, encode(turn))
        if status >= 500 or status in _TEMPORARY:
            raise AssistantUnavailable(f"the assistant answered {status}")
        if status != 200:
            raise AssistantRefused(f"the assistant answered {status}")
        return _outcome(turn, body)

    async def is_ready(self) -> bool:
        """Whether every assistant has a model loaded."""
        for address in self._addresses:
            try:
                response = await self._http.get(address + _HEALTH, timeout=2)
            except httpx2.HTTPError:
                return False
            if response.status_code != 200:
                return False
        return True

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def _post(self, url: str, body: bytes) -> tuple[int, bytes]:
        try:
            # The client's own timeout counts each read anew: a slow drip would never end.
            async with asyncio.timeout(self._timeout_seconds):
                async with self._http.stream("POST", url, content=body) as response:
                    return response.status_code, await _read(response)
        except (httpx2.HTTPError, TimeoutError) as error:
            raise AssistantUnavailable(f"no answer ({type(error).__name__})") from error

    def _address(self, conversation_id: str) -> str:
        return self._addresses[sum(conversation_id.encode()) % len(self._addresses)]


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
