"""How a request shows who it comes from: a browser's cookie, or a program's bearer token."""

from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response

from frontdesk.desk import Desk, TheDesk
from frontdesk.errors import Forbidden, Unauthorized
from frontdesk.staff import service
from frontdesk.staff.models import Staff
from frontdesk.staff.service import SESSION_ABSOLUTE, SignedIn

_COOKIE: Final = "preconsult_session"


def cookie_name(desk: Desk) -> str:
    """`__Host-` binds the cookie to this host and TLS; plain http (local use) cannot have it."""
    return f"__Host-{_COOKIE}" if desk.settings.secure else _COOKIE


def set_cookie(desk: Desk, response: Response, token: str) -> None:
    """Sign the browser in."""
    response.set_cookie(
        cookie_name(desk),
        token,
        max_age=int(SESSION_ABSOLUTE.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=desk.settings.secure,
        path="/",
    )


def clear_cookie(desk: Desk, response: Response) -> None:
    """Sign the browser out."""
    response.delete_cookie(
        cookie_name(desk), httponly=True, samesite="strict", secure=desk.settings.secure, path="/"
    )


def session_token(desk: Desk, request: Request) -> str:
    """The session token that the browser sent, empty without one."""
    return request.cookies.get(cookie_name(desk), "")


async def signed_in(request: Request, desk: TheDesk) -> SignedIn | None:
    """Who is signed in with this browser, if anybody."""
    token, now = session_token(desk, request), desk.clock()
    if not token:
        return None
    async with desk.database.reading() as session:
        return await service.current(session, token, now)


async def touch(request: Request, desk: Desk) -> None:
    """The person has just done something: the time until the automatic sign-off begins anew."""
    token = session_token(desk, request)
    # Counted like any other limit, so that a page with many requests writes once a minute.
    if await desk.limits.allows(1, "session", token):
        async with desk.database.transaction() as session:
            await service.touch(session, token, desk.clock())


def require_same_site(request: Request, desk: Desk) -> None:
    """Refuse a form that another site's page sent; raises `Forbidden`."""
    fetch_site = request.headers.get("sec-fetch-site")
    if fetch_site is not None and fetch_site not in ("same-origin", "none"):
        raise _foreign_form()
    origin = request.headers.get("origin")
    hosts = (request.headers.get("host", ""), urlsplit(desk.settings.public_address).netloc)
    if origin is not None and urlsplit(origin).netloc not in hosts:
        raise _foreign_form()


def _foreign_form() -> Forbidden:
    return Forbidden("foreign_form", "This form was not sent from our own page; open it again.")


async def program(request: Request, desk: TheDesk) -> Staff:
    """Who a program acts for, by its personal token; raises `Unauthorized`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        async with desk.database.reading() as session:
            person = await service.holder_of_token(session, token.strip())
        if person is not None:
            return person
    raise Unauthorized(
        "token_unknown",
        "Send a personal token; `frontdesk staff token --email …` prints one.",
        {"WWW-Authenticate": "Bearer"},
    )


Program = Annotated[Staff, Depends(program)]
