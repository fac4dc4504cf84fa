"""A shelf on any S3 store, through minio-py: whole or not at all, with time limits, and told apart why not.

Packages are only ever put and read. None is deleted, so the access key needs no right to; what a read back does not
confirm is left to be healed by the next put, because another process may have put it right meanwhile. Pieces of uploads
(`staging`) have names with a beginning of their own, and go.
"""

from __future__ import annotations

import copy
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final, cast
from urllib.parse import urlsplit

from minio import Minio
from minio.error import S3Error
from minio.retention import Retention
from urllib3 import PoolManager, Retry, Timeout
from urllib3.response import BaseHTTPResponse

from storage.blobs.locks import LockMode
from storage.blobs.s3_faults import ABSENT, EMPTY, answers
from storage.blobs.shelves import Judge
from storage.errors import BlobStoreUnavailable, StoreFault

PART_BYTES: Final = 8 * 1024 * 1024
"""Octets sent in one request, and held in memory meanwhile: over the least of 5 MiB that S3 allows for a part; the most
of 10,000 parts makes 80 GB."""

MEMORY_BYTES: Final = 1024 * 1024
"""Up to so many octets an object that is read stays in memory, beyond that it goes to a nameless temporary file: most
letters are smaller, and a hundred of them at once take 100 MB at the most."""

_READ_BYTES: Final = 64 * 1024
_RATE: Final = 64 * 1024
"""Octets a second that an answer must come at, on average: a store that trickles is as good as one that is away."""

_CONNECTIONS: Final = 32
"""Connections kept open: as many as a process has threads that ask for objects at once."""

_PROBE: Final = "probe"


@dataclass(frozen=True, slots=True)
class S3Lock:
    """For how long objects are locked. `present` tells the time."""

    mode: LockMode
    days: int
    present: Callable[[], datetime]

    def retention(self) -> Retention:
        """Return the lock of an object that is put now."""
        # Whole seconds: some stores read no fractions.
        return Retention(self.mode.value.upper(), self.present().replace(microsecond=0) + timedelta(days=self.days))


@dataclass(frozen=True, slots=True)
class S3Place:
    """Where the store is, and who asks. `endpoint` is `http(s)://host[:port]`, `lock` None for no lock.

    `connect_seconds` is for connecting, and for the store to take a part; `read_seconds` for any octet to come.
    """

    endpoint: str
    bucket: str
    region: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    ca_file: Path | None = None
    lock: S3Lock | None = None
    connect_seconds: float = 5
    read_seconds: float = 10


class S3Shelf:
    """Objects of a bucket by their names. Nobody is asked when it is built; raises what `authorities_of` does."""

    def __init__(self, place: S3Place) -> None:
        self._bucket = place.bucket
        self._prefix = ""
        self._lock = place.lock
        self._patience = place.read_seconds
        address = urlsplit(place.endpoint)
        self._client = Minio(
            address.netloc,
            access_key=place.access_key,
            secret_key=place.secret_key,
            secure=address.scheme == "https",
            region=place.region,
            http_client=_pool(place),
        )

    def below(self, prefix: str) -> S3Shelf:
        """Return the objects whose names begin with `prefix`, as a shelf on the same connections that locks nothing."""
        shelf = copy.copy(self)
        shelf._prefix, shelf._lock = prefix, None  # noqa: SLF001  one of its own kind
        return shelf

    def clear(self) -> None:
        """Remove every object, in every version: for a shelf `below` another, of what is meant to go."""
        if not self._prefix:
            raise ValueError("what a bucket keeps is never removed as a whole")
        with answers():
            found = self._client.list_objects(self._bucket, self._prefix, recursive=True, include_version=True)
            for one in found:
                if one.object_name:
                    self._client.remove_object(self._bucket, one.object_name, one.version_id)

    def affirm(self, name: str, is_sound: Judge) -> bool:
        """See `Shelf.affirm`: what a store has answered for is durable."""
        stream = self.fetch(name)
        if stream is None:
            return False
        with stream, answers():
            return is_sound(stream)

    def place(self, name: str, pieces: Iterator[bytes], *, is_sound: Judge) -> bool:
        """See `Shelf.place`: one request, or parts that are joined when all are there; then read back."""
        with answers():
            self._client.put_object(
                self._bucket,
                self._prefix + name,
                cast("BinaryIO", _Pieces(pieces)),
                length=-1,
                part_size=PART_BYTES,
                num_parallel_uploads=1,
                retention=None if self._lock is None else self._lock.retention(),
            )
        return self.affirm(name, is_sound)

    def fetch(self, name: str) -> BinaryIO | None:
        """See `Shelf.fetch`: the whole object is here before it is handed out."""
        with answers():
            response = self._ask(name)
            if response is None:
                return None
            # Whoever gets it closes it.
            spool = cast("BinaryIO", tempfile.SpooledTemporaryFile(MEMORY_BYTES))  # noqa: SIM115
            try:
                self._copy(response, spool)
                spool.seek(0)
            except BaseException:
                spool.close()
                raise
            finally:
                _release(response)
            return spool

    def glimpse(self, name: str, size: int) -> bytes | None:
        """See `Shelf.glimpse`."""
        with answers():
            try:
                response = self._ask(name, size)
            except S3Error as error:
                if error.code != EMPTY:
                    raise
                return b""
            if response is None:
                return None
            try:
                return response.read(size, decode_content=False)
            finally:
                _release(response)

    def holds(self, name: str) -> bool:
        """See `Shelf.holds`."""
        with answers():
            try:
                self._client.stat_object(self._bucket, self._prefix + name)
            except S3Error as error:
                if error.code not in ABSENT:
                    raise
            else:
                return True
            # An answer without a body does not say whether the object is missing or the whole bucket.
            if not self._client.bucket_exists(self._bucket):
                raise BlobStoreUnavailable(StoreFault.NO_BUCKET)
            return False

    def names(self) -> Iterator[str]:
        """See `Shelf.names`: what stands in a folder is another shelf's."""
        return (name for name in self.names_in_folders() if "/" not in name)

    def names_in_folders(self) -> Iterator[str]:
        """Yield the name of every object, also of those in folders, as `names` does."""
        with answers():
            for one in self._client.list_objects(self._bucket, self._prefix, recursive=True):
                if name := (one.object_name or "").removeprefix(self._prefix):
                    yield name

    def probe(self) -> None:
        """See `Shelf.probe`: begins to put an object in parts, and gives it up. Nothing of it stays, in no version."""
        with answers():
            begun = self._client._create_multipart_upload(self._bucket, _PROBE, {})  # noqa: SLF001 it has no other name
            self._client._abort_multipart_upload(self._bucket, _PROBE, begun)  # noqa: SLF001
            if self._lock is not None:
                self._client.get_object_lock_config(self._bucket)

    def _ask(self, name: str, size: int = 0) -> BaseHTTPResponse | None:
        """Return the answer with an object, or its first octets, still to be read; None where there is none."""
        try:
            return self._client.get_object(self._bucket, self._prefix + name, length=size)
        except S3Error as error:
            if error.code in ABSENT:
                return None
            raise

    def _copy(self, response: BaseHTTPResponse, spool: BinaryIO) -> None:
        begun, size = time.monotonic(), 0
        # What has come so far is taken at once: to wait for a full piece would take any time that octets trickle.
        while octets := response.read1(_READ_BYTES, decode_content=False):
            spool.write(octets)
            size += len(octets)
            if time.monotonic() - begun > self._patience + size / _RATE:
                raise BlobStoreUnavailable(StoreFault.SLOW)


class _Pieces:
    """Octets that come in pieces, read as of a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = bytearray()

    def read(self, size: int) -> bytes:
        while len(self._left) < size and (piece := next(self._pieces, None)) is not None:
            self._left += piece
        octets = bytes(self._left[:size])
        del self._left[:size]
        return octets


def authorities_of(ca_file: Path | None) -> ssl.SSLContext:
    """Return whom a store's certificate must come from: those of a file, or without one those of the machine.

    Raises `BlobStoreUnavailable` where the file cannot be read or holds none.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise BlobStoreUnavailable(StoreFault.UNTRUSTED) from error


def _pool(place: S3Place) -> PoolManager:
    return PoolManager(
        maxsize=_CONNECTIONS,
        timeout=Timeout(connect=place.connect_seconds, read=place.read_seconds),
        # What is asked twice is harmless: to read, to put the same octets or part again, to give up parts. Beginning
        # and joining parts (POST) is never repeated but where no connection came about. A store that is away is told
        # of within half a minute, before whoever waits at the door gives up; how long it asks to wait is not heeded.
        retries=Retry(
            total=2,
            connect=2,
            read=1,
            status=2,
            redirect=0,
            other=0,
            backoff_factor=0.2,
            status_forcelist=(500, 502, 503, 504),
            raise_on_status=False,
            respect_retry_after_header=False,
        ),
        ssl_context=authorities_of(place.ca_file) if place.endpoint.startswith("https:") else None,
    )


def _release(response: BaseHTTPResponse) -> None:
    """Give the connection back where the answer was read to its end, and end it where it was not."""
    response.close()
    response.release_conn()
