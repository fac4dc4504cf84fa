"""The tables of the documentation about what runs: its clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from axis import timekeeper
from axis.web.announced import reasons_in
from scripts.markdown import code, table


def clock_limits() -> str:
    """Return the limits within which the clock of a process is right, in seconds."""
    limits = {name: why for name, why in reasons_in(timekeeper).items() if not name.startswith("_")}
    rows = ((code(name.lower()), f"{_seconds(getattr(timekeeper, name)):g}", why) for name, why in limits.items())
    return table(("name", "seconds", "why"), rows)


def _seconds(value: float | timedelta) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else value


RUNNING_TABLES: Final[Mapping[str, Callable[[], str]]] = {"limits-of-the-clock": clock_limits}
"""Every table by the name that pages call it by."""
