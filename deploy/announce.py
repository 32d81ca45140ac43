"""Wait until the front desk and its assistant are ready, then say what to open."""

import json
import subprocess
import sys
import time
import urllib.request

from deploy.environments import FRONTDESK
from deploy.settings import Settings, from_environment

PATIENCE_SECONDS = 180.0


def is_ready(settings: Settings) -> bool:
    """Whether the front desk says that it reaches the assistant, and the actions answer."""
    actions = f"http://127.0.0.1:{settings.actions_port}/health"
    said = _ask(f"{desk_address(settings)}/health/ready")
    return said is not None and said.get("assistant") == "ready" and _ask(actions) is not None


def desk_address(settings: Settings) -> str:
    """The front desk as this process reaches it."""
    return f"http://{settings.environment['HOST']}:{settings.port}"


def _ask(url: str) -> dict[str, object] | None:
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:  # noqa: S310 - our own http address
            said: dict[str, object] = json.load(answer)
            return said
    except (OSError, ValueError):
        return None


def wait(settings: Settings, patience: float = PATIENCE_SECONDS) -> bool:
    """Ask twice a second until it is ready; False when the patience (seconds) is used up."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if is_ready(settings):
            return True
        time.sleep(0.5)
    return False


def first_link(settings: Settings) -> str:
    """The one-time link that makes the first staff account, or nothing when there is one."""
    command = [str(settings.root / FRONTDESK.folder / "bin" / "frontdesk"), "staff", "first-link"]
    answer = subprocess.run(command, cwd=settings.root, capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else ""


def text(settings: Settings, link: str, *, has_phone: bool) -> str:
    """What the terminal shows when everything is ready; `has_phone` where texts are simulated."""
    lines = [
        "",
        "Preconsult is ready. Open:",
        f"  the demo clinic page with the chat   {settings.url}/demo",
        f"  the staff inbox                      {settings.url}/inbox",
    ]
    if has_phone:
        lines.append(f"  a phone, to text the clinic from      {settings.url}/demo/phone")
    if link:
        lines.append(f"  your staff account (once)            {link}")
    return "\n".join([*lines, "Ctrl-C stops everything.", ""])


def main() -> int:
    """Announce, or say where to look when it takes too long."""
    settings = from_environment()
    if not wait(settings):
        print(
            f"preconsult: not ready after {PATIENCE_SECONDS:.0f} s; still trying."
            f" {settings.var_dir / 'logs'} says why.",
            file=sys.stderr,
            flush=True,
        )
        return 1
    clinic = _ask(f"{desk_address(settings)}/api/v1/clinic") or {}
    has_phone = clinic.get("texting_simulated") is True
    print(text(settings, first_link(settings), has_phone=has_phone), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
