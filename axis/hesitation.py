"""A question that the database has just failed to answer is not asked again at once by everybody who waited for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from storage.errors import StorageError

HESITATE_SECONDS: Final = 1.0
"""How long nobody asks again what was just not answered. Those who waited for one answer, each in its turn, would wait
for a time limit of their own one after the other, the fortieth for minutes; this is enough to tell all of them."""


class Stopwatch(Protocol):
    """A monotonic count of seconds."""

    def __call__(self) -> float:
        """Return seconds since some fixed moment; never goes back."""
        ...


class Hesitation:
    """The last fault of one question that threads ask in turn. To be used under the lock that makes them take turns."""

    def __init__(self, stopwatch: Stopwatch) -> None:
        self._stopwatch = stopwatch
        self._fault: StorageError | None = None
        self._until = 0.0

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask in it. Raises the fault that the question ended with a moment ago instead of having it asked again."""
        if self._fault is not None and self._stopwatch() < self._until:
            raise type(self._fault)(*self._fault.args) from self._fault
        self._fault = None
        try:
            yield
        except StorageError as fault:
            self._fault, self._until = fault, self._stopwatch() + HESITATE_SECONDS
            raise
