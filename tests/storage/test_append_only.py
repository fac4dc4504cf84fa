"""What only grows: every change is refused by the database itself."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from routing.agencies import Agency
from routing.identity import DocumentNumber
from storage.database.agencies import save_agencies
from storage.database.demands import insert_replacements
from storage.database.envelopes import insert_envelope
from storage.database.events import append_events
from storage.database.evidences import insert_evidences
from storage.database.revocations import keep_evidence
from storage.database.submissions import claim_submission_key, record_number
from storage.database.tables import APPEND_ONLY, Base
from storage.database.transactions import Transactions
from storage.errors import AppendOnly
from storage.records import Replacement, RevocationSource
from tests.fixtures.postgres import MOMENT
from tests.storage.records import DOCUMENT, SENDER, envelope, event, evidence, note, submission

NUMBER = DocumentNumber(SENDER, "7", "ubnd", 2026)
WRITTEN_ONCE = {
    "envelopes",
    "document_numbers",
    "submission_keys",
    "events",
    "evidences",
    "directory_changes",
    "revocation_evidences",
    "replacements",
}
"""Tables that nothing in the program updates or removes from."""


@pytest.fixture
def kept(transactions: Transactions) -> Transactions:
    """A database with a row in every table that only grows."""
    message = envelope()
    with transactions.begin() as session:
        append_events(session, [event()])
        insert_evidences(session, [evidence()])
        keep_evidence(session, [RevocationSource(bytes(32), "crl", "http://ca.example.vn/list.crl", MOMENT, 1)])
        claim_submission_key(session, submission())
        save_agencies(session, [Agency(SENDER, "Sở Nội vụ")], note=note())
        insert_envelope(session, message)
        insert_replacements(session, [Replacement(message.envelope_id, message.envelope_id, (SENDER,))])
        record_number(session, NUMBER, envelope_id=message.envelope_id, document_id=DOCUMENT)
    return transactions


def test_every_table_that_is_written_once_is_guarded() -> None:
    assert set(APPEND_ONLY) == WRITTEN_ONCE


@pytest.mark.parametrize("table", sorted(WRITTEN_ONCE))
@pytest.mark.parametrize(
    "change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"], ids=lambda text: text[:6]
)
def test_a_change_is_refused_and_nothing_changes(kept: Transactions, table: str, change: str) -> None:
    rows = select(Base.metadata.tables[table])
    column = rows.selected_columns.keys()[0]
    with kept.read() as session:
        before = session.execute(rows).all()
    with pytest.raises(AppendOnly, match="AX001"), kept.begin() as session:
        session.execute(text(change.format(table, column, column)))
    with kept.read() as session:
        assert session.execute(rows).all() == before != []


@pytest.mark.parametrize("table", ["envelopes_2026_11", "events_2026_11", "evidences_2026_11"])
def test_going_round_by_the_partition_is_refused_too(kept: Transactions, table: str) -> None:
    for change in ("DELETE FROM {}", "TRUNCATE {}"):
        with pytest.raises(AppendOnly), kept.begin() as session:
            session.execute(text(change.format(table)))
