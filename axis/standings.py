"""What is known of certificates' revocation in this process: at most some seconds behind the database."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Final

from axis.hesitation import Stopwatch
from signing.statuses import Doubt, RevocationState, RevocationStatus, Source
from storage.database.revocations import load_statuses
from storage.database.transactions import Transactions
from storage.records import KeptStatus

FRESH_SECONDS: Final = 5.0
"""How long states are taken without asking whether there are new ones: a revocation that became known is effective in
all processes within ten seconds, as a suspension is."""

WHOLE_SECONDS: Final = 300.0
"""How often everything is read again: what a transaction committed very late is missed by no process for longer."""

OVERLAP: Final = timedelta(minutes=1)
"""How far back is looked again: a transaction that was committed late carries the moment of its beginning."""


class Standings:
    """Hands out states by fingerprint. One thread looks for new ones while the others go on with what is known.

    The first time all wait: nobody is judged by a book that was never read.
    """

    def __init__(self, transactions: Transactions, stopwatch: Stopwatch) -> None:
        self._transactions = transactions
        self._stopwatch = stopwatch
        self._lock = threading.Lock()
        self._known: dict[str, RevocationStatus] = {}
        self._newest: datetime | None = None
        self._looked_at: float | None = None
        self._read_whole_at: float | None = None

    def status_of(self, fingerprint: str) -> RevocationStatus | None:
        """Return what is known of the certificate with this SHA-256 (hexadecimal)."""
        return self._known.get(fingerprint)

    def refresh(self) -> None:
        """Take what was found out since; does nothing where that was done a moment ago."""
        if not self._is_due() or not self._lock.acquire(blocking=self._looked_at is None):
            return
        try:
            if self._is_due():
                self._take()
                self._looked_at = self._stopwatch()
        finally:
            self._lock.release()

    def reload(self) -> None:
        """Take what the database has this moment: for whoever just had authorities asked."""
        with self._lock:
            self._take()
            self._looked_at = self._stopwatch()

    def _is_due(self) -> bool:
        return self._looked_at is None or self._stopwatch() - self._looked_at >= FRESH_SECONDS

    def _take(self) -> None:
        now = self._stopwatch()
        is_whole = self._newest is None or self._read_whole_at is None or now - self._read_whole_at >= WHOLE_SECONDS
        since = None if is_whole or self._newest is None else self._newest - OVERLAP
        self._read_whole_at = now if is_whole else self._read_whole_at
        # What was forgotten there is forgotten here, too, whenever all of it is read.
        known: dict[str, RevocationStatus] = {} if is_whole else self._known
        with self._transactions.read() as session:
            for fingerprint, kept in load_statuses(session, since):
                known[fingerprint.hex()] = status_from(kept)
                if kept.judged_at is not None:
                    self._newest = max(self._newest or kept.judged_at, kept.judged_at)
        self._known = known


def status_from(kept: KeptStatus) -> RevocationStatus:
    """Return a stored state as the verifier's value."""
    return RevocationStatus(
        state=RevocationState(kept.state),
        source=Source(kept.source) if kept.source else None,
        this_update=kept.this_update,
        next_update=kept.next_update,
        evidence=kept.evidence,
        revoked_at=kept.revoked_at,
        reason=kept.reason,
        doubt=Doubt(kept.doubt) if kept.doubt else None,
    )


def kept_from(status: RevocationStatus, *, judged_at: datetime) -> KeptStatus:
    """Return a state as it is stored."""
    return KeptStatus(
        state=status.state.value,
        judged_at=judged_at,
        source=status.source.value if status.source else None,
        this_update=status.this_update,
        next_update=status.next_update,
        evidence=status.evidence,
        revoked_at=status.revoked_at,
        reason=status.reason,
        doubt=status.doubt.value if status.doubt else None,
    )
