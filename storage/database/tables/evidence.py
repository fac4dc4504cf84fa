"""Tables of what happened and what was attested: both only grow; what is still to be sealed is a row of work."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Integer, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.database.tables.base import Base, CodeText, Json, OrganText, SystemText, sha256


class EventRow(Base):
    """A fact, written in the transaction of the deed itself. Only grows."""

    __tablename__ = "events"
    __table_args__ = (
        Index(None, "envelope_id", "id", postgresql_where=text("envelope_id IS NOT NULL")),
        {"postgresql_partition_by": "RANGE (id)"},
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    tag: Mapped[CodeText]
    at: Mapped[datetime]
    envelope_id: Mapped[UUID | None]
    delivery_id: Mapped[UUID | None]
    system_id: Mapped[SystemText | None]
    organ_id: Mapped[OrganText | None]
    details: Mapped[Json]


class EvidenceRow(Base):
    """A sealed evidence, octet for octet as it was handed out. Only grows."""

    __tablename__ = "evidences"
    __table_args__ = (
        sha256("digest"),
        Index(None, "envelope_id", "id", postgresql_where=text("envelope_id IS NOT NULL")),
        {"postgresql_partition_by": "RANGE (id)"},
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[CodeText]
    event_id: Mapped[UUID]
    envelope_id: Mapped[UUID | None]
    delivery_id: Mapped[UUID | None]
    issued_at: Mapped[datetime]
    digest: Mapped[bytes]
    octets: Mapped[bytes]


class OwedEvidenceRow(Base):
    """An evidence that has to be sealed for an event; removed in the transaction that writes the evidence."""

    __tablename__ = "owed_evidences"
    __table_args__ = (
        Index(None, "due_at"),
        Index(None, "delivery_id"),
        # The order in which it is sealed: urgent first, then longest due first.
        Index("ix_owed_evidences_urgent", text("priority_rank DESC"), "due_at"),
    )
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[CodeText]
    envelope_id: Mapped[UUID]
    delivery_id: Mapped[UUID | None]
    event_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer)
    priority_rank: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
