"""Passwords and tokens: made here, kept only as hashes."""

import asyncio
import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from frontdesk.errors import Invalid

MINIMUM_PASSWORD: Final = 12
MAXIMUM_PASSWORD: Final = 256
_COMMON: Final = frozenset({"password", "qwertyuiop", "letmein", "prolotherapy", "preconsult"})
_hasher = PasswordHasher()  # argon2id with the parameters of RFC 9106
# Threads of their own: those who guess passwords wait for each other and for nothing else.
_threads: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")


def new_token() -> str:
    """A random secret of 256 bits, safe in URLs."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """A random token needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


async def hash_password(password: str) -> str:
    """The argon2id hash; computed off the event loop, since it takes a while by design."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password fits; takes as long for somebody who does not exist."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, _verify, password_hash, password)


def _verify(password_hash: str | None, password: str) -> bool:
    try:
        return _hasher.verify(password_hash or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))


def check_new_password(password: str, *personal: str) -> None:
    """Raises `Invalid` with what to do; length counts, mixtures of characters do not."""
    if len(password) < MINIMUM_PASSWORD:
        raise Invalid(
            "password_too_short", f"Use at least {MINIMUM_PASSWORD} characters; a sentence is fine."
        )
    if len(password) > MAXIMUM_PASSWORD:
        raise Invalid("password_too_long", f"Use at most {MAXIMUM_PASSWORD} characters.")
    if _is_common(password.casefold(), personal):
        raise Invalid("password_common", "That is easy to guess; choose other words.")


def _is_common(written: str, personal: tuple[str, ...]) -> bool:
    if len(set(written)) < 5 or written in "12345678901234567890":
        return True
    rest = written.strip("0123456789!?.- ")
    return rest in _COMMON or any(name and rest == name.casefold() for name in personal)
