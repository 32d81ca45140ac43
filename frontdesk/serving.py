"""Runs the application with uvicorn, and lets open feeds go when it is told to stop."""

from types import FrameType
from typing import Final

import uvicorn

from clinic.settings import Clinic
from frontdesk.app import create_app
from frontdesk.desk import Desk
from frontdesk.logs import configure_logging
from frontdesk.migrating import migrate
from frontdesk.settings import Settings

_GRACE_SECONDS: Final = 10


def serve(settings: Settings, clinic: Clinic) -> int:
    """Migrate, then serve until told to stop; gives the exit code."""
    configure_logging()
    _ = settings.token  # a missing one is told before anything is opened
    migrate(settings.database)
    app = create_app(settings, clinic)
    server = _Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            h11_max_incomplete_event_size=64 * 1024,
        ),
        app.state.desk,
    )
    server.run()
    return 0 if server.started else 1


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, desk: Desk) -> None:
        super().__init__(config)
        self._desk = desk

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Close the feeds first: a stopping server waits for its open answers."""
        self._desk.feed.close()
        super().handle_exit(sig, frame)
