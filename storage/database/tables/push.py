"""Tables of what systems are told at their webhooks: the notices, the receivers, and the log of calls."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.database.tables.base import ORDINAL, Base, CodeText, OrganText, SystemText

REMARK_MAX: Final = 80
"""Characters of what became of an acknowledgement: a code of a refusal; the longest has 42."""


class NoticeRow(Base):
    """What one system is told of one delivery; its id is that of the event as the system sees it, at every call."""

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint("(due_at IS NOT NULL) = (state = 'waiting')", name="due"),
        # The order a receiver is served in: urgent first, then oldest first; after all else what kills workers.
        Index(
            "ix_notices_turn",
            "system_id",
            "crashes",
            text("priority_rank DESC"),
            "id",
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index(None, "delivery_id", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_notices_due", "system_id", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index(None, "expires_at", postgresql_where=text("due_at IS NOT NULL")),
        Index(None, "system_id", "id"),
        {"postgresql_partition_by": "RANGE (id)"},
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    system_id: Mapped[SystemText]
    envelope_id: Mapped[UUID]
    delivery_id: Mapped[UUID]
    recipient: Mapped[OrganText]
    priority_rank: Mapped[int] = mapped_column(SmallInteger)
    is_status: Mapped[bool]
    consigned_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[CodeText]
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer)
    taken_at: Mapped[datetime | None]
    crashes: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))


class ReceiverRow(Base):
    """A system that has, or had, a webhook: which worker serves it until when, and how it has been answering."""

    __tablename__ = "webhook_receivers"
    system_id: Mapped[SystemText] = mapped_column(primary_key=True)
    busy_until: Mapped[datetime]
    rests_until: Mapped[datetime]
    failures: Mapped[int] = mapped_column(Integer)


class WebhookCallRow(Base):
    """One call to a webhook: when, about what, and what became of it; never what was said. Kept for some weeks."""

    __tablename__ = "webhook_calls"
    __table_args__ = (Index(None, "system_id", "id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    system_id: Mapped[SystemText]
    notice_id: Mapped[UUID | None]
    delivery_id: Mapped[UUID | None]
    at: Mapped[datetime]
    attempt: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[CodeText]
    http_status: Mapped[int | None] = mapped_column(SmallInteger)
    milliseconds: Mapped[int] = mapped_column(Integer)
    acknowledgement: Mapped[str | None] = mapped_column(String(REMARK_MAX, collation=ORDINAL))
