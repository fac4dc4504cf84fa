"""Tables of what comes up in chunks: the uploads that systems have begun, and what has come of each."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.database.tables.base import Base, CodeText, SystemText, sha256


class UploadRow(Base):
    """One package on its way in. `received` octets of `size` have come; `digest` is announced for all of them."""

    __tablename__ = "uploads"
    __table_args__ = (
        sha256("digest"),
        CheckConstraint("received BETWEEN 0 AND size", name="received"),
        # One at a time of one package, so that whoever lost the first answer, or its own memory, finds it again.
        Index(
            "uq_uploads_system_id_digest",
            "system_id",
            "digest",
            unique=True,
            postgresql_where=text("state <> 'ended'"),
        ),
        Index(None, "expires_at"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    system_id: Mapped[SystemText]
    digest: Mapped[bytes]
    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[CodeText]
    envelope_id: Mapped[UUID | None]


class UploadChunkRow(Base):
    """Octets of an upload that are kept: from which place on, how many, and their digest."""

    __tablename__ = "upload_chunks"
    __table_args__ = (sha256("digest"),)
    upload_id: Mapped[UUID] = mapped_column(ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes]
