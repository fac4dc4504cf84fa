"""The bell: wakes workers and waiting recipients after a commit. Nobody relies on it; the sweep finds everything."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

from dramatiq import Broker, Message
from dramatiq.errors import DramatiqError

from axis.logs import LogEvent, logger
from axis.seam import survive
from envelopes.identifiers import EnvelopeId, OrganId
from storage.database.notices import notify
from storage.database.transactions import Transactions
from storage.errors import StorageError

ARRIVALS: Final = "axis_arrivals"
"""The database channel on which recipients' canonical ids are told."""

QUEUE: Final = "evidence"
"""The broker's queue of envelopes about which evidence is owed."""

ATTEST: Final = "attest"
"""The name of the actor that seals it."""

GATHER_SECONDS: Final = 0.02
"""Strokes within this time become one: notifying costs a transaction, and waiting clients do not feel 20 ms."""

STROKES_MAX: Final = 50_000
"""Recipients remembered between two strokes; beyond that the rest is left to the sweep rather than to memory."""


class Bell:
    """Gathers strokes and rings them from a thread of its own, so that no answer to a sender waits for a bell.

    Without a broker only recipients are told; workers then find their work by sweeping.
    """

    def __init__(self, transactions: Transactions, broker: Broker | None) -> None:
        self._transactions = transactions
        self._broker = broker
        self._lock = threading.Lock()
        self._envelopes: set[EnvelopeId] = set()
        self._recipients: set[OrganId] = set()
        self._struck = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="axis-bell", daemon=True)

    def start(self) -> None:
        """Begin to ring."""
        self._thread.start()

    def stop(self) -> None:
        """Ring what is gathered, then end."""
        self._stopping.set()
        self._struck.set()
        if self._thread.is_alive():
            self._thread.join()

    def ring(self, envelope_id: EnvelopeId, recipients: Sequence[OrganId]) -> None:
        """Have workers look at an envelope and recipients look for deliveries; returns at once."""
        with self._lock:
            if len(self._recipients) < STROKES_MAX:
                self._envelopes.add(envelope_id)
                self._recipients.update(recipients)
        self._struck.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._struck.wait()
            self._stopping.wait(GATHER_SECONDS)
            self._struck.clear()
            survive("bell", self._stroke, otherwise=None)
        survive("bell", self._stroke, otherwise=None)

    def _stroke(self) -> None:
        with self._lock:
            envelopes, self._envelopes = self._envelopes, set()
            recipients, self._recipients = self._recipients, set()
        try:
            self._wake_workers(envelopes)
            self._wake_recipients(recipients)
        except (StorageError, DramatiqError) as error:
            logger.warning(LogEvent.BELL_NOT_RUNG, envelopes_count=len(envelopes), exc_info=error)

    def _wake_workers(self, envelopes: set[EnvelopeId]) -> None:
        if self._broker is None:
            return
        for envelope_id in envelopes:
            self._broker.enqueue(Message(QUEUE, ATTEST, (str(envelope_id),), {}, {}))

    def _wake_recipients(self, recipients: set[OrganId]) -> None:
        if recipients:
            with self._transactions.begin() as session:
                notify(session, ARRIVALS, payloads=[str(one) for one in recipients])
