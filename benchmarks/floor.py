"""The floor: what the same work costs without a framework and without routing, on one thread.

Parse and verify one package, sign one receipt of the real size, one commit of one row, one file made durable: with the
same database, disk and keys. What the axis needs beyond this is what it adds.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
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

_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS floor (id bigserial PRIMARY KEY, digest bytea NOT NULL, receipt bytea NOT NULL)"
)
_INSERT: Final = "INSERT INTO floor (digest, receipt) VALUES (%s, %s)"


@dataclass(frozen=True, slots=True)
class Floor:
    """Packages a second on one thread, and processor time per package in seconds: of Python, and of the database."""

    rate: float
    cpu: float
    database_cpu: float


def measure(
    packages: Sequence[bytes], receipt: bytes, *, ring: KeyRing, database: tuple[str, int], folder: Path, at: datetime
) -> Floor:
    """Return the floor for these packages; `receipt` is a sealed one of the axis, `database` its address and process."""
    url, pid = database
    unsigned = write_evidence(read_evidence(receipt))
    intermediates = Certificate.many_from_pem(ring.files.intermediates.read_bytes())
    verifier = XmlVerifier(parse, SIGNATURE_PARENT, TrustStore(ring.anchors, intermediates), PACKAGE_POLICY)
    seal = load_pem(ring.files.seal_key.read_bytes(), ring.files.seal_certificate.read_bytes())
    signer = XmlSigner(parse, RECEIPT_PARENT, seal)
    folder.mkdir(parents=True, exist_ok=True)
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as connection:
        connection.execute(_TABLE)
        connection.commit()
        begun, cpu, database_cpu = time.perf_counter(), time.process_time(), cpu_seconds(pid)
        for package in packages:
            if verifier.verify(package, at=at).covered is None:
                raise RuntimeError("a package of the benchmark does not verify")
            sealed = signer.sign(unsigned, at=at)
            digest = _keep(folder, package)
            connection.execute(_INSERT, (digest, sealed))
            connection.commit()
        seconds = time.perf_counter() - begun
        count = len(packages)
        return Floor(count / seconds, (time.process_time() - cpu) / count, (cpu_seconds(pid) - database_cpu) / count)


def _keep(folder: Path, octets: bytes) -> bytes:
    """Return the digest of octets that are durable under it: file and folder are on the disk."""
    digest = hashlib.sha256(octets).digest()
    draft = folder / "draft"
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
