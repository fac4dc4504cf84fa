"""Uploads of small packages: how they are begun, sent and interrupted, and what the store holds of them."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from axis.errors import UploadRefused
from axis.exchange.uploads import Chunk, Uploads
from axis.sdk import sign_bundle
from axis.stores import open_staging
from routing.uploads import UploadFault, UploadId
from storage.errors import BlobStoreUnavailable, StoreFault
from storage.records import UploadRecord
from tests.envelopes.bundling import files
from tests.fixtures.exchange import SENDER, Exchange

OTHER = "G22"
STEP = 3000
LARGEST = 100_000


def uploads_of(exchange: Exchange) -> Uploads:
    """Return the use case, for packages of a hundred kilobytes at most."""
    axis = exchange.axis
    staging = open_staging(axis.settings.blobs, exchange.clock.now)
    return Uploads(axis.premises, staging, intake=axis.intake, largest=LARGEST)


def letter(exchange: Exchange) -> bytes:
    message = replace(exchange.letter(), attachments=files())
    return b"".join(sign_bundle(message, exchange.people[SENDER].signer, at=exchange.clock.now()))


def begin(exchange: Exchange, uploads: Uploads, octets: bytes, by: str = SENDER) -> UploadRecord:
    return uploads.begin(len(octets), hashlib.sha256(octets).digest(), caller=exchange.caller(by))


def chunk(octets: bytes, start: int, count: int = STEP) -> Chunk:
    piece = octets[start : start + count]
    return Chunk(start, len(piece), hashlib.sha256(piece).digest(), io.BytesIO(piece))


def send(exchange: Exchange, uploads: Uploads, upload_id: UploadId, octets: bytes, start: int = 0) -> None:
    for place in range(start, len(octets), STEP):
        uploads.append(upload_id, chunk(octets, place), caller=exchange.caller(SENDER))


def whole(exchange: Exchange, uploads: Uploads, octets: bytes) -> UploadId:
    """Return an upload of which everything has come."""
    upload_id = begin(exchange, uploads, octets).upload_id
    send(exchange, uploads, upload_id, octets)
    return upload_id


def waiting(exchange: Exchange) -> list[str]:
    """The files of all uploads."""
    return [str(one) for one in (exchange.blobs / "uploads").rglob("*") if one.is_file()]


def fault(deed: Callable[[], object]) -> tuple[UploadFault, int | None]:
    with pytest.raises(UploadRefused) as caught:
        deed()
    return caught.value.fault, caught.value.received


def together(deeds: list[Callable[[], object]]) -> Iterator[object]:
    """Yield what each of several deeds at once gives, or is refused with."""
    barrier = threading.Barrier(len(deeds))

    def one(deed: Callable[[], object]) -> object:
        barrier.wait(30)
        try:
            return deed()
        except UploadRefused as refused:
            return refused.fault

    with ThreadPoolExecutor(len(deeds)) as pool:
        yield from pool.map(one, deeds)


def put_off(_: object, *__: object) -> None:
    """Stand in for a store that removes nothing."""
    raise BlobStoreUnavailable(StoreFault.FAILED, said="test")


def kept(exchange: Exchange) -> int:
    """Octets of all uploads that are in the store."""
    return sum((exchange.blobs / "uploads" / one).stat().st_size for one in waiting(exchange))


def meanwhile(monkeypatch: pytest.MonkeyPatch, where: object, name: str, deed: Callable[[], object]) -> None:
    """Have `deed` done once, before the next call of what `where` has under `name`."""
    genuine = getattr(where, name)

    def interrupted(*values: object, **names: object) -> object:
        monkeypatch.setattr(where, name, genuine)
        deed()
        return genuine(*values, **names)

    monkeypatch.setattr(where, name, interrupted)
