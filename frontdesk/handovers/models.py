"""The table of the handovers."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.database import Base


class Handover(Base):
    """One matter that waits for a person, until `closed_at`.

    `question` holds the patient's words, `message_number` where they stand in the conversation.
    An urgent one also waits to be acknowledged.
    """

    __tablename__ = "handovers"
    __table_args__ = (Index("ix_handovers_open", "closed_at", "priority", "opened_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    reason: Mapped[str]
    priority: Mapped[str]
    question: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    message_number: Mapped[int | None]
    opened_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
