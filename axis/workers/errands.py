"""What waits for others: authorities, documents, webhooks, a store. Apart from the sweep, which may not wait."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from axis.clock import Clock, is_due_again
from axis.exchange.appraiser import Appraiser
from axis.exchange.courier import Courier
from axis.exchange.examiner import Examiner
from axis.exchange.uploads import Uploads
from axis.seam import survive
from axis.timekeeper import Timekeeper
from axis.wiring import Axis
from routing.webhooks import WebhookMode
from storage.database.leadership import Leadership

ADOPT_EVERY: Final = timedelta(minutes=1)
"""Between two looks for certificates that were registered: their authorities are asked before they sign much."""


@dataclass(slots=True)
class Errands:
    """Harmless to repeat, and to run in several processes at once: each row is one worker's for a while.

    What is left of uploads is for one of all workers to clear, the leader: nobody waits for it.

    Each is for a thread of its own, `carry` for several: authorities that answer slowly keep no document waiting, and
    a receiver that hangs keeps no other. Nothing is begun while the clock is astray.
    """

    clock: Clock
    timekeeper: Timekeeper
    examiner: Examiner
    appraiser: Appraiser | None
    courier: Courier
    uploads: Uploads
    leadership: Leadership
    _adopted_at: datetime | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)

    def examine(self) -> int:
        """Return how many certificates' authorities were asked; 0 when none was due, or where that failed."""
        return survive("examine", self._examine, otherwise=0)

    def appraise(self) -> int:
        """Return how many messages' documents were taken up; 0 when none was due, or where that failed."""
        return survive("appraise", self._appraise, otherwise=0)

    def carry(self, mode: WebhookMode | None = None) -> int:
        """Return how many notices were carried to webhooks; 0 when none was due, or where that failed.

        With a `mode` only receivers of it are served.
        """
        return survive("carry", lambda: self._carry(mode), otherwise=0)

    def clear_uploads(self) -> int:
        """Return how many uploads were forgotten whose day is over; 0 when none could be, or by whoever leads not."""
        return survive("clear_uploads", self._clear_uploads, otherwise=0)

    def stop(self) -> None:
        """Begin no further batch, and no further row of one: what was not begun goes back."""
        self._stopping.set()
        self.examiner.stop()
        if self.appraiser is not None:
            self.appraiser.stop()
        self.courier.stop()

    def abandon(self) -> None:
        """Give back what is still in hand, for others to take at once."""
        self.examiner.abandon()
        if self.appraiser is not None:
            self.appraiser.abandon()
        self.courier.abandon()

    def _examine(self) -> int:
        if not self.timekeeper.is_right():
            return 0
        now = self.clock.now()
        if is_due_again(self._adopted_at, now, every=ADOPT_EVERY):
            self.examiner.adopt()
            self._adopted_at = now
        return 0 if self._stopping.is_set() else self.examiner.examine_due() + self.examiner.finish()

    def _appraise(self) -> int:
        if self.appraiser is None or self._stopping.is_set() or not self.timekeeper.is_right():
            return 0
        return self.appraiser.appraise_due()

    def _carry(self, mode: WebhookMode | None) -> int:
        if self._stopping.is_set() or not self.timekeeper.is_right():
            return 0
        return self.courier.carry_due(mode)

    def _clear_uploads(self) -> int:
        if not self._may_clear() or not self.leadership.is_leading():
            return 0
        return self.uploads.clear_expired(may_go_on=self._may_clear)

    def _may_clear(self) -> bool:
        return not self._stopping.is_set() and self.timekeeper.is_right()


def errands_of(axis: Axis) -> Errands:
    """Return the errands of a worker on the parts of a process."""
    return Errands(
        axis.clock,
        axis.timekeeper,
        axis.court.examiner,
        axis.court.appraiser,
        axis.courier,
        axis.uploads,
        axis.leadership,
    )
