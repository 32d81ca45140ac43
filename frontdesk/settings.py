"""The settings of the front desk, from the environment and `.env`; typed and checked at start.

What belongs to the clinic (name, hours, wording) is in `clinic.yml`, see `clinic/settings.py`.
"""

import os
import re
import secrets
from pathlib import Path
from typing import Annotated, Final, Literal

import phonenumbers
from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

_MINIMUM_SECRET: Final = 24
_DEFAULT_DATABASE: Final = "sqlite:///"
_SCHEMES: Final = ("sqlite:///", "postgresql+psycopg://")
_LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "[::1]")
# Values that examples and templates carry: somebody has forgotten to put their own.
_DEFAULTS: Final = re.compile(
    r"(AC)?x+|changeme|change[-_ ]me|todo|secret|token|example|none|null|\.{3}"
    r"|your[-_ ].*|<.*>|(twilio[-_ ])?(auth[-_ ]token|account[-_ ]sid|from)",
    re.IGNORECASE,
)
_WANTED_DATABASE: Final = "write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it and says what to write."""


class Settings(BaseSettings):
    """Each field is the environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] = 8000
    var_dir: Path = Path("var")
    database_url: str = ""
    public_url: AnyHttpUrl | None = None
    assistant_url: Annotated[tuple[AnyHttpUrl, ...], NoDecode] = (
        AnyHttpUrl("http://127.0.0.1:5005"),
    )
    assistant_token: SecretStr | None = None
    assistant_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 10
    sms_provider: Literal["simulator", "twilio"] = "simulator"
    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_from: str = ""
    twilio_api_base: AnyHttpUrl = AnyHttpUrl("https://api.twilio.com")
    messages_per_minute: Annotated[int, Field(ge=1)] = 240
    visits_per_minute: Annotated[int, Field(ge=1)] = 240
    sign_ins_per_minute: Annotated[int, Field(ge=1)] = 10

    @field_validator("assistant_url", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        return [url.strip() for url in value.split(",")] if isinstance(value, str) else value

    @field_validator("assistant_token")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _MINIMUM_SECRET:
            raise ValueError(f"use a random value of at least {_MINIMUM_SECRET} characters")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value:
            _check_database(value)
        return value

    @property
    def token(self) -> str:
        """What the assistant knows us by; raises `SettingsError` when it is missing."""
        if self.assistant_token is None:
            raise SettingsError(
                "ASSISTANT_TOKEN: is missing; `make run` makes one, "
                "or set it to a long random value for the front desk and the assistant alike."
            )
        return self.assistant_token.get_secret_value()

    @property
    def database(self) -> str:
        """The database's address; SQLite under `VAR_DIR` unless `DATABASE_URL` says otherwise."""
        return self.database_url or f"{_DEFAULT_DATABASE}{self.var_dir / 'frontdesk.db'}"

    @property
    def public_address(self) -> str:
        """Where people reach the front desk, without a slash at the end."""
        return str(self.public_url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def is_local(self) -> bool:
        """Whether only this machine is meant to reach the front desk: a demo, not a clinic."""
        listens_here = self.host in (*_LOCAL_HOSTS, "::1")
        return listens_here and (self.public_url is None or self.public_url.host in _LOCAL_HOSTS)

    @property
    def twilio_auth_tokens(self) -> list[str]:
        """The tokens of the account; the first one signs in, while they rotate each is accepted."""
        written = self.twilio_auth_token.get_secret_value()
        return [token.strip() for token in written.split(",") if token.strip()]

    def require_twilio(self) -> None:
        """Raises `SettingsError`, a line for each setting that Twilio needs and has not got."""
        if self.sms_provider != "twilio":
            return
        wrong = [f"{name}: {what}." for name, what in self._wanted_by_twilio().items() if what]
        if wrong:
            raise SettingsError("\n".join(["SMS_PROVIDER is twilio, and:", *wrong]))

    def _wanted_by_twilio(self) -> dict[str, str | None]:
        tokens = self.twilio_auth_tokens
        return {
            "TWILIO_ACCOUNT_SID": _missing(self.twilio_account_sid)
            or (None if self.twilio_account_sid.startswith("AC") else "begins with AC"),
            "TWILIO_AUTH_TOKEN": _missing(*tokens)
            or (None if len(tokens) < 3 else "holds two tokens at most, with a comma between"),
            "TWILIO_FROM": _missing(self.twilio_from) or _wrong_sender(self.twilio_from),
            "PUBLIC_URL": self._wrong_public_url(),
        }

    def _wrong_public_url(self) -> str | None:
        if self.public_url is None:
            return "is missing; set it to the address at which Twilio reaches the front desk"
        if not self.secure and not self.is_local:
            return "begins with https://, since patients' texts come over it"
        return None

    @property
    def secure(self) -> bool:
        """Whether people reach the front desk over TLS, so that cookies can insist on it."""
        return self.public_address.startswith("https://")


def load_settings() -> Settings:
    """Read the settings; raises `SettingsError` with one line a mistake."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [_explain(str(part["loc"][0]), str(part["msg"])) for part in error.errors()]
        raise SettingsError("\n".join(lines)) from None


def _explain(field: str, message: str) -> str:
    return f"{field.upper()}: {message.removeprefix('Value error, ')}."


def _missing(*values: str) -> str | None:
    if not any(values):
        return "is missing; Twilio's console shows it"
    if any(_DEFAULTS.fullmatch(value) for value in values):
        return "still has the value of an example; Twilio's console shows yours"
    return None


def _wrong_sender(value: str) -> str | None:
    if re.fullmatch(r"MG[0-9A-Za-z]+", value):
        return None
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        return "is a number like +16025550142, or a messaging service like MG0123"
    return None


def _check_database(value: str) -> None:
    try:
        address = make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError(_WANTED_DATABASE) from None
    if not value.startswith(_SCHEMES):
        raise ValueError(_WANTED_DATABASE)
    is_file = address.database not in (None, "", ":memory:") and not address.query
    if value.startswith(_DEFAULT_DATABASE) and not is_file:
        raise ValueError(
            "name a file and nothing more, sqlite:///FILE: "
            "what is kept in memory would be lost at the next start"
        )


def signing_key(var_dir: Path) -> str:
    """The key that signs visitor tokens: made once, kept in `VAR_DIR` and readable by us only.

    Raises `SettingsError` when it cannot be kept, or when what is kept is no key.
    """
    path = var_dir / "visitor-token.key"
    try:
        if not path.exists():
            var_dir.mkdir(parents=True, exist_ok=True)
            _write_once(path, secrets.token_urlsafe(48))
        key = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read or made ({error.strerror}); check VAR_DIR."
        ) from None
    if len(key) < _MINIMUM_SECRET:
        raise SettingsError(
            f"{path} is damaged: it is too short for a key. Delete it, a new one is made; "
            "open chats begin anew."
        )
    return key


def _write_once(path: Path, value: str) -> None:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    with fresh.open("w", encoding="ascii") as file:
        file.write(value)
        file.flush()
        # Before the link: after a power cut there is the whole key or none, never an empty one.
        os.fsync(file.fileno())
    try:
        # A link never overwrites: of two processes that start at once, one key wins for both.
        path.hardlink_to(fresh)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
