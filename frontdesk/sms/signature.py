"""The provider's signature of a request: shows that it is the provider's, and untouched.

Twilio signs the address that it was told to ask, with its query, and every field of the form
(https://www.twilio.com/docs/usage/webhooks/webhooks-security). The address is therefore built from
PUBLIC_URL, and never from headers, which anybody can write. No field is dropped, trimmed or
expected: fields may be blank, and new ones may come at any time.
"""

import base64
import hmac
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl, urlsplit

MOST_FIELDS: Final = 1_000
_PORTS: Final = {"https": 443, "http": 80}
Fields = Sequence[tuple[str, str]]


def read_form(body: bytes) -> list[tuple[str, str]]:
    """The form's fields in their order, blank ones too; raises `ValueError` for too many.

    What is no UTF-8 is kept as surrogates, so that the signature sees the bytes that were sent.
    """
    return parse_qsl(
        body.decode("utf-8", "surrogateescape"),
        keep_blank_values=True,
        errors="surrogateescape",
        max_num_fields=MOST_FIELDS,
    )


def sign(token: str, address: str, fields: Fields) -> str:
    """The value of `X-Twilio-Signature`."""
    values: dict[str, set[str]] = {}
    for name, value in fields:
        values.setdefault(name, set()).add(value)
    signed = address + "".join(
        name + value for name in sorted(values) for value in sorted(values[name])
    )
    digest = hmac.digest(
        token.encode("utf-8", "surrogateescape"),
        signed.encode("utf-8", "surrogateescape"),
        "sha1",
    )
    return base64.b64encode(digest).decode("ascii")


def is_signed(tokens: Sequence[str], address: str, fields: Fields, signature: str) -> bool:
    """Whether one of the tokens made the signature, over the address with or without its port."""
    given = signature.encode("utf-8", "surrogateescape")
    matches = [
        hmac.compare_digest(sign(token, each, fields).encode(), given)
        for token in tokens
        for each in _spellings(address)
    ]
    return any(matches)


def _spellings(address: str) -> list[str]:
    """As the provider's own library: it does not promise whether the port is signed."""
    parts = urlsplit(address)
    port = parts.port or _PORTS[parts.scheme]
    host = parts.netloc.rpartition(":")[0] if parts.port else parts.netloc
    return [
        parts._replace(netloc=host).geturl(),
        parts._replace(netloc=f"{host}:{port}").geturl(),
    ]
