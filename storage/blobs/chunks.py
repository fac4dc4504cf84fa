"""Encrypted octets in chunks, each authenticated in its place: STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, 2015).

A chunk that is changed, left out, moved, doubled or taken from another object does not open, nor does an object that
ends early: the nonce of each holds its number and whether it is the last.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.errors import BlobCorrupt

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK_BYTES: Final = 64 * 1024
"""Octets encrypted together: what a download sends at a time, so that each is opened once for it."""

TAG_BYTES: Final = 16
"""Octets that each chunk is longer by."""

PREFIX_BYTES: Final = 7
"""Octets of the nonce that an object chooses; four of the chunk's number and one for the last make it twelve."""

_SEALED_BYTES: Final = CHUNK_BYTES + TAG_BYTES


class ChunkCipher:
    """Seals and opens the chunks of one object: AES-256-GCM under a data key that is used for nothing else."""

    def __init__(self, data_key: bytes, prefix: bytes, *, context: bytes) -> None:
        self._cipher = AESGCM(data_key)
        self._prefix = prefix
        self._context = context

    def seal(self, octets: bytes, number: int, *, is_last: bool) -> bytes:
        """Return a chunk encrypted."""
        return self._cipher.encrypt(self._nonce(number, is_last=is_last), octets, self._context)

    def open(self, sealed: bytes, number: int, *, is_last: bool) -> bytes:
        """Return the octets of a chunk; raises `InvalidTag` for what is not this chunk of this object."""
        return self._cipher.decrypt(self._nonce(number, is_last=is_last), sealed, self._context)

    def _nonce(self, number: int, *, is_last: bool) -> bytes:
        return self._prefix + number.to_bytes(4, "big") + bytes([is_last])


def sealed_pieces(source: BinaryIO, cipher: ChunkCipher, *, digest: bytes) -> Iterator[bytes]:
    """Yield the chunks of a source, sealed; raises `BlobCorrupt` instead of the last where it has another digest."""
    hasher = hashlib.sha256()
    chunk, number = _read_chunk(source), 0
    while True:
        hasher.update(chunk)
        following = _read_chunk(source) if len(chunk) == CHUNK_BYTES else b""
        if not following:
            break
        yield cipher.seal(chunk, number, is_last=False)
        chunk, number = following, number + 1
    if hasher.digest() != digest:
        raise BlobCorrupt(digest)
    yield cipher.seal(chunk, number, is_last=True)


class ChunkedStream(io.RawIOBase):
    """The octets of an encrypted object, opened chunk by chunk as they are read, from any place.

    `sealed` is a seekable stream whose chunks begin at `start`. Raises `BlobCorrupt` where they are not this object's.
    """

    def __init__(self, sealed: BinaryIO, cipher: ChunkCipher, *, start: int, digest: bytes) -> None:
        super().__init__()
        self._sealed = sealed
        self._cipher = cipher
        self._start = start
        self._digest = digest
        length = sealed.seek(0, io.SEEK_END) - start
        # There is always a last chunk, and it holds something unless the object is empty.
        self._count = max(-(-length // _SEALED_BYTES), 1)
        self._size = length - self._count * TAG_BYTES
        if self._size <= (self._count - 1) * CHUNK_BYTES and not self._size == self._count - 1 == 0:
            raise BlobCorrupt(digest)
        self._position = 0
        self._opened: tuple[int, bytes] | None = None

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Return the new place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(base + offset, 0)
        return self._position

    def tell(self) -> int:
        """Return the place."""
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Return how many octets were read: up to the end of a chunk, none at the end of the object."""
        if self._position >= self._size:
            return 0
        view = memoryview(buffer).cast("B")
        number, offset = divmod(self._position, CHUNK_BYTES)
        octets = self._chunk(number)[offset : offset + len(view)]
        view[: len(octets)] = octets
        self._position += len(octets)
        return len(octets)

    def close(self) -> None:
        """Close what it is read from, too."""
        self._opened = None
        self._sealed.close()
        super().close()

    def check_end(self) -> None:
        """Raise `BlobCorrupt` where the last chunk does not say that it is; reading does, but of an empty object."""
        self._chunk(self._count - 1)

    def _chunk(self, number: int) -> bytes:
        if self._opened is None or self._opened[0] != number:
            self._sealed.seek(self._start + number * _SEALED_BYTES)
            sealed = self._sealed.read(_SEALED_BYTES)
            try:
                octets = self._cipher.open(sealed, number, is_last=number == self._count - 1)
            except InvalidTag as error:
                raise BlobCorrupt(self._digest) from error
            self._opened = (number, octets)
        return self._opened[1]


def _read_chunk(source: BinaryIO) -> bytes:
    """Return the next octets of a source, fewer than a chunk only at its end."""
    octets = source.read(CHUNK_BYTES)
    while 0 < len(octets) < CHUNK_BYTES and (more := source.read(CHUNK_BYTES - len(octets))):
        octets += more
    return octets
