"""The rounds of a worker: everything that is due, whatever fails on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from axis.workers.rounds import rounds_of
from storage.errors import DatabaseUnavailable
from tests.fixtures.exchange import SENDER, Exchange


def test_a_round_seals_ends_and_returns_what_is_due(exchange: Exchange) -> None:
    accepted = exchange.accept(exchange.letter(to=("G22", "H26.18")))
    exchange.lease("G22")
    rounds = rounds_of(exchange.axis)
    partitions = rounds.make() - 2
    assert partitions >= 0
    exchange.clock.advance(timedelta(minutes=6))
    assert rounds.make() == 1, "one lease ran out"
    exchange.clock.advance(timedelta(days=31))
    assert rounds.make() >= 2, "two deliveries expire"
    assert rounds.make() >= 0
    evidences = exchange.axis.tracer.evidences(accepted.envelope_id, exchange.caller(SENDER))
    assert len(evidences) == 1 + 2 + 2


def test_a_step_that_fails_hinders_no_other(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange.accept(exchange.letter(to=("G22",)))
    exchange.lease("G22")
    exchange.clock.advance(timedelta(minutes=6))

    def fail() -> int:
        raise DatabaseUnavailable("gone")

    rounds = rounds_of(exchange.axis)
    monkeypatch.setattr(exchange.axis.attestor, "attest_due", fail)
    rounds.make()
    assert len(exchange.lease("G22").offers) == 1


def test_months_ahead_are_made_on_the_way(exchange: Exchange) -> None:
    exchange.clock.advance(timedelta(days=70))
    rounds = rounds_of(exchange.axis)
    rounds.make()
    exchange.accept(exchange.letter(to=("G22",)))
