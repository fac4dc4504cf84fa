"""`make bench`: starts an axis, loads it, measures the floor beneath it, and prints both in one table."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
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
from benchmarks.floor import Floor, Site
from benchmarks.floor import measure as floor_of
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
    """One column: packages to so many recipients, the floor for the same packages, and the work afterwards."""

    recipients: int
    package_bytes: int
    load: Load
    floor: Floor
    sealed: int
    sealing_seconds: float

    @property
    def sustained(self) -> float:
        """Packages a second for which evidence of consignment keeps up, in one process that does both in turn."""
        return self.load.packages / (self.load.packages / self.load.rate + self.sealing_seconds)


def main() -> None:
    """Print what this machine does."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="axis-bench-") as name:
        folder = Path(name)
        with _server(folder, arguments.processes) as (target, pipe):
            bench = _Bench(folder, target, pipe, arguments)
            results = [bench.measure(number) for number in (1, 37)]
    _show(results, arguments)


@dataclass(frozen=True, slots=True)
class _Bench:
    """A server under measurement."""

    folder: Path
    target: Target
    pipe: tuple[IO[str], IO[str]]
    arguments: argparse.Namespace

    def measure(self, recipients: int) -> Result:
        """Return the measurements for packages to so many recipients: load, then floor, then the evidence owed."""
        clock, clients = SystemClock(), self.arguments.clients
        ring = KeyRing(self.folder / "keys", clock.now())
        sender = ring.participants()[SENDER]
        packages = make(sender, _recipients(recipients), count=self.arguments.packages + WARM_UP, at=clock.now())
        submit(self.target, packages[:WARM_UP], clients=clients)
        _attest(self.pipe)
        load, receipt = submit(self.target, packages[WARM_UP:], clients=clients)
        sealed, seconds = _attest(self.pipe)
        url = running_url(self.folder / "postgres")
        if url is None:
            raise RuntimeError("the database is gone")
        site = Site(url, self.target.database, self.folder / "floor", ring, clock.now())
        floor = floor_of(site, packages[WARM_UP:], receipt=receipt, threads=clients)
        return Result(recipients, len(packages[-1]), load, floor, sealed, seconds)


def _recipients(number: int) -> list[OrganId]:
    now = SystemClock().now()

    def receives(agency: Agency) -> bool:
        is_open = agency.standing_on(now) is Standing.OPEN and not agency.is_group and agency.is_receiving
        return is_open and str(agency.organ_id) != SENDER

    return [agency.organ_id for agency in agencies() if receives(agency)][:number]


@contextmanager
def _server(folder: Path, processes: int) -> Iterator[tuple[Target, tuple[IO[str], IO[str]]]]:
    command = [sys.executable, "-m", "benchmarks.server", str(folder), str(processes)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        pipe = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)
        told = json.loads(pipe[1].readline())
        ring = KeyRing(folder / "keys", SystemClock().now())
        credentials = ring.participants()[SENDER].credentials
        with Axis(told["urls"][0], credentials, seal_certificates=ring.seal) as client:
            token = client.bearer()
        try:
            yield Target(tuple(told["urls"]), token, process.pid, int(told["database"])), pipe
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


def _show(results: list[Result], arguments: argparse.Namespace) -> None:
    clients = arguments.clients
    processes = "one process" if arguments.processes == 1 else f"{arguments.processes} processes"
    title = f"{arguments.packages} packages each, {clients} connections to {processes}; floor on {clients} threads"
    table = Table(title=title)
    for name in ("", *(f"{one.recipients} recipients" for one in results)):
        table.add_column(name, justify="right" if name else "left")
    rows: list[tuple[str, Callable[[Result], str]]] = [
        ("package", lambda one: f"{one.package_bytes:,} B"),
        ("accepted/s", lambda one: f"{one.load.rate:.0f}"),
        ("recipient rows/s", lambda one: f"{one.load.rate * one.recipients:.0f}"),
        ("latency p50 / p95 / p99", _latencies),
        ("CPU of the axis per package", lambda one: f"{one.load.cpu * 1000:.1f} ms"),
        ("CPU of its database per package", lambda one: f"{one.load.database_cpu * 1000:.1f} ms"),
        ("floor/s", lambda one: f"{one.floor.rate:.0f}"),
        ("CPU of the floor per package", lambda one: f"{one.floor.cpu * 1000:.1f} ms"),
        ("CPU of its database per package", lambda one: f"{one.floor.database_cpu * 1000:.1f} ms"),
        ("rate, of the floor's", lambda one: f"{one.load.rate / one.floor.rate:.0%}"),
        ("CPU, floor's to the axis's", lambda one: f"{_cpu(one.floor) / _cpu(one.load):.0%}"),
        ("evidence sealed afterwards/s", lambda one: f"{one.sealed / one.sealing_seconds:.0f}"),
        ("accepted and attested/s, in turn", lambda one: f"{one.sustained:.0f}"),
    ]
    for name, figure in rows:
        table.add_row(name, *(figure(one) for one in results))
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def _latencies(one: Result) -> str:
    return " / ".join(f"{one.load.percentile(which) * 1000:.0f}" for which in (50, 95, 99)) + " ms"


def _cpu(one: Load | Floor) -> float:
    return one.cpu + one.database_cpu


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--packages", type=int, default=500, help="packages per measurement")
    parser.add_argument("--clients", type=int, default=8, help="connections at once")
    parser.add_argument("--processes", type=int, default=1, help="processes of the axis that answer")
    return parser.parse_args()


if __name__ == "__main__":
    main()
