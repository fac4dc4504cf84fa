"""How long what failed is left alone before it is tried again."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

DOUBLINGS_MAX: Final = 16
"""Doublings of a pause: more would only make a number that nothing can hold."""


def doubled(first: timedelta, attempts: int, *, longest: timedelta) -> timedelta:
    """Return the pause after so many attempts: `first`, doubled each time, up to `longest`."""
    return min(first * (1 << min(attempts, DOUBLINGS_MAX)), longest)
