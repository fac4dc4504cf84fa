"""Whether this process's clock is right: compared with the database's, which all processes share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine

from axis.clock import Clock
from axis.errors import ClockAstray
from axis.hesitation import Hesitation, Stopwatch
from axis.logs import LogEvent, logger
from axis.metrics import Metrics
from storage.database.moment import database_moment
from storage.database.transactions import ReadSession, Transactions, WriteSession
from storage.errors import StatementTooSlow, StorageError

TOLERANCE: Final = timedelta(seconds=5)
"""How far the clock may be from the database's. Machines that follow a time server differ by milliseconds, so that
nobody is stopped for nothing; the shortest time that anything rests on here is a lease of thirty seconds."""

AGREED_SECONDS: Final = 60.0
"""How long an agreement holds while time and stopwatch go alike: a clock that drifts a whole second in that time would
lose a day in two months. It is one statement a minute."""

ASTRAY_SECONDS: Final = 1.0
"""How long a clock that was found astray is not compared again: whoever calls meanwhile costs the database nothing, and
one that was mended works a second later."""

_NONE: Final = timedelta()


@dataclass(frozen=True, slots=True)
class _Reading:
    """What clock and stopwatch showed when the clock was compared, and by how much it was ahead of the database's."""

    moment: datetime
    elapsed: float
    ahead: timedelta

    @property
    def is_right(self) -> bool:
        return abs(self.ahead) <= TOLERANCE


class Timekeeper:
    """Keeps everything that depends on the time from being done by a clock that is astray. Safe for several threads.

    A clock that somebody sets is right by definition and never compared. Whether a clock that is compared has jumped
    since, its stopwatch tells; which of the two is right, the database does. So asking is nearly always free, and a
    machine that slept is not taken for one whose clock was changed.
    """

    def __init__(
        self, transactions: Transactions, clock: Clock, *, stopwatch: Stopwatch, metrics: Metrics | None = None
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._stopwatch = stopwatch
        self._metrics = metrics
        self._hesitation = Hesitation(stopwatch)
        self._lock = threading.Lock()
        self._last: _Reading | None = None

    def require(self) -> None:
        """Return where the clock is right.

        Raises `ClockAstray` where it is not, and `StorageError` where it has to be compared and the database does not
        answer.
        """
        self._require(lambda: self._compared(self._standing))

    def attest(self, session: WriteSession) -> None:
        """Return where the clock is right as this transaction is about to be committed; raises as `require` does.

        What was right when it began may have jumped since, and a lease of forty days or an event of next year would
        stay. It is compared on the transaction's own connection and outside the queue: threads that hold connections
        never wait here for one that waits for a connection.
        """
        self._require(lambda: self._compare(session))

    def is_right(self) -> bool:
        """Return what `require` finds out, for those who only leave something undone; raises `StorageError`."""
        try:
            self.require()
        except ClockAstray:
            return False
        return True

    def check(self) -> bool:
        """Return whether the clock is right, compared anew; where the database does not answer, the last finding."""
        if not self._clock.is_watched:
            return True
        try:
            return self._compared(lambda: None).is_right
        except StorageError:
            return self._last is None or self._last.is_right

    def _require(self, compare: Callable[[], _Reading]) -> None:
        if not self._clock.is_watched:
            return
        reading = self._standing() or compare()
        if not reading.is_right:
            raise ClockAstray(reading.ahead)

    def _standing(self) -> _Reading | None:
        """Return the last finding where it still holds."""
        last = self._last
        if last is None:
            return None
        moment, elapsed = self._clock.now(), self._stopwatch() - last.elapsed
        if not last.is_right:
            return last if elapsed < ASTRAY_SECONDS else None
        ahead = last.ahead + (moment - last.moment - timedelta(seconds=elapsed))
        return last if abs(ahead) <= TOLERANCE and elapsed < AGREED_SECONDS else None

    def _compared(self, known: Callable[[], _Reading | None]) -> _Reading:
        """Return a new finding, or the one that somebody else came to while this thread waited for its turn.

        Where the database did not answer somebody else, this thread waits for no time limit of its own.
        """
        with self._lock:
            if reading := known():
                return reading
            with self._hesitation.asking(), self._transactions.glance() as session:
                return self._compare(session)

    def _compare(self, session: ReadSession) -> _Reading:
        """Compare the clock, as it is when the answer is there.

        The database looked at its clock at some moment between question and answer: a slow answer is no difference. One
        that took longer than a clock may differ is no agreement either: it may hide as much as it took. Raises
        `StatementTooSlow` then.
        """
        asked = self._stopwatch()
        theirs = database_moment(session)
        ours, answered = self._clock.now(), self._stopwatch()
        earliest, latest = theirs, theirs + timedelta(seconds=answered - asked)
        reading = _Reading(ours, answered, min(ours - earliest, _NONE) + max(ours - latest, _NONE))
        if reading.is_right and timedelta(seconds=answered - asked) > TOLERANCE:
            raise StatementTooSlow("the database told its time too late to compare a clock with it")
        self._tell(reading)
        self._last = reading
        return reading

    def _tell(self, reading: _Reading) -> None:
        """Measure, and log what has changed: once, and not at every request."""
        seconds = reading.ahead.total_seconds()
        if self._metrics is not None:
            self._metrics.set_clock_ahead(seconds)
        was_right = self._last is None or self._last.is_right
        if was_right and not reading.is_right:
            logger.error(LogEvent.CLOCK_ASTRAY, seconds_ahead=seconds)
        if reading.is_right and not was_right:
            logger.info(LogEvent.CLOCK_RIGHT, seconds_ahead=seconds)


def keep_time(engine: Engine, clock: Clock, *, metrics: Metrics | None = None) -> tuple[Transactions, Timekeeper]:
    """Return transactions of which none is committed by a clock that is astray, and who sees to that."""
    timekeeper = Timekeeper(Transactions(engine), clock, stopwatch=time.monotonic, metrics=metrics)
    return Transactions(engine, attest=timekeeper.attest), timekeeper
