"""The directory in effect in this process: at most a few seconds behind the database."""

from __future__ import annotations

import threading
from typing import Final

from axis.hesitation import Hesitation, Stopwatch
from axis.logs import LogEvent, logger
from axis.metrics import Metrics
from routing.directory import Directory
from storage.database.directory import load_directory
from storage.database.transactions import Transactions

FRESH_SECONDS: Final = 5.0
"""How long a directory is taken without asking for its version: half of the ten seconds within which a suspension must
take effect, so that loading a large directory has the other half."""


class Atlas:
    """Hands out the directory; looks at its version at most every `FRESH_SECONDS` and loads it anew when it changed.

    One thread loads while the others wait: a caller is never judged by a directory that is known to be old. Where the
    database does not answer the one, the others are told so too.
    """

    def __init__(self, transactions: Transactions, stopwatch: Stopwatch, *, metrics: Metrics | None = None) -> None:
        self._transactions = transactions
        self._metrics = metrics
        self._stopwatch = stopwatch
        self._hesitation = Hesitation(stopwatch)
        self._lock = threading.Lock()
        self._directory: Directory | None = None
        self._looked_at = 0.0

    def directory(self) -> Directory:
        """Return the directory in effect."""
        with self._lock:
            now = self._stopwatch()
            if self._directory is None or now - self._looked_at >= FRESH_SECONDS:
                with self._hesitation.asking():
                    self._directory = self._refreshed(self._directory)
                self._looked_at = now
            return self._directory

    def refresh(self) -> Directory:
        """Return the directory as the database has it this moment: for whoever just changed it."""
        with self._lock:
            self._directory = self._refreshed(self._directory)
            self._looked_at = self._stopwatch()
            return self._directory

    def _refreshed(self, known: Directory | None) -> Directory:
        with self._transactions.read() as session:
            directory = load_directory(session, known)
        if known is None or directory.version != known.version:
            logger.info(LogEvent.DIRECTORY_LOADED, version=directory.version)
        if self._metrics is not None:
            self._metrics.set_directory_version(directory.version)
        return directory
