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
    """A running axis: where it is, its database, its keys, and how many agencies its directory has.

    With `database_url` as `AXIS_DATABASE__URL`, the commands of those who keep an axis work on this one.
    """

    url: str
    database_url: str
    ring: KeyRing
    agencies: int


@contextmanager
def open_home(folder: Path, *, port: int) -> Iterator[Home]:
    """Yield an axis on `folder`, which keeps database, objects and keys for the next time; stops it afterwards."""
    clock = SystemClock()
    ring = KeyRing(folder / "keys", clock.now())
    with EmbeddedAxis(folder, ring.files, clock=clock, plan=Plan(port=port)) as axis:
        agencies = enrol(axis.axis.registrar, tuple(ring.participants().values()))
        yield Home(axis.url, axis.database_url, ring, agencies)
