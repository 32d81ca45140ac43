"""The table of the booking requests."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.database import Base


class Booking(Base):
    """A booking that a patient confirmed; `details` have the shape of `BookingDetails`."""

    __tablename__ = "bookings"

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id"))
    reference: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="requested")
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(index=True)
