"""The database's shape: what the migrations make is what the tables say, from nothing and from what is used."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from storage.database import schema
from storage.database.partitions import ensure
from storage.database.schema import check_revision, current_revision, newest_revision, upgrade
from storage.database.tables import PARTITIONED, Base
from storage.database.transactions import Transactions
from storage.errors import SchemaOutdated
from tests.fixtures.postgres import MOMENT
from tests.fixtures.programs import major_version

SHAPE = """
SELECT 'column', table_name, column_name, data_type, character_maximum_length, collation_name, is_nullable,
       column_default
FROM information_schema.columns
WHERE table_schema = 'public'
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), NULL, NULL, NULL, NULL
FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL
SELECT 'index', tablename, indexname, indexdef, NULL, NULL, NULL, NULL
FROM pg_indexes
WHERE schemaname = 'public'
UNION ALL
SELECT 'division', partrelid::regclass::text, NULL, pg_get_partkeydef(partrelid), NULL, NULL, NULL, NULL
FROM pg_partitioned_table
"""


def shape(connection: Connection) -> set[tuple[object, ...]]:
    """Everything the catalogue says of our tables, partitions left out."""
    rows = {tuple(row) for row in connection.execute(text(SHAPE))}
    children = set(connection.scalars(text("SELECT inhrelid::regclass::text FROM pg_inherits")))
    return {row for row in rows if row[1] not in children and row[1] != "alembic_version"}


def test_an_empty_database_gets_the_newest_shape(empty_engine: Engine) -> None:
    assert current_revision(empty_engine) is None
    upgrade(empty_engine, MOMENT)
    assert current_revision(empty_engine) == newest_revision()
    check_revision(empty_engine)


def test_who_owns_the_database_needs_no_other_right(empty_engine: Engine) -> None:
    with empty_engine.begin() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        connection.execute(text(f"CREATE ROLE {name}_owner"))
        connection.execute(text(f"ALTER DATABASE {name} OWNER TO {name}_owner"))
        connection.execute(text(f"ALTER DATABASE {name} SET role = {name}_owner"))
    empty_engine.dispose()
    upgrade(empty_engine, MOMENT)
    with Transactions(empty_engine).begin() as session:
        assert session.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")) is False
        assert ensure(session, MOMENT + timedelta(days=40))


def test_a_used_database_keeps_its_rows(own_engine: Engine) -> None:
    with Transactions(own_engine).begin() as session:
        session.execute(text("UPDATE directory_versions SET version = 7"))
    upgrade(own_engine, MOMENT)
    with Transactions(own_engine).read() as session:
        assert session.scalars(text("SELECT version FROM directory_versions")).one() == 7


def test_the_migrations_make_exactly_what_the_tables_say(empty_engine: Engine, engine: Engine) -> None:
    Base.metadata.create_all(empty_engine)
    with empty_engine.connect() as declared, engine.connect() as migrated:
        assert shape(migrated) == shape(declared)


def test_autogeneration_finds_nothing_to_do(engine: Engine) -> None:
    with engine.connect() as connection:
        parents = set(connection.scalars(text("SELECT inhrelid::regclass::text FROM pg_inherits")))
        options = {
            "compare_type": True,
            "compare_server_default": True,
            "include_name": lambda name, kind, _: kind != "table" or name not in parents,
        }
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []


def test_a_difference_would_be_seen(own_engine: Engine, engine: Engine) -> None:
    with own_engine.begin() as connection:
        before = shape(connection)
        connection.execute(text('ALTER TABLE systems ALTER COLUMN name TYPE varchar(500) COLLATE "C"'))
        connection.execute(text("ALTER TABLE deliveries DROP CONSTRAINT ck_deliveries_lease"))
        changed = {row[2] for row in before ^ shape(connection)}
    assert changed == {"name", "ck_deliveries_lease"}


def test_identifiers_are_ordered_alike_on_every_machine(engine: Engine) -> None:
    texts = text(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND collation_name IS DISTINCT FROM 'C' AND (column_name ~ '(^|_)(id|key|kid|jti)$'"
        " OR column_name IN ('sender', 'recipient', 'asked_as', 'parent', 'successor', 'spelling', 'subject'))"
        " AND data_type LIKE 'character%'"
    )
    with engine.connect() as connection:
        assert connection.execute(texts).all() == []


def test_processes_that_upgrade_at_once_wait_for_each_other(empty_engine: Engine) -> None:
    together = Barrier(4)

    def join(_: int) -> None:
        together.wait(30)
        upgrade(empty_engine, MOMENT)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(join, range(4)))
    check_revision(empty_engine)


def test_an_upgrade_that_fails_changes_nothing(empty_engine: Engine) -> None:
    with empty_engine.begin() as connection:
        connection.execute(text("CREATE TABLE used_assertions (obstacle text)"))
        before = shape(connection)
    with pytest.raises(ProgrammingError, match="used_assertions"):
        upgrade(empty_engine, MOMENT)
    with empty_engine.connect() as connection:
        assert shape(connection) == before
    assert current_revision(empty_engine) is None


def test_a_database_of_another_revision_is_named(empty_engine: Engine) -> None:
    with pytest.raises(SchemaOutdated, match="revision none"):
        check_revision(empty_engine)


def test_a_table_that_is_missing_means_that_the_shape_is_outdated(empty_engine: Engine) -> None:
    with pytest.raises(SchemaOutdated), Transactions(empty_engine).read() as session:
        session.execute(text("SELECT * FROM envelopes"))


def test_the_first_tables_are_not_dropped_by_a_program() -> None:
    *_, first = ScriptDirectory.from_config(schema._configuration()).walk_revisions()
    with pytest.raises(NotImplementedError, match="backup"):
        first.module.downgrade()


def test_every_revision_begins_with_its_date_and_nothing_else_lies_among_them() -> None:
    scripts = ScriptDirectory.from_config(schema._configuration())
    revisions = {revision.revision: Path(revision.path).name for revision in scripts.walk_revisions()}
    files = {path.name for path in Path(scripts.versions).glob("*.py")}
    assert all(name.startswith(f"{revision}_") for revision, name in revisions.items())
    assert files == set(revisions.values())
    assert scripts.get_heads() == [newest_revision()]


def test_the_shape_needs_nothing_newer_than_postgresql_15() -> None:
    words = "\n".join(path.read_text("utf-8") for path in Path(schema.__file__).parents[2].glob("migrations/**/*.py"))
    newer = (
        "UNIQUE NULLS NOT",
        "MERGE ",
        "JSON_TABLE",
        "ANY_VALUE",
        "uuidv7(",
        "VIRTUAL",
        "WITHOUT OVERLAPS",
        "MAINTAIN",
    )
    assert [word for word in newer if word.lower() in words.lower()] == []


def test_only_tables_that_grow_are_divided(engine: Engine) -> None:
    with engine.connect() as connection:
        divided = set(connection.scalars(text("SELECT partrelid::regclass::text FROM pg_partitioned_table")))
        defaults = connection.scalars(text("SELECT partdefid FROM pg_partitioned_table WHERE partdefid <> 0")).all()
    assert divided == set(PARTITIONED)
    assert defaults == []


def test_the_server_is_the_one_the_tests_were_told_to_run_on(engine: Engine) -> None:
    with engine.connect() as connection:
        version = str(connection.scalars(text("SHOW server_version")).one())
    assert version.partition(".")[0] == major_version()


def test_nothing_that_grows_is_counted_in_thirty_two_bits(engine: Engine) -> None:
    small = text(
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND data_type IN ('integer', 'smallint') AND table_name NOT IN"
        " (SELECT inhrelid::regclass::text FROM pg_inherits) ORDER BY 1"
    )
    with engine.connect() as connection:
        sequences = connection.scalars(text("SELECT relname FROM pg_class WHERE relkind = 'S'")).all()
        counted = set(connection.scalars(small))
    assert sequences == []
    assert counted <= {
        # How often something was tried, a place in a short list, one of four ranks, a status, a span, the only row.
        "deliveries.attempts",
        "notices.attempts",
        "notices.crashes",
        "notices.priority_rank",
        "webhook_calls.attempt",
        "webhook_calls.http_status",
        "webhook_calls.milliseconds",
        "webhook_receivers.failures",
        "owed_evidences.attempts",
        "certificate_statuses.attempts",
        "document_checks.attempts",
        "document_checks.crashes",
        "agency_aliases.position",
        "agency_successors.position",
        "system_keys.position",
        "system_scopes.position",
        "deliveries.priority_rank",
        "envelopes.priority_rank",
        "owed_evidences.priority_rank",
        "directory_versions.id",
    }
