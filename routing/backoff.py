"""How long what failed is left alone before it is tried again: counted from recorded attempts, never from memory."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

DOUBLINGS_MAX: Final = 16
"""Doublings of a pause: more would only make a number that nothing can hold."""

CALL_AGAIN: Final = timedelta(seconds=1)
"""The pause after a receiver's first failure: most are a restart or a lost packet."""

CALL_AGAIN_MAX: Final = timedelta(minutes=15)
"""The longest pause between two calls about one thing: what an agency mends over lunch is told before lunch ends."""

BREAKER_AFTER: Final = 5
"""Failures of a receiver in a row after which it is left alone: a minute of silence costs a worker six timeouts."""

CRASHES_MAX: Final = 3
"""Calls in a row of which nobody saw the end, after which the thing is set aside: once is a power cut, twice a bad day.
"""

SUSPECT_FROM: Final = 2
"""From how many of them on it waits behind everything else of its receiver: what a power cut took down keeps its place.
"""

REST: Final = timedelta(seconds=30)
"""How long it is left alone at first."""

REST_MAX: Final = timedelta(minutes=5)
"""The longest rest: so late at the most a receiver that came back is noticed, at one call's cost each."""


def doubled(first: timedelta, attempts: int, *, longest: timedelta) -> timedelta:
    """Return the pause after so many attempts: `first`, doubled each time, up to `longest`."""
    return min(first * (1 << min(attempts, DOUBLINGS_MAX)), longest)


def pause_after(attempts: int, *, jitter: float) -> timedelta:
    """Return how long a receiver is not called again about something after `attempts` calls (at least one) failed.

    Doubled each time, of which the half or more: `jitter`, from 0 up to 1, spreads what failed together.
    """
    whole = doubled(CALL_AGAIN, max(attempts - 1, 0), longest=CALL_AGAIN_MAX)
    return whole * (1 + jitter) / 2


def rest_after(failures: int) -> timedelta:
    """Return how long a receiver is not called at all after so many failures in a row; nothing for the first few."""
    if failures < BREAKER_AFTER:
        return timedelta()
    return doubled(REST, failures - BREAKER_AFTER, longest=REST_MAX)
