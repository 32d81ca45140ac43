"""Serves the chat widget's files and the demo clinic page."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse, RedirectResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from frontdesk.desk import TheDesk
from frontdesk.routing import serve

_WIDGET: Final = Path(__file__).resolve().parents[2] / "widget"
_SELF: Final = "script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
_NOTHING_ELSE: Final = "default-src 'none'; base-uri 'none'; form-action 'none'"

router = APIRouter(include_in_schema=False)


class WidgetFiles(StaticFiles):
    """The widget's files, which other sites may load and the browser must always ask for anew."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file with the headers that an embedding site needs."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response


@router.get("/")
async def home() -> RedirectResponse:
    """The demo page stands for the clinic's own site."""
    return RedirectResponse("/demo")


@router.get("/demo")
async def demo() -> FileResponse:
    """A clinic page that embeds the chat as any site would."""
    return page(_WIDGET / "demo" / "index.html")


@router.get("/answer")
async def answer() -> FileResponse:
    """Where a link in a text leads; the script behind it trades the link for the conversation."""
    return page(_WIDGET / "v1" / "answer.html")


@router.get("/widget/v1/frame.html")
async def frame(desk: TheDesk) -> FileResponse:
    """The chat itself; only the clinic's own sites may frame it."""
    sites = " ".join(("'self'", *desk.clinic.chat.allowed_sites))
    return page(_WIDGET / "v1" / "frame.html", framed_by=sites)


def mount_widget(app: FastAPI) -> None:
    """Serve everything below `/widget`."""
    serve(app, router)
    app.mount("/widget", WidgetFiles(directory=_WIDGET), name="widget")


def page(path: Path, framed_by: str = "'none'") -> FileResponse:
    """A page of ours, which loads from here alone and may be framed by the given sites."""
    policy = f"{_NOTHING_ELSE}; {_SELF}; frame-src 'self'; frame-ancestors {framed_by}"
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-cache",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return FileResponse(path, headers=headers)
