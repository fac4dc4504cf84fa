"""What one process takes on at once: a rate for each system, a gate before heavy work. Counts are per process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Final

from axis.errors import Busy
from axis.logs import LogEvent, logger
from axis.web.problem_codes import ProblemCode
from axis.web.reports import Problem
from axis.web.spool import SpooledBody
from envelopes.identifiers import SystemId
from envelopes.packaging import promised_sizes

BURST_SECONDS: Final = 30
"""A system may use this many seconds of its rate at once: a nightly batch begins with a burst."""

UNPACKED_SHARE: Final = 10
"""A package takes up to ten times its size in memory, so what it unpacks to counts a tenth before the gate."""

GATE_RETRY_SECONDS: Final = 2
"""`Retry-After` of the gate: the largest package is verified in about that time."""

_FORGET_FROM: Final = 10_000
"""Systems counted before full buckets are dropped; more than are connected today."""

_ROUNDING: Final = 1e-9
"""Whoever waited as long as he was told is not refused for the last digit of a float."""

Stopwatch = Callable[[], float]
"""A monotonic count of seconds."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class RateLimiter:
    """A token bucket for each authenticated system; a new process starts with full ones.

    Keyed by the system and nothing else: addresses and headers can be chosen by the caller.
    """

    def __init__(self, per_minute: int, stopwatch: Stopwatch) -> None:
        self._rate = per_minute / 60
        self._capacity = max(1.0, self._rate * BURST_SECONDS)
        self._stopwatch = stopwatch
        self._lock = threading.Lock()
        self._buckets: dict[SystemId, _Bucket] = {}

    def admit(self, system_id: SystemId) -> None:
        """Count one request; raise `Problem` with the time to wait when the system's bucket is empty."""
        with self._lock:
            bucket = self._filled(system_id)
            if bucket.tokens >= 1 - _ROUNDING:
                bucket.tokens -= 1
                return
            missing = 1 - bucket.tokens
        raise Problem.of(ProblemCode.RATE_EXCEEDED, retry_after=ceil(missing / self._rate))

    def _filled(self, system_id: SystemId) -> _Bucket:
        now = self._stopwatch()
        if len(self._buckets) >= _FORGET_FROM:
            self._forget(now)
        bucket = self._buckets.setdefault(system_id, _Bucket(self._capacity, now))
        bucket.tokens = min(self._capacity, bucket.tokens + (now - bucket.filled_at) * self._rate)
        bucket.filled_at = now
        return bucket

    def _forget(self, now: float) -> None:
        """Drop buckets that are full again: they say nothing that a new one would not."""
        full = self._capacity / self._rate
        self._buckets = {key: one for key, one in self._buckets.items() if now - one.filled_at < full}


class VerificationGate:
    """Lets a few large packages at a time into memory and verification; small ones pass freely."""

    def __init__(self, places: int, *, large_from: int) -> None:
        self._large_from = large_from
        self._lock = threading.Lock()
        self._free = places

    def weigh(self, package: SpooledBody) -> int:
        """Return the size that a package has for this gate, in octets: its own, or its share for what is zipped in it.

        Only packages that are not large already are looked into.
        """
        if package.size >= self._large_from:
            return package.size
        return max(package.size, promised_sizes(package.read()) // UNPACKED_SHARE)

    @contextmanager
    def passage(self, size: int) -> Iterator[None]:
        """Hold a place while a package of `size` octets is read and verified; raises `Busy` when none is free."""
        if size < self._large_from:
            yield
            return
        with self._lock:
            self._refuse_when_full()
            self._free -= 1
        try:
            yield
        finally:
            with self._lock:
                self._free += 1

    def refuse_early(self, size: int) -> None:
        """Raise `Busy` for a package of `size` octets that would find no place now, before it is uploaded in vain."""
        if size >= self._large_from:
            with self._lock:
                self._refuse_when_full()

    def _refuse_when_full(self) -> None:
        if not self._free:
            logger.info(LogEvent.SUBMISSION_DEFERRED)
            raise Busy(GATE_RETRY_SECONDS)
