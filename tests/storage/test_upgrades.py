"""`axis db upgrade` of what is in use: every row stays, receipts still prove, and the program goes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Final

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from axis.demo.keys import KeyRing
from axis.demo.letters import FIRST
from axis.exchange.outcomes import Acceptance
from axis.sdk import ReceiptVerifier
from envelopes.evidence import Evidence, EvidenceType
from envelopes.packages import package_of
from signing.certificates import Certificate
from storage.database import schema
from storage.database.schema import current_revision, newest_revision, upgrade
from storage.errors import StorageError
from tests.fixtures.exchange import SENDER, Exchange, opened
from tests.fixtures.postgres import MOMENT
from tests.fixtures.running import eventually
from tests.storage.used import ERAS, contents, lost, revive, use

PROGRAM: Final = (sys.executable, "-c", "from axis.cli.main import run; run()", "db", "upgrade", "--json")
WAITING: Final = """
SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted
"""
REVISIONS: Final = tuple(
    revision.revision for revision in ScriptDirectory.from_config(schema._configuration()).walk_revisions()
)
KEPT: Final = tuple(revision for revision in REVISIONS if (ERAS / revision).is_dir())

NEXT: Final = '''"""One more revision."""

from alembic import op

revision = "999912310000"
down_revision = "{newest}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change something."""
    op.execute("ALTER TABLE envelopes ADD COLUMN carried_by text; CREATE TABLE carriers (id uuid PRIMARY KEY)")
    op.execute("""{change}""")
'''


def bring_to(engine: Engine, revision: str) -> None:
    """Give an empty database the shape of a revision, and what was kept in it at the time."""
    with engine.begin() as connection:
        command.upgrade(schema._configuration(connection), revision)
        revive(connection, revision)


def proved(exchange: Exchange, seal: Path) -> list[Evidence]:
    """Return everything that is sealed, each verified against the seal of its time."""
    verifier = ReceiptVerifier.pinned(Certificate.many_from_pem(seal.read_bytes()))
    with exchange.axis.engine.connect() as connection:
        octets = connection.scalars(text("SELECT octets FROM evidences ORDER BY id")).all()
    return [verifier.verify(one, at=MOMENT) for one in octets]


def goes_on(exchange: Exchange, package: bytes) -> None:
    """The submission of long ago gets its very receipt, what was owed is sealed, and new letters are accepted."""
    again = exchange.axis.intake.submit(package_of(package), exchange.caller(SENDER))
    assert isinstance(again, Acceptance)
    assert again.is_repeat
    receipt = exchange.axis.tracer.evidence(again.receipt_id, exchange.caller(SENDER))
    assert again.receipt == receipt
    states = {one.state for one in exchange.axis.tracer.trace(again.envelope_id, exchange.caller(SENDER)).deliveries}
    assert states == {"handed_over", "consigned"}
    assert exchange.attest() == 1
    exchange.accept(exchange.letter(replace(FIRST, number=3), to=("G22",)))


@pytest.fixture
def one_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """A revision more than there is; `request.param` is what it does beside adding a column and a table."""
    ours = Path(schema.__file__).parents[2] / "migrations"
    theirs = tmp_path / "migrations"
    shutil.copytree(ours, theirs, ignore=shutil.ignore_patterns("__pycache__"))
    words = NEXT.format(newest=newest_revision(), change=request.param)
    (theirs / "versions" / "999912310000_more.py").write_text(words)
    monkeypatch.setattr(schema, "find_spec", lambda _name: SimpleNamespace(origin=str(theirs / "__init__.py")))
    yield
    assert REVISIONS[0] != newest_revision()


def test_every_revision_but_the_newest_has_its_era() -> None:
    assert set(REVISIONS[1:]) <= set(KEPT)
    assert {path.name for path in ERAS.iterdir()} == set(KEPT)


def test_a_database_that_is_up_to_date_and_in_use_stays_as_it_is(
    own_engine: Engine, key_ring: KeyRing, tmp_path: Path
) -> None:
    with opened(own_engine, key_ring, tmp_path) as exchange:
        package = use(exchange)
        before = contents(own_engine)
        assert [table for table, rows in before.items() if not rows] == [], "it was used"
        for _ in range(2):
            upgrade(own_engine, MOMENT)
        assert contents(own_engine) == before
        assert len(proved(exchange, key_ring.seal_file)) == len(before["evidences"])
        goes_on(exchange, package)


@pytest.mark.parametrize("revision", KEPT)
def test_what_was_kept_at_each_revision_is_kept_by_the_newest(
    empty_engine: Engine, key_ring: KeyRing, tmp_path: Path, revision: str
) -> None:
    bring_to(empty_engine, revision)
    before = contents(empty_engine)
    for _ in range(2):
        upgrade(empty_engine, MOMENT)
        assert current_revision(empty_engine) == newest_revision()
        assert lost(before, contents(empty_engine)) == []
    era, anchors = ERAS / revision, tmp_path / "anchors.pem"
    anchors.write_bytes((era / "anchors.pem").read_bytes() + key_ring.files.anchors.read_bytes())
    with opened(empty_engine, key_ring, tmp_path, anchors=anchors) as exchange:
        kinds = {evidence.type for evidence in proved(exchange, era / "seal.pem")}
        assert kinds >= {EvidenceType.SUBMISSION_ACCEPTANCE, EvidenceType.CONTENT_HANDOVER}
        goes_on(exchange, (era / "letter.edxml").read_bytes())


@pytest.mark.usefixtures("one_more")
@pytest.mark.parametrize("one_more", ["UPDATE systems SET name = name"], indirect=True)
def test_one_more_revision_is_made_on_what_is_kept(own_engine: Engine, key_ring: KeyRing, tmp_path: Path) -> None:
    with opened(own_engine, key_ring, tmp_path) as exchange:
        package = use(exchange)
        before = contents(own_engine)
        upgrade(own_engine, MOMENT)
        assert current_revision(own_engine) == "999912310000"
        assert lost(before, contents(own_engine)) == []
        proved(exchange, key_ring.seal_file)
        goes_on(exchange, package)


@pytest.mark.usefixtures("one_more")
@pytest.mark.parametrize(
    ("one_more", "table"),
    [
        ("DELETE FROM owed_evidences", "owed_evidences"),
        ("DROP TABLE used_assertions", "used_assertions"),
        ("UPDATE deliveries SET attempts = attempts + 1", "deliveries"),
        ("ALTER TABLE envelopes DISABLE TRIGGER ALL; UPDATE envelopes SET size = size + 1", "envelopes"),
    ],
    indirect=["one_more"],
)
def test_a_revision_that_loses_something_would_be_seen(empty_engine: Engine, table: str) -> None:
    bring_to(empty_engine, KEPT[0])
    before = contents(empty_engine)
    upgrade(empty_engine, MOMENT)
    assert lost(before, contents(empty_engine)) == [table]


@pytest.mark.usefixtures("one_more")
@pytest.mark.parametrize("one_more", ["UPDATE deliveries SET attempts = attempts + 1; SELECT 1 / 0"], indirect=True)
def test_an_upgrade_that_fails_leaves_a_used_database_as_it_was(empty_engine: Engine) -> None:
    bring_to(empty_engine, KEPT[0])
    before, revision = contents(empty_engine), current_revision(empty_engine)
    with pytest.raises(StorageError, match="22012"):
        upgrade(empty_engine, MOMENT)
    assert (contents(empty_engine), current_revision(empty_engine)) == (before, revision)


@pytest.mark.slow
@pytest.mark.parametrize("revision", [None, KEPT[-1]], ids=["empty", "the oldest"])
def test_processes_that_upgrade_at_once_do_it_once(empty_engine: Engine, revision: str | None) -> None:
    if revision is not None:
        bring_to(empty_engine, revision)
    before = contents(empty_engine)
    url = empty_engine.url.render_as_string(hide_password=False)
    environment = {**os.environ, "AXIS_DATABASE__URL": url}
    with empty_engine.connect() as holder:
        holder.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": schema._LOCK})
        both = [subprocess.Popen(PROGRAM, env=environment, stdout=subprocess.PIPE) for _ in range(2)]
        with empty_engine.connect() as watcher:
            waiting = text(WAITING)
            eventually(lambda: watcher.scalars(waiting).one() == len(both) or None, seconds=60)
        holder.rollback()
    told = [json.loads(process.communicate()[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert [one["after"] for one in told] == [newest_revision()] * 2
    assert lost(before, contents(empty_engine)) == []
