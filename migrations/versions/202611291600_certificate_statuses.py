"""What is known of certificates' revocation, what it rests on, and the verdicts and documents that wait for it.

Accepted messages are found by their octets: they may come again when their key has been revoked.
"""

from __future__ import annotations

from typing import Final

from alembic import op

revision: str = "202611291600"
down_revision: str | None = "202611210900"
branch_labels: str | None = None
depends_on: str | None = None

TABLES: Final = """
CREATE TABLE certificate_statuses (
    fingerprint bytea NOT NULL,
    der bytea NOT NULL,
    chain bytea[] NOT NULL,
    seen_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    judged_at timestamptz,
    state varchar(40) COLLATE "C" NOT NULL,
    source varchar(40) COLLATE "C",
    this_update timestamptz,
    next_update timestamptz,
    evidence bytea,
    revoked_at timestamptz,
    reason varchar(40) COLLATE "C",
    doubt varchar(40) COLLATE "C",
    CONSTRAINT pk_certificate_statuses PRIMARY KEY (fingerprint),
    CONSTRAINT ck_certificate_statuses_fingerprint CHECK (octet_length(fingerprint) = 32),
    CONSTRAINT ck_certificate_statuses_evidence CHECK (octet_length(evidence) = 32)
);
CREATE INDEX ix_certificate_statuses_due_at ON certificate_statuses (due_at);
CREATE INDEX ix_certificate_statuses_judged_at ON certificate_statuses (judged_at);

CREATE TABLE revocation_evidences (
    digest bytea NOT NULL,
    source varchar(40) COLLATE "C" NOT NULL,
    address text NOT NULL,
    fetched_at timestamptz NOT NULL,
    size bigint NOT NULL,
    CONSTRAINT pk_revocation_evidences PRIMARY KEY (digest),
    CONSTRAINT ck_revocation_evidences_digest CHECK (octet_length(digest) = 32)
);

CREATE TABLE open_verdicts (
    envelope_id uuid NOT NULL,
    fingerprint bytea NOT NULL,
    existed_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL,
    CONSTRAINT pk_open_verdicts PRIMARY KEY (envelope_id, fingerprint),
    CONSTRAINT ck_open_verdicts_fingerprint CHECK (octet_length(fingerprint) = 32)
);
CREATE INDEX ix_open_verdicts_fingerprint ON open_verdicts (fingerprint);
CREATE INDEX ix_open_verdicts_opened_at ON open_verdicts (opened_at);

CREATE TABLE document_checks (
    envelope_id uuid NOT NULL,
    accepted_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    CONSTRAINT pk_document_checks PRIMARY KEY (envelope_id)
);
CREATE INDEX ix_document_checks_due_at ON document_checks (due_at);

CREATE INDEX ix_envelopes_raw_digest ON envelopes (raw_digest);
"""

GUARDS: Final = """
CREATE TRIGGER revocation_evidences_only_grows BEFORE UPDATE OR DELETE ON revocation_evidences
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER revocation_evidences_stays BEFORE TRUNCATE ON revocation_evidences
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    """Make the tables and the index; nothing that stands is touched."""
    op.execute(TABLES)
    op.execute(GUARDS)


def downgrade() -> None:
    """Remove them, and with them what was found out about certificates: it can be asked again."""
    for table in ("document_checks", "open_verdicts", "revocation_evidences", "certificate_statuses"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP INDEX ix_envelopes_raw_digest")
