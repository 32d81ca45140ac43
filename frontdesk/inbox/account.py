"""Pages to get in and out: sign-in, the one-time invitation, sign-out."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from frontdesk.desk import Desk, TheDesk, address_of
from frontdesk.errors import DeskError, NotFound
from frontdesk.inbox.guard import HOME, SIGN_IN, FormPerson, PageRoute, safe_next
from frontdesk.inbox.rendering import render
from frontdesk.staff import entering, service, sessions
from frontdesk.staff.secrets import hash_token
from frontdesk.staff.service import Invited

# An account has the tries of so many addresses.
_ADDRESSES: Final = 3

router = APIRouter(prefix="/inbox", route_class=PageRoute, include_in_schema=False)
Token = Annotated[str, Path(max_length=100)]
Field = Annotated[str, Form()]


def own_form(request: Request, desk: TheDesk) -> None:
    """Refuse a form that another site sent; raises `Forbidden`."""
    sessions.require_same_site(request, desk)


@router.get("/sign-in")
async def ask_to_sign_in(desk: TheDesk, next: str = HOME) -> Response:
    """The sign-in page."""
    return render("sign_in.html", clinic=desk.clinic, next=safe_next(next), email="", error=None)


@router.post("/sign-in", dependencies=[Depends(own_form)])
async def sign_in(
    request: Request,
    desk: TheDesk,
    email: Field = "",
    password: Field = "",
    next: Field = HOME,
) -> Response:
    """Check the password; the page comes back with what to do when it does not fit."""
    goal = safe_next(next)
    try:
        await _require_patience(request, desk, email)
        token = await entering.sign_in(desk.database, email, password, desk.clock())
    except DeskError as error:
        return render(
            "sign_in.html", error.status, clinic=desk.clinic, next=goal, email=email, error=error
        )
    return _signed_in(desk, token, goal)


async def _require_patience(request: Request, desk: Desk, email: str) -> None:
    per_minute = desk.settings.sign_ins_per_minute
    await desk.limits.require(per_minute, "sign_in", address_of(request))
    # Guesses can come from many addresses. The window is a minute, so that a person is kept out
    # only while somebody goes on guessing; a new link lets them in even then.
    account = hash_token(service.plain(email))
    await desk.limits.require(_ADDRESSES * per_minute, "sign_in_account", account)


@router.post("/sign-out")
async def sign_out(request: Request, desk: TheDesk, me: FormPerson) -> Response:
    """The session is over, here and on the server."""
    async with desk.database.transaction() as session:
        await service.sign_out(session, sessions.session_token(desk, request))
    response = RedirectResponse(SIGN_IN, 303)
    sessions.clear_cookie(desk, response)
    return response


@router.get("/invitations/{token}")
async def show_invitation(token: Token, desk: TheDesk) -> Response:
    """The one-time link: who it is for, and a password to choose."""
    invited = await _invited(desk, token)
    return render("invitation.html", clinic=desk.clinic, invited=invited, filled={}, error=None)


@router.post("/invitations/{token}", dependencies=[Depends(own_form)])
async def accept_invitation(
    token: Token, desk: TheDesk, password: Field = "", name: Field = "", email: Field = ""
) -> Response:
    """Set the password and go in; the page comes back with what to do when it cannot be used."""
    try:
        session_token = await entering.accept_invitation(
            desk.database, token, desk.clock(), password=password, name=name, email=email
        )
    except NotFound:
        raise
    except DeskError as error:
        filled = {"name": name, "email": email}
        invited = await _invited(desk, token)
        return render(
            "invitation.html",
            error.status,
            clinic=desk.clinic,
            invited=invited,
            filled=filled,
            error=error,
        )
    return _signed_in(desk, session_token, HOME)


async def _invited(desk: Desk, token: str) -> Invited:
    async with desk.database.reading() as session:
        return await service.invitation(session, token, desk.clock())


def _signed_in(desk: Desk, token: str, goal: str) -> Response:
    response = RedirectResponse(goal, 303)
    sessions.set_cookie(desk, response, token)
    return response
