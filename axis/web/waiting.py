"""Those who wait for deliveries: woken per agency, looking by themselves now and then, holding no thread meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from axis.caller import Caller
from axis.web.places import Places
from axis.web.problem_codes import ProblemCode
from envelopes.identifiers import OrganId
from routing.directory import Directory

LOOK_SECONDS: Final = 2.0
"""Longest time a waiting call does not look for itself: what it waits at most for a wake-up call that was lost."""

SEATS: Final = 400
"""Calls that wait at once in one process: with a look every 2 s they are 200 short queries a second, which leaves the
database its real work. More systems than that connect to more processes."""

SEATS_PER_SYSTEM: Final = 8
"""Waiting calls of one system in one process: enough for its receiving processes, and none can take all seats."""


@dataclass(frozen=True, slots=True, eq=False)
class Seat:
    """One waiting call: for the agencies `exact`, or for everything at or below `roots`."""

    exact: frozenset[OrganId]
    roots: frozenset[OrganId]
    _bell: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def is_waiting_for(self, organ_id: OrganId, lineage: frozenset[OrganId]) -> bool:
        """Return whether something for `organ_id` concerns this call; `lineage` are the agency and its superiors."""
        return organ_id in self.exact or not self.roots.isdisjoint(lineage)

    def wake(self) -> None:
        """Wake the call; on the event loop's own thread."""
        self._bell.set()

    async def woken(self, gone: asyncio.Future[object], seconds: float) -> None:
        """Return when woken, when the caller is `gone`, or after `seconds`, whichever comes first."""
        bell: asyncio.Future[object] = asyncio.ensure_future(self._bell.wait())
        try:
            await asyncio.wait({bell, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            bell.cancel()
        self._bell.clear()


class WaitingRoom:
    """All waiting calls of a process, for one event loop."""

    def __init__(self, directory: Callable[[], Directory], *, seats: int = SEATS) -> None:
        self._directory = directory
        self._places = Places(seats, per_system=SEATS_PER_SYSTEM, too_many=ProblemCode.TOO_MANY_WAITING)
        self._seats: set[Seat] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._rung: dict[OrganId, frozenset[OrganId]] = {}
        self._is_closed = False

    @asynccontextmanager
    async def seat(self, caller: Caller, recipients: Iterable[OrganId]) -> AsyncIterator[Seat]:
        """Hold a seat for a call that waits for `recipients` (canonical ids), or for all that the caller acts for.

        Raises `Busy` when every seat is taken, `Problem` when this system has too many.
        """
        self._loop = asyncio.get_running_loop()
        with self._places.place(caller.system.system_id):
            seat = _seat_for(caller, frozenset(recipients))
            self._seats.add(seat)
            try:
                yield seat
            finally:
                self._seats.discard(seat)

    def ring(self, organ_id: OrganId) -> None:
        """Wake those who wait for something for this agency. May block: from any thread but the loop's own."""
        if self._loop is None or not self._seats:
            return
        lineage = frozenset(_lineage(organ_id, self._directory()))
        with self._lock:
            is_first = not self._rung
            self._rung[organ_id] = lineage
        if is_first:
            _call_soon(self._loop, self._wake_rung)

    def close(self) -> None:
        """Send everybody home, now and from now on: a process that ends waits for nobody. From any thread."""
        self._is_closed = True
        if self._loop is not None:
            _call_soon(self._loop, self._wake_all)

    @property
    def is_closed(self) -> bool:
        """Whether waiting has come to an end."""
        return self._is_closed

    def _wake_rung(self) -> None:
        with self._lock:
            rung, self._rung = self._rung, {}
        for seat in self._seats:
            if any(seat.is_waiting_for(organ_id, lineage) for organ_id, lineage in rung.items()):
                seat.wake()

    def _wake_all(self) -> None:
        for seat in self._seats:
            seat.wake()


def _seat_for(caller: Caller, recipients: frozenset[OrganId]) -> Seat:
    if recipients:
        return Seat(exact=recipients, roots=frozenset())
    system = caller.system
    return Seat(exact=frozenset(), roots=frozenset(caller.narrowed_to or (*system.scopes, *system.exact_scopes)))


def _lineage(organ_id: OrganId, directory: Directory) -> Iterable[OrganId]:
    """Yield the agency's id and those of its superiors, nearest first."""
    yield organ_id
    agency = directory.resolve(organ_id)
    while agency is not None and agency.parent is not None:
        agency = directory.resolve(agency.parent)
        if agency is not None:
            yield agency.organ_id


def _call_soon(loop: asyncio.AbstractEventLoop, wake: Callable[[], None]) -> None:
    # A loop that has ended has nobody left to wake.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(wake)
