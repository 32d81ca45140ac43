"""Pages to get in and out: sign-in, the one-time invitation, sign-out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from frontdesk.desk import Desk, TheDesk, address_of
from frontdesk.errors import DeskError, NotFound
from frontdesk.inbox.guard import HOME, SIGN_IN, FormPerson, PageRoute, safe_next
from frontdesk.inbox.rendering import render
from frontdesk.staff import service, sessions
from frontdesk.staff.service import Invited

router = APIRouter(route_class=PageRoute)
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
        limit = desk.settings.sign_ins_per_minute
        await desk.limits.require(limit, "sign_in", address_of(request))
        async with desk.database.transaction() as session:
            token = await service.sign_in(session, email, password, desk.clock())
    except DeskError as error:
        return render(
            "sign_in.html", error.status, clinic=desk.clinic, next=goal, email=email, error=error
        )
    return _signed_in(desk, token, goal)


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
        async with desk.database.transaction() as session:
            session_token = await service.accept_invitation(
                session, token, desk.clock(), password=password, name=name, email=email
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
