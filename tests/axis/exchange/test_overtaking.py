"""An urgent document before a backlog of a hundred thousand: at its recipient, and its evidence, within a second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Engine, text

from axis.demo.keys import KeyRing
from axis.demo.letters import FIRST, URGENT
from envelopes.evidence import EvidenceType
from envelopes.identifiers import DeliveryId, EnvelopeId, EventId, OrganId
from routing.delivery import Delivery
from routing.lifecycle import DeliveryState, deadline_of
from storage.database.deliveries import insert_deliveries
from storage.database.owed import next_due, owe
from storage.records import DeliveryRecord, OwedEvidence
from tests.fixtures.exchange import Exchange, opened
from tests.fixtures.postgres import MOMENT

BACKLOG: Final = 100_000
RECIPIENT: Final = OrganId("H26.18")
SECONDS: Final = 1.0


@pytest.fixture
def exchange(own_engine: Engine, key_ring: KeyRing, tmp_path: Path) -> Iterator[Exchange]:
    """An exchange whose recipient has not been there for weeks: all that waits is ordinary, and was there before."""
    with ExitStack() as stack:
        exchange = stack.enter_context(opened(own_engine, key_ring, tmp_path))
        first = exchange.accept(exchange.letter(FIRST, to=(str(RECIPIENT),))).envelope_id
        pile_up(exchange, first)
        yield exchange


def pile_up(exchange: Exchange, envelope_id: EnvelopeId) -> None:
    """Leave deliveries and owed evidence as a hundred thousand ordinary letters do."""
    mint, at = exchange.axis.clock.mint, MOMENT
    state = DeliveryState.CONSIGNED
    due = deadline_of(state, accepted_at=at, entered_at=at)
    ids = [DeliveryId(mint(at)) for _ in range(BACKLOG)]
    with exchange.axis.premises.transactions.begin() as session:
        insert_deliveries(
            session,
            (
                DeliveryRecord(
                    Delivery(one, envelope_id, RECIPIENT, DeliveryState.CONSIGNED, 0, accepted_at=at, due_at=due),
                    RECIPIENT,
                )
                for one in ids
            ),
        )
        kind = EvidenceType.CONTENT_CONSIGNMENT
        owe(session, (OwedEvidence(EventId(mint(at)), kind, envelope_id, one, at, due_at=at) for one in ids))
    with exchange.axis.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE deliveries"))
        connection.execute(text("ANALYZE owed_evidences"))


def test_an_urgent_document_overtakes_a_hundred_thousand(exchange: Exchange) -> None:
    exchange.clock.advance(timedelta(minutes=1))
    letter = exchange.letter(URGENT, to=(str(RECIPIENT),))
    begun = time.monotonic()
    accepted = exchange.accept(letter)
    offer, *_ = exchange.lease(str(RECIPIENT)).offers
    reached = time.monotonic() - begun
    assert offer.envelope_id == accepted.envelope_id
    assert reached < SECONDS


def test_so_does_its_evidence(exchange: Exchange) -> None:
    exchange.clock.advance(timedelta(minutes=1))
    accepted = exchange.accept(exchange.letter(URGENT, to=(str(RECIPIENT),)))
    with exchange.axis.premises.transactions.begin() as session:
        begun = time.monotonic()
        found = next_due(session, exchange.clock.now())
        took = time.monotonic() - begun
    assert found is not None
    assert (found.envelope_id, found.priority_rank) == (accepted.envelope_id, 3)
    assert took < SECONDS
