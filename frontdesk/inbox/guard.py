"""Who may see the inbox, and whose forms are believed; refusals become pages here."""

import secrets
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import Depends, Form, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.responses import Response

from frontdesk.desk import TheDesk
from frontdesk.errors import DeskError, Forbidden, NotFound, Unauthorized
from frontdesk.inbox.rendering import render, wants_part
from frontdesk.staff import sessions
from frontdesk.staff.service import SignedIn

HOME: Final = "/inbox/waiting"
SIGN_IN: Final = "/inbox/sign-in"
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """Answers people: a refusal is a page, and who is not signed in is asked to."""

    def get_route_handler(self) -> Handler:
        """The handler with refusals turned into pages."""
        handle = super().get_route_handler()

        async def handle_for_people(request: Request) -> Response:
            try:
                return await handle(request)
            except Unauthorized as error:
                return _ask_to_sign_in(request, error)
            except RequestValidationError:
                return _page_of(NotFound("not_found", "There is nothing at this address."))
            except DeskError as error:
                return _page_of(error)

        return handle_for_people


def _ask_to_sign_in(request: Request, error: Unauthorized) -> Response:
    # A part of a page is not replaced by the sign-in page: the text in its reply box would go.
    if wants_part(request):
        return render("error.html", error.status, error=error)
    if request.method != "GET":
        return RedirectResponse(SIGN_IN, 303)
    return RedirectResponse(f"{SIGN_IN}?next={quote(request.url.path)}", 303)


def _page_of(error: DeskError) -> Response:
    return render("error.html", error.status, error=error)


async def watcher(request: Request, desk: TheDesk) -> SignedIn:
    """Whose page asks, be it by itself; raises `Unauthorized`."""
    found = await sessions.signed_in(request, desk)
    if found is None:
        raise Unauthorized("signed_out", "You are signed out. Sign in again to go on.")
    return found


Watcher = Annotated[SignedIn, Depends(watcher)]


async def person(request: Request, desk: TheDesk, me: Watcher) -> SignedIn:
    """Who is signed in; what they do themselves puts off the automatic sign-off."""
    # An open page fetches its own parts for ever, also when nobody is left in the room.
    if request.method != "GET" or not wants_part(request):
        await sessions.touch(request, desk)
    return me


Person = Annotated[SignedIn, Depends(person)]


async def form_of_person(
    request: Request, desk: TheDesk, me: Person, csrf: Annotated[str, Form()] = ""
) -> SignedIn:
    """Who sent the form, if it came from our own page; raises `Unauthorized`, `Forbidden`."""
    sessions.require_same_site(request, desk)
    if not secrets.compare_digest(csrf.encode(), me.csrf.encode()):
        raise Forbidden(
            "foreign_form", "This form is out of date. Go back and load the page again."
        )
    return me


FormPerson = Annotated[SignedIn, Depends(form_of_person)]


def safe_next(wanted: str) -> str:
    """Where to go after signing in: only a page of the inbox itself."""
    inside = wanted.startswith("/inbox/") and "//" not in wanted and "\\" not in wanted
    return wanted if inside and wanted.isprintable() else HOME
