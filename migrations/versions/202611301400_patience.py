"""When an alarm is raised for a delivery that nobody takes, and urgent evidence before other evidence."""

from __future__ import annotations

from typing import Final

from alembic import op

revision: str = "202611301400"
down_revision: str | None = "202611301000"
branch_labels: str | None = None
depends_on: str | None = None

MORE: Final = """
ALTER TABLE deliveries ADD COLUMN alarm_at timestamptz;
CREATE INDEX ix_deliveries_alarm_at ON deliveries (alarm_at) WHERE alarm_at IS NOT NULL;
ALTER TABLE owed_evidences ADD COLUMN priority_rank smallint NOT NULL DEFAULT 0;
CREATE INDEX ix_owed_evidences_urgent ON owed_evidences (priority_rank DESC, due_at);
"""

LESS: Final = """
DROP INDEX ix_owed_evidences_urgent;
ALTER TABLE owed_evidences DROP COLUMN priority_rank;
DROP INDEX ix_deliveries_alarm_at;
ALTER TABLE deliveries DROP COLUMN alarm_at;
"""


def upgrade() -> None:
    """Add both; for deliveries that are under way no alarm was promised, and none is raised."""
    op.execute(MORE)


def downgrade() -> None:
    """Remove both: alarms that are due are raised by nobody."""
    op.execute(LESS)
