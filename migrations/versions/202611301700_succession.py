"""Who gets the mail of a closed agency, in whose place a message speaks, and which delivery a delivery came from."""

from __future__ import annotations

from typing import Final

from alembic import op

revision: str = "202611301700"
down_revision: str | None = "202611301600"
branch_labels: str | None = None
depends_on: str | None = None

MORE: Final = """
ALTER TABLE agencies ADD COLUMN forwards_to varchar(35) COLLATE "C";
ALTER TABLE envelopes ADD COLUMN spoken_for varchar(35) COLLATE "C";
ALTER TABLE deliveries ADD COLUMN redirected_from uuid;
"""

LESS: Final = """
ALTER TABLE deliveries DROP COLUMN redirected_from;
ALTER TABLE envelopes DROP COLUMN spoken_for;
ALTER TABLE agencies DROP COLUMN forwards_to;
"""


def upgrade() -> None:
    """Add three columns that are empty: no closed agency's mail is forwarded before somebody says so."""
    op.execute(MORE)


def downgrade() -> None:
    """Remove them: mail to closed agencies is refused again, and what was redirected stands alone."""
    op.execute(LESS)
