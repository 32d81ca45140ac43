"""What must hold before anything is started: one clear line for each that does not."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
from pathlib import Path

from deploy.environments import BOTH, FRONTDESK, is_current
from deploy.problems import Problem
from deploy.settings import Settings

MEGABYTE = 1_000_000
ROOM_TO_BUILD = 3_000 * MEGABYTE
ROOM_TO_RUN = 200 * MEGABYTE
SHORTEST_TOKEN = 24
LOAD_CLINIC = """
import sys
from clinic.settings import ClinicError, load_clinic
try:
    load_clinic()
except ClinicError as error:
    sys.exit(str(error))
"""


def check_var_dir(settings: Settings) -> None:
    """Make VAR_DIR, for its owner's eyes only, and see that it can be written."""
    try:
        settings.var_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        (settings.var_dir / "logs").mkdir(exist_ok=True)
        (settings.var_dir / "cache").mkdir(exist_ok=True)
        probe = settings.var_dir / "cache" / "probe"
        probe.write_bytes(b"1")
        probe.unlink()
    except OSError as error:
        raise Problem(
            f"VAR_DIR {settings.var_dir} cannot be written ({error.strerror}):"
            " free its disk, correct its owner, or name another folder."
        ) from error


def check_disk(settings: Settings) -> None:
    """Leave room for the environments where they are still to be built, and for the data."""
    if not all(is_current(settings.root, environment) for environment in BOTH):
        _require_room(settings.root, ROOM_TO_BUILD, "to build the environments")
    _require_room(settings.var_dir, ROOM_TO_RUN, "to keep messages safely")


def _require_room(folder: Path, bytes_needed: int, purpose: str) -> None:
    free = shutil.disk_usage(folder).free
    if free < bytes_needed:
        raise Problem(
            f"The disk of {folder} has {free // MEGABYTE} MB free, and"
            f" {bytes_needed // MEGABYTE} MB are needed {purpose}: make room, then start again."
        )


def check_ports(settings: Settings) -> None:
    """See that all three ports are free."""
    if not _is_free(settings.environment["HOST"], settings.port):
        raise Problem(
            f"Port {settings.port} is taken: stop what uses it, or start with another"
            f" (PORT={settings.port + 1} make run)."
        )
    check_inner_ports(settings)


def check_inner_ports(settings: Settings) -> None:
    """See that the ports of the assistant and the actions are free."""
    assistants = [("ASSISTANT_URL", port) for port in settings.assistant_ports]
    inner = [*assistants, ("ACTIONS_URL", settings.actions_port)]
    taken = [(name, port) for name, port in inner if not _is_free("127.0.0.1", port)]
    if taken:
        raise Problem(_inner_ports_taken(settings, taken))


def _inner_ports_taken(settings: Settings, taken: list[tuple[str, int]]) -> str:
    what = " and ".join(f"{port} ({name})" for name, port in taken)
    plural, verb = ("s", "are") if len(taken) > 1 else ("", "is")
    return (
        f"Port{plural} {what} {verb} taken, perhaps by another copy: a copy beside it needs all of"
        f" PORT={settings.port}"
        f" ASSISTANT_URL=http://127.0.0.1:{settings.assistant_port + 1}"
        f" ACTIONS_URL=http://127.0.0.1:{settings.actions_port + 1}/webhook"
        " and its own VAR_DIR."
    )


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise Problem(
                f"Port {port} needs rights that this user does not have: choose one above 1023."
            ) from error
        except OSError:
            return False
    return True


def check_clinic(settings: Settings) -> None:
    """Read `clinic.yml` as the processes will; its own message names the line."""
    answer = subprocess.run(
        [str(settings.root / FRONTDESK.python), "-c", LOAD_CLINIC],
        cwd=settings.root,
        env=dict(settings.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        raise Problem(answer.stderr.strip().splitlines()[-1])


def assistant_token(settings: Settings) -> str:
    """The secret between front desk and assistant: ASSISTANT_TOKEN, or one made and kept."""
    given = settings.environment.get("ASSISTANT_TOKEN", "")
    if given and len(given) < SHORTEST_TOKEN:
        raise Problem(
            f"ASSISTANT_TOKEN is shorter than {SHORTEST_TOKEN} characters:"
            " leave it out, and one is generated."
        )
    return given or _kept_secret(settings.var_dir / "assistant-token")


def _kept_secret(path: Path) -> str:
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
    path.chmod(0o600)
    secret = path.read_text(encoding="ascii").strip()
    if len(secret) < SHORTEST_TOKEN:
        raise Problem(f"{path} is damaged: delete it, and a new secret is generated.")
    return secret
