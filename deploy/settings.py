"""The runner's settings: environment variables, then `.env`, then defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deploy.problems import Problem

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = ("127.0.0.1", "localhost")
DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")

DEFAULTS = {
    "HOST": "127.0.0.1",
    "PORT": "8000",
    "ASSISTANT_URL": "http://127.0.0.1:5005",
    "ACTIONS_URL": "http://127.0.0.1:5055/webhook",
    "VAR_DIR": "var",
}

# Rasa reports use, keeps every step of a training, and its old libraries deprecate each other at
# length, unless told not to.
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "RASA_MAX_CACHE_SIZE": "0",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTHONWARNINGS": "ignore",
}


@dataclass(frozen=True)
class Settings:
    """Where everything listens and lives; `environment` is what each process is given."""

    root: Path
    var_dir: Path
    port: int
    assistant_ports: tuple[int, ...]
    actions_port: int
    environment: Mapping[str, str]

    @property
    def assistant_port(self) -> int:
        """The first assistant's; mostly there is no other."""
        return self.assistant_ports[0]

    @property
    def url(self) -> str:
        """The front desk as a browser on this machine reaches it."""
        return f"http://localhost:{self.port}"


def load(environ: Mapping[str, str], root: Path = ROOT) -> Settings:
    """Read the settings of this start.

    Raises:
        Problem: a value cannot be used; the text names the setting.
    """
    given = {**read_env_file(root / ".env"), **environ}
    values = {key: given.get(key) or default for key, default in DEFAULTS.items()}
    var_dir = (root / Path(values["VAR_DIR"]).expanduser()).resolve()
    port = _number("PORT", values["PORT"])
    assistants = [url.strip() for url in values["ASSISTANT_URL"].split(",")]
    assistant_ports = tuple(_loopback_port("ASSISTANT_URL", url) for url in assistants)
    actions_port = _loopback_port("ACTIONS_URL", values["ACTIONS_URL"])
    inner = [("ASSISTANT_URL", each) for each in assistant_ports]
    _refuse_shared_ports([("PORT", port), *inner, ("ACTIONS_URL", actions_port)])
    environment = {
        **given,
        **values,
        **QUIET,
        "VAR_DIR": str(var_dir),
        "ASSISTANT_DATABASE_URL": _database(given.get("ASSISTANT_DATABASE_URL"), var_dir),
        "MPLCONFIGDIR": str(var_dir / "cache" / "matplotlib"),
        "ASSISTANT_PORT": str(assistant_ports[0]),
        "ACTIONS_PORT": str(actions_port),
    }
    return Settings(root, var_dir, port, assistant_ports, actions_port, environment)


def read_env_file(path: Path) -> dict[str, str]:
    """Read `KEY=value` lines; quotes around a value and lines that start with `#` are dropped."""
    if not path.is_file():
        return {}
    values = {}
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        key, separator, value = line.partition("=")
        if not separator:
            raise Problem(f"{path.name} line {number}: expected KEY=value.")
        values[key.replace("export ", "", 1).strip()] = _unquoted(value.strip())
    return values


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value


def _number(name: str, value: str) -> int:
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise Problem(f"{name} must be a port number between 1 and 65535, not {value!r}.")
    return int(value)


def _database(value: str | None, var_dir: Path) -> str:
    if value and not value.startswith(DATABASES):
        # Not the value itself: a password may stand in it.
        raise Problem(
            "ASSISTANT_DATABASE_URL must be sqlite:///FILE or postgresql://USER@HOST/NAME."
        )
    return value or f"sqlite:///{var_dir / 'assistant.db'}"


def _loopback_port(name: str, value: str) -> int:
    try:
        url = urlsplit(value)
        host, port = url.hostname, url.port
    except ValueError:
        host, port = None, None
    if host not in LOOPBACK or port is None:
        raise Problem(
            f"{name} must name addresses on this machine such as {DEFAULTS[name]}, not {value!r}:"
            " `make run` starts all processes here."
        )
    return port


def _refuse_shared_ports(ports: Sequence[tuple[str, int]]) -> None:
    for _, port in ports:
        same = [other for other, number in ports if number == port]
        if len(same) > 1:
            raise Problem(f"{' and '.join(same)} name the same port {port}: give each its own.")


def from_environment() -> Settings:
    """The settings of this process's own environment."""
    return load(os.environ)
