"""`make chaos`: an axis under load while everything around it fails, and what came of it, as a table."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from axis.clock import SystemClock
from axis.logs import configure_logs
from storage.blobs.s3 import S3Place
from tests.architecture.source import ROOT
from tests.chaos.run import Outcome, Wanted, run
from tests.chaos.trouble import pace_of
from tests.fixtures.gateway import REGION

STORE_VARIABLE: Final = "AXIS_TEST_STORE"
"""Address, access key and secret key of an S3 store that runs already, with spaces between."""

QUIET_SECONDS: Final = 900.0


def main() -> int:
    """Return 0 where nothing is wrong."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left running
    wanted = Wanted(pace_of(arguments.minutes), arguments.deliveries, arguments.quiet)
    begun = time.monotonic()
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-"))
        folder = Path(name)
        log = stack.enter_context((folder / "chaos.log").open("w", encoding="utf-8"))
        configure_logs(SystemClock(), log, is_strict=True)
        with _gateway(folder) as store:
            outcome = run(folder, store, wanted, lambda line: _say(f"{time.monotonic() - begun:6.0f} s {line}"))
        if outcome.verdict.wrong and arguments.keep:
            folder.rename(arguments.keep)
            folder.mkdir()
    _show(outcome)
    return 1 if outcome.verdict.wrong else 0


@contextmanager
def _gateway(folder: Path) -> Iterator[S3Place]:
    """Yield the store that the environment names, or one that is started for this run."""
    if named := os.environ.get(STORE_VARIABLE):
        yield _place(named)
        return
    script, place = ROOT / "scripts" / "gateway", folder / "gateway"
    told = subprocess.run([script, "up", place], stdout=subprocess.PIPE, text=True, check=True).stdout
    try:
        yield _place(told)
    finally:
        subprocess.run([script, "down", place], check=True)


def _place(told: str) -> S3Place:
    endpoint, access_key, secret_key = told.split()
    return S3Place(endpoint, f"chaos-{os.getpid()}", REGION, access_key, secret_key)


def _show(outcome: Outcome) -> None:
    rows = {
        "seconds under trouble": round(outcome.seconds),
        "seconds until all was done afterwards": round(outcome.quiet_seconds),
        **outcome.verdict.figures,
        **dict(sorted(outcome.troubles.items())),
        "things that must never be": len(outcome.verdict.wrong),
    }
    for name, figure in rows.items():
        _say(f"{figure:>12,}  {name}")
    for line in outcome.verdict.wrong[:50]:
        _say(f"WRONG: {line}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="length of one plan of trouble; it is repeated")
    parser.add_argument("--deliveries", type=int, default=100_000, help="deliveries accepted before the end")
    parser.add_argument("--quiet", type=float, default=QUIET_SECONDS, help="seconds that all has to end after it")
    parser.add_argument("--keep", type=Path, help="where everything is kept when something is wrong")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
