"""The one place that asks what time it is and that makes identifiers."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final, Protocol
from uuid import UUID

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_TIME_BITS: Final = 48
_COUNTER_BITS: Final = 42
"""Of the 74 free bits of a UUIDv7, those that count. The start is random in the lower half, so that the upper half is
left to count in: a thousand identifiers a second for seventy years."""
_RANDOM_BITS: Final = 32
"""The rest: tells apart two processes that count alike in the same millisecond."""


class Clock(Protocol):
    """Time and identifiers, as the axis sees them. Safe to use from several threads."""

    @property
    def is_watched(self) -> bool:
        """Whether the time comes from a machine, which may be wrong: then it is compared with the database's."""
        ...

    def now(self) -> datetime:
        """Return the present moment, aware UTC, in whole milliseconds (evidence is no finer)."""
        ...

    def mint(self, at: datetime | None = None) -> UUID:
        """Return a new UUIDv7 (RFC 9562 §5.7) of the moment `at` (aware), or of now.

        Of two identifiers minted by one process for the same millisecond, the later one sorts later.
        """
        ...


class _Mint:
    """Makes UUIDv7s with one counter for all moments (RFC 9562 §6.2, method 1), so that no state hangs on the time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._restart()
        # A forked child that went on counting would mint its parent's identifiers again.
        os.register_at_fork(after_in_child=self._restart)

    def _restart(self) -> None:
        self._lock = Lock()
        self._counter = secrets.randbits(_COUNTER_BITS - 1)

    def mint(self, at: datetime) -> UUID:
        """Return a UUIDv7 of the millisecond that `at` falls in; raises `ValueError` for one it cannot hold."""
        if at.utcoffset() is None:
            raise ValueError("identifiers are minted for aware moments")
        milliseconds = (at - _EPOCH) // _MILLISECOND
        if not 0 <= milliseconds < 2**_TIME_BITS:
            raise ValueError("a UUIDv7 holds moments from 1970 to the year 10889")
        with self._lock:
            self._counter = (self._counter + 1) % 2**_COUNTER_BITS
            counter = self._counter
        return _compose(milliseconds, counter << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS))


def _compose(milliseconds: int, rest: int) -> UUID:
    """Return the UUIDv7 with these 48 bits of time and 74 bits of anything else."""
    high, low = rest >> 62, rest & (2**62 - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


_MINT: Final = _Mint()


class SystemClock:
    """The machine's clock."""

    is_watched = True

    def now(self) -> datetime:
        """Return the present moment, aware UTC, in whole milliseconds."""
        return _in_milliseconds(datetime.now(UTC))

    def mint(self, at: datetime | None = None) -> UUID:
        """Return a new UUIDv7 of `at` or of now."""
        return _MINT.mint(self.now() if at is None else at)


class SettableClock:
    """A clock that stands still until it is told otherwise: for tests, and for rehearsing what a date will bring."""

    is_watched = False
    """Whoever sets it knows what time it is."""

    def __init__(self, moment: datetime) -> None:
        """`moment` is aware."""
        self.set(moment)

    def set(self, moment: datetime) -> None:
        """Go to this moment, forwards or backwards."""
        if moment.utcoffset() is None:
            raise ValueError("the clock is set to an aware moment")
        self._moment = _in_milliseconds(moment.astimezone(UTC))

    def advance(self, by: timedelta) -> datetime:
        """Go on by `by` and return the new present."""
        self.set(self._moment + by)
        return self._moment

    def now(self) -> datetime:
        """Return the moment the clock was set to, aware UTC, in whole milliseconds."""
        return self._moment

    def mint(self, at: datetime | None = None) -> UUID:
        """Return a new UUIDv7 of `at` or of the moment the clock was set to."""
        return _MINT.mint(self._moment if at is None else at)


def moment_of(identifier: UUID) -> datetime:
    """Return the moment a UUIDv7 was minted for, aware UTC, in whole milliseconds; `ValueError` for other UUIDs.

    A month's partition can be told from it. Never trust it for an identifier that somebody else chose.
    """
    if identifier.version != 7:
        raise ValueError("only a UUIDv7 holds a moment")
    try:
        return _EPOCH + (identifier.int >> 80) * _MILLISECOND
    except OverflowError as error:
        raise ValueError("a moment after the year 9999") from error


def is_due_again(last: datetime | None, now: datetime, *, every: timedelta) -> bool:
    """Return whether what was done at `last`, by this clock, is to be done again.

    Also where that is yet to come: the clock was ahead then, perhaps by weeks, and the database's with it, so that
    nobody noticed. Once too often does no harm.
    """
    return last is None or not timedelta() <= now - last < every


def written(moment: datetime) -> str:
    """Return an aware moment as answers of the axis write it: RFC 3339, UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _in_milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
