"""Texts without an account: a provider and phones that exist only here, for trying and showing.

The front desk sends to this provider and is asked by it over HTTP, signed, through the same code as
with the real one; only the phone page at `/demo/phone` is the simulator's own. It is mounted on a
machine that only reaches itself, never on a clinic's address.
"""

from fastapi import FastAPI

from frontdesk.lines import Line
from frontdesk.routing import serve
from frontdesk.simulator.phones import Phones
from frontdesk.simulator.routes import pages, provider


def mount_simulator(app: FastAPI, line: Line) -> None:
    """Serve the provider's interface and the phone page."""
    app.state.phones = Phones(line)
    serve(app, provider, pages)


__all__ = ["mount_simulator"]
