"""An embedded axis that stays: the demonstration's agencies and keys, kept in one folder from start to start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from axis.clock import SystemClock
from axis.demo.enrolling import enrol
from axis.demo.keys import KeyRing
from axis.embedded import EmbeddedAxis, Plan


@dataclass(frozen=True, slots=True)
class Home:
    """A running axis: where it is, its keys, and how many agencies its directory has."""

    url: str
    ring: KeyRing
    agencies: int


@contextmanager
def open_home(folder: Path, *, port: int) -> Iterator[Home]:
    """Yield an axis on `folder`, which keeps database, objects and keys for the next time; stops it afterwards."""
    clock = SystemClock()
    ring = KeyRing(folder / "keys", clock.now())
    with EmbeddedAxis(folder, ring.files, clock=clock, plan=Plan(port=port)) as axis:
        yield Home(axis.url, ring, enrol(axis.axis.registrar, tuple(ring.participants().values())))
