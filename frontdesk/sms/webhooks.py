"""The provider's two addresses: a text has come, and what became of one of ours.

A request is believed by its signature alone. The provider has no idea of "too many" and asks at
most once more, so whatever is signed is answered with success as soon as it is stored; what should
not be answered is decided behind that. A text that cannot be stored is refused, so that the
provider tries the fallback address, and a sweep finds it later; one that tells of an emergency is
answered with the advice in the very response, which needs no database.
"""

from typing import Annotated, Final
from xml.sax.saxutils import escape

import structlog
from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlalchemy.exc import SQLAlchemyError

from frontdesk import emergencies
from frontdesk.deadlines import in_time
from frontdesk.desk import Desk, TheDesk
from frontdesk.errors import Forbidden, Invalid, NotFound, NotStored
from frontdesk.lines import INBOUND, STATUS, Line
from frontdesk.sms import deliveries, receiving
from frontdesk.sms.alphabet import plain
from frontdesk.sms.case import Text
from frontdesk.sms.provider import count
from frontdesk.sms.signature import is_signed, read_form

DeliveryId = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
_HEADER: Final = "x-twilio-signature"
_LONGEST_SID: Final = 64
_log = structlog.get_logger()

router = APIRouter(include_in_schema=False)


@router.post(INBOUND)
async def take_in(request: Request, desk: TheDesk) -> Response:
    """A text has come."""
    line = _line(desk)
    fields = await _signed_fields(request, line, INBOUND)
    text = _text(line, fields)
    try:
        await in_time(_store(desk, line, text))
    except (SQLAlchemyError, NotStored):
        advice = emergencies.advice_without_database(desk.clinic, text.words)
        if advice is None:
            raise
        return _twiml(plain(advice))
    return _twiml()


@router.post(STATUS + "/{delivery}")
async def hear(delivery: DeliveryId, request: Request, desk: TheDesk) -> Response:
    """What became of a text of ours."""
    line = _line(desk)
    fields = await _signed_fields(request, line, f"{STATUS}/{delivery}")
    sid, status = fields.get("MessageSid", ""), fields.get("MessageStatus", "").lower()
    if not sid or len(sid) > _LONGEST_SID:
        raise Invalid("no_message_sid", "MessageSid is missing.")
    code = fields.get("ErrorCode") or None
    async with desk.database.transaction() as session:
        is_known = await deliveries.told(
            session, delivery, sid, status, code[:16] if code else None, desk.clock()
        )
    if not is_known:
        raise NotFound("no_such_delivery", "There is no such delivery.")
    return Response(status_code=204)


async def _store(desk: Desk, line: Line, text: Text) -> None:
    async with desk.database.transaction() as session:
        await receiving.receive(session, desk.clinic, [line.sender], text, desk.clock())


def _line(desk: Desk) -> Line:
    if desk.line is None:
        raise NotFound("no_texts", "Texts are not set up here; see docs/sms.md.")
    return desk.line


async def _signed_fields(request: Request, line: Line, path: str) -> dict[str, str]:
    """The form of a request that is the provider's; raises `Forbidden` for any other.

    Of a field that comes twice the last one counts, as the provider's own libraries have it.
    """
    try:
        fields = read_form(await request.body())
    except ValueError:
        raise Invalid("unreadable", "The form cannot be read.") from None
    query = request.url.query
    address = f"{line.public_url}{path}" + (f"?{query}" if query else "")
    signatures = request.headers.getlist(_HEADER)
    is_form = request.headers.get("content-type", "").startswith(
        "application/x-www-form-urlencoded"
    )
    if not (
        is_form
        and len(signatures) == 1
        and is_signed(line.auth_tokens, address, fields, signatures[0])
    ):
        # Somebody else's request, or PUBLIC_URL or a token of ours is wrong and texts are lost.
        _log.error("sms.refused", reason="signature", path=path.partition("/status/")[0])
        raise Forbidden(
            "not_signed", "The signature does not fit; check PUBLIC_URL and TWILIO_AUTH_TOKEN."
        )
    found = dict(fields)
    if found.get("AccountSid") != line.account_sid:
        _log.error("sms.refused", reason="account")
        raise Forbidden("other_account", "This is not our account; check TWILIO_ACCOUNT_SID.")
    return found


def _text(line: Line, fields: dict[str, str]) -> Text:
    sid = fields.get("MessageSid") or fields.get("SmsSid") or ""
    if not sid or len(sid) > _LONGEST_SID:
        raise Invalid("no_message_sid", "MessageSid is missing.")
    return Text(
        account_sid=line.account_sid,
        sid=_clean(sid),
        sender=_clean(fields.get("From", "")),
        line=_clean(fields.get("To", "")),
        words=fields.get("Body", ""),
        media=count(fields.get("NumMedia")),
        opt_out_type=_clean(fields.get("OptOutType", "")),
    )


def _clean(written: str) -> str:
    """What the provider writes in plain characters; nothing else is kept of it."""
    return "".join(sign for sign in written if sign.isprintable() and sign.isascii())[:128]


def _twiml(words: str | None = None) -> Response:
    message = "" if words is None else f"<Message>{escape(words)}</Message>"
    body = f'<?xml version="1.0" encoding="UTF-8"?><Response>{message}</Response>'
    return Response(body, media_type="text/xml")
