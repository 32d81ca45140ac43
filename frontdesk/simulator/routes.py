"""The simulated provider's interface, and the phone page with what its script asks."""

import secrets
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel, ConfigDict, Field

from frontdesk.conversations.views import KeptText
from frontdesk.errors import Unauthorized
from frontdesk.lines import SIMULATOR
from frontdesk.simulator.phones import Phones
from frontdesk.web_chat.pages import page
from frontdesk.web_chat.tokens import bearer

_PAGE: Final = Path(__file__).resolve().parents[2] / "widget" / "demo" / "phone.html"
_LONGEST: Final = 1_600

provider = APIRouter(prefix=f"{SIMULATOR}/2010-04-01/Accounts/{{account}}", include_in_schema=False)
pages = APIRouter(prefix="/demo/phone", include_in_schema=False)


def the_phones(request: Request) -> Phones:
    """The simulator that serves this request."""
    phones: Phones = request.app.state.phones
    return phones


ThePhones = Annotated[Phones, Depends(the_phones)]


def own_account(
    account: str,
    phones: ThePhones,
    given: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())],
) -> str:
    """The account of the path, for whoever knows its token."""
    wanted = (phones.line.account_sid, phones.line.auth_tokens[0])
    is_known = secrets.compare_digest(given.password.encode(), wanted[1].encode())
    if not is_known or (account, given.username) != (wanted[0], wanted[0]):
        raise Unauthorized("20003", "The simulator does not know that account.")
    return account


OwnAccount = Annotated[str, Depends(own_account)]


@provider.post("/Messages.json")
async def create(
    account: OwnAccount,
    phones: ThePhones,
    to: Annotated[str, Form(alias="To")],
    words: Annotated[str, Form(alias="Body")],
    callback: Annotated[str, Form(alias="StatusCallback")] = "",
) -> Response:
    """Send a text to a phone."""
    if len(words) > _LONGEST:
        return JSONResponse({"code": 21617, "message": "too long", "status": 400}, 400)
    held = phones.keep(phones.line.sender, to, words, is_inbound=False)
    phones.deliver(held, callback)
    return JSONResponse({**held.as_json(account), "status": "queued"}, 201)


@provider.get("/Messages.json")
async def read(
    account: OwnAccount,
    phones: ThePhones,
    since: Annotated[datetime | None, Query(alias="DateSent>")] = None,
    to: Annotated[str, Query(alias="To")] = "",
) -> dict[str, Any]:
    """The messages, newest first."""
    found = [
        each.as_json(account)
        for each in reversed(phones.held)
        if (since is None or each.at >= since) and to in ("", each.to)
    ]
    return {"messages": found, "next_page_uri": None}


class NewText(BaseModel):
    """What somebody writes on a phone."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[KeptText, Field(max_length=_LONGEST)]


def own_number(request: Request, phones: ThePhones) -> str:
    """The number of the phone whose secret the request carries."""
    number = phones.owners.get(bearer(request))
    if number is None:
        raise Unauthorized("no_phone", "This phone is gone; take a new one.")
    return number


OwnNumber = Annotated[str, Depends(own_number)]


@pages.get("")
async def phone_page() -> FileResponse:
    """A phone to try the texts with."""
    return page(_PAGE)


@pages.post("/phones", status_code=201)
async def take_phone(phones: ThePhones) -> dict[str, str]:
    """A phone with a fictional number, for this tab alone."""
    number, token = phones.new_phone()
    return {"number": number, "clinic": phones.line.sender, "token": token}


@pages.get("/texts")
async def read_texts(
    number: OwnNumber, phones: ThePhones, after: Annotated[int, Query(ge=0)] = 0
) -> dict[str, Any]:
    """What stands on the phone's screen."""
    return {
        "texts": [
            {
                "number": each.number,
                "mine": each.is_inbound,
                "text": each.words,
                "at": each.at.isoformat(),
            }
            for each in phones.of_phone(number, after)
        ]
    }


@pages.post("/texts", status_code=201)
async def send_text(new: NewText, number: OwnNumber, phones: ThePhones) -> dict[str, bool]:
    """Text to the clinic."""
    held = phones.keep(number, phones.line.sender, new.text, is_inbound=True)
    status = await phones.bring(held)
    return {"arrived": status == 200}
