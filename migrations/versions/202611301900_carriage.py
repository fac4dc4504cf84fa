"""Whole packages at webhooks: what a system gets there, calls whose end nobody saw, and what answers brought along."""

from __future__ import annotations

from typing import Final

from alembic import op

revision: str = "202611301900"
down_revision: str | None = "202611301800"
branch_labels: str | None = None
depends_on: str | None = None

MORE: Final = """
ALTER TABLE systems ADD COLUMN webhook_mode varchar(40) COLLATE "C" NOT NULL DEFAULT 'event';
ALTER TABLE notices ADD COLUMN crashes smallint NOT NULL DEFAULT 0;
CREATE INDEX ix_notices_turn ON notices (system_id, crashes, priority_rank DESC, id) WHERE due_at IS NOT NULL;
CREATE INDEX ix_notices_delivery_id ON notices (delivery_id) WHERE due_at IS NOT NULL;
DROP INDEX ix_notices_waiting;
ALTER TABLE webhook_calls ADD COLUMN acknowledgement varchar(80) COLLATE "C";
CREATE INDEX ix_deliveries_pullable ON deliveries (recipient, priority_rank DESC, id)
    WHERE state IN ('consigned', 'ready', 'deferred');
CREATE INDEX ix_deliveries_carried ON deliveries (id) WHERE state IN ('ready', 'deferred');
DROP INDEX ix_deliveries_waiting;
"""

LESS: Final = """
CREATE INDEX ix_deliveries_waiting ON deliveries (recipient, priority_rank DESC, id) WHERE state = 'consigned';
DROP INDEX ix_deliveries_carried;
DROP INDEX ix_deliveries_pullable;
ALTER TABLE webhook_calls DROP COLUMN acknowledgement;
CREATE INDEX ix_notices_waiting ON notices (system_id, priority_rank DESC, id) WHERE due_at IS NOT NULL;
DROP INDEX ix_notices_delivery_id;
DROP INDEX ix_notices_turn;
ALTER TABLE notices DROP COLUMN crashes;
ALTER TABLE systems DROP COLUMN webhook_mode;
"""


def upgrade() -> None:
    """Add them: every system goes on as it was, told by events."""
    op.execute(MORE)


def downgrade() -> None:
    """Remove them; what is still to be pushed then, a program of that time leaves to its deadline."""
    op.execute(LESS)
