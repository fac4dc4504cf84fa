"""The tables of the documentation about what runs: its clock, what waits, and what may be stuck."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from axis import timekeeper
from axis.inquiry import doctor
from axis.inquiry.complaints import COMPLAINTS, Gravity
from axis.inquiry.waits import WAITS, spoken
from axis.web.announced import reasons_in
from scripts.markdown import both, code, table


def clock_limits() -> str:
    """Return the limits within which the clock of a process is right, in seconds."""
    limits = {name: why for name, why in reasons_in(timekeeper).items() if not name.startswith("_")}
    rows = ((code(name.lower()), f"{_seconds(getattr(timekeeper, name)):g}", why) for name, why in limits.items())
    return table(("name", "seconds", "why"), rows)


def _seconds(value: float | timedelta) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else value


def waits() -> str:
    """Return everything that waits, with its deadline."""
    rows = ((one.what, one.until, code(one.step), one.reason) for one in WAITS)
    return table(("what waits", "until", "step of a worker", "why so long, and what then"), rows)


def complaints() -> str:
    """Return everything that `axis doctor` can find, what is broken first."""
    rows = (
        (code(one), gravity, *map(_unfilled, (both(words.en, words.vi), both(words.do_en, words.do_vi))))
        for wanted in Gravity
        for one, (gravity, words) in COMPLAINTS.items()
        if gravity is wanted
    )
    return table(("code", "gravity", "what is wrong", "what to do"), rows)


def _unfilled(words: str) -> str:
    return re.sub(r"\{\w+\}", "…", words)


def doctor_limits() -> str:
    """Return how patient `axis doctor` is."""
    limits = {name: why for name, why in reasons_in(doctor).items() if not name.startswith("_") and name.isupper()}
    rows = ((code(name.lower()), _shown(getattr(doctor, name)), why) for name, why in limits.items() if name != "LOOKS")
    return table(("name", "value", "why"), rows)


def _shown(value: object) -> str:
    return spoken(value) if isinstance(value, timedelta) else f"{value:g}"


RUNNING_TABLES: Final[Mapping[str, Callable[[], str]]] = {
    "limits-of-the-clock": clock_limits,
    "limits-of-the-doctor": doctor_limits,
    "waits": waits,
    "complaints": complaints,
}
"""Every table by the name that pages call it by."""
