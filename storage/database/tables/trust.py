"""Tables of what is known about certificates: their revocation, what that rests on, and verdicts waiting for it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Index, Integer, LargeBinary, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.database.tables.base import Base, CodeText, Number, sha256


class CertificateStatusRow(Base):
    """A certificate that signatures rest on: what is known of its revocation, and when its authority is asked next."""

    __tablename__ = "certificate_statuses"
    __table_args__ = (
        sha256("fingerprint"),
        sha256("evidence"),
        Index(None, "due_at"),
        Index(None, "judged_at"),
        Index(None, "not_after"),
    )
    fingerprint: Mapped[bytes] = mapped_column(primary_key=True)
    der: Mapped[bytes]
    chain: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))
    not_after: Mapped[datetime]
    seen_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer)
    judged_at: Mapped[datetime | None]
    state: Mapped[CodeText]
    source: Mapped[CodeText | None]
    this_update: Mapped[datetime | None]
    next_update: Mapped[datetime | None]
    evidence: Mapped[bytes | None]
    revoked_at: Mapped[datetime | None]
    reason: Mapped[CodeText | None]
    doubt: Mapped[CodeText | None]


class RevocationEvidenceRow(Base):
    """A CRL or an OCSP answer that a state rested on; its octets stand in the object store. Only grows."""

    __tablename__ = "revocation_evidences"
    __table_args__ = (sha256("digest"),)
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    source: Mapped[CodeText]
    address: Mapped[str] = mapped_column(Text)
    fetched_at: Mapped[datetime]
    size: Mapped[Number]


class OpenVerdictRow(Base):
    """A certificate that an accepted message's verdict still waits for; removed when the verdict is completed."""

    __tablename__ = "open_verdicts"
    __table_args__ = (sha256("fingerprint"), Index(None, "fingerprint"), Index(None, "opened_at"))
    envelope_id: Mapped[UUID] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(primary_key=True)
    existed_at: Mapped[datetime]
    opened_at: Mapped[datetime]


class DocumentCheckRow(Base):
    """An accepted message whose documents are still to be judged; removed when a judgement is final."""

    __tablename__ = "document_checks"
    __table_args__ = (Index(None, "due_at"),)
    envelope_id: Mapped[UUID] = mapped_column(primary_key=True)
    accepted_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer)
    crashes: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
