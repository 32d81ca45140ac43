"""What every request and job of the front desk works with, made once when the process starts."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from clinic.settings import Clinic
from frontdesk.clock import Clock
from frontdesk.conversations.feed import Feed
from frontdesk.database import Database
from frontdesk.limits import Limits
from frontdesk.lines import Line
from frontdesk.settings import Settings


@dataclass(frozen=True)
class Desk:
    """The parts of the running front desk; without a `line` there are no texts."""

    settings: Settings
    clinic: Clinic
    database: Database
    feed: Feed
    limits: Limits
    clock: Clock
    signing_key: str
    line: Line | None = None


def the_desk(request: Request) -> Desk:
    """The desk that serves this request."""
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(the_desk)]


def address_of(request: Request) -> str:
    """Where the request comes from, as far as trusted proxies tell."""
    return request.client.host if request.client else "unknown"
