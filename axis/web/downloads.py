"""Downloads: so many at once and each for so long. One in progress holds a place, a file and no thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from axis.exchange.contents import Content
from axis.web.places import Places
from axis.web.problem_codes import ProblemCode
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


GLANCE_SECONDS: Final = 1.0
"""Between two looks whether what leaves is still given out: a hundred downloads ask the database a hundred times a
second, and of what was given back a second's octets leave at most, beside what the network holds."""


class DownloadRevoked(Exception):
    """The system that downloads, or the key it proved itself with, is not in force any more."""


class Download:
    """One download's place and, from `hold` on, the content that leaves; whatever ends it, the content is closed.

    `is_in_force` tells whether its system may still connect.
    """

    def __init__(
        self, seconds: float, *, is_in_force: Callable[[], bool], stopwatch: Callable[[], float] = time.monotonic
    ) -> None:
        self.seconds = seconds
        self._is_in_force = is_in_force
        self._stopwatch = stopwatch
        self._looked_at = stopwatch()
        self._content: Content | None = None
        self._is_over = False
        self._lock = threading.Lock()

    def hold(self, content: Content) -> None:
        """Take over a content. The caller may be gone by now; then it is closed at once."""
        with self._lock:
            self._content, self._looked_at = content, self._stopwatch()
        self._tidy()

    def read(self) -> bytes:
        """Return the next octets, none where the download is over. For the thread pool.

        Raises as `Content.read` and `Content.require`, and `DownloadRevoked` where its system was suspended meanwhile.
        """
        if not self._is_in_force():
            raise DownloadRevoked
        self._glance()
        try:
            with self._lock:
                return b"" if self._is_over or self._content is None else self._content.read(CHUNK_BYTES)
        finally:
            self._tidy()

    def _glance(self) -> None:
        """Look now and then whether the content is still given out; it was when it was opened."""
        if self._content is not None and self._stopwatch() - self._looked_at >= GLANCE_SECONDS:
            self._content.require()
            self._looked_at = self._stopwatch()

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
        self._places = Places(places, per_system=DOWNLOADS_PER_SYSTEM, too_many=ProblemCode.TOO_MANY_DOWNLOADS)
        self._seconds = seconds

    @contextmanager
    def place(self, system_id: SystemId, *, is_in_force: Callable[[], bool]) -> Iterator[Download]:
        """Hold a place for a download of this system, before anything is looked up for it.

        Raises `Busy` when every place is taken, `Problem` when this system has too many.
        """
        with self._places.place(system_id):
            download = Download(self._seconds, is_in_force=is_in_force)
            try:
                yield download
            finally:
                download.end()
