"""Downloads: so many at once and each for so long. One in progress holds a place, a file and no thread."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from axis.errors import Busy
from axis.exchange.contents import Content
from axis.web.problem_codes import ProblemCode
from axis.web.reports import RETRY_SECONDS, Problem
from envelopes.identifiers import SystemId

DOWNLOADS: Final = 100
"""Downloads at once in one process: each takes two of the 1,024 files that a process may usually open, beside 400 calls
that wait, and under a megabyte of memory. At 10 Mbit/s to each that is a gigabit a second."""

DOWNLOADS_PER_SYSTEM: Final = 8
"""Downloads of one system at once in one process: enough for its receiving processes, and none can take all places."""

DOWNLOAD_SECONDS: Final = 300.0
"""For one download: 50 MB over a line of 1.5 Mbit/s, the slowest that agencies still have. What is left after that is
asked for as a range."""

CHUNK_BYTES: Final = 64 * 1024
"""Octets read at a time: a hundred downloads at once take 60 MB in all, and one alone runs at a gigabit a second, which
is faster than any agency's line."""


class Download:
    """One download's place and, from `hold` on, the content that leaves; whatever ends it, the content is closed."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._content: Content | None = None
        self._is_over = False
        self._lock = threading.Lock()

    def hold(self, content: Content) -> None:
        """Take over a content. The caller may be gone by now; then it is closed at once."""
        with self._lock:
            self._content = content
        self._tidy()

    def read(self) -> bytes:
        """Return the next octets, none where the download is over; raises as `Content.read`. For the thread pool."""
        try:
            with self._lock:
                return b"" if self._is_over or self._content is None else self._content.read(CHUNK_BYTES)
        finally:
            self._tidy()

    def end(self) -> None:
        """Close the content, now or when the thread that reads it has done so: nobody here waits for a disk."""
        self._is_over = True
        self._tidy()

    def _tidy(self) -> None:
        # Whoever holds the lock comes here next, and finds that it is over.
        if self._is_over and self._lock.acquire(blocking=False):
            try:
                if self._content is not None:
                    self._content.close()
            finally:
                self._lock.release()


class Downloads:
    """All downloads of a process, for one event loop."""

    def __init__(self, *, places: int = DOWNLOADS, seconds: float = DOWNLOAD_SECONDS) -> None:
        self._free = places
        self._seconds = seconds
        self._by_system: Counter[SystemId] = Counter()

    @contextmanager
    def place(self, system_id: SystemId) -> Iterator[Download]:
        """Hold a place for a download of this system, before anything is looked up for it.

        Raises `Busy` when every place is taken, `Problem` when this system has too many.
        """
        self._take(system_id)
        download = Download(self._seconds)
        try:
            yield download
        finally:
            download.end()
            self._free += 1
            self._by_system[system_id] -= 1

    def _take(self, system_id: SystemId) -> None:
        if self._free <= 0:
            raise Busy(RETRY_SECONDS)
        if self._by_system[system_id] >= DOWNLOADS_PER_SYSTEM:
            raise Problem.of(ProblemCode.TOO_MANY_DOWNLOADS, retry_after=RETRY_SECONDS)
        self._free -= 1
        self._by_system[system_id] += 1
