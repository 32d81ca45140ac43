"""What can keep a text from its reader, in words for staff: what happened, and what to do.

The provider's codes are those of https://www.twilio.com/docs/api/errors; ours have names.
"""

from dataclasses import dataclass
from typing import Final

STOPPED: Final = "stopped"
OVER_NUMBER: Final = "over_number"
OVER_DAY: Final = "over_day"
OVER_COUNTRY: Final = "over_country"
READ_ALREADY: Final = "read_already"
NOT_MADE: Final = "not_made"
NOT_WANTED: Final = "not_wanted"
NO_MATTER: Final = (STOPPED, READ_ALREADY, NOT_WANTED)
"""Reasons that call for nobody: it is as the patient wants it."""
NEVER_ARRIVED: Final = "never_arrived"
TOO_OLD: Final = "too_old"
OPTED_OUT: Final = "21610"


@dataclass(frozen=True)
class Problem:
    """`words` for staff. A `temporary` one is tried again; `ours` is for whoever runs this."""

    words: str
    temporary: bool = False
    ours: bool = False


_PHONE: Final = "Phone the patient."
_OURS: Final = "Phone the patient, and tell whoever looks after the texting account."
_UNKNOWN: Final = Problem(f"The provider did not deliver it. {_PHONE}")
_PROBLEMS: Final = {
    STOPPED: Problem("The patient stopped our texts, so it was not sent. Phone them."),
    OVER_NUMBER: Problem(
        f"This number has had all texts that it may have today. {_PHONE}", ours=True
    ),
    OVER_DAY: Problem(f"The clinic has sent all texts that it may send today. {_OURS}", ours=True),
    OVER_COUNTRY: Problem(f"No more texts may go to that country today. {_PHONE}", ours=True),
    READ_ALREADY: Problem("Not needed: the patient has read it in the chat."),
    NOT_MADE: Problem(f"A fault of ours: no text could be made of it. {_PHONE}", ours=True),
    NOT_WANTED: Problem("Not sent: the patient wants no answers at that phone any more."),
    NEVER_ARRIVED: Problem(f"The provider could not be reached for too long. {_PHONE}", ours=True),
    TOO_OLD: Problem(f"It waited too long and would only confuse. {_PHONE}"),
    OPTED_OUT: Problem("The patient stopped our texts at their carrier. Phone them."),
    "20003": Problem(f"The provider does not accept our account. {_OURS}", ours=True),
    "20429": Problem(f"The provider was too busy for too long. {_PHONE}", temporary=True),
    "14107": Problem(f"The provider was too busy for too long. {_PHONE}", temporary=True),
    "21211": Problem("The provider says that this is no phone number. Ask for another one."),
    "21408": Problem(f"Our account may not text to that country. {_OURS}", ours=True),
    "21602": Problem(f"The text was empty. {_OURS}", ours=True),
    "21606": Problem(f"Our own number cannot send texts. {_OURS}", ours=True),
    "21608": Problem(f"A trial account texts to verified numbers only. {_OURS}", ours=True),
    "21611": Problem(f"Our number had too many texts waiting. {_PHONE}", temporary=True),
    "21612": Problem(f"Our number cannot reach that one. {_OURS}", ours=True),
    "21614": Problem("It is a number that gets no texts, a landline perhaps. Phone the patient."),
    "21617": Problem(f"The text was too long. {_OURS}", ours=True),
    "21619": Problem(f"The text was empty. {_OURS}", ours=True),
    "30001": Problem(f"Too many texts were waiting at the provider. {_PHONE}", temporary=True),
    "30002": Problem(f"Our account is suspended. {_OURS}", ours=True),
    "30003": Problem("The phone is off or out of reach. Try later, or phone the patient."),
    "30004": Problem("The phone does not take our texts: blocked, perhaps. Phone the patient."),
    "30005": Problem(
        "The number is not in use, or gets no texts. Check it, and phone the patient."
    ),
    "30006": Problem("It is a landline, or its carrier takes no texts. Phone the patient."),
    "30007": Problem(f"The carrier took it for spam and dropped it. {_OURS}", ours=True),
    "30008": _UNKNOWN,
    "30034": Problem(
        f"Carriers refuse our number until it is registered (A2P 10DLC). {_OURS}", ours=True
    ),
    "30032": Problem(f"Our toll-free number is not verified yet. {_OURS}", ours=True),
    "63038": Problem(f"The account has sent all that it may send today. {_OURS}", ours=True),
}


def problem(code: str | None) -> Problem:
    """The problem behind a code; one that is not known has a general answer."""
    return _PROBLEMS.get(code or "", _UNKNOWN)
