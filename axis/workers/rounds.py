"""One round of the sweep: everything that is due, whether or not anybody rang for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from axis.clock import is_due_again
from axis.exchange.attestor import Attestor
from axis.exchange.carriage import TURN_OVER_EVERY
from axis.exchange.courier import Courier
from axis.exchange.deadlines import Deadlines
from axis.exchange.forwarding import Forwarding
from axis.exchange.premises import Premises
from axis.logs import LogEvent, logger
from axis.metrics import Waiting
from axis.seam import survive
from axis.timekeeper import Timekeeper
from axis.wiring import Axis
from storage.database.assertions import forget_assertions
from storage.database.checks import count_checks
from storage.database.leadership import Leadership
from storage.database.owed import backlog
from storage.database.partitions import ensure
from storage.database.revocations import forget_expired, waiting_counts
from storage.database.webhooks import count_waiting_notices, forget_calls
from storage.errors import StorageError

BATCHES_MAX: Final = 50
"""Batches of evidence in one turn: ten thousand, about a minute of work; deadlines and leases do not wait longer."""

EXPIRED_KEPT: Final = timedelta(days=30)
"""How long an expired certificate is watched on: a verdict waits for a week, and a stamped document may come later."""

CALLS_KEPT: Final = timedelta(days=30)
"""How long the log of calls to webhooks goes back: whoever asks why nothing came asks within the month."""

HOUSEKEEPING_EVERY: Final = timedelta(hours=1)
"""Between two looks at partitions and old assertions: partitions stand ready three months ahead."""


@dataclass(slots=True)
class Rounds:
    """What a worker does on its rounds. Harmless to repeat, and to do in several processes at once.

    What looks at whole tables is for one of all workers, the leader. A leader that hangs loses nothing: partitions
    stand ready for months, what is to be forgotten may wait, and gauges that nobody shows are an alarm.

    While its clock is astray a worker ends, returns, alarms and seals nothing, and leaves it to others to lead.
    """

    premises: Premises
    timekeeper: Timekeeper
    attestor: Attestor
    deadlines: Deadlines
    leadership: Leadership
    courier: Courier
    forwarding: Forwarding
    _kept_house_at: datetime | None = None
    _turned_over_at: datetime | None = None
    _was_leader: bool = False
    _stopping: threading.Event = field(default_factory=threading.Event)

    def make(self) -> int:
        """Return how many pieces of work were done; 0 when nothing was due. A step that fails hinders no other.

        Whether the clock is right is asked before each: sealing alone may take a minute.
        """
        steps = {
            "attest": self.attest,
            "end_due": self.deadlines.end_due,
            "raise_alarms": self.deadlines.raise_alarms,
            "return_leases": self.deadlines.return_leases,
            "end_overdue": self.courier.end_overdue,
            "turn_over": self._turn_over,
            "tell_unanswered": self.deadlines.tell_unanswered,
        }
        done = sum(self._done(name, step) for name, step in steps.items())
        if not survive("lead", self._leads, otherwise=False):
            self._forget_measurements()
            return done
        of_leader = {
            "measure": self._measure,
            "keep_house": self._keep_house,
            "forward": self.forwarding.forward_due,
        }
        return done + sum(self._done(name, step) for name, step in of_leader.items())

    def stop(self) -> None:
        """Have a round that is under way end after the batch it has in hand."""
        self._stopping.set()

    def attest(self) -> int:
        """Return how many evidences were sealed: until none was due, or other work must have its turn."""
        total = 0
        for _ in range(BATCHES_MAX):
            may_go_on = not self._stopping.is_set() and self.timekeeper.is_right()
            sealed = self.attestor.attest_due() if may_go_on else None
            if sealed is None:
                break
            total += sealed
        return total

    def _done(self, name: str, step: Callable[[], int]) -> int:
        """Return how many pieces of work one step did."""
        return survive(name, lambda: step() if self.timekeeper.is_right() else 0, otherwise=0)

    def _leads(self) -> bool:
        """Return whether this worker is the one that does what one of all has to do."""
        metrics = self.premises.metrics
        try:
            is_leader = self._may_lead()
        except StorageError:
            metrics.set_leader(is_leader=False)
            self._was_leader = False
            raise
        metrics.set_leader(is_leader=is_leader)
        if is_leader is not self._was_leader:
            logger.info(LogEvent.LEADER_CHANGED, is_leader=is_leader)
        self._was_leader = is_leader
        return is_leader

    def _may_lead(self) -> bool:
        """Return whether this worker leads, or has got to; where its clock is astray it makes way for another one."""
        if self.timekeeper.is_right():
            return self.leadership.is_leading()
        self.leadership.close()
        return False

    def _forget_measurements(self) -> None:
        """Show nothing: what was true before looks like good news to those who watch."""
        metrics = self.premises.metrics
        metrics.set_owed_evidences(None)
        metrics.set_waiting(None)
        metrics.set_sweep_lag(None)

    def _measure(self) -> int:
        metrics = self.premises.metrics
        try:
            with self.premises.transactions.read() as session:
                count, oldest = backlog(session)
                verdicts, certificates = waiting_counts(session, self.premises.clock.now())
                checks = count_checks(session)
                notices = count_waiting_notices(session)
        except StorageError:
            self._forget_measurements()
            raise
        waited = self.premises.clock.now() - oldest if oldest else timedelta()
        metrics.set_owed_evidences(count)
        metrics.set_waiting(Waiting(verdicts, checks, certificates, notices))
        metrics.set_sweep_lag(max(waited.total_seconds(), 0.0))
        return 0

    def _turn_over(self) -> int:
        now = self.premises.clock.now()
        if not is_due_again(self._turned_over_at, now, every=TURN_OVER_EVERY):
            return 0
        done = self.courier.turn_over()
        if not done:
            self._turned_over_at = now
        return done

    def _keep_house(self) -> int:
        now = self.premises.clock.now()
        if not is_due_again(self._kept_house_at, now, every=HOUSEKEEPING_EVERY):
            return 0
        with self.premises.transactions.begin() as session:
            made = ensure(session, now)
            forget_assertions(session, now)
            forget_expired(session, now - EXPIRED_KEPT)
            forget_calls(session, now - CALLS_KEPT)
        if made:
            logger.info(LogEvent.PARTITIONS_CREATED, partitions_count=len(made))
        self._kept_house_at = now
        return len(made)


def rounds_of(axis: Axis) -> Rounds:
    """Return the rounds of a worker on the parts of a process."""
    return Rounds(
        axis.premises,
        axis.timekeeper,
        axis.attestor,
        axis.deadlines,
        axis.leadership,
        axis.courier,
        axis.forwarding,
    )
