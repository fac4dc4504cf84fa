"""Tables of the exchange: what was accepted, under which identity, and where each recipient's delivery stands.

No foreign key joins tables that are partitioned by month. Checking one costs a locked look-up for each of 20,000
deliveries, it would forbid dropping an old month of one table before the others, and the rows it would protect are
written together in one transaction by one function and never removed.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Integer, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.database.tables.base import (
    ORDINAL,
    Base,
    CodeText,
    DocumentText,
    Json,
    JsonList,
    Number,
    OrganText,
    SystemText,
    sha256,
)

ASSERTION_ID_MAX: Final = 255
"""Characters in the `jti` of a client assertion."""


class EnvelopeRow(Base):
    """One accepted message, as it was judged. Its octets stand in the object store under `raw_digest`. Only grows."""

    __tablename__ = "envelopes"
    __table_args__ = (
        sha256("raw_digest"),
        sha256("content_digest"),
        CheckConstraint("(business_type IS NULL) <> (status_code IS NULL)", name="kind"),
        Index(None, "sender", "id"),
        Index(None, "original_id", postgresql_where=text("original_id IS NOT NULL")),
        # Octets that come again after their key ended are found by nothing else: no message is read from them.
        Index(None, "raw_digest"),
        {"postgresql_partition_by": "RANGE (id)"},
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    business_type: Mapped[CodeText | None]
    status_code: Mapped[str | None] = mapped_column(Text)  # codes nobody published travel too, in whatever length
    sender: Mapped[OrganText]
    system_id: Mapped[SystemText]
    document_id: Mapped[DocumentText | None]
    original_id: Mapped[UUID | None]
    raw_digest: Mapped[bytes]
    content_digest: Mapped[bytes]
    size: Mapped[Number]
    priority_rank: Mapped[int] = mapped_column(SmallInteger)
    number: Mapped[str | None] = mapped_column(Text)
    notation: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(Text)
    promulgation_date: Mapped[date | None]
    description: Mapped[str | None] = mapped_column(Text)
    said_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime]
    verdict: Mapped[Json]
    warnings: Mapped[JsonList]
    spoken_for: Mapped[OrganText | None]


class DeliveryRow(Base):
    """One envelope on its way to one recipient. A lease is three columns, not a state."""

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint("num_nulls(lease_id, lease_system, leased_until) IN (0, 3)", name="lease"),
        CheckConstraint("(due_at IS NULL) = (final_at IS NOT NULL)", name="due"),
        Index(None, "envelope_id", "recipient"),
        # The order a recipient is served in: urgent first, then oldest first.
        Index(
            "ix_deliveries_pullable",
            "recipient",
            text("priority_rank DESC"),
            "id",
            postgresql_where=text("state IN ('consigned', 'ready', 'deferred')"),
        ),
        Index("ix_deliveries_carried", "id", postgresql_where=text("state IN ('ready', 'deferred')")),
        Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index(None, "lease_id", postgresql_where=text("lease_id IS NOT NULL")),
        Index(None, "leased_until", postgresql_where=text("leased_until IS NOT NULL")),
        Index(None, "alarm_at", postgresql_where=text("alarm_at IS NOT NULL")),
        {"postgresql_partition_by": "RANGE (id)"},
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    envelope_id: Mapped[UUID]
    recipient: Mapped[OrganText]
    asked_as: Mapped[OrganText]
    state: Mapped[CodeText]
    priority_rank: Mapped[int] = mapped_column(SmallInteger)
    accepted_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    lease_id: Mapped[UUID | None]
    lease_system: Mapped[SystemText | None]
    leased_until: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer)
    held_from: Mapped[CodeText | None]
    final_at: Mapped[datetime | None]
    alarm_at: Mapped[datetime | None]
    recalled_at: Mapped[datetime | None]
    redirected_from: Mapped[UUID | None]


class DemandRow(Base):
    """What a message asks of one recipient of an earlier document, and what came of it.

    Not partitioned: recalls and updates are rare, and their answers change the rows. `delivery_id` is the recipient's
    delivery on which the events of the demand stand. `due_at` is when its silence raises an alarm, None for no alarm.
    """

    __tablename__ = "demands"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (answer_id IS NULL)", name="answer"),
        CheckConstraint("state = 'asked' OR due_at IS NULL", name="due"),
        Index(None, "original_id", "recipient"),
        Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )
    envelope_id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient: Mapped[OrganText] = mapped_column(primary_key=True)
    original_id: Mapped[UUID]
    delivery_id: Mapped[UUID]
    kind: Mapped[CodeText]
    state: Mapped[CodeText]
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    alarmed_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answer_id: Mapped[UUID | None]


class ReplacementRow(Base):
    """That one document stands in the place of another (both by envelope), for `recipients`, or for all. Only grows."""

    __tablename__ = "replacements"
    __table_args__ = (Index(None, "replacing_id"),)
    replaced_id: Mapped[UUID] = mapped_column(primary_key=True)
    replacing_id: Mapped[UUID] = mapped_column(primary_key=True)
    recipients: Mapped[list[str]] = mapped_column(ARRAY(Text))


class SubmissionKeyRow(Base):
    """The identity of an accepted submission; its key decides which of two equal ones was first. Only grows.

    Not partitioned: a key must be unique for ever, and documents are looked up by their senders' ids.
    """

    __tablename__ = "submission_keys"
    __table_args__ = (
        sha256("digest"),
        sha256("content_digest"),
        Index(
            "ix_submission_keys_documents",
            "document_id",
            "sender",
            postgresql_where=text("kind IN ('document', 'operation')"),
        ),
    )
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    kind: Mapped[CodeText]
    content_digest: Mapped[bytes]
    envelope_id: Mapped[UUID]
    sender: Mapped[OrganText]
    document_id: Mapped[DocumentText | None]
    accepted_at: Mapped[datetime]


class DocumentNumberRow(Base):
    """A printed number within its sender and year, as a digest; the same one under another id is worth a warning.

    Only grows. Not partitioned: it is looked up by the number, of which nobody knows in which month it was used first.
    """

    __tablename__ = "document_numbers"
    __table_args__ = (sha256("digest"),)
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    envelope_id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[DocumentText]


class UsedAssertionRow(Base):
    """A client assertion that was exchanged for a token; until it expires nobody can use it again."""

    __tablename__ = "used_assertions"
    __table_args__ = (Index(None, "expires_at"),)
    system_id: Mapped[SystemText] = mapped_column(primary_key=True)
    jti: Mapped[str] = mapped_column(String(ASSERTION_ID_MAX, collation=ORDINAL), primary_key=True)
    expires_at: Mapped[datetime]
