"""Checks of documents: how often in a row nobody saw the end of one."""

from __future__ import annotations

from alembic import op

revision: str = "202611302000"
down_revision: str | None = "202611301900"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the number: nothing that waits has killed anybody yet, as far as is known."""
    op.execute("ALTER TABLE document_checks ADD COLUMN crashes smallint NOT NULL DEFAULT 0")


def downgrade() -> None:
    """Remove it."""
    op.execute("ALTER TABLE document_checks DROP COLUMN crashes")
