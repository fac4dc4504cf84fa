"""Packages that come up in chunks: the uploads that were begun, and what has come of each."""

from __future__ import annotations

from typing import Final

from alembic import op

revision: str = "202611301800"
down_revision: str | None = "202611301700"
branch_labels: str | None = None
depends_on: str | None = None

TABLES: Final = """
CREATE TABLE uploads (
    id uuid NOT NULL,
    system_id varchar(64) COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    size bigint NOT NULL,
    received bigint NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    state varchar(40) COLLATE "C" NOT NULL,
    envelope_id uuid,
    CONSTRAINT pk_uploads PRIMARY KEY (id),
    CONSTRAINT ck_uploads_digest CHECK (octet_length(digest) = 32),
    CONSTRAINT ck_uploads_received CHECK (received BETWEEN 0 AND size)
);
CREATE UNIQUE INDEX uq_uploads_system_id_digest ON uploads (system_id, digest) WHERE state <> 'ended';
CREATE INDEX ix_uploads_expires_at ON uploads (expires_at);

CREATE TABLE upload_chunks (
    upload_id uuid NOT NULL,
    start bigint NOT NULL,
    size bigint NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT pk_upload_chunks PRIMARY KEY (upload_id, start),
    CONSTRAINT fk_upload_chunks_upload_id FOREIGN KEY (upload_id) REFERENCES uploads (id) ON DELETE CASCADE,
    CONSTRAINT ck_upload_chunks_digest CHECK (octet_length(digest) = 32)
);
"""


def upgrade() -> None:
    """Make the tables; nothing that stands is touched, and a program that does not know them works on."""
    op.execute(TABLES)


def downgrade() -> None:
    """Remove them: uploads under way are begun anew, and what has come of them stays in the store as rubbish."""
    op.execute("DROP TABLE upload_chunks")
    op.execute("DROP TABLE uploads")
