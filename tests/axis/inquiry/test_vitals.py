"""Whether a process can do its work: looked at by itself, now and then, and never by asking."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from axis.clock import written
from axis.demo.keys import KeyRing
from axis.inquiry import vitals as module
from axis.inquiry.vitals import CHECK_SECONDS, STALE_AFTER, Vitals, is_ready
from axis.metrics import HealthCheck
from axis.workers.watch import Watch
from envelopes.evidence import Evidence, SealedEvidence
from storage.blobs.filesystem import FilesystemBlobs
from tests.fixtures.exchange import Exchange, opened

PATIENCE_SECONDS = 20
MANY = 50
MADE = [check for check in HealthCheck if check is not HealthCheck.BROKER]
"""Where no broker is set."""

Away = Callable[[Exchange], AbstractContextManager[None]]


@pytest.fixture
def exchange(own_engine: Engine, key_ring: KeyRing, tmp_path: Path) -> Iterator[Exchange]:
    """An axis on a database of its own, which can be taken away."""
    with opened(own_engine, key_ring, tmp_path) as exchange:
        yield exchange


@pytest.fixture
def vitals(exchange: Exchange) -> Vitals:
    return exchange.axis.readiness


@pytest.fixture
def sealed(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> list[Evidence]:
    """What the notary seals from now on."""
    notary, made = exchange.axis.notary, list[Evidence]()
    seal = notary.seal

    def noted(evidence: Evidence) -> SealedEvidence:
        made.append(evidence)
        return seal(evidence)

    monkeypatch.setattr(notary, "seal", noted)
    return made


class Rounds:
    """Stands where a process waits for its end: each wait is told, and ends when the test says how."""

    def __init__(self) -> None:
        self.waits = SimpleQueue[float]()
        self._ends = SimpleQueue[bool]()

    def wait(self, seconds: float) -> bool:
        self.waits.put(seconds)
        return self._ends.get(timeout=PATIENCE_SECONDS)

    def set(self) -> None:
        self._ends.put(item=True)

    def go_on(self) -> None:
        """Let the time of one wait be over."""
        self._ends.put(item=False)


@contextmanager
def without_seal(exchange: Exchange) -> Iterator[None]:
    """The certificate of the seal is not valid any more: what is sealed does not verify."""
    before = exchange.clock.now()
    exchange.clock.advance(timedelta(days=365 * 50))
    yield
    exchange.clock.set(before)


@contextmanager
def without_database(exchange: Exchange) -> Iterator[None]:
    url = exchange.axis.engine.url
    administration = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with administration.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{url.database}" WITH ALLOW_CONNECTIONS false'))
        ending = text("SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity WHERE datname = :name")
        connection.execute(ending, {"name": url.database}).all()
        try:
            yield
        finally:
            connection.execute(text(f'ALTER DATABASE "{url.database}" WITH ALLOW_CONNECTIONS true'))
    administration.dispose()


@contextmanager
def without_store(exchange: Exchange) -> Iterator[None]:
    away = exchange.blobs.rename(exchange.blobs.with_name("away"))
    yield
    away.rename(exchange.blobs)


def readiness(exchange: Exchange) -> tuple[HTTPStatus, dict[str, bool]]:
    """Return what those who watch are answered."""
    found = Watch(exchange.axis.metrics, exchange.axis.readiness.checks).answer("/health/ready")
    assert found is not None
    body: dict[str, Any] = json.loads(found[1])
    assert body["ready"] is (found[0] is HTTPStatus.OK)
    return found[0], {check["name"]: check["passed"] for check in body["checks"]}


def test_a_process_that_was_never_checked_is_not_ready(exchange: Exchange) -> None:
    assert readiness(exchange) == (HTTPStatus.SERVICE_UNAVAILABLE, {})


def test_a_sound_process_is_ready_and_says_when_it_looked(exchange: Exchange, vitals: Vitals) -> None:
    vitals.check()
    assert readiness(exchange) == (HTTPStatus.OK, dict.fromkeys(MADE, True))
    assert {written(check.checked_at) for check in vitals.checks()} == {written(exchange.clock.now())}


def test_a_check_makes_one_seal_and_asking_none(exchange: Exchange, vitals: Vitals, sealed: list[Evidence]) -> None:
    for number in (1, 2):
        vitals.check()
        for _ in range(MANY):
            vitals.checks()
            readiness(exchange)
        assert len(sealed) == number
    assert len({one.identifier for one in sealed}) == 2
    assert [str(reason.code) for one in sealed for reason in one.reasons] == ["health/check"] * 2


@pytest.mark.parametrize(
    ("failing", "away"),
    [
        (HealthCheck.SEAL, without_seal),
        (HealthCheck.DATABASE, without_database),
        (HealthCheck.STORE, without_store),
    ],
)
def test_what_is_away_fails_alone_and_recovery_is_seen(exchange: Exchange, failing: HealthCheck, away: Away) -> None:
    vitals, metrics = exchange.axis.readiness, exchange.axis.metrics
    vitals.check()
    with away(exchange):
        vitals.check()
        told = {check: check is not failing for check in MADE}
        assert readiness(exchange) == (HTTPStatus.SERVICE_UNAVAILABLE, told)
        assert f'check="{failing.value}"}} 0.0' in metrics.exposition()[0].decode()
    vitals.check()
    assert readiness(exchange) == (HTTPStatus.OK, dict.fromkeys(MADE, True))
    assert f'check="{failing.value}"}} 1.0' in metrics.exposition()[0].decode()


def test_a_broker_that_serves_nobody_is_told_and_keeps_no_process_from_its_work(exchange: Exchange) -> None:
    axis, answers = exchange.axis, [False, True]
    vitals = Vitals(
        axis.premises,
        axis.notary,
        anchorage=axis.anchorage,
        timekeeper=axis.timekeeper,
        ask_broker=lambda: answers.pop(0),
    )
    for is_there in (False, True):
        vitals.check()
        assert is_ready(vitals.checks())
        assert {one.name: one.is_passed for one in vitals.checks()}[HealthCheck.BROKER] is is_there
        assert f'check="broker"}} {float(is_there)}' in axis.metrics.exposition()[0].decode()


def test_checks_are_made_at_the_start_and_after_every_pause(
    exchange: Exchange, vitals: Vitals, sealed: list[Evidence], monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = Rounds()
    monkeypatch.setattr(vitals, "_stopping", rounds)
    vitals.start()
    for number in (1, 2, 3):
        assert rounds.waits.get(timeout=PATIENCE_SECONDS) == CHECK_SECONDS
        assert len(sealed) == number
        assert readiness(exchange)[0] is HTTPStatus.OK
        with without_store(exchange):
            assert readiness(exchange)[0] is HTTPStatus.OK, "nobody looked yet"
        rounds.go_on()
    rounds.waits.get(timeout=PATIENCE_SECONDS)
    vitals.stop()
    assert rounds.waits.empty()
    assert len(sealed) == 4


def test_an_outcome_that_is_too_old_counts_as_failed(exchange: Exchange, vitals: Vitals) -> None:
    vitals.check()
    exchange.clock.advance(STALE_AFTER)
    assert is_ready(vitals.checks())
    exchange.clock.advance(timedelta(milliseconds=1))
    assert readiness(exchange) == (HTTPStatus.SERVICE_UNAVAILABLE, dict.fromkeys(MADE, False))
    vitals.check()
    assert is_ready(vitals.checks())


def test_a_check_that_hangs_keeps_no_process_from_ending(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging, over = threading.Event(), threading.Event()

    class DeadStore(FilesystemBlobs):
        def probe(self) -> None:
            if threading.current_thread() is not threading.main_thread():
                hanging.set()
                over.wait(PATIENCE_SECONDS)

    monkeypatch.setattr(module, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(module, "STOP_SECONDS", 0.01)
    axis = exchange.axis
    premises = replace(axis.premises, blobs=DeadStore(exchange.blobs))
    vitals = Vitals(premises, axis.notary, anchorage=axis.anchorage, timekeeper=axis.timekeeper)
    vitals.start()
    assert hanging.wait(PATIENCE_SECONDS)
    vitals.stop()
    assert vitals._thread.is_alive()
    assert vitals._thread.daemon, "it ends with the process"
    over.set()
    vitals._thread.join(PATIENCE_SECONDS)
    assert not vitals._thread.is_alive()
