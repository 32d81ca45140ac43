"""Logs as one JSON object a line: events and ids, never patients' words, names or numbers."""

import logging
import sys

import structlog


def configure_logging() -> None:
    """Send structlog and the libraries' warnings to standard error."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s %(message)s")
    # uvicorn prints a request's path with its query; ids in paths are ours, and queries hold none.
    logging.getLogger("uvicorn.error").setLevel(logging.INFO)
    # SQLAlchemy's errors carry the statement's parameters, which are patients' words.
    logging.getLogger("sqlalchemy").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
