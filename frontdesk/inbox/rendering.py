"""Turns view models into pages, with the headers that keep other people's scripts out."""

from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from frontdesk.inbox.pages import date_words
from frontdesk.sms import numbers
from frontdesk.staff.secrets import MAXIMUM_PASSWORD, MINIMUM_PASSWORD

_HERE: Final = Path(__file__).parent
STATIC: Final = _HERE / "static"
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    # With `no-referrer` browsers send `Origin: null` with a form, and nobody could tell it from
    # another site's.
    "Referrer-Policy": "same-origin",
}

_templates: Final = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_templates.filters["phone"] = numbers.display
_templates.filters["date_words"] = date_words
_templates.globals["password_length"] = {"least": MINIMUM_PASSWORD, "most": MAXIMUM_PASSWORD}


class InboxFiles(StaticFiles):
    """Style and scripts, which the browser asks for anew after an update."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, to be checked by its ETag."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def render(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The page of that name. htmx takes the parts that it needs out of whole pages."""
    html = _templates.get_template(template).render(**values)
    return HTMLResponse(html, status_code=status, headers=_HEADERS)


def wants_part(request: Request) -> bool:
    """Whether htmx asks, to replace a part of the page that is open."""
    return request.headers.get("hx-request") == "true"
