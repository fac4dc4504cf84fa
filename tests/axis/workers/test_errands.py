"""The errands of a worker: what waits for authorities and what waits for cells do not wait for each other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from axis.clock import SettableClock
from axis.timekeeper import Timekeeper
from axis.workers.errands import Errands
from axis.workers.process import COURIERS, EVENT_COURIERS, WorkerProcess
from axis.workers.rounds import rounds_of
from routing.webhooks import WebhookMode
from storage.errors import DatabaseUnavailable
from tests.fixtures.exchange import SENDER, Exchange
from tests.fixtures.postgres import MOMENT
from tests.fixtures.running import eventually

PATIENCE = 10.0


@dataclass(slots=True)
class Slow:
    """Authorities, or cells, that take until they are let go."""

    begun: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    def adopt(self) -> int:
        return 0

    def take_up(self) -> int:
        self.begun.set()
        self.let_go.wait(6 * PATIENCE)
        return 0

    def stop(self) -> None:
        """Nothing is in hand here."""

    examine_due = take_up
    appraise_due = take_up
    abandon = stop


class Idle:
    """A courier, and uploads, that nothing is due for."""

    def carry_due(self, _mode: WebhookMode | None = None) -> int:
        return 0

    def clear_expired(self, **_: object) -> int:
        return 0

    def stop(self) -> None:
        """Nothing is in hand."""

    abandon = stop


@dataclass(slots=True)
class Laden:
    """A courier whose receivers of packages take octets slowly, for as long as nobody lets it go."""

    packages: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    events: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    let_go: threading.Event = field(default_factory=threading.Event)

    def carry_due(self, mode: WebhookMode | None = None) -> int:
        if mode is WebhookMode.EVENT:
            self.events.release()
            return 0
        self.packages.release()
        self.let_go.wait(6 * PATIENCE)
        return 0

    def stop(self) -> None:
        """Whoever is in hand is let go by the test."""

    abandon = stop


@dataclass(frozen=True, slots=True)
class Led:
    """Whether this worker is the one that does what one of all has to do."""

    is_leader: bool

    def is_leading(self) -> bool:
        return self.is_leader


def errands(
    examiner: object, appraiser: object | None, courier: object | None = None, *, uploads: object | None = None
) -> Errands:
    clock = SettableClock(MOMENT)
    timekeeper = Timekeeper(cast("Any", None), clock, stopwatch=time.monotonic)
    parts: tuple[Any, ...] = (examiner, appraiser, courier or Idle(), uploads or Idle(), Led(is_leader=True))
    return Errands(clock, timekeeper, *parts)


@pytest.mark.parametrize("is_slow", ["authorities", "cells"])
def test_asking_authorities_and_judging_documents_do_not_wait_for_each_other(exchange: Exchange, is_slow: str) -> None:
    slow, quick = Slow(), Slow()
    quick.let_go.set()
    pair = (slow, quick) if is_slow == "authorities" else (quick, slow)
    worker = WorkerProcess(rounds_of(exchange.axis), None, errands=errands(*pair))
    worker.start()
    try:
        assert slow.begun.wait(PATIENCE)
        quick.begun.clear()
        assert quick.begun.wait(PATIENCE), "it goes on, again and again"
        assert not slow.let_go.is_set()
    finally:
        slow.let_go.set()
        worker.stop()


def test_however_many_packages_are_under_way_events_are_told(exchange: Exchange) -> None:
    quick, laden = Slow(), Laden()
    quick.let_go.set()
    worker = WorkerProcess(rounds_of(exchange.axis), None, errands=errands(quick, quick, laden))
    worker.start()
    try:
        assert all(laden.packages.acquire(timeout=PATIENCE) for _ in range(COURIERS - EVENT_COURIERS))
        while laden.events.acquire(blocking=False):
            """What was told before they were all under way proves nothing."""
        assert laden.events.acquire(timeout=PATIENCE)
        assert not laden.packages.acquire(blocking=False), "and nobody else carries packages"
    finally:
        laden.let_go.set()
        worker.stop()


@dataclass(slots=True)
class Full:
    """Uploads whose octets a store takes long to remove."""

    begun: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def clear_expired(self, *, may_go_on: Callable[[], bool]) -> int:
        self.begun.set()
        while may_go_on():
            self.ended.wait(0.01)
        self.ended.set()
        return 1


def test_a_store_that_removes_slowly_keeps_no_evidence_waiting_and_no_worker_from_its_end(exchange: Exchange) -> None:
    quick, full = Slow(), Full()
    quick.let_go.set()
    worker = WorkerProcess(rounds_of(exchange.axis), None, errands=errands(quick, quick, uploads=full))
    worker.start()
    try:
        assert full.begun.wait(PATIENCE)
        accepted = exchange.accept(exchange.letter(to=("G22",)))

        def sealed() -> bool | None:
            evidences = exchange.axis.tracer.evidences(accepted.envelope_id, exchange.caller(SENDER))
            return len(evidences) > 1 or None

        eventually(sealed)
        assert not full.ended.is_set()
    finally:
        worker.stop()
    assert full.ended.is_set()


def test_one_worker_of_several_clears_uploads_and_none_whose_work_is_over() -> None:
    full = Full()
    following = errands(Slow(), None, uploads=full)
    following.leadership = cast("Any", Led(is_leader=False))
    assert following.clear_uploads() == 0
    stopped = errands(Slow(), None, uploads=full)
    stopped.stop()
    assert stopped.clear_uploads() == 0
    assert not full.begun.is_set()


def test_an_errand_that_fails_is_done_again_and_hinders_not_the_other() -> None:
    class Failing(Slow):
        def adopt(self) -> int:
            raise DatabaseUnavailable("gone")

        def appraise_due(self) -> int:
            return 3

    both = errands(Failing(), Failing())
    assert (both.examine(), both.appraise()) == (0, 3)


def test_no_further_batch_is_begun_once_it_was_stopped() -> None:
    never = Slow()
    stopped = errands(never, never)
    stopped.stop()
    assert (stopped.examine(), stopped.appraise()) == (0, 0)
    assert not never.begun.is_set()


def test_an_axis_that_leaves_documents_unjudged_has_nothing_to_do_there() -> None:
    assert errands(Slow(), None).appraise() == 0
