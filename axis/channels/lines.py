"""Lines to brokers: what each kind must do, how little it may keep, and what goes wrong with it."""

from __future__ import annotations

import threading
from enum import StrEnum
from typing import Final, Protocol

from dramatiq.errors import BrokerConnectionError

from axis.logs import LogEvent, logger

LENGTH_MAX: Final = 100
"""Strokes that wait in one queue: enough to wake every worker there is. A stroke says no more than `look`, so what
comes on top pushes out the oldest, and a worker that is away for a week finds a hundred at the most."""

KEPT_SECONDS: Final = 10
"""How long a stroke is worth anything: by then five sweeps have found what it told of."""

OCTETS_MAX: Final = 2_048
"""The longest message that is looked into; a stroke has two hundred octets."""

ANSWER_SECONDS: Final = 2.0
"""What a broker may take for one answer or one connection: as long as a sweep, after which it hastens nothing."""

PULL_SECONDS: Final = 1.0
"""How long a listener waits for one stroke before it looks whether to end."""

RETRY_SECONDS: Final = 1.0
"""Pause after a failure, before a broker is tried again."""


class BrokerFault(StrEnum):
    """Why a broker took or gave nothing."""

    UNREACHABLE = "unreachable"
    SLOW = "slow"
    """It did not answer in time."""
    REFUSED = "refused"
    """It answered no: a wrong password, no right, no room."""


class BrokerUnavailable(BrokerConnectionError):
    """A broker took or gave nothing. Its words hold no address and no password: only the fault is told."""

    def __init__(self, fault: BrokerFault) -> None:
        super().__init__(fault.value)  # type: ignore[no-untyped-call]  # dramatiq annotates no constructor
        self.fault = fault


class Line(Protocol):
    """A connection to one queue of a broker, for one thread at a time.

    It is made when it is first used, and again after a fault. All but `rest` raise `BrokerUnavailable`, and none takes
    longer than a few times `ANSWER_SECONDS`, whatever the broker does.
    """

    def push(self, octets: bytes) -> None:
        """Put a message at the end of the queue, which keeps `LENGTH_MAX` of them for about `KEPT_SECONDS`."""
        ...

    def pull(self, seconds: float) -> bytes | None:
        """Return the first message, which is gone with that; None when there was none for so long."""
        ...

    def probe(self) -> None:
        """Find out whether the broker answers whoever has these rights."""
        ...

    def rest(self) -> None:
        """End the connection; never fails."""
        ...


class Lines(Protocol):
    """A broker, as a process reaches it."""

    def open(self, queue: str) -> Line:
        """Return a new line to a queue; nothing is connected yet."""
        ...


class Standing:
    """Whether a broker serves one end of a process, told to the log when that changes and only then."""

    def __init__(self, end: str) -> None:
        self._end = end
        self._lock = threading.Lock()
        self._is_lost = False

    def lost(self, fault: BrokerFault) -> None:
        """Note that it does not."""
        with self._lock:
            was_lost, self._is_lost = self._is_lost, True
        if not was_lost:
            logger.warning(LogEvent.BROKER_LOST, work=self._end, cause=fault)

    def found(self) -> None:
        """Note that it does."""
        with self._lock:
            was_lost, self._is_lost = self._is_lost, False
        if was_lost:
            logger.info(LogEvent.BROKER_FOUND, work=self._end)
