"""The floor: what the same work costs without a framework, without routing and without a directory.

Parse and verify one package, sign one receipt of the real size, one commit of one row, one file made durable: with the
same database, disk, keys and number of threads. What the axis needs beyond this is what it adds.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import get_ident
from typing import Final

import psycopg

from axis.demo.keys import KeyRing
from benchmarks.processes import cpu_seconds
from envelopes.evidence import SIGNATURE_PARENT as RECEIPT_PARENT
from envelopes.evidence_reader import read_evidence
from envelopes.evidence_writer import write_evidence
from envelopes.parser import SIGNATURE_PARENT, parse
from signing.certificates import Certificate
from signing.keys import load_pem
from signing.policy import PACKAGE_POLICY
from signing.trust import TrustStore
from signing.xml.sign import XmlSigner
from signing.xml.verify import XmlVerifier

_TABLE: Final = "CREATE TABLE IF NOT EXISTS floor (id bigserial PRIMARY KEY, digest bytea, receipt bytea)"
_INSERT: Final = "INSERT INTO floor (digest, receipt) VALUES (%s, %s)"


@dataclass(frozen=True, slots=True)
class Site:
    """Where a floor is measured: the database and its process, a folder on the same disk, the keys, the moment."""

    database_url: str
    database_pid: int
    folder: Path
    ring: KeyRing
    at: datetime


@dataclass(frozen=True, slots=True)
class Floor:
    """Packages a second, and processor time per package in seconds: of Python, and of the database."""

    rate: float
    cpu: float
    database_cpu: float


class _Work:
    """The floor's work on one package, for any thread."""

    def __init__(self, site: Site, receipt: bytes) -> None:
        ring = site.ring
        intermediates = Certificate.many_from_pem(ring.files.intermediates.read_bytes())
        self._verifier = XmlVerifier(parse, SIGNATURE_PARENT, TrustStore(ring.anchors, intermediates), PACKAGE_POLICY)
        seal = load_pem(ring.files.seal_key.read_bytes(), ring.files.seal_certificate.read_bytes())
        self._signer = XmlSigner(parse, RECEIPT_PARENT, seal)
        self._unsigned = write_evidence(read_evidence(receipt))
        self._url = site.database_url.replace("postgresql+psycopg", "postgresql")
        self._site = site
        self._connections: dict[int, psycopg.Connection] = {}

    def do(self, package: bytes) -> None:
        """Verify, sign, keep, commit."""
        if self._verifier.verify(package, at=self._site.at).covered is None:
            raise RuntimeError("a package of the benchmark does not verify")
        sealed = self._signer.sign(self._unsigned, at=self._site.at)
        digest = _keep(self._site.folder, package)
        connection = self._connection()
        connection.execute(_INSERT, (digest, sealed))
        connection.commit()

    def _connection(self) -> psycopg.Connection:
        """Return the calling thread's own connection."""
        if get_ident() not in self._connections:
            self._connections[get_ident()] = psycopg.connect(self._url)
        return self._connections[get_ident()]


def measure(site: Site, packages: Sequence[bytes], *, receipt: bytes, threads: int) -> Floor:
    """Return the floor for these packages on so many threads; `receipt` is a sealed one of the axis."""
    site.folder.mkdir(parents=True, exist_ok=True)
    with psycopg.connect(site.database_url.replace("postgresql+psycopg", "postgresql")) as connection:
        connection.execute(_TABLE)
    work, count = _Work(site, receipt), len(packages)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work.do, packages[:threads]))
        begun, cpu, database_cpu = time.perf_counter(), time.process_time(), cpu_seconds(site.database_pid)
        list(pool.map(work.do, packages))
        seconds = time.perf_counter() - begun
        spent, by_database = time.process_time() - cpu, cpu_seconds(site.database_pid) - database_cpu
    return Floor(count / seconds, spent / count, by_database / count)


def _keep(folder: Path, octets: bytes) -> bytes:
    """Return the digest of octets that are durable under it: file and folder are on the disk."""
    digest = hashlib.sha256(octets).digest()
    draft = folder / f"draft-{get_ident()}"
    with draft.open("wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / digest.hex())
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return digest
