"""An axis in a process of its own that can be told where to die: no shutdown, no `finally`, just gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

from axis.clock import SystemClock
from axis.demo.enrolling import enrol
from axis.demo.keys import KeyRing
from axis.embedded import EmbeddedAxis
from axis.exchange import attestor
from axis.exchange.acknowledging import Acknowledgements
from axis.exchange.attestor import Attestor
from axis.exchange.intake import Intake
from axis.exchange.notary import Notary
from axis.exchange.settlement import Settlement
from axis.logs import configure_logs
from storage.blobs.filesystem import FilesystemBlobs
from storage.database.transactions import Transactions

START_SECONDS: Final = 120.0


class ClockAhead(SystemClock):
    """The machine's clock, put forward: what comes due in a minute is due."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return super().now() + self._ahead


@dataclass(frozen=True, slots=True)
class Life:
    """One life of the axis on its folder: where it answers, and how to end it."""

    url: str
    process: BaseProcess
    orders: Connection

    def will_die(self, point: str) -> None:
        """Return when the axis is sure to die as soon as it comes to this point."""
        self.orders.send(point)
        assert self.orders.recv() == point

    def has_died(self) -> None:
        """Return when it is gone, killed and not ended."""
        self.process.join(START_SECONDS)
        assert self.process.exitcode == -signal.SIGKILL


@contextmanager
def life(folder: Path, ahead: timedelta = timedelta()) -> Iterator[Life]:
    """Yield an axis that runs on what lives before it left in the folder, until it is killed."""
    forks = multiprocessing.get_context("forkserver")
    # Loaded once: each life is then forked from it within milliseconds.
    forks.set_forkserver_preload([__name__])
    orders, theirs = forks.Pipe()
    process = forks.Process(target=_live, args=(folder, ahead, theirs), daemon=False)
    process.start()
    theirs.close()
    try:
        assert orders.poll(START_SECONDS)
        yield Life(orders.recv(), process, orders)
    finally:
        process.kill()
        process.join()
        orders.close()


def _live(folder: Path, ahead: timedelta, orders: Connection) -> None:
    clock = ClockAhead(ahead)
    with (folder / "axis.log").open("a", encoding="utf-8") as log:
        configure_logs(clock, log, is_strict=True)
        ring = KeyRing(folder / "keys", clock.now())
        with EmbeddedAxis(folder, ring.files, clock=clock) as embedded:
            if not embedded.axis.registrar.systems():
                enrol(embedded.axis.registrar, tuple(ring.participants().values()))
            orders.send(embedded.url)
            while True:
                point = orders.recv()
                POINTS[point]()
                orders.send(point)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _before(owner: Any, name: str) -> Callable[[], None]:
    def arm() -> None:
        setattr(owner, name, lambda *_args, **_named: _die())

    return arm


def _after(owner: Any, name: str) -> Callable[[], None]:
    def arm() -> None:
        deed = getattr(owner, name)

        def last(*args: Any, **named: Any) -> None:
            deed(*args, **named)
            _die()

        setattr(owner, name, last)

    return arm


POINTS: Final[Mapping[str, Callable[[], None]]] = {
    "judged": _before(FilesystemBlobs, "put"),
    "object written, not yet named": _before(FilesystemBlobs, "_make_fan_out"),
    "object kept": _after(FilesystemBlobs, "put"),
    "receipt sealed": _after(Notary, "seal"),
    "settled, not committed": _after(Settlement, "write"),
    "committed": _after(Transactions, "run"),
    "rung": _after(Intake, "submit"),
    "evidence sealed": _after(Attestor, "_seal"),
    "evidence written, not committed": _after(attestor, "discharge"),
    "handed over, not committed": _after(Acknowledgements, "_settle"),
    "handed over": _after(Acknowledgements, "acknowledge"),
}
"""Where the axis can die: the steps of the way of one envelope, and how to make sure of it."""
