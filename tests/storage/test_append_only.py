"""What only grows: every change is refused by the database itself."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from routing.agencies import Agency
from storage.database.agencies import save_agencies
from storage.database.events import append_events
from storage.database.evidences import insert_evidences
from storage.database.submissions import claim_submission_key
from storage.database.tables import APPEND_ONLY, Base
from storage.database.transactions import Transactions
from storage.errors import AppendOnly
from tests.storage.records import SENDER, event, evidence, note, submission


@pytest.fixture
def kept(transactions: Transactions) -> Transactions:
    """A database with a row in every table that only grows."""
    with transactions.begin() as session:
        append_events(session, [event()])
        insert_evidences(session, [evidence()])
        claim_submission_key(session, submission())
        save_agencies(session, [Agency(SENDER, "Sở Nội vụ")], note())
    return transactions


@pytest.mark.parametrize("table", APPEND_ONLY)
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


@pytest.mark.parametrize("table", ["events_2026_11", "evidences_2026_11"])
def test_going_round_by_the_partition_is_refused_too(kept: Transactions, table: str) -> None:
    for change in ("DELETE FROM {}", "TRUNCATE {}"):
        with pytest.raises(AppendOnly), kept.begin() as session:
            session.execute(text(change.format(table)))
