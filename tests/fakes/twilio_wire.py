"""What Twilio puts on the wire: message resources, errors, pages, forms and signatures.

It shares no code with the front desk, so that the two are held against each other.
"""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.fakes.twilio_http import Response

API_VERSION = "2010-04-01"
KEYWORDS = {
    "STOP": {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"},
    "START": {"START", "YES", "UNSTOP"},
    "HELP": {"HELP", "INFO"},
}

# Twilio's own texts to the handset, without Advanced Opt-Out.
PROVIDER_TEXTS = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages "
    "from this number. Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. "
    "Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}

# Code -> its words; the number stands in them, as it does in Twilio's.
ERRORS = {
    20001: "Invalid query parameter",
    20003: "Authenticate",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20500: "Internal Server Error",
    21211: "The 'To' number {To} is not a valid phone number.",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21606: "The 'From' phone number {From} is not a valid, message-capable Twilio phone number.",
    21610: "Attempt to send to unsubscribed recipient",
    21617: "The concatenated message body exceeds the 1600 character limit.",
}
# Code -> its words in the resource's error_message.
DELIVERY_ERRORS = {
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30034: "Message from an unregistered number",
}

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("^{}\\[~]|€\f")

Parameters = Sequence[tuple[str, str]]


def sign(token: str, url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """X-Twilio-Signature of a form that is posted to `url` (docs/usage/security)."""
    glued = "".join(name + value for name, value in sorted(set(parameters)))
    digest = hmac.new(token.encode(), (url + glued).encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def new_sid(kind: str) -> str:
    """An id of Twilio's shape: `kind` is "SM", "MM" and so on."""
    return kind + uuid.uuid4().hex


def keyword(body: str) -> str | None:
    """STOP, START or HELP when the text is one of their words and nothing else."""
    word = body.strip().upper()
    return next((kind for kind, words in KEYWORDS.items() if word in words), None)


def segments(body: str) -> int:
    """How many parts carry the text; no character is cut in two."""
    if set(body) <= GSM_BASIC | GSM_EXTENDED:
        return _parts([1 + (letter in GSM_EXTENDED) for letter in body], 160, 153)
    return _parts([1 + (ord(letter) > 0xFFFF) for letter in body], 70, 67)


def _parts(sizes: list[int], alone: int, together: int) -> int:
    if sum(sizes) <= alone:
        return 1
    parts, used = 1, 0
    for size in sizes:
        if used + size > together:
            parts, used = parts + 1, 0
        used += size
    return parts


@dataclass
class Message:
    """One message as the provider holds it, either way; times are UTC, to the second.

    `serial` tells which of one second came first.
    """

    serial: int
    sid: str
    account_sid: str
    sender: str | None
    to: str
    body: str
    direction: str
    status: str
    created: datetime
    updated: datetime
    sent: datetime | None = None
    media: int = 0
    service: str | None = None
    callback: str | None = None
    error: int | None = None

    @property
    def uri(self) -> str:
        """Where it is fetched."""
        return f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}.json"

    @property
    def moment(self) -> datetime:
        """What the list sorts and filters by."""
        return self.sent or self.created

    def reach(self, status: str, now: datetime, error: int | None) -> None:
        """Enter a status; the error counts only where Twilio gives one."""
        self.status, self.updated = status, now
        self.error = error if status in {"failed", "undelivered"} else None
        if self.sent is None and status not in {"accepted", "queued", "sending", "failed"}:
            self.sent = now

    def resource(self) -> dict[str, Any]:
        """The message as the API shows it."""
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": format_datetime(self.created),
            "date_sent": format_datetime(self.sent) if self.sent else None,
            "date_updated": format_datetime(self.updated),
            "direction": self.direction,
            "error_code": self.error,
            "error_message": DELIVERY_ERRORS.get(self.error, "Unknown") if self.error else None,
            "from": self.sender,
            "messaging_service_sid": self.service,
            "num_media": str(self.media),
            # With a Messaging Service neither sender nor parts are known at first.
            "num_segments": "0" if self.status == "accepted" else str(segments(self.body)),
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": self.uri.replace(".json", "/Media.json")},
            "to": self.to,
            "uri": self.uri,
        }

    def status_form(self) -> list[tuple[str, str]]:
        """What the status callback carries."""
        form = [
            ("AccountSid", self.account_sid),
            ("ApiVersion", API_VERSION),
            ("From", self.sender or ""),
            ("MessageSid", self.sid),
            ("MessageStatus", self.status),
            ("SmsSid", self.sid),
            ("SmsStatus", self.status),
            ("To", self.to),
        ]
        if self.service:
            form.append(("MessagingServiceSid", self.service))
        if self.error:
            form.append(("ErrorCode", str(self.error)))
        if self.status in {"delivered", "undelivered"}:
            form.append(("RawDlrDoneDate", self.updated.strftime("%y%m%d%H%M")))
        return form


def inbound_form(message: Message) -> dict[str, str]:
    """What the webhook carries for a patient's text; Twilio sends the blank places too."""
    form = {
        "ToCountry": "US",
        "ToState": "AZ",
        "SmsMessageSid": message.sid,
        "NumMedia": str(message.media),
        "ToCity": "",
        "FromZip": "",
        "SmsSid": message.sid,
        "FromState": "AZ",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": message.body,
        "FromCountry": "US",
        "To": message.to,
        "ToZip": "",
        "NumSegments": str(segments(message.body)),
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.sender or "",
        "ApiVersion": API_VERSION,
    }
    media = f"https://api.twilio.com{message.uri.removesuffix('.json')}/Media/ME"
    for index in range(message.media):
        form[f"MediaUrl{index}"] = f"{media}{index:032x}"
        form[f"MediaContentType{index}"] = "image/jpeg"
    return form


def shown(status: int, content: Mapping[str, Any], **headers: str) -> Response:
    """An answer in JSON; a header's underscores stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, json.dumps(content).encode(), named)


def refusal(status: int, code: int, form: Mapping[str, str], retry_after: int = 1) -> Response:
    """An error as Twilio words it; 429 says after how many seconds to come back."""
    content = {
        "code": code,
        "message": ERRORS.get(code, "As the test wants it").format_map(_Blank(form)),
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    headers = {"Retry_After": str(retry_after)} if status == 429 else {}
    if status == 401:
        headers["WWW_Authenticate"] = 'Basic realm="Twilio API"'
    return shown(status, content, **headers)


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def fields(encoded: str) -> dict[str, str]:
    """A form or a query; of a name given twice the last value counts."""
    return dict(parse_qsl(encoded, keep_blank_values=True))


def matching(messages: Iterable[Message], query: Mapping[str, str]) -> list[Message]:
    """The messages that pass the filters, newest first. ValueError for a date that is none."""
    found = [each for each in messages if _passes(each, query)]
    return sorted(found, key=lambda each: (each.moment, each.serial), reverse=True)


def _passes(message: Message, query: Mapping[str, str]) -> bool:
    return (
        query.get("To", "") in {"", message.to}
        and query.get("From", "") in {"", message.sender}
        and _side(message.moment, query.get("DateSent")) in {0, None}
        and _side(message.moment, query.get("DateSent>")) in {0, 1, None}
        and _side(message.moment, query.get("DateSent<")) in {0, -1, None}
    )


def _side(moment: datetime, value: str | None) -> int | None:
    """Where the moment lies to a date or a time: -1 before it, 0 on it, 1 after it."""
    if not value:
        return None
    if "T" not in value:
        day = date.fromisoformat(value)
        return (moment.date() > day) - (moment.date() < day)
    point = datetime.fromisoformat(value)
    point = point if point.tzinfo else point.replace(tzinfo=UTC)
    return (moment > point) - (moment < point)


def page(messages: list[Message], path: str, query: Mapping[str, str]) -> dict[str, Any]:
    """One page of the list. ValueError for a size or a number that is none."""
    size = max(1, min(int(query.get("PageSize", "50")), 1000))
    number = int(query.get("Page", "0"))
    start = _start(messages, query.get("PageToken", ""), number * size)
    shown_ones = messages[start : start + size]
    filters = {name: value for name, value in query.items() if not name.startswith("Page")}

    def uri(page_number: int, **more: str) -> str:
        asked = {**filters, "PageSize": size, "Page": page_number, **more}
        return f"{path}?{urlencode(asked)}"

    left = len(messages) > start + size
    return {
        "messages": [each.resource() for each in shown_ones],
        "page": number,
        "page_size": size,
        "start": start,
        "end": start + len(shown_ones) - 1 if shown_ones else 0,
        "uri": uri(number),
        "first_page_uri": uri(0),
        "previous_page_uri": uri(number - 1) if number else None,
        "next_page_uri": uri(number + 1, PageToken=f"PA{shown_ones[-1].sid}") if left else None,
    }


def _start(messages: list[Message], token: str, otherwise: int) -> int:
    """A token names the last message shown, so that new ones shift nothing."""
    shown_before = [index for index, each in enumerate(messages) if f"PA{each.sid}" == token]
    return shown_before[0] + 1 if shown_before else otherwise
