"""The rounds of a worker: everything that is due, whatever fails on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from axis.exchange import forwarding
from axis.exchange.courier import Courier
from axis.exchange.examiner import Examiner
from axis.workers import rounds as rounds_module
from axis.workers.errands import errands_of
from axis.workers.rounds import rounds_of
from storage.database.leadership import Leadership
from storage.errors import DatabaseUnavailable
from tests.fixtures.exchange import SENDER, Exchange
from tests.fixtures.running import eventually


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


def measured(exchange: Exchange) -> tuple[float | None, float | None]:
    """The gauges of the sweep: how many evidences are owed, and for how long the oldest."""
    registry = exchange.axis.metrics.registry
    return registry.get_sample_value("axis_owed_evidences"), registry.get_sample_value("axis_sweep_lag_seconds")


def test_each_round_measures_what_it_left(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange.accept(exchange.letter(to=("G22", "H26.18")))
    assert measured(exchange) == (None, None)
    exchange.clock.advance(timedelta(seconds=90))
    rounds = rounds_of(exchange.axis)
    with monkeypatch.context() as patch:
        patch.setattr(exchange.axis.attestor, "attest_due", lambda: 0)
        rounds.make()
    assert measured(exchange) == (2, 90)
    rounds.make()
    assert measured(exchange) == (0, 0)


def test_what_a_round_cannot_measure_is_not_shown_as_it_was(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_session: object) -> None:
        raise DatabaseUnavailable("gone")

    rounds = rounds_of(exchange.axis)
    rounds.make()
    assert measured(exchange) == (0, 0)
    monkeypatch.setattr("axis.workers.rounds.backlog", fail)
    rounds.make()
    assert measured(exchange) == (None, None)


def test_months_ahead_are_made_on_the_way(exchange: Exchange) -> None:
    exchange.clock.advance(timedelta(days=70))
    rounds = rounds_of(exchange.axis)
    rounds.make()
    exchange.accept(exchange.letter(to=("G22",)))


def test_one_worker_of_several_measures_and_keeps_house_and_another_when_it_is_gone(exchange: Exchange) -> None:
    axis, other = exchange.axis, Leadership(exchange.axis.engine)
    rounds = rounds_of(axis)
    assert other.is_leading()
    exchange.accept(exchange.letter(to=("G22",)))
    rounds.make()
    assert measured(exchange) == (None, None)
    assert axis.metrics.registry.get_sample_value("axis_leader") == 0
    assert exchange.attest() == 0, "it seals all the same"
    other.close()

    def leads() -> bool | None:
        rounds.make()
        return axis.metrics.registry.get_sample_value("axis_leader") == 1 or None

    eventually(leads)
    assert measured(exchange) == (0, 0)
    axis.leadership.close()
    assert other.is_leading() or eventually(lambda: other.is_leading() or None)
    rounds.make()
    assert measured(exchange) == (None, None), "what was measured before is nobody's now"
    other.close()


def test_who_worked_in_a_month_that_is_yet_to_come_does_not_rest_until_then(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its clock and the database's were ahead together, which nobody can notice, and are right again."""
    axis, looks = exchange.axis, Counter[str]()

    def counted(name: str, deed: Callable[..., Any]) -> Callable[..., Any]:
        def count(*given: Any, **named: Any) -> Any:
            looks[name] += 1
            return deed(*given, **named)

        return count

    for module, name in ((rounds_module, "ensure"), (forwarding, "recipients_waiting")):
        monkeypatch.setattr(module, name, counted(name, getattr(module, name)))
    monkeypatch.setattr(Courier, "turn_over", counted("turn_over", Courier.turn_over))
    monkeypatch.setattr(Examiner, "adopt", counted("adopt", Examiner.adopt))
    rounds, errands = rounds_of(axis), errands_of(axis)
    exchange.clock.advance(timedelta(days=40))
    for ahead in (timedelta(days=-40), timedelta(), timedelta(seconds=1)):
        rounds.make()
        errands.examine()
        exchange.clock.advance(ahead)
    rounds.make()
    errands.examine()
    assert looks == {"ensure": 2, "recipients_waiting": 2, "turn_over": 2, "adopt": 2}
