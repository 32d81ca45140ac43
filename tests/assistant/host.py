"""Assistants to kill, in Rasa's environment: forked from a process that has imported everything.

    .venv/bin/python -m tests.assistant.host MODEL

Reads `start PORT` lines, answers each with the new process's id. They are ordinary `rasa run`s, but
for the model, which was read before they were forked: so a new one is there in a second.
"""

import os
import signal
import sys

import rasa.__main__ as rasa_command
import rasa.core.agent
import rasa.server
from rasa.core.processor import MessageProcessor

import assistant.channel
import assistant.components.classifier

IMPORTED = (rasa.core.agent, rasa.server, assistant.channel, assistant.components.classifier)


def main(model: str) -> None:
    """Read the model, then fork until the input ends."""
    read = MessageProcessor._load_model(model)
    MessageProcessor._load_model = staticmethod(lambda _: read)  # type: ignore[assignment]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are nobody's to wait for
    for line in sys.stdin:
        port = line.split()[1]
        child = os.fork()
        if child == 0:
            _run(model, port)
        os.write(1, f"{child}\n".encode())


def _run(model: str, port: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(2, 1)
    sys.stdin.close()
    where = ["--interface", "127.0.0.1", "--port", port]
    files = ["--credentials", "credentials.yml", "--endpoints", "endpoints.yml"]
    sys.argv = ["rasa", "run", "-m", model, *where, *files]
    try:
        rasa_command.main()
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
