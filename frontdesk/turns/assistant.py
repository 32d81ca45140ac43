"""The one adapter for the assistant: a turn out, its outcome back, or one clear error."""

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
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(timeout_seconds, connect=2),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            follow_redirects=False,
            trust_env=False,
        )

    async def consult(self, turn: TurnRequest) -> TurnResponse:
        """The assistant's outcome of the turn; raises `AssistantError`."""
        url = self._address(turn.conversation_id) + _PATH
        response = await self._post(url, encode(turn))
        if response.status_code >= 500 or response.status_code in (401, 403, 404, 429):
            raise AssistantUnavailable(f"the assistant answered {response.status_code}")
        if response.status_code != 200:
            raise AssistantRefused(f"the assistant answered {response.status_code}")
        return _outcome(turn, response.content)

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

    async def _post(self, url: str, body: bytes) -> httpx2.Response:
        try:
            return await self._http.post(url, content=body)
        except httpx2.HTTPError as error:
            raise AssistantUnavailable(f"no answer ({type(error).__name__})") from error

    def _address(self, conversation_id: str) -> str:
        return self._addresses[sum(conversation_id.encode()) % len(self._addresses)]


def _outcome(turn: TurnRequest, body: bytes) -> TurnResponse:
    if len(body) > _MAX_BODY:
        raise AssistantRefused("the answer is too long")
    try:
        outcome = decode_response(body)
    except ContractError as error:
        # The decoder's message names the place and the types, never a value.
        raise AssistantRefused(f"the answer breaks the contract: {error}") from error
    if outcome.turn_id != turn.turn_id:
        raise AssistantRefused("the answer is for another turn")
    return outcome
