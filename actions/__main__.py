"""The action server, on loopback: `python -m actions --port 5055`.

rasa_sdk's own server listens on every address, and answers an error with the whole request, in
which the conversation stands; this one runs the same app without either.
"""

import argparse
import logging

from rasa_sdk.endpoint import create_app
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, json

from actions.turn import ActionFailed, clinic

_LOG = logging.getLogger("actions")


async def _failed(request: Request, error: Exception) -> HTTPResponse:
    if isinstance(error, SanicException):
        return json({"error": type(error).__name__}, status=error.status_code)
    what = str(error) if isinstance(error, ActionFailed) else type(error).__name__
    _LOG.error("An action failed: %s", what)
    return json({"error": what}, status=500)


def main() -> None:
    """Serve until stopped; a broken `clinic.yml` ends it with its message."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=5055)
    port = parser.parse_args().port
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("rasa_sdk").setLevel(logging.WARNING)
    clinic()
    app = create_app("actions")
    app.error_handler.add(Exception, _failed)
    app.run("127.0.0.1", port, access_log=False, motd=False)


if __name__ == "__main__":
    main()
