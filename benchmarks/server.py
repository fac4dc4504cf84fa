"""The axis under measurement, in a process of its own: the real embedded one, durable, with its worker asleep.

Run as `python -m benchmarks.server FOLDER PROCESSES`; writes one line of JSON when it is up and ends when its input
ends. Processes beyond the first are `axis serve` on the same database and store.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final, cast

from axis.clock import SystemClock
from axis.demo.enrolling import enrol
from axis.demo.keys import KeyRing
from axis.embedded import EmbeddedAxis, Plan
from axis.logs import configure_logs

UNLIMITED: Final = 10_000_000
"""Requests a minute: one system plays the whole country here, so the limit for one system is lifted."""


SERVE: Final = "from axis.cli.main import run; run()"
"""The program `axis`, wherever it is installed."""


def main(folder: Path, processes: int) -> None:
    """Serve until standard input ends; the line `attest` seals what is owed and answers how much that was."""
    clock = SystemClock()
    with ExitStack() as stack:
        log = stack.enter_context((folder / "axis.log").open("w", encoding="utf-8"))
        configure_logs(clock, log, is_strict=True)
        ring = KeyRing(folder / "keys", clock.now())
        plan = Plan(has_worker=False, limits={"requests_per_minute": UNLIMITED})
        axis = stack.enter_context(EmbeddedAxis(folder, ring.files, plan=plan))
        enrol(axis.axis.registrar, tuple(ring.participants().values()))
        environment = _environment(axis, ring)
        urls = [axis.url, *(stack.enter_context(_another(environment)) for _ in range(processes - 1))]
        _say({"urls": urls, "database": axis.database_pid})
        for command in sys.stdin:
            if command.strip() == "attest":
                _say({"sealed": _attest(axis)})


def _environment(axis: EmbeddedAxis, ring: KeyRing) -> Mapping[str, str]:
    """Return the settings of the running axis for another process on any free port."""
    files = ring.files
    return {
        **os.environ,
        "AXIS_DATABASE__URL": axis.database_url,
        "AXIS_BLOBS__PATH": str(axis.axis.settings.blobs.path),
        "AXIS_SEAL__KEY_FILE": str(files.seal_key),
        "AXIS_SEAL__CERTIFICATE_FILE": str(files.seal_certificate),
        "AXIS_TRUST__ANCHORS": str(files.anchors),
        "AXIS_TRUST__INTERMEDIATES": str(files.intermediates),
        "AXIS_LIMITS__REQUESTS_PER_MINUTE": str(UNLIMITED),
        "AXIS_WEB__PORT": "0",
        "AXIS_WEB__PUBLIC_URL": axis.url,
        "AXIS_WEB__TOKEN_KEY_FILE": str(files.token_key),
    }


@contextmanager
def _another(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the address of one more process."""
    command = [sys.executable, "-c", SERVE, "serve"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        told = cast("IO[str]", process.stderr)
        url = told.readline().strip()
        drain = threading.Thread(target=told.read, daemon=True)
        drain.start()
        try:
            yield url
        finally:
            process.terminate()
            process.wait(timeout=60)
            drain.join()


def _attest(axis: EmbeddedAxis) -> int:
    total = 0
    while (sealed := axis.axis.attestor.attest_due()) is not None:
        total += sealed
    return total


def _say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
