"""A worker: actors that answer the bell, and the sweep that needs no bell."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import dramatiq
from dramatiq import Broker, Worker

from axis.channels.bell import ATTEST, QUEUE
from axis.workers.errands import Errands
from axis.workers.middleware import FailureLog
from axis.workers.rounds import Rounds
from routing.webhooks import WebhookMode

SWEEP_SECONDS: Final = 2.0
"""Between two sweeps: how late work is at the most when no bell rings."""

ERRAND_SECONDS: Final = 2.0
"""Between two looks for certificates, and for documents, that are due, where none was."""

CARRY_SECONDS: Final = 0.5
"""Between two looks for notices that are due: who is told of an urgent document is told within a second."""

CLEAR_SECONDS: Final = 10.0
"""Between two looks for uploads whose day is over, where none could be cleared: so often a store is asked, at the most
for twenty, that lets nothing be removed."""

COURIERS: Final = 4
"""Receivers called at once by one process: three may hang without keeping a fourth waiting; more hang one at a time."""

EVENT_COURIERS: Final = 2
"""Those of them that tell events and carry no packages: a package over a slow line takes minutes, and however many are
under way at once, who is told by events is told."""

THREADS: Final = 1
"""Actors at once in one process: sealing is bound by the processor, and further processes take further cores."""

STOP_MILLISECONDS: Final = 10_000
"""How long a stopping worker may finish what it has in hand; a batch takes a second or two."""


class WorkerProcess:
    """Runs actors on a broker, the sweep and the errands beside them, until it is stopped. One per process."""

    def __init__(self, rounds: Rounds, broker: Broker | None, *, errands: Errands | None = None) -> None:
        self._rounds = rounds
        self._errands = errands
        self._stopping = threading.Event()
        sweep = threading.Thread(target=self._sweep_until_stopped, name="axis-sweep", daemon=True)
        self._threads = [sweep, *self._errand_threads()]
        self._worker: Worker | None = None
        if broker is not None:
            broker.add_middleware(FailureLog())
            register(broker, rounds)
            self._worker = Worker(broker, worker_threads=THREADS)

    def start(self) -> None:
        """Begin to work."""
        if self._worker is not None:
            self._worker.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what is in hand, then end; what takes longer than `STOP_MILLISECONDS` is given back."""
        self._stopping.set()
        self._rounds.stop()
        if self._errands is not None:
            self._errands.stop()
        if self._worker is not None:
            self._worker.stop(timeout=STOP_MILLISECONDS)
        deadline = time.monotonic() + STOP_MILLISECONDS / 1000
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(deadline - time.monotonic(), 0.0))
        if self._errands is not None:
            self._errands.abandon()

    def wait(self) -> None:
        """Return when the worker was stopped."""
        self._stopping.wait()

    def _sweep_until_stopped(self) -> None:
        while not self._stopping.is_set():
            self._rounds.make()
            self._stopping.wait(SWEEP_SECONDS)

    def _errand_threads(self) -> Iterator[threading.Thread]:
        """Yield the threads of each errand, named after it: they do not wait for each other."""
        if self._errands is None:
            return
        for_events = partial(self._errands.carry, WebhookMode.EVENT)
        carriers = (
            (f"axis-carry-{number}", for_events if number < EVENT_COURIERS else self._errands.carry, CARRY_SECONDS)
            for number in range(COURIERS)
        )
        for name, errand, pause in (
            ("axis-examine", self._errands.examine, ERRAND_SECONDS),
            ("axis-appraise", self._errands.appraise, ERRAND_SECONDS),
            ("axis-clear", self._errands.clear_uploads, CLEAR_SECONDS),
            *carriers,
        ):
            yield threading.Thread(target=self._repeat, args=(errand, pause), name=name, daemon=True)

    def _repeat(self, errand: Callable[[], int], pause: float) -> None:
        while not self._stopping.is_set():
            if not errand():
                self._stopping.wait(pause)


def register(broker: Broker, rounds: Rounds) -> None:
    """Declare the actors on a broker; each looks for the rows that are due, and is harmless to repeat.

    Nothing is retried by the broker: the row stays due, and the sweep finds it.
    """

    def attest() -> None:
        """Seal whatever evidence is owed."""
        rounds.attest()

    dramatiq.actor(actor_name=ATTEST, queue_name=QUEUE, broker=broker)(attest)
