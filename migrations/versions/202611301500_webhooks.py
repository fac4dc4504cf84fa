"""Where systems want to be told, what they are told, and how that went."""

from __future__ import annotations

from typing import Final

from alembic import op

revision: str = "202611301500"
down_revision: str | None = "202611301400"
branch_labels: str | None = None
depends_on: str | None = None

TABLES: Final = """
ALTER TABLE systems ADD COLUMN webhook varchar(500);

CREATE TABLE notices (
    id uuid NOT NULL,
    system_id varchar(64) COLLATE "C" NOT NULL,
    envelope_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    recipient varchar(35) COLLATE "C" NOT NULL,
    priority_rank smallint NOT NULL,
    is_status boolean NOT NULL,
    consigned_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    state varchar(40) COLLATE "C" NOT NULL,
    due_at timestamptz,
    attempts integer NOT NULL,
    taken_at timestamptz,
    CONSTRAINT pk_notices PRIMARY KEY (id),
    CONSTRAINT ck_notices_due CHECK ((due_at IS NOT NULL) = (state = 'waiting'))
) PARTITION BY RANGE (id);
CREATE INDEX ix_notices_waiting ON notices (system_id, priority_rank DESC, id) WHERE due_at IS NOT NULL;
CREATE INDEX ix_notices_due ON notices (system_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX ix_notices_expires_at ON notices (expires_at) WHERE due_at IS NOT NULL;
CREATE INDEX ix_notices_system_id_id ON notices (system_id, id);

CREATE TABLE webhook_receivers (
    system_id varchar(64) COLLATE "C" NOT NULL,
    busy_until timestamptz NOT NULL,
    rests_until timestamptz NOT NULL,
    failures integer NOT NULL,
    CONSTRAINT pk_webhook_receivers PRIMARY KEY (system_id)
);

CREATE TABLE webhook_calls (
    id uuid NOT NULL,
    system_id varchar(64) COLLATE "C" NOT NULL,
    notice_id uuid,
    delivery_id uuid,
    at timestamptz NOT NULL,
    attempt integer NOT NULL,
    outcome varchar(40) COLLATE "C" NOT NULL,
    http_status smallint,
    milliseconds integer NOT NULL,
    CONSTRAINT pk_webhook_calls PRIMARY KEY (id)
);
CREATE INDEX ix_webhook_calls_system_id_id ON webhook_calls (system_id, id);
"""


def upgrade() -> None:
    """Make the tables and the column; what stands is not touched, and former programs go on without them."""
    op.execute(TABLES)


def downgrade() -> None:
    """Remove them: nobody is told any more, and everybody may still ask."""
    for table in ("webhook_calls", "webhook_receivers", "notices"):
        op.execute(f"DROP TABLE {table}")
    op.execute("ALTER TABLE systems DROP COLUMN webhook")
