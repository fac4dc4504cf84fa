"""Processor time of processes, as Linux counts it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Return user and system time of a process and of all below it, in seconds."""
    return sum(_own_seconds(one) for one in (pid, *_descendants(pid)))


def _own_seconds(pid: int) -> float:
    """Return the time of one process, with that of its children that have ended; 0 where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(int(one) for one in fields[11:15]) / _TICKS


def _descendants(pid: int) -> list[int]:
    try:
        tasks = sorted(Path(f"/proc/{pid}/task").iterdir())
        children = [int(one) for task in tasks for one in (task / "children").read_text(encoding="ascii").split()]
    except FileNotFoundError:
        return []
    return [one for child in children for one in (child, *_descendants(child))]
