"""What is asked of those who have a document, what came of it, and which document stands in the place of another."""

from __future__ import annotations

from typing import Final

from alembic import op

revision: str = "202611301600"
down_revision: str | None = "202611301500"
branch_labels: str | None = None
depends_on: str | None = None

TABLES: Final = """
CREATE TABLE demands (
    envelope_id uuid NOT NULL,
    recipient varchar(35) COLLATE "C" NOT NULL,
    original_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    kind varchar(40) COLLATE "C" NOT NULL,
    state varchar(40) COLLATE "C" NOT NULL,
    asked_at timestamptz NOT NULL,
    due_at timestamptz,
    alarmed_at timestamptz,
    answered_at timestamptz,
    answer_id uuid,
    CONSTRAINT pk_demands PRIMARY KEY (envelope_id, recipient),
    CONSTRAINT ck_demands_answer CHECK ((answered_at IS NULL) = (answer_id IS NULL)),
    CONSTRAINT ck_demands_due CHECK (state = 'asked' OR due_at IS NULL)
);
CREATE INDEX ix_demands_original_id_recipient ON demands (original_id, recipient);
CREATE INDEX ix_demands_due_at ON demands (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE replacements (
    replaced_id uuid NOT NULL,
    replacing_id uuid NOT NULL,
    recipients text[] NOT NULL,
    CONSTRAINT pk_replacements PRIMARY KEY (replaced_id, replacing_id)
);
CREATE INDEX ix_replacements_replacing_id ON replacements (replacing_id);
"""

GUARDS: Final = """
CREATE TRIGGER replacements_only_grows BEFORE UPDATE OR DELETE ON replacements
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER replacements_stays BEFORE TRUNCATE ON replacements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    """Make the tables and the column; nothing that stands is touched, and a program that knows neither works on.

    Recalls and replacements that were accepted before have no rows: what they asked was carried, and not followed up.
    """
    op.execute(TABLES)
    op.execute(GUARDS)
    op.execute("ALTER TABLE deliveries ADD COLUMN recalled_at timestamptz")


def downgrade() -> None:
    """Remove them, and with them what came of recalls; the events and the evidence about it stay."""
    op.execute("ALTER TABLE deliveries DROP COLUMN recalled_at")
    op.execute("DROP TABLE replacements")
    op.execute("DROP TABLE demands")
