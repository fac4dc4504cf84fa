"""Places: so many at once in a process, so many of one system, held from before the work until it has ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from axis.errors import Busy
from axis.web.problem_codes import ProblemCode
from axis.web.reports import RETRY_SECONDS, Problem
from envelopes.identifiers import SystemId


class Places:
    """All places of one kind in a process, for one event loop; `too_many` is said to a system that has all it may."""

    def __init__(self, places: int, *, per_system: int, too_many: ProblemCode) -> None:
        self._free = places
        self._per_system = per_system
        self._too_many = too_many
        self._by_system: Counter[SystemId] = Counter()

    @contextmanager
    def place(self, system_id: SystemId) -> Iterator[None]:
        """Hold a place for this system.

        Raises `Busy` when every place is taken, `Problem` when this system has too many.
        """
        if self._free <= 0:
            raise Busy(RETRY_SECONDS)
        if self._by_system[system_id] >= self._per_system:
            raise Problem.of(self._too_many, retry_after=RETRY_SECONDS)
        self._free -= 1
        self._by_system[system_id] += 1
        try:
            yield
        finally:
            self._free += 1
            self._by_system[system_id] -= 1
