"""Tables of the text messages: numbers, consent, what came, what goes, codes and links."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.database import Base


class PhoneNumber(Base):
    """A number that has texted us or that we have texted, in E.164.

    `conversation_id` is its conversation by text. Nothing is sent to it while `stopped_at` is set;
    until `resting_until` the assistant does not answer it, because too much came at once.
    """

    __tablename__ = "sms_numbers"

    number: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    created_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    resting_until: Mapped[datetime | None]


class Consent(Base):
    """One change of a number's consent: by which words, from where; rows are only added.

    `source` is `text` (they texted), `website` (they gave the code back there) or `provider`.
    """

    __tablename__ = "sms_consents"
    __table_args__ = (Index("ix_sms_consents_number", "number", "at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str]
    at: Mapped[datetime]
    given: Mapped[bool]
    words: Mapped[str] = mapped_column(Text)
    source: Mapped[str]


class InboundText(Base):
    """A text that the provider brought, once, whatever its copies.

    `outcome` says what became of it. `text` is kept where no message of a conversation holds it.
    `sent_at` is the provider's time, known of those that a sweep found.
    """

    __tablename__ = "sms_inbound"
    __table_args__ = (
        UniqueConstraint("account_sid", "message_sid"),
        Index("ix_sms_inbound_number_received_at", "number", "received_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    account_sid: Mapped[str]
    message_sid: Mapped[str]
    number: Mapped[str]
    line: Mapped[str]
    received_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    media: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str]
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    message_number: Mapped[int | None]
    text: Mapped[str | None] = mapped_column(Text)


class Delivery(Base):
    """One text on its way to a number; `deliveries.py` has its states and their order.

    It carries the messages `first_number` to `last_number` of a conversation; a code carries none.
    A secret in `text` is taken out once the provider has it. `lease` marks who sends it at the
    moment; `tried_at` is when it was last handed over, `looks` how often the provider's list has
    not shown it since. `error` is a code of the provider's, or one of `problems.py`.
    """

    __tablename__ = "sms_deliveries"
    __table_args__ = (
        Index("ix_sms_deliveries_state", "state", "not_before"),
        Index("ix_sms_deliveries_number", "number", "created_at"),
        Index("ix_sms_deliveries_tried_at", "tried_at"),
        Index("ix_sms_deliveries_conversation_id", "conversation_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str]
    country: Mapped[str]
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    kind: Mapped[str]
    first_number: Mapped[int | None]
    last_number: Mapped[int | None]
    text: Mapped[str] = mapped_column(Text)
    parts: Mapped[int]
    created_at: Mapped[datetime]
    place: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    looks: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None]
    lease: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    provider_sid: Mapped[str | None] = mapped_column(unique=True)
    error: Mapped[str | None]
    finished_at: Mapped[datetime | None]


class PhoneProof(Base):
    """A code that was texted to a number, to prove that whoever chats can read it there."""

    __tablename__ = "sms_proofs"
    __table_args__ = (Index("ix_sms_proofs_conversation_id", "conversation_id", "created_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    number: Mapped[str] = mapped_column(index=True)
    how: Mapped[str]
    code_hash: Mapped[str]
    created_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    proven_at: Mapped[datetime | None]


class AnswerLink(Base):
    """A link to a conversation that works once; only its hash is kept.

    `used_by` is the id of the request that used it: the same one, sent again, gets the same answer.
    """

    __tablename__ = "sms_links"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[str | None]


class Sweep(Base):
    """Up to when the texts that the provider holds have been looked through."""

    __tablename__ = "sms_sweeps"

    account_sid: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]
