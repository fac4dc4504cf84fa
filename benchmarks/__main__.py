"""`make bench`: starts an axis, loads it, measures the floor beneath it, and prints both in one table."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

from rich.console import Console
from rich.table import Table

from axis.clock import SystemClock
from axis.demo.directory import agencies
from axis.demo.keys import KeyRing
from axis.sdk import Axis
from benchmarks.floor import Floor, measure
from benchmarks.load import Load, Target, submit
from benchmarks.packages import make
from envelopes.identifiers import OrganId
from routing.agencies import Agency, Standing
from storage.database.embedded import running_url

SENDER: Final = "H51.15"
WARM_UP: Final = 20
"""Packages before each measurement: connections, caches and the certificate path are then as they stay."""


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table: packages to so many recipients, and the floor for the same packages."""

    recipients: int
    package_bytes: int
    load: Load
    floor: Floor


def main() -> None:
    """Print what this machine does."""
    arguments = _arguments()
    clock = SystemClock()
    with tempfile.TemporaryDirectory(prefix="axis-bench-") as name:
        folder = Path(name)
        with _server(folder) as (target, pipe):
            ring = KeyRing(folder / "keys", clock.now())
            results = [
                _measure(folder, target, ring=ring, recipients=number, arguments=arguments) for number in (1, 37)
            ]
            sealed, seconds = _attest(pipe)
    _show(results, sealed / seconds, arguments)


def _measure(folder: Path, target: Target, *, ring: KeyRing, recipients: int, arguments: argparse.Namespace) -> Result:
    clock, sender = SystemClock(), ring.participants()[SENDER]
    packages = make(sender, _recipients(recipients), count=arguments.packages + WARM_UP, at=clock.now())
    submit(target, packages[:WARM_UP], clients=arguments.clients)
    load, receipt = submit(target, packages[WARM_UP:], clients=arguments.clients)
    url = running_url(folder / "postgres")
    if url is None:
        raise RuntimeError("the database is gone")
    floor = measure(
        packages[WARM_UP:],
        receipt,
        ring=ring,
        database=(url, target.database),
        folder=folder / "floor",
        at=clock.now(),
    )
    return Result(recipients, len(packages[-1]), load, floor)


def _recipients(number: int) -> list[OrganId]:
    now = SystemClock().now()

    def receives(agency: Agency) -> bool:
        is_open = agency.standing_on(now) is Standing.OPEN and not agency.is_group and agency.is_receiving
        return is_open and str(agency.organ_id) != SENDER

    return [agency.organ_id for agency in agencies() if receives(agency)][:number]


@contextmanager
def _server(folder: Path) -> Iterator[tuple[Target, tuple[IO[str], IO[str]]]]:
    command = [sys.executable, "-m", "benchmarks.server", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        pipe = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)
        told = json.loads(pipe[1].readline())
        ring = KeyRing(folder / "keys", SystemClock().now())
        credentials = ring.participants()[SENDER].credentials
        with Axis(told["url"], credentials, seal_certificates=ring.seal) as client:
            token = client.bearer()
        try:
            yield Target(told["url"], token, process.pid, int(told["database"])), pipe
        finally:
            pipe[0].close()
            process.wait(timeout=60)


def _attest(pipe: tuple[IO[str], IO[str]]) -> tuple[int, float]:
    """Return how many evidences the worker's code sealed afterwards, and in how many seconds."""
    begun = time.perf_counter()
    pipe[0].write("attest\n")
    pipe[0].flush()
    sealed = int(json.loads(pipe[1].readline())["sealed"])
    return sealed, time.perf_counter() - begun


def _show(results: list[Result], sealed: float, arguments: argparse.Namespace) -> None:
    table = Table(title=f"{arguments.packages} packages each, {arguments.clients} connections, one process of the axis")
    for name in (
        "recipients", "package", "accepted/s", "recipient rows/s", "p50", "p95", "p99", "axis CPU", "database CPU",
        "floor/s", "floor CPU", "of the floor",
    ):  # fmt: skip
        table.add_column(name, justify="right")
    for one in results:
        load, floor = one.load, one.floor
        table.add_row(
            str(one.recipients),
            f"{one.package_bytes:,} B",
            f"{load.rate:.0f}",
            f"{load.rate * one.recipients:.0f}",
            *(f"{load.percentile(which) * 1000:.1f} ms" for which in (50, 95, 99)),
            f"{load.cpu * 1000:.2f} ms",
            f"{load.database_cpu * 1000:.2f} ms",
            f"{floor.rate:.0f}",
            f"{(floor.cpu + floor.database_cpu) * 1000:.2f} ms",
            f"{load.rate / floor.rate:.0%}",
        )
    console = Console(width=None if sys.stdout.isatty() else 180)
    console.print(table)
    console.print(f"Evidence sealed afterwards by one worker: {sealed:.0f}/s.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--packages", type=int, default=500, help="packages per measurement")
    parser.add_argument("--clients", type=int, default=8, help="connections at once")
    return parser.parse_args()


if __name__ == "__main__":
    main()
