"""A broker for one process: its queues are in memory, and nobody else hears of them."""

from __future__ import annotations

import threading
from collections import deque

from axis.channels.lines import LENGTH_MAX


class MemoryLine:
    """A queue of this process; every line to it is this one, and any thread may use it."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque(maxlen=LENGTH_MAX)
        self._changed = threading.Condition()

    def push(self, octets: bytes) -> None:
        """Put a message at the end; the first of too many goes."""
        with self._changed:
            self._waiting.append(octets)
            self._changed.notify()

    def pull(self, seconds: float) -> bytes | None:
        """Return the first message, or None when there was none for so long."""
        with self._changed:
            is_there = self._changed.wait_for(lambda: bool(self._waiting), timeout=seconds)
            return self._waiting.popleft() if is_there else None

    def probe(self) -> None:
        """Return: it is always there."""

    def rest(self) -> None:
        """Return: there is no connection."""

    def flush(self) -> None:
        """Drop every message."""
        with self._changed:
            self._waiting.clear()

    def __len__(self) -> int:
        """Return how many messages wait."""
        return len(self._waiting)


class MemoryLines:
    """Queues in the memory of this process, by name."""

    def __init__(self) -> None:
        self._queues: dict[str, MemoryLine] = {}
        self._lock = threading.Lock()

    def open(self, queue: str) -> MemoryLine:
        """Return the queue of this name."""
        with self._lock:
            return self._queues.setdefault(queue, MemoryLine())
