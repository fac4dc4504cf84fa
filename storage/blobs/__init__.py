"""Object stores: octets kept under their SHA-256 digest, never changed, checked whenever they are read."""

from __future__ import annotations

from typing import BinaryIO, Final, Protocol

DIGEST_BYTES: Final = 32
"""Length of a SHA-256 digest, the address of every object."""


class BlobStore(Protocol):
    """What every store promises; one suite of tests holds for all of them.

    Each operation raises `BlobStoreUnavailable` where the store cannot be reached, read or written.
    """

    def put(self, digest: bytes, source: BinaryIO) -> None:
        """Return when the octets of `source` are durable under `digest`; repeating it is harmless and heals damage.

        `source` is read once from where it stands. Raises `BlobCorrupt` where its octets have another digest; then
        nothing stands under `digest` that was not there before. Raises it also where the octets do not come back as
        they were written: what then stands there is handed out by nobody, and the next `put` heals it.
        """

    def open(self, digest: bytes) -> BinaryIO:
        """Return the octets as a seekable stream at its beginning, already checked; the caller closes it.

        Raises `BlobMissing`, or `BlobCorrupt` before the first octet is handed out.
        """

    def get(self, digest: bytes) -> bytes:
        """Return the octets, checked; for objects that fit into memory. Raises as `open` does."""

    def exists(self, digest: bytes) -> bool:
        """True where an object stands under `digest`, unchecked."""

    def probe(self) -> None:
        """Return where the store can take an object now; for health reports."""


def check_address(digest: bytes) -> None:
    """Raise `ValueError` where `digest` cannot be a SHA-256 digest."""
    if len(digest) != DIGEST_BYTES:
        raise ValueError("a blob's address is a SHA-256 digest of 32 octets")
