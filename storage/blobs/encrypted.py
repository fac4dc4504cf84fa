"""The encrypted store: each object under a data key of its own, which is wrapped by a key that the shelf never sees.

An object is a header and chunks (`storage/blobs/chunks.py`). The header names the wrapping key by its id. Where the
data key was wrapped anew since, the new header stands beside the object, and the object itself is left as it is.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO, Final, Self

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

from storage.blobs import check_address
from storage.blobs.chunks import CHUNK_BYTES, PREFIX_BYTES, ChunkCipher, ChunkedStream, sealed_pieces
from storage.blobs.keys import KEY_BYTES, KEY_ID_BYTES, WRAPPED_BYTES, KeyAbsent, KeyRing
from storage.blobs.plain import PlainBlobs, checked, is_of, read_all
from storage.blobs.shelves import Shelf
from storage.errors import BlobCorrupt, BlobStoreUnavailable, StoreFault

OBJECT: Final = ".enc"
"""How the name of an encrypted object ends; one without an ending is plain."""

HEADER: Final = ".key"
"""How the name of an object's newer header ends."""

_MAGIC: Final = b"AXISENC1"


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the chunks of an object: by which key its data key is wrapped, and that data key."""

    key_id: bytes
    prefix: bytes
    wrapped: bytes

    SIZE = len(_MAGIC) + KEY_ID_BYTES + PREFIX_BYTES + WRAPPED_BYTES

    @classmethod
    def read(cls, octets: bytes) -> Self | None:
        """Return the header at the beginning of `octets`; None where there is none."""
        if not octets.startswith(_MAGIC) or len(octets) < cls.SIZE:
            return None
        stream = io.BytesIO(octets)
        stream.seek(len(_MAGIC))
        return cls(stream.read(KEY_ID_BYTES), stream.read(PREFIX_BYTES), stream.read(WRAPPED_BYTES))

    @property
    def octets(self) -> bytes:
        """The header as it is written."""
        return b"".join((_MAGIC, self.key_id, self.prefix, self.wrapped))


class EncryptedBlobs:
    """A `BlobStore` that encrypts what it keeps on a shelf, and reads what was kept there plain before.

    The address of an object stays the digest of its plain octets, against which it is checked; its name on the shelf is
    made of that by a key (`KeyRing.name`).
    """

    def __init__(self, shelf: Shelf, ring: KeyRing) -> None:
        self._shelf = shelf
        self._ring = ring
        self._plain = PlainBlobs(shelf)

    def put(self, digest: bytes, source: BinaryIO) -> None:
        """See `BlobStore.put`. What is encrypted under a key that is not here counts as damage, and is healed."""
        name = self._name(digest)

        def is_sound(stream: BinaryIO) -> bool:
            try:
                return is_of(self._opened(stream, digest), digest)
            except BlobCorrupt:
                return False
            except BlobStoreUnavailable as error:
                if error.fault is not StoreFault.NO_KEY:
                    raise
                return False

        if self._shelf.affirm(name + OBJECT, is_sound):
            return
        if not self._shelf.place(name + OBJECT, self._sealed(source, digest), is_sound=is_sound):
            raise BlobCorrupt(digest)

    def open(self, digest: bytes) -> BinaryIO:
        """See `BlobStore.open`. The octets are decrypted as they are read: none of them is ever written anywhere.

        Raises `BlobStoreUnavailable` where the key of the object is not here.
        """
        stream = self._shelf.fetch(self._name(digest) + OBJECT)
        if stream is None:
            return self._plain.open(digest)
        try:
            opened = self._opened(stream, digest)
        except BaseException:
            stream.close()
            raise
        return checked(opened, digest)

    def get(self, digest: bytes) -> bytes:
        """See `BlobStore.get`."""
        with self.open(digest) as stream:
            return read_all(stream)

    def exists(self, digest: bytes) -> bool:
        """See `BlobStore.exists`."""
        return self._shelf.holds(self._name(digest) + OBJECT) or self._plain.exists(digest)

    def probe(self) -> None:
        """See `BlobStore.probe`."""
        self._shelf.probe()

    def _name(self, digest: bytes) -> str:
        check_address(digest)
        return self._ring.name(digest)

    def _sealed(self, source: BinaryIO, digest: bytes) -> Iterator[bytes]:
        """Yield an object as it is kept, under a new data key."""
        data_key = os.urandom(KEY_BYTES)
        header = Header(self._ring.active, os.urandom(PREFIX_BYTES), self._ring.wrap(data_key))
        cipher = ChunkCipher(data_key, header.prefix, context=_MAGIC + digest)
        return chain((header.octets,), sealed_pieces(source, cipher, digest=digest))

    def _opened(self, stream: BinaryIO, digest: bytes) -> BinaryIO:
        """Return the octets of an object, to be checked against their digest; the caller closes either stream."""
        header = Header.read(_header_of(stream))
        if header is None:
            raise BlobCorrupt(digest)
        try:
            data_key = data_key_of(header, self._shelf, ring=self._ring, name=self._name(digest))
        except InvalidUnwrap as error:
            raise BlobCorrupt(digest) from error
        except KeyAbsent as error:
            raise BlobStoreUnavailable(StoreFault.NO_KEY, key=header.key_id.hex()) from error
        cipher = ChunkCipher(data_key, header.prefix, context=_MAGIC + digest)
        chunks = ChunkedStream(stream, cipher, start=Header.SIZE, digest=digest)
        chunks.check_end()
        return io.BufferedReader(chunks, CHUNK_BYTES)


def data_key_of(header: Header, shelf: Shelf, *, ring: KeyRing, name: str) -> bytes:
    """Return the data key of an object: by its own header, or by the newer one beside it.

    Raises `KeyAbsent` where the ring has the key of neither, and `InvalidUnwrap` where the header was changed.
    """
    try:
        return ring.unwrap(header.key_id, header.wrapped)
    except KeyAbsent:
        newer = newer_header(header, shelf, name=name)
        if newer is None:
            raise
        return ring.unwrap(newer.key_id, newer.wrapped)


def newer_header(header: Header, shelf: Shelf, *, name: str) -> Header | None:
    """Return the header beside an object; None where there is none, or one of an object that stood there before."""
    newer = Header.read(shelf.glimpse(name + HEADER, Header.SIZE) or b"")
    return newer if newer is not None and newer.prefix == header.prefix else None


def _header_of(stream: BinaryIO) -> bytes:
    try:
        return stream.read(Header.SIZE)
    except OSError as error:
        raise BlobStoreUnavailable(StoreFault.DISK, said=error.strerror) from error
