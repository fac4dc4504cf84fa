"""The axis under measurement, in a process of its own: the real embedded one, durable, with its worker asleep.

Run as `python -m benchmarks.server FOLDER`; writes one line of JSON when it is up and ends when its input ends.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from axis.clock import SystemClock
from axis.demo.enrolling import enrol
from axis.demo.keys import KeyRing
from axis.embedded import EmbeddedAxis, Plan
from axis.logs import configure_logs

UNLIMITED: Final = 10_000_000
"""Requests a minute: one system plays the whole country here, so the limit for one system is lifted."""


def main(folder: Path) -> None:
    """Serve until standard input ends; the line `attest` seals what is owed and answers how much that was."""
    clock = SystemClock()
    with (folder / "axis.log").open("w", encoding="utf-8") as log:
        configure_logs(clock, log, is_strict=True)
        ring = KeyRing(folder / "keys", clock.now())
        plan = Plan(has_worker=False, limits={"requests_per_minute": UNLIMITED})
        with EmbeddedAxis(folder, ring.files, plan=plan) as axis:
            enrol(axis.axis.registrar, tuple(ring.participants().values()))
            _say({"url": axis.url, "database": axis.database_pid})
            for command in sys.stdin:
                if command.strip() == "attest":
                    _say({"sealed": _attest(axis)})


def _attest(axis: EmbeddedAxis) -> int:
    total = 0
    while sealed := axis.axis.attestor.attest_due():
        total += sealed
    return total


def _say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
