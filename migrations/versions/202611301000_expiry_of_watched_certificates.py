"""When a watched certificate expires, so that it can be forgotten some time after."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa
from alembic import op
from cryptography import x509

revision: str = "202611301000"
down_revision: str | None = "202611291600"
branch_labels: str | None = None
depends_on: str | None = None

BATCH: Final = 1_000
"""Certificates read at once: two megabytes."""

UNREADABLE: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""For octets that are no certificate: nobody can ask about them, and they may be forgotten."""

_FILL: Final = sa.text("UPDATE certificate_statuses SET not_after = :not_after WHERE fingerprint = :fingerprint")
_NEXT: Final = sa.text("SELECT fingerprint, der FROM certificate_statuses WHERE not_after IS NULL LIMIT :batch")


def upgrade() -> None:
    """Add the column, and read it out of every certificate there is."""
    op.execute("ALTER TABLE certificate_statuses ADD COLUMN not_after timestamptz")
    connection = op.get_bind()
    while rows := connection.execute(_NEXT, {"batch": BATCH}).all():
        connection.execute(_FILL, [{"fingerprint": one.fingerprint, "not_after": _not_after(one.der)} for one in rows])
    op.execute("ALTER TABLE certificate_statuses ALTER COLUMN not_after SET NOT NULL")
    op.execute("CREATE INDEX ix_certificate_statuses_not_after ON certificate_statuses (not_after)")


def downgrade() -> None:
    """Remove it: it stands in the certificates."""
    op.execute("ALTER TABLE certificate_statuses DROP COLUMN not_after")


def _not_after(der: bytes) -> datetime:
    try:
        return x509.load_der_x509_certificate(der).not_valid_after_utc
    except (ValueError, x509.InvalidVersion):
        return UNREADABLE
