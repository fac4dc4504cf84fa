"""A database that was used: everything the program keeps, how to look at it, and how it is kept for later revisions.

An era is what the program left in a database of one revision, as plain SQL, with the certificates that its receipts go
back to and the package of one letter. Before a revision is added, the one that was the newest gets its era:
`python -m tests.storage.used`.
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, event, text

from axis.demo.keys import KeyRing
from axis.demo.letters import FIRST
from axis.enrolment.registrar import Instruction
from axis.exchange.uploads import Chunk
from envelopes.codes import StatusCode
from envelopes.identifiers import EventId, OrganId
from envelopes.packages import package_of
from routing.webhooks import CallOutcome
from signing.assertions import AssertionKey
from storage.database import partitions
from storage.database.checks import owe_check
from storage.database.embedded import EmbeddedPostgres
from storage.database.engine import make_engine
from storage.database.revocations import keep_evidence, keep_status, open_verdicts, take_due, watch
from storage.database.schema import newest_revision, upgrade
from storage.database.webhooks import record_call
from storage.records import DocumentCheck, KeptStatus, OpenVerdict, RevocationSource, SeenCertificate, WebhookCall
from tests.fixtures.exchange import SENDER, Exchange, opened
from tests.fixtures.operations import recall_of, replacement_of
from tests.fixtures.postgres import MOMENT

ERAS: Final = Path(__file__).with_name("eras")
WORD: Final = Instruction(actor="tests", reason="a test asks for it")

_TABLES: Final = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
      AND relname <> 'alembic_version'
ORDER BY relname
"""

Contents = Mapping[str, Sequence[Mapping[str, Any]]]


def use(exchange: Exchange) -> bytes:
    """Return the package of a letter, having used every table: letters at all stages, and a directory with a past."""
    _be_told(exchange)
    package = exchange.sign(exchange.letter(to=("G22", "H26.18", "H41.21")))
    exchange.axis.intake.submit(package_of(package), exchange.caller(SENDER))
    exchange.hand_over(exchange.lease("H26.18").offers[0], "H26.18")
    exchange.lease("G22")
    exchange.accept(exchange.status(exchange.letter(), "H26.18", StatusCode.RECEIVED), "H26.18")
    exchange.refuse(replace(exchange.letter(), subject="V/v việc khác"))
    _take_back(exchange)
    exchange.attest()
    exchange.accept(exchange.letter(replace(FIRST, number=2), to=("G22",)))
    registrar, person = exchange.axis.registrar, exchange.people["H41.21"]
    registrar.suspend_certificate(person.signer.certificate.fingerprint, instruction=WORD)
    registrar.rotate_key(person.credentials.system_id, AssertionKey.generate().public_jwk().encode(), instruction=WORD)
    registrar.close(OrganId("H26.30"), date(2027, 1, 1), successors=(OrganId("H26"),), instruction=WORD)
    _examine(exchange)
    _send_in_chunks(exchange)
    exchange.axis.assertion_ledger.claim(person.credentials.system_id, "jti", expires_at=MOMENT + timedelta(minutes=5))
    return package


def _send_in_chunks(exchange: Exchange) -> None:
    """Have an upload come up that nobody submits."""
    octets, caller = b"a package", exchange.caller(SENDER)
    digest = hashlib.sha256(octets).digest()
    upload = exchange.axis.uploads.begin(len(octets), digest, caller=caller)
    chunk = Chunk(0, len(octets), digest, io.BytesIO(octets))
    exchange.axis.uploads.append(upload.upload_id, chunk, caller=caller)


def _be_told(exchange: Exchange) -> None:
    """Have one system told from now on, with a call that came to nothing; nobody is called."""
    system_id = exchange.people["G22"].credentials.system_id
    exchange.axis.registrar.set_webhook(system_id, "https://203.0.114.7/axis", instruction=WORD)
    exchange.axis.atlas.refresh()
    call = WebhookCall(EventId(exchange.clock.mint()), system_id, MOMENT, CallOutcome.UNREACHABLE, 12)
    with exchange.axis.premises.transactions.begin() as session:
        record_call(session, call)


def _take_back(exchange: Exchange) -> None:
    """Leave a letter that was recalled before anybody fetched it, and another one that replaces it."""
    letter, better = (exchange.letter(replace(FIRST, number=number), to=("G22",)) for number in (3, 4))
    exchange.accept(letter)
    exchange.accept(replacement_of(better, letter))
    exchange.accept(recall_of(letter))


def _examine(exchange: Exchange) -> None:
    """Leave what is known of certificates: one that was asked about, and a message that waits for another."""
    seen = SeenCertificate(bytes(31) + b"\1", b"certificate", MOMENT + timedelta(days=365), (b"intermediate",))
    status = KeptStatus("good", MOMENT, "crl", MOMENT, MOMENT + timedelta(days=1), bytes(32))
    (waiting,) = exchange.axis.tracer.sent(exchange.caller(SENDER), document_id=None, after=None, limit=1).items
    with exchange.axis.premises.transactions.begin() as session:
        watch(session, [seen], now=MOMENT)
        (watched,) = take_due(session, MOMENT, until=MOMENT, limit=1)
        keep_status(session, watched, status=status, due_at=MOMENT + timedelta(days=1))
        keep_evidence(session, [RevocationSource(bytes(32), "crl", "http://ca.example.vn/list.crl", MOMENT, 3)])
        open_verdicts(session, [OpenVerdict(waiting.envelope_id, seen.fingerprint, MOMENT, MOMENT)])
        owe_check(session, DocumentCheck(waiting.envelope_id, MOMENT), due_at=MOMENT + timedelta(days=1))


def contents(engine: Engine) -> Contents:
    """Return every row of every table as JSON, whatever the program thinks of them."""
    with engine.connect() as connection:
        tables = connection.scalars(text(_TABLES)).all()
        return {table: connection.scalars(text(f"SELECT to_jsonb(t) FROM {table} AS t")).all() for table in tables}  # noqa: S608


def lost(before: Contents, after: Contents) -> list[str]:
    """Return the tables whose rows are not what they were, in the columns that are still there."""
    return [table for table, rows in before.items() if not _same(rows, after.get(table, ()))]


def _same(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> bool:
    if not before or not after:
        return len(before) == len(after)
    shared = before[0].keys() & after[0].keys()

    def told(rows: Sequence[Mapping[str, Any]]) -> list[str]:
        return sorted(json.dumps({name: row[name] for name in shared}, sort_keys=True) for row in rows)

    return bool(shared) and told(before) == told(after)


def revive(connection: Connection, revision: str) -> None:
    """Fill a database of this revision with its era: SQL that knows nothing of today's program."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute((ERAS / revision / "rows.sql").read_bytes())


def record(folder: Path) -> None:
    """Use a new database of the newest revision, and write its era into the folder."""
    with tempfile.TemporaryDirectory() as place, EmbeddedPostgres(Path(place) / "database", throwaway=True) as server:
        engine = make_engine(server.url())
        months = _upgraded(engine)
        ring = KeyRing(Path(place) / "keys", MOMENT)
        with opened(engine, ring, Path(place)) as exchange:
            package = use(exchange)
        rows = list(_rows(contents(engine)))
        engine.dispose()
        folder.mkdir(parents=True)
        (folder / "rows.sql").write_text("\n".join([*months, *rows]) + "\n", encoding="utf-8")
        (folder / "letter.edxml").write_bytes(package)
        (folder / "seal.pem").write_bytes(ring.seal_file.read_bytes())
        (folder / "anchors.pem").write_bytes(ring.files.anchors.read_bytes())


def _upgraded(engine: Engine) -> list[str]:
    """Return the statements that made the partitions: in a later program they may be made in another way."""
    upgrade(engine, MOMENT - timedelta(days=365))
    made: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("CREATE", "ALTER")):
            made.append(f"{statement};")

    event.listen(engine, "before_cursor_execute", note)
    with engine.begin() as connection:
        partitions.ensure(connection, MOMENT)
    event.remove(engine, "before_cursor_execute", note)
    return made


def _rows(kept: Contents) -> list[str]:
    # Foreign keys look away, so that tables may come in any order; what a migration itself wrote is written anew.
    lines = ["SET LOCAL session_replication_role = replica;"]
    for table, rows in kept.items():
        lines.append(f"DELETE FROM {table};")  # noqa: S608
        for row in rows:
            quoted = json.dumps(row, ensure_ascii=False, sort_keys=True).replace("'", "''")
            lines.append(f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, '{quoted}');")  # noqa: S608
    return [*lines, "SET LOCAL session_replication_role = origin;"]


if __name__ == "__main__":
    record(ERAS / str(newest_revision()))
