"""An axis in a process of its own that can be told where to die: no shutdown, no `finally`, just gone."""

from __future__ import annotations

import multiprocessing
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
from axis.embedded import EmbeddedAxis, Plan
from axis.enrolment.registrar import Instruction
from axis.logs import configure_logs
from axis.wiring import Axis
from routing.webhooks import WebhookMode
from tests.fixtures.programs import use_installed
from tests.fixtures.receiver import NETWORKS
from tests.journey.crash_points import CrashPoint

START_SECONDS: Final = 120.0

More = Mapping[str, Mapping[str, Any]]

_WORD: Final = Instruction("tests", "a test asks for it")


class ClockAhead(SystemClock):
    """The machine's clock, put forward: what comes due in a minute is due. Its time is meant."""

    is_watched = False

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

    def will_die(self, point: CrashPoint) -> None:
        """Return when the axis is sure to die as soon as it comes to this point."""
        self.orders.send(point)
        assert self.orders.recv() == point

    def do(self, deed: Callable[[Axis], object]) -> None:
        """Return when a deed, a function of some module, was done with the parts of the axis."""
        self.orders.send(deed)
        assert self.orders.recv() == deed

    def dies_doing(self, deed: Callable[[Axis], object]) -> None:
        """Return when it is gone over a deed, a function of some module."""
        self.orders.send(deed)
        self.has_died()

    def has_died(self) -> None:
        """Return when it is gone, killed and not ended."""
        self.process.join(START_SECONDS)
        assert self.process.exitcode == -signal.SIGKILL


@dataclass(frozen=True, slots=True)
class Hook:
    """Where one agency's system is called, and what it gets there; nobody is where there is no address."""

    organ_id: str
    url: str | None
    mode: WebhookMode = WebhookMode.EVENT


@dataclass(frozen=True, slots=True)
class _Birth:
    """What a life begins with."""

    folder: Path
    ahead: timedelta
    hook: Hook | None
    more: More


@contextmanager
def life(
    folder: Path, ahead: timedelta = timedelta(), hook: Hook | None = None, *, more: More = NETWORKS
) -> Iterator[Life]:
    """Yield an axis that runs on what lives before it left in the folder, until it is killed.

    `more` are settings by branch and name.
    """
    process, orders = _born(_Birth(folder, ahead, hook, more), None)
    try:
        assert orders.poll(START_SECONDS)
        yield Life(orders.recv(), process, orders)
    finally:
        process.kill()
        process.join()
        orders.close()


def short_life(
    folder: Path, point: CrashPoint, ahead: timedelta, hook: Hook | None = None, *, more: More = NETWORKS
) -> None:
    """Return when an axis has died on the folder at a point to which it comes by itself."""
    process, orders = _born(_Birth(folder, ahead, hook, more), point)
    process.join(START_SECONDS)
    orders.close()
    assert process.exitcode == -signal.SIGKILL


def _born(birth: _Birth, point: CrashPoint | None) -> tuple[BaseProcess, Connection]:
    forks = multiprocessing.get_context("forkserver")
    # Loaded once: each life is then forked from it within milliseconds.
    forks.set_forkserver_preload([__name__])
    orders, theirs = forks.Pipe()
    process = forks.Process(target=_live, args=(birth, point, theirs), daemon=False)
    process.start()
    theirs.close()
    return process, orders


def _live(birth: _Birth, point: CrashPoint | None, orders: Connection) -> None:
    use_installed()
    folder, hook, clock = birth.folder, birth.hook, ClockAhead(birth.ahead)
    if point is not None:
        point.arm()
    with (folder / "axis.log").open("a", encoding="utf-8") as log:
        configure_logs(clock, log, is_strict=True)
        ring = KeyRing(folder / "keys", clock.now())
        with EmbeddedAxis(folder, ring.files, clock=clock, plan=Plan(more=birth.more)) as embedded:
            if not embedded.axis.registrar.systems():
                enrol(embedded.axis.registrar, tuple(ring.participants().values()))
            if hook is not None:
                system_id = ring.participants()[hook.organ_id].credentials.system_id
                embedded.axis.registrar.set_webhook(system_id, hook.url, instruction=_WORD, mode=hook.mode)
            orders.send(embedded.url)
            while True:
                ordered: CrashPoint | Callable[[Axis], object] = orders.recv()
                if isinstance(ordered, CrashPoint):
                    ordered.arm()
                else:
                    ordered(embedded.axis)
                orders.send(ordered)
