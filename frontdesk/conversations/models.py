"""Tables of the conversations: the conversation, its messages, its turns, late answers, texts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.database import Base

ASSISTANT = "assistant"
QUEUE = "queue"
STAFF = "staff"
BY_TEXT = "sms"
ANSWERS_IN_FULL = "full"
ANSWERS_AS_LINK = "link"
STAFF_TOOK_OVER = "staff_took_over"
NOT_ANSWERED = "not_answered"
HELD_BACK = "held_back"
WITHOUT_ANSWER = (STAFF_TOOK_OVER, NOT_ANSWERED, HELD_BACK)
"""Outcomes of turns whose patient has read no answer: a person is to give it."""
NOT_ASKED = "not_asked"
"""The outcome of a turn that the assistant never gets: it would not know what to say to it."""


class Conversation(Base):
    """One patient's conversation; `owner` says who may answer (`ownership.py` has the rules).

    `unanswered_since` is set while staff own it and the patient has written last; `form` is the
    assistant's open form (`clinic.contract.FormState`), for the card. `form_dropped` is set when
    staff gave the conversation back without that form, until the assistant has heard of it.
    `read_by_patient` and `read_by_staff` are the last messages that each side has seen.
    `phone` (E.164) is a number that is proven to be the patient's: they texted from it, or gave
    back a code that was texted to it. `texts` says what goes there: everything (`sms`, this is a
    conversation by text), or of a chat the staff's answers, in `full` or as a `link`. Nothing goes
    to a number whose owner has `texts_stopped`.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        CheckConstraint("owner IN ('assistant', 'queue', 'staff')", name="owner"),
        CheckConstraint("(owner = 'staff') = (owner_staff_id IS NOT NULL)", name="one_owner"),
        CheckConstraint(
            "texts IS NULL OR (texts IN ('sms', 'link', 'full') AND phone IS NOT NULL)",
            name="texts",
        ),
        Index("ix_conversations_owner_staff_id", "owner_staff_id"),
        Index("ix_conversations_phone", "phone"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str]
    created_at: Mapped[datetime]
    owner: Mapped[str] = mapped_column(default=ASSISTANT)
    owner_staff_id: Mapped[str | None]
    owner_staff_name: Mapped[str | None]
    last_number: Mapped[int] = mapped_column(default=0)
    last_message_at: Mapped[datetime] = mapped_column(index=True)
    unanswered_since: Mapped[datetime | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    form: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    form_dropped: Mapped[bool] = mapped_column(default=False, server_default=false())
    read_by_patient: Mapped[int] = mapped_column(default=0, server_default="0")
    read_by_staff: Mapped[int] = mapped_column(default=0, server_default="0")
    phone: Mapped[str | None]
    texts: Mapped[str | None]
    texts_stopped: Mapped[bool] = mapped_column(default=False, server_default=false())


class Message(Base):
    """One message; `number` counts from 1 in its conversation without gaps.

    `choices` are quick replies as the assistant offered them ({label, intent, entities});
    `choice` is the one that a patient tapped ({number, index}). `advice` names the red flag that
    was found in a patient's message and answered at once.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "number"),
        UniqueConstraint("conversation_id", "client_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    number: Mapped[int]
    author: Mapped[str]
    name: Mapped[str | None]
    kind: Mapped[str] = mapped_column(default="text")
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    client_id: Mapped[str | None]
    choices: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    choice: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    chosen: Mapped[int | None]
    topic: Mapped[str | None]
    advice: Mapped[str | None]


class Turn(Base):
    """A patient's message that waits for the assistant, until `finished_at`.

    A worker holds it until `leased_until`; `lease` is its mark, so that one that comes back
    late cannot store what another has stored by then. `refusals` counts answers that could not be
    used. `outcome` is how it ended.
    """

    __tablename__ = "turns"
    __table_args__ = (
        Index("ix_turns_waiting", "finished_at", "conversation_id", "number"),
        Index("ix_turns_conversation_id_number", "conversation_id", "number"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), unique=True)
    number: Mapped[int]
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    refusals: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    told_delayed: Mapped[bool] = mapped_column(default=False)
    handed_over: Mapped[bool] = mapped_column(default=False)


class Suggestion(Base):
    """What the assistant would have answered, had no person taken the conversation meanwhile.

    Staff see it beside the patient's message of that number; the patient never does.
    """

    __tablename__ = "suggestions"

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id"), unique=True)
    message_number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Outgoing(Base):
    """A message that is still to become a text; written with the message, gone with its text."""

    __tablename__ = "outgoing"
    __table_args__ = (Index("ix_outgoing_created_at", "created_at"),)

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    created_at: Mapped[datetime]
