"""A small house to run in: the real `deploy/`, with stand-ins for what it starts."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.processes import Started, free_port

ROOT = Path(__file__).resolve().parents[2]

SERVER = """
import http.server, json, os, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"status": "ready", "assistant": "ready", "pid": os.getpid()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words):
        pass
print("listening", "token" if os.environ.get("ASSISTANT_TOKEN") else "no token", flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""

UV = """#!/bin/sh
echo "$@" >> {log}
[ "$1" = --version ] && echo "uv 0.13.9"
[ "$1" = venv ] || exit 0
for folder in "$@"; do :; done
mkdir -p "$folder/bin"
printf '#!/bin/sh\\nexec {python} "$@"\\n' > "$folder/bin/python"
printf '#!/bin/sh\\n[ "$1" = staff ] && echo http://localhost/inbox/invitations/once\\nexit 0\\n' \\
  > "$folder/bin/frontdesk"
chmod +x "$folder/bin/python" "$folder/bin/frontdesk"
"""

# Rasa's own module name, so that the runner's real training command reaches it.
TRAINER = """
import pathlib, sys
print("Starting to train component 'StandIn'.", flush=True)
pathlib.Path("models").mkdir(exist_ok=True)
pathlib.Path("models/one.tar.gz").write_bytes(b"model")
"""


class House:
    """A folder with the runner in it, stand-ins around it, and ports of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.uv_log = root / "uv.log"
        self.ports = {name: free_port() for name in ("frontdesk", "assistant", "actions")}
        self.environment = {
            "PATH": f"{root / 'tools'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(root),
            "PORT": str(self.ports["frontdesk"]),
            "ASSISTANT_URL": f"http://127.0.0.1:{self.ports['assistant']}",
            "ACTIONS_URL": f"http://127.0.0.1:{self.ports['actions']}/webhook",
        }
        self._build()

    def _build(self) -> None:
        shutil.copytree(
            ROOT / "deploy", self.root / "deploy", ignore=shutil.ignore_patterns("__pycache__")
        )
        shutil.copy(ROOT / "clinic.yml", self.root)
        shutil.copytree(ROOT / "clinic", self.root / "clinic")
        for folder in ("frontdesk", "assistant", "rasa", "tools", "data"):
            (self.root / folder).mkdir()
        for name in ("requirements.lock", "frontdesk/requirements.lock", "domain.yml"):
            (self.root / name).write_text("one\n", encoding="utf-8")
        for package in ("assistant", "rasa"):
            (self.root / package / "__init__.py").touch()
        (self.root / "assistant" / "language.py").write_text("", encoding="utf-8")
        (self.root / "rasa" / "__main__.py").write_text(TRAINER, encoding="utf-8")
        (self.root / "server.py").write_text(SERVER, encoding="utf-8")
        uv = self.root / "tools" / "uv"
        uv.write_text(UV.format(log=self.uv_log, python=sys.executable), encoding="utf-8")
        uv.chmod(0o755)
        self.write_procfile({})

    def write_procfile(self, instead: dict[str, str]) -> None:
        """Three stand-in servers, some of them replaced by other commands."""
        commands = {
            name: instead.get(name, f"{sys.executable} server.py {port}")
            for name, port in self.ports.items()
        }
        lines = [f"{name}: {command}\n" for name, command in commands.items()]
        (self.root / "Procfile").write_text("".join(lines), encoding="utf-8")

    def start(self, command: str = "run", **environment: str) -> Started:
        """Start the runner; both of its streams are read together."""
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy", command],
            cwd=self.root,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return Started(process)

    def left_over(self) -> list[int]:
        """Processes that still work in this house."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (entry / "cwd").resolve() == self.root:
                    found.append(int(entry.name))
            except OSError:
                continue
        return found
