"""The audit trail: who did what to which conversation, and when. It never holds patients' words."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.database import Base


class AuditEntry(Base):
    """One thing that was done; rows are added and never changed."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def record(
    session: AsyncSession, at: datetime, actor: str, action: str, subject: str, **details: Any
) -> None:
    """Add a row in the caller's transaction.

    `actor` is `patient`, `assistant`, `system` or a staff id; `action` is like `handover.opened`.
    """
    session.add(AuditEntry(at=at, actor=actor, action=action, subject=subject, details=details))
