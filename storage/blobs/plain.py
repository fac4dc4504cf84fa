"""The plain store: objects as they are, named by their digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO, Final

from storage.blobs import check_address
from storage.blobs.shelves import Shelf
from storage.errors import BlobCorrupt, BlobMissing, BlobStoreUnavailable, StoreFault

_CHUNK_BYTES: Final = 1024 * 1024
"""Octets copied at a time: large enough that system calls do not count, small beside a package of 50 MB."""


class PlainBlobs:
    """A `BlobStore` on a shelf that keeps objects unencrypted."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def put(self, digest: bytes, source: BinaryIO) -> None:
        """See `BlobStore.put`."""
        name = name_of(digest)
        if self._shelf.affirm(name, lambda stream: is_of(stream, digest)):
            return
        if not self._shelf.place(name, pieces_of(source, digest), is_sound=lambda stream: is_of(stream, digest)):
            raise BlobCorrupt(digest)

    def open(self, digest: bytes) -> BinaryIO:
        """See `BlobStore.open`."""
        stream = self._shelf.fetch(name_of(digest))
        if stream is None:
            raise BlobMissing(digest)
        return checked(stream, digest)

    def get(self, digest: bytes) -> bytes:
        """See `BlobStore.get`."""
        with self.open(digest) as stream:
            return read_all(stream)

    def exists(self, digest: bytes) -> bool:
        """See `BlobStore.exists`."""
        return self._shelf.holds(name_of(digest))

    def probe(self) -> None:
        """See `BlobStore.probe`."""
        self._shelf.probe()


def name_of(digest: bytes) -> str:
    """Return the name of a plain object; raises `ValueError` for what is no digest."""
    check_address(digest)
    return digest.hex()


def pieces_of(source: BinaryIO, digest: bytes) -> Iterator[bytes]:
    """Yield the octets of a source; raises `BlobCorrupt` at their end where they have another digest."""
    hasher = hashlib.sha256()
    while chunk := source.read(_CHUNK_BYTES):
        hasher.update(chunk)
        yield chunk
    if hasher.digest() != digest:
        raise BlobCorrupt(digest)


def is_of(stream: BinaryIO, digest: bytes) -> bool:
    """Return whether a stream, read from where it stands to its end, holds the octets of a digest."""
    hasher = hashlib.sha256()
    while chunk := stream.read(_CHUNK_BYTES):
        hasher.update(chunk)
    return hasher.digest() == digest


def checked(stream: BinaryIO, digest: bytes) -> BinaryIO:
    """Return a stream at its beginning that holds the octets of a digest.

    Any other is closed: raises `BlobCorrupt`, and `BlobStoreUnavailable` where it cannot be read.
    """
    try:
        is_sound = is_of(stream, digest)
        stream.seek(0)
    except OSError as error:
        stream.close()
        raise BlobStoreUnavailable(StoreFault.DISK, said=error.strerror) from error
    except BaseException:
        stream.close()
        raise
    if not is_sound:
        stream.close()
        raise BlobCorrupt(digest)
    return stream


def read_all(stream: BinaryIO) -> bytes:
    """Return the octets of a stream; raises `BlobStoreUnavailable` where it cannot be read."""
    try:
        return stream.read()
    except OSError as error:
        raise BlobStoreUnavailable(StoreFault.DISK, said=error.strerror) from error
