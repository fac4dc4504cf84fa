"""What waits at a closed agency follows in small steps: none is left, none goes twice, none keeps another waiting."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import text

from axis.exchange import forwarding
from axis.exchange.redirections import Redirections
from envelopes.identifiers import DeliveryId, EnvelopeId, OrganId
from routing.delivery import Delivery
from routing.lifecycle import DeliveryState, deadline_of
from storage.database.deliveries import insert_deliveries
from storage.database.envelopes import get_envelope, insert_envelope
from storage.records import DeliveryRecord
from tests.axis.exchange.succeeding import WORD, close, forward
from tests.fixtures.exchange import Exchange
from tests.fixtures.postgres import MOMENT

CLOSED, HEIR = OrganId("H26.18"), OrganId("G22")
BACKLOG: Final = 1_000
MINUTE: Final = timedelta(minutes=1)


def pile_up(exchange: Exchange, number: int, *, sender: OrganId | None = None) -> None:
    """Leave deliveries of that many messages, waiting for the agency that closes."""
    first = exchange.accept(exchange.letter(to=("H41.21",))).envelope_id
    mint, state = exchange.axis.clock.mint, DeliveryState.CONSIGNED
    due = deadline_of(state, accepted_at=MOMENT, entered_at=MOMENT)
    with exchange.axis.premises.transactions.begin() as session:
        model = get_envelope(session, first)
        assert model is not None
        own = replace(model, sender=sender or model.sender)
        copies = [replace(own, envelope_id=EnvelopeId(mint(MOMENT))) for _ in range(number)]
        for copy in copies:
            insert_envelope(session, copy)
        deliveries = (
            Delivery(DeliveryId(mint(MOMENT)), copy.envelope_id, CLOSED, state, 0, accepted_at=MOMENT, due_at=due)
            for copy in copies
        )
        insert_deliveries(session, (DeliveryRecord(one, CLOSED) for one in deliveries))


def count(exchange: Exchange, recipient: OrganId, state: str) -> int:
    with exchange.axis.premises.transactions.read() as session:
        query = text("SELECT count(*) FROM deliveries WHERE recipient = :of AND state = :state")
        return int(session.execute(query, {"of": str(recipient), "state": state}).scalar_one())


def test_a_backlog_follows_in_small_transactions(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    pile_up(exchange, BACKLOG)
    close(exchange, str(CLOSED), str(HEIR), forwards_to=str(HEIR))
    sizes, give = list[int](), Redirections.give

    def counted(self: Redirections, chosen: Any, *rest: Any, **named: Any) -> Any:
        sizes.append(len(chosen))
        return give(self, chosen, *rest, **named)

    monkeypatch.setattr(Redirections, "give", counted)
    assert forward(exchange) == BACKLOG
    assert max(sizes) == forwarding.BATCH
    assert count(exchange, CLOSED, "withdrawn") == count(exchange, HEIR, "consigned") == BACKLOG
    assert count(exchange, CLOSED, "consigned") == 0


def test_a_turn_ends_so_that_other_work_has_its_own(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarding, "BATCH", 5)
    monkeypatch.setattr(forwarding, "BATCHES_MAX", 3)
    pile_up(exchange, 40)
    close(exchange, str(CLOSED), str(HEIR), forwards_to=str(HEIR))
    turns = [exchange.axis.forwarding.forward_due() for _ in range(4)]
    assert turns == [15, 15, 10, 0]


def test_what_stays_keeps_nothing_else_waiting(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarding, "BATCH", 5)
    pile_up(exchange, 12, sender=HEIR)
    pile_up(exchange, 7)
    close(exchange, str(CLOSED), str(HEIR), forwards_to=str(HEIR))
    assert forward(exchange) == 7
    assert count(exchange, CLOSED, "consigned") == 12, "nobody gets back what it sent"


def test_what_was_done_before_a_fault_stays_done(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarding, "BATCH", 5)
    pile_up(exchange, 20)
    close(exchange, str(CLOSED), str(HEIR), forwards_to=str(HEIR))
    give, turns = Redirections.give, iter([True, True, False])

    def failing(self: Redirections, *given: Any, **named: Any) -> Any:
        if not next(turns, True):
            raise LookupError("a fault")
        return give(self, *given, **named)

    monkeypatch.setattr(Redirections, "give", failing)
    assert exchange.axis.forwarding.forward_due() == 0, "it is told in the log, and tried again"
    assert count(exchange, HEIR, "consigned") == 10
    exchange.clock.advance(MINUTE)
    assert forward(exchange) == 10
    assert count(exchange, HEIR, "consigned") == 20


def test_nothing_is_looked_for_between_two_looks(exchange: Exchange) -> None:
    assert exchange.axis.forwarding.forward_due() == 0
    pile_up(exchange, 1)
    close(exchange, str(CLOSED), str(HEIR), forwards_to=str(HEIR))
    assert exchange.axis.forwarding.forward_due() == 0
    exchange.clock.advance(MINUTE)
    assert exchange.axis.forwarding.forward_due() == 1


def test_a_rule_that_is_taken_back_forwards_nothing_more(exchange: Exchange) -> None:
    pile_up(exchange, 2)
    close(exchange, str(CLOSED), str(HEIR), forwards_to=str(HEIR))
    exchange.axis.registrar.stop_forwarding(CLOSED, instruction=WORD)
    assert forward(exchange) == 0
