"""What a worker has taken in hand of rows that wait, so that it can give back what it does not finish."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from axis.seam import survive

Row = TypeVar("Row")


class Turn(Generic[Row]):
    """Hands out what was taken, one by one, until it is told to stop; the rest goes back at once, for others to take.

    Without it the rest would wait until the time is over for which it was taken. Any thread may use it.
    """

    def __init__(self, work: str, give_back: Callable[[Sequence[Row]], None]) -> None:
        self._work = work
        self._give_back = give_back
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._held: dict[int, Row] = {}

    def each(self, taken: Sequence[Row]) -> Iterator[Row]:
        """Yield what was taken, each when the one before is done with; what is left when it is to stop goes back."""
        with self._lock:
            self._held.update((id(row), row) for row in taken)
        for row in taken:
            if self._stopping.is_set() or not self.holds(row):
                break
            yield row
            with self._lock:
                self._held.pop(id(row), None)
        self._return([row for row in taken if self.holds(row)])

    def holds(self, row: Row) -> bool:
        """Return whether this row is still in hand: it is not once it was given back, whoever still works at it."""
        with self._lock:
            return id(row) in self._held

    def stop(self) -> None:
        """Begin nothing further."""
        self._stopping.set()

    def abandon(self) -> None:
        """Give back everything, what is being worked at too: its process ends."""
        self.stop()
        with self._lock:
            held = list(self._held.values())
        self._return(held)

    def _return(self, rows: Sequence[Row]) -> None:
        with self._lock:
            for row in rows:
                self._held.pop(id(row), None)
        if rows:
            survive(self._work, lambda: self._give_back(rows), otherwise=None)
