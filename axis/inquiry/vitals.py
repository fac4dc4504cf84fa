"""Whether this process can do its work: seal, database, store, trust, clock and broker, looked at now and then."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from axis.anchorage.keeper import Anchorage
from axis.clock import Clock
from axis.exchange.notary import Notary
from axis.exchange.premises import Premises
from axis.logs import LogEvent, logger
from axis.metrics import HealthCheck
from axis.seam import survive
from axis.timekeeper import Timekeeper
from storage.blobs import BlobStore
from storage.database.schema import check_connection
from storage.errors import BlobStoreUnavailable

CHECK_SECONDS: Final = 30.0
"""Between two checks: soon enough to take a process out of service, rare enough to cost nothing."""

STOP_SECONDS: Final = 5.0
"""How long the end of a process waits for a check under way, which takes milliseconds. One on a file system whose
server is gone never comes back, and one at an S3 store that is away takes half a minute: its thread is left to end with
the process."""

STALE_AFTER: Final = timedelta(seconds=3 * CHECK_SECONDS)
"""An outcome older than this is no outcome: two checks in a row did not come back."""


@dataclass(frozen=True, slots=True)
class Check:
    """The last outcome of one health check, and when it was made."""

    name: HealthCheck
    is_passed: bool
    checked_at: datetime


class Vitals:
    """Checks by itself, so that asking is free and nobody can make the axis seal by asking."""

    def __init__(
        self,
        premises: Premises,
        notary: Notary,
        *,
        anchorage: Anchorage,
        timekeeper: Timekeeper,
        ask_broker: Callable[[], bool] | None = None,
    ) -> None:
        self._clock: Clock = premises.clock
        self._metrics = premises.metrics
        self._last: tuple[Check, ...] = ()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="axis-vitals", daemon=True)
        self._tests: dict[HealthCheck, Callable[[], bool | None]] = {
            HealthCheck.SEAL: notary.try_out,
            HealthCheck.DATABASE: lambda: check_connection(premises.transactions),
            HealthCheck.STORE: lambda: _probe(premises.blobs),
            HealthCheck.TRUST: anchorage.is_sound,
            HealthCheck.CLOCK: timekeeper.check,
        }
        if ask_broker is not None:
            self._tests[HealthCheck.BROKER] = ask_broker

    def start(self) -> None:
        """Check once, then again every `CHECK_SECONDS`."""
        self.check()
        self._thread.start()

    def stop(self) -> None:
        """End the checks; one that hangs is not waited for."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def checks(self) -> Sequence[Check]:
        """Return the last outcomes; none before the first check. One that is too old counts as failed."""
        oldest = self._clock.now() - STALE_AFTER
        return tuple(replace(one, is_passed=one.is_passed and one.checked_at >= oldest) for one in self._last)

    def check(self) -> None:
        """Check everything now."""
        self._last = tuple(self._outcome(name, test) for name, test in self._tests.items())

    def _outcome(self, name: HealthCheck, test: Callable[[], bool | None]) -> Check:
        is_passed = survive(f"health_{name.value}", lambda: _passes(test), otherwise=False)
        self._metrics.set_health(name, is_passed=is_passed)
        return Check(name, is_passed, self._clock.now())

    def _run(self) -> None:
        while not self._stopping.wait(CHECK_SECONDS):
            self.check()


def is_ready(checks: Sequence[Check]) -> bool:
    """Return whether a process with these outcomes can do its work; one that was never checked cannot."""
    return bool(checks) and all(check.is_passed for check in checks if check.name.is_vital)


def _passes(test: Callable[[], bool | None]) -> bool:
    """Return whether a test neither raised nor said no."""
    return test() is not False


def _probe(blobs: BlobStore) -> None:
    """Return where the store can take an object now; why not stands in the log, beside the failed check."""
    try:
        blobs.probe()
    except BlobStoreUnavailable as error:
        logger.error(LogEvent.STORE_UNAVAILABLE, fault=error.fault.name.lower())
        raise
