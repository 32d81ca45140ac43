"""The clinic's line at the provider: whose account, which number, at which addresses."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from clinic.settings import Clinic
from frontdesk.settings import Settings

INBOUND: Final = "/sms/twilio/messages"
STATUS: Final = "/sms/twilio/status"
SIMULATOR: Final = "/simulator"


@dataclass(frozen=True)
class Line:
    """How texts come and go.

    `sender` is our number, or the provider's messaging service; `api_base` the provider's address,
    `public_url` ours, both without a slash at the end. The first of `auth_tokens` signs us in.
    """

    account_sid: str
    auth_tokens: tuple[str, ...]
    sender: str
    api_base: str
    public_url: str
    is_simulated: bool = False

    @property
    def is_service(self) -> bool:
        """Whether a messaging service of the provider chooses the number."""
        return self.sender.startswith("MG")

    @property
    def inbound_url(self) -> str:
        """Where the provider brings texts."""
        return self.public_url + INBOUND

    def status_url(self, delivery_id: str) -> str:
        """Where the provider tells what became of a text."""
        return f"{self.public_url}{STATUS}/{delivery_id}"


def line_of(settings: Settings, clinic: Clinic, key: str) -> Line | None:
    """The line; none where there is no account, and the simulator would be open to everybody.

    `key` is the front desk's own secret, from which the simulator's are made.
    """
    if settings.sms_provider == "twilio":
        return Line(
            account_sid=settings.twilio_account_sid,
            auth_tokens=tuple(settings.twilio_auth_tokens),
            sender=settings.twilio_from,
            api_base=str(settings.twilio_api_base).rstrip("/"),
            public_url=settings.public_address,
        )
    if not settings.is_local:
        return None
    return Line(
        account_sid="ACsimulator",
        auth_tokens=(_secret(key),),
        sender=clinic.phone,
        api_base=f"http://127.0.0.1:{settings.port}{SIMULATOR}",
        public_url=settings.public_address,
        is_simulated=True,
    )


def _secret(key: str) -> str:
    return hmac.new(key.encode(), b"preconsult.simulator", hashlib.sha256).hexdigest()[:32]
