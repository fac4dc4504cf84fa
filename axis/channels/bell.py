"""The bell: wakes workers and waiting recipients after a commit. Nobody relies on it; the sweep finds everything."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

from dramatiq import Message
from dramatiq.errors import DramatiqError

from axis.channels.lines import RETRY_SECONDS, BrokerFault, BrokerUnavailable, Standing
from axis.channels.strokes import LineBroker
from axis.logs import LogEvent, logger
from axis.seam import survive
from envelopes.identifiers import EnvelopeId, OrganId
from storage.database.notices import notify
from storage.database.transactions import Transactions
from storage.errors import StorageError

ARRIVALS: Final = "axis_arrivals"
"""The database channel on which recipients' canonical ids are told."""

QUEUE: Final = "evidence"
"""The broker's queue of strokes for those who seal."""

ATTEST: Final = "attest"
"""The name of the actor that seals whatever evidence is owed."""

GATHER_SECONDS: Final = 0.02
"""Strokes within this time become one: notifying costs a transaction, and waiting clients do not feel 20 ms."""

STROKES_MAX: Final = 50_000
"""Recipients remembered between two strokes; beyond that the rest is left to the sweep rather than to memory."""

REST_SECONDS: Final = 3.0
"""How long a connection to the broker is kept that nothing is rung on: one that nobody looks after is ended by the
server sooner or later, which would be noticed with the next stroke."""

STOP_SECONDS: Final = 5.0
"""How long the end of a process waits for the last stroke: milliseconds, but where broker or database hang."""


class Bell:
    """Gathers strokes and rings them from threads of its own, so that no answer to a sender waits for a bell.

    One thread tells recipients through the database, another workers through the broker: of these two, what hangs keeps
    the other not waiting. Without a broker only recipients are told; workers then find their work by sweeping.
    """

    def __init__(self, transactions: Transactions, broker: LineBroker | None) -> None:
        self._transactions = transactions
        self._broker = broker
        self._standing = Standing("ring")
        self._lock = threading.Lock()
        self._recipients: set[OrganId] = set()
        self._arrivals = _Striker("axis-bell", self._wake_recipients)
        self._work = None if broker is None else _Striker("axis-bell-work", self._wake_workers, rest=broker.rest)

    def start(self) -> None:
        """Begin to ring."""
        for striker in self._strikers():
            striker.start()

    def stop(self) -> None:
        """Ring what is gathered, then end; a stroke that hangs is left to end with the process."""
        for striker in self._strikers():
            striker.tell_to_stop()
        for striker in self._strikers():
            striker.join()

    def ring(self, envelope_id: EnvelopeId, recipients: Sequence[OrganId]) -> None:  # noqa: ARG002  see below
        """Have workers look for evidence that is owed, and recipients for deliveries; returns at once.

        Workers look for all that is due, so they are not told what for: a hundred strokes that say the same are one.
        """
        with self._lock:
            if len(self._recipients) < STROKES_MAX:
                self._recipients.update(recipients)
        for striker in self._strikers():
            striker.strike()

    def _strikers(self) -> tuple[_Striker, ...]:
        return (self._arrivals,) if self._work is None else (self._arrivals, self._work)

    def _wake_workers(self) -> bool:
        if self._broker is None:
            return True
        try:
            self._broker.enqueue(Message(QUEUE, ATTEST, (), {}, {}))
        except DramatiqError as error:
            self._standing.lost(error.fault if isinstance(error, BrokerUnavailable) else BrokerFault.REFUSED)
            return False
        self._standing.found()
        return True

    def _wake_recipients(self) -> bool:
        with self._lock:
            recipients, self._recipients = self._recipients, set()
        if recipients:
            try:
                with self._transactions.begin() as session:
                    notify(session, ARRIVALS, payloads=[str(one) for one in recipients])
            except StorageError as error:
                logger.warning(LogEvent.BELL_NOT_RUNG, recipients_count=len(recipients), exc_info=error)
        return True


class _Striker:
    """A thread that rings once for all strokes of a moment. `ring` returns whether it could."""

    def __init__(self, name: str, ring: Callable[[], bool], *, rest: Callable[[], None] | None = None) -> None:
        self._ring = ring
        self._rest = rest
        self._is_struck = False
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def strike(self) -> None:
        self._is_struck = True
        self._awake.set()

    def tell_to_stop(self) -> None:
        self._stopping.set()
        self._awake.set()

    def join(self) -> None:
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._rest is not None and not self._awake.wait(REST_SECONDS):
                survive("bell", self._rest, otherwise=None)
            self._awake.wait()
            self._stopping.wait(GATHER_SECONDS)
            self._awake.clear()
            if not self._strike_once():
                # What is struck meanwhile waits for the next try, as one stroke.
                self._stopping.wait(RETRY_SECONDS)
        self._strike_once()
        if self._rest is not None:
            survive("bell", self._rest, otherwise=None)

    def _strike_once(self) -> bool:
        """Return False where somebody struck and nobody could be told."""
        is_struck, self._is_struck = self._is_struck, False
        return not is_struck or survive("bell", self._ring, otherwise=False)
