"""The first tables: directory, exchange, events and evidence.

Written as SQL, so that it says for ever what it said on the day; `storage.database.tables` says what stands today.
Partitions are made by `storage.database.partitions`, which is told the time.
"""

from __future__ import annotations

from typing import Final

from alembic import op

revision: str = "202611210900"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None

DIRECTORY: Final = """
CREATE TABLE agencies (
    organ_id varchar(35) COLLATE "C" NOT NULL,
    name_vi varchar(500) NOT NULL,
    name_en varchar(500),
    parent varchar(35) COLLATE "C",
    is_group boolean NOT NULL,
    is_receiving boolean NOT NULL,
    valid_from date,
    valid_to date,
    CONSTRAINT pk_agencies PRIMARY KEY (organ_id)
);

CREATE TABLE agency_aliases (
    alias_key varchar(35) COLLATE "C" NOT NULL,
    organ_id varchar(35) COLLATE "C" NOT NULL,
    spelling varchar(35) COLLATE "C" NOT NULL,
    position smallint NOT NULL,
    CONSTRAINT pk_agency_aliases PRIMARY KEY (alias_key),
    CONSTRAINT fk_agency_aliases_organ_id FOREIGN KEY (organ_id) REFERENCES agencies (organ_id)
);
CREATE INDEX ix_agency_aliases_organ_id ON agency_aliases (organ_id);

CREATE TABLE agency_successors (
    organ_id varchar(35) COLLATE "C" NOT NULL,
    position smallint NOT NULL,
    successor varchar(35) COLLATE "C" NOT NULL,
    CONSTRAINT pk_agency_successors PRIMARY KEY (organ_id, position),
    CONSTRAINT fk_agency_successors_organ_id FOREIGN KEY (organ_id) REFERENCES agencies (organ_id)
);

CREATE TABLE agency_certificates (
    fingerprint bytea NOT NULL,
    organ_id varchar(35) COLLATE "C" NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz NOT NULL,
    suspended_at timestamptz,
    der bytea NOT NULL,
    CONSTRAINT pk_agency_certificates PRIMARY KEY (fingerprint),
    CONSTRAINT ck_agency_certificates_fingerprint CHECK (octet_length(fingerprint) = 32)
);
CREATE INDEX ix_agency_certificates_organ_id ON agency_certificates (organ_id);

CREATE TABLE systems (
    system_id varchar(64) COLLATE "C" NOT NULL,
    organ_id varchar(35) COLLATE "C" NOT NULL,
    name varchar(500) NOT NULL,
    state varchar(40) COLLATE "C" NOT NULL,
    CONSTRAINT pk_systems PRIMARY KEY (system_id)
);

CREATE TABLE system_scopes (
    system_id varchar(64) COLLATE "C" NOT NULL,
    is_exact boolean NOT NULL,
    position smallint NOT NULL,
    organ_id varchar(35) COLLATE "C" NOT NULL,
    CONSTRAINT pk_system_scopes PRIMARY KEY (system_id, is_exact, position),
    CONSTRAINT fk_system_scopes_system_id FOREIGN KEY (system_id) REFERENCES systems (system_id)
);

CREATE TABLE system_keys (
    system_id varchar(64) COLLATE "C" NOT NULL,
    kid varchar(128) COLLATE "C" NOT NULL,
    position smallint NOT NULL,
    jwk varchar(8192) NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    CONSTRAINT pk_system_keys PRIMARY KEY (system_id, kid),
    CONSTRAINT fk_system_keys_system_id FOREIGN KEY (system_id) REFERENCES systems (system_id)
);

CREATE TABLE directory_versions (
    id smallint NOT NULL,
    version bigint NOT NULL,
    agencies_version bigint NOT NULL,
    CONSTRAINT pk_directory_versions PRIMARY KEY (id),
    CONSTRAINT ck_directory_versions_single CHECK (id = 1)
);
INSERT INTO directory_versions (id, version, agencies_version) VALUES (1, 0, 0);

CREATE TABLE directory_changes (
    id uuid NOT NULL,
    version bigint NOT NULL,
    kind varchar(40) COLLATE "C" NOT NULL,
    subject varchar(64) COLLATE "C" NOT NULL,
    before jsonb,
    after jsonb NOT NULL,
    actor varchar(200) NOT NULL,
    reason varchar(2000),
    at timestamptz NOT NULL,
    CONSTRAINT pk_directory_changes PRIMARY KEY (id)
);
CREATE INDEX ix_directory_changes_kind_subject_id ON directory_changes (kind, subject, id);
"""

EXCHANGE: Final = """
CREATE TABLE envelopes (
    id uuid NOT NULL,
    business_type varchar(40) COLLATE "C",
    status_code text,
    sender varchar(35) COLLATE "C" NOT NULL,
    system_id varchar(64) COLLATE "C" NOT NULL,
    document_id varchar(255) COLLATE "C",
    original_id uuid,
    raw_digest bytea NOT NULL,
    content_digest bytea NOT NULL,
    size bigint NOT NULL,
    priority_rank smallint NOT NULL,
    number text,
    notation text,
    subject text,
    promulgation_date date,
    description text,
    said_at timestamptz,
    accepted_at timestamptz NOT NULL,
    verdict jsonb NOT NULL,
    warnings jsonb NOT NULL,
    CONSTRAINT pk_envelopes PRIMARY KEY (id),
    CONSTRAINT ck_envelopes_raw_digest CHECK (octet_length(raw_digest) = 32),
    CONSTRAINT ck_envelopes_content_digest CHECK (octet_length(content_digest) = 32),
    CONSTRAINT ck_envelopes_kind CHECK ((business_type IS NULL) <> (status_code IS NULL))
) PARTITION BY RANGE (id);
CREATE INDEX ix_envelopes_sender_id ON envelopes (sender, id);
CREATE INDEX ix_envelopes_original_id ON envelopes (original_id) WHERE original_id IS NOT NULL;

CREATE TABLE deliveries (
    id uuid NOT NULL,
    envelope_id uuid NOT NULL,
    recipient varchar(35) COLLATE "C" NOT NULL,
    asked_as varchar(35) COLLATE "C" NOT NULL,
    state varchar(40) COLLATE "C" NOT NULL,
    priority_rank smallint NOT NULL,
    accepted_at timestamptz NOT NULL,
    due_at timestamptz,
    lease_id uuid,
    lease_system varchar(64) COLLATE "C",
    leased_until timestamptz,
    fetched_at timestamptz,
    attempts integer NOT NULL,
    held_from varchar(40) COLLATE "C",
    final_at timestamptz,
    CONSTRAINT pk_deliveries PRIMARY KEY (id),
    CONSTRAINT ck_deliveries_lease CHECK (num_nulls(lease_id, lease_system, leased_until) IN (0, 3)),
    CONSTRAINT ck_deliveries_due CHECK ((due_at IS NULL) = (final_at IS NOT NULL))
) PARTITION BY RANGE (id);
CREATE INDEX ix_deliveries_envelope_id_recipient ON deliveries (envelope_id, recipient);
CREATE INDEX ix_deliveries_waiting ON deliveries (recipient, priority_rank DESC, id) WHERE state = 'consigned';
CREATE INDEX ix_deliveries_due_at ON deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX ix_deliveries_lease_id ON deliveries (lease_id) WHERE lease_id IS NOT NULL;
CREATE INDEX ix_deliveries_leased_until ON deliveries (leased_until) WHERE leased_until IS NOT NULL;

CREATE TABLE submission_keys (
    digest bytea NOT NULL,
    kind varchar(40) COLLATE "C" NOT NULL,
    content_digest bytea NOT NULL,
    envelope_id uuid NOT NULL,
    sender varchar(35) COLLATE "C" NOT NULL,
    document_id varchar(255) COLLATE "C",
    accepted_at timestamptz NOT NULL,
    CONSTRAINT pk_submission_keys PRIMARY KEY (digest),
    CONSTRAINT ck_submission_keys_digest CHECK (octet_length(digest) = 32),
    CONSTRAINT ck_submission_keys_content_digest CHECK (octet_length(content_digest) = 32)
);
CREATE INDEX ix_submission_keys_documents ON submission_keys (document_id, sender)
    WHERE kind IN ('document', 'operation');

CREATE TABLE document_numbers (
    digest bytea NOT NULL,
    envelope_id uuid NOT NULL,
    document_id varchar(255) COLLATE "C" NOT NULL,
    CONSTRAINT pk_document_numbers PRIMARY KEY (digest, envelope_id),
    CONSTRAINT ck_document_numbers_digest CHECK (octet_length(digest) = 32)
);

CREATE TABLE used_assertions (
    system_id varchar(64) COLLATE "C" NOT NULL,
    jti varchar(255) COLLATE "C" NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_used_assertions PRIMARY KEY (system_id, jti)
);
CREATE INDEX ix_used_assertions_expires_at ON used_assertions (expires_at);
"""

EVIDENCE: Final = """
CREATE TABLE events (
    id uuid NOT NULL,
    tag varchar(40) COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    envelope_id uuid,
    delivery_id uuid,
    system_id varchar(64) COLLATE "C",
    organ_id varchar(35) COLLATE "C",
    details jsonb NOT NULL,
    CONSTRAINT pk_events PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX ix_events_envelope_id_id ON events (envelope_id, id) WHERE envelope_id IS NOT NULL;

CREATE TABLE evidences (
    id uuid NOT NULL,
    type varchar(40) COLLATE "C" NOT NULL,
    event_id uuid NOT NULL,
    envelope_id uuid,
    delivery_id uuid,
    issued_at timestamptz NOT NULL,
    digest bytea NOT NULL,
    octets bytea NOT NULL,
    CONSTRAINT pk_evidences PRIMARY KEY (id),
    CONSTRAINT ck_evidences_digest CHECK (octet_length(digest) = 32)
) PARTITION BY RANGE (id);
CREATE INDEX ix_evidences_envelope_id_id ON evidences (envelope_id, id) WHERE envelope_id IS NOT NULL;

CREATE TABLE owed_evidences (
    event_id uuid NOT NULL,
    type varchar(40) COLLATE "C" NOT NULL,
    envelope_id uuid NOT NULL,
    delivery_id uuid,
    event_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    CONSTRAINT pk_owed_evidences PRIMARY KEY (event_id)
);
CREATE INDEX ix_owed_evidences_due_at ON owed_evidences (due_at);
CREATE INDEX ix_owed_evidences_delivery_id ON owed_evidences (delivery_id);
"""

REFUSAL: Final = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % only grows: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'AX001';
END
$$;
"""

GUARDS: Final = """
CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER {table}_stays BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

APPEND_ONLY: Final = ("envelopes", "events", "evidences", "submission_keys", "document_numbers", "directory_changes")


def upgrade() -> None:
    """Make everything."""
    for part in (DIRECTORY, EXCHANGE, EVIDENCE, REFUSAL):
        op.execute(part)
    for table in APPEND_ONLY:
        op.execute(GUARDS.format(table=table))


def downgrade() -> None:
    """Refuse: before the first tables there is nothing, and what was accepted is not thrown away by a program."""
    raise NotImplementedError("the first tables are not dropped; restore a backup, or drop the database by hand")
