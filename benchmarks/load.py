"""Submits packages over HTTP, several at once, and times each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import cycle
from statistics import quantiles
from threading import local
from urllib.parse import urlsplit

from benchmarks.processes import cpu_seconds

_XML = {"Content-Type": "application/xml", "Accept": "application/xml"}


@dataclass(frozen=True, slots=True)
class Target:
    """The axis under load: where its processes listen, a token for it, and their common parent and database."""

    urls: tuple[str, ...]
    token: str
    server: int
    database: int


@dataclass(frozen=True, slots=True)
class Load:
    """What a load did. Times in seconds; processor times are per package, of the axis and of its database."""

    packages: int
    rate: float
    latencies: tuple[float, ...]
    cpu: float
    database_cpu: float

    def percentile(self, which: int) -> float:
        """Return a percentile of the latencies, 1 to 99."""
        return quantiles(self.latencies, n=100, method="inclusive")[which - 1]


def submit(target: Target, packages: Sequence[bytes], *, clients: int) -> tuple[Load, bytes]:
    """Return the measurement of submitting all packages from `clients` connections, and the last receipt.

    The client is the plainest there is: it runs on the same cores as what it measures. Raises `RuntimeError` for any
    answer but 201: a refused package costs less than an accepted one.
    """
    connections, addresses = local(), cycle(urlsplit(url).netloc for url in target.urls)
    headers = {**_XML, "Authorization": f"Bearer {target.token}"}

    def one(package: bytes) -> tuple[float, bytes]:
        if not hasattr(connections, "http"):
            connections.http = HTTPConnection(next(addresses), timeout=60)
        begun = time.perf_counter()
        connections.http.request("POST", "/v1/envelopes", body=package, headers=headers)
        answer = connections.http.getresponse()
        content: bytes = answer.read()
        seconds = time.perf_counter() - begun
        if answer.status != HTTPStatus.CREATED:
            raise RuntimeError(f"{answer.status}: {content[:500]!r}")
        return seconds, content

    cpu, database_cpu = cpu_seconds(target.server) - cpu_seconds(target.database), cpu_seconds(target.database)
    begun = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        answers = list(pool.map(one, packages))
    elapsed = time.perf_counter() - begun
    spent = cpu_seconds(target.server) - cpu_seconds(target.database) - cpu
    spent_by_database = cpu_seconds(target.database) - database_cpu
    number = len(packages)
    latencies = tuple(seconds for seconds, _ in answers)
    return Load(number, number / elapsed, latencies, spent / number, spent_by_database / number), answers[-1][1]
