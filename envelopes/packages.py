"""What was submitted, as it came: one message with its files inside, or a message with its files beside it."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from envelopes.bundles import FilePart, is_bundle, split_bundle
from envelopes.detached import STEP, Window
from envelopes.limits import PACKAGE_BYTES_MAX
from envelopes.obstacles import Obstacle, unreadable

_BEGINNING: Final = 2


@dataclass(frozen=True, slots=True)
class Package:
    """The octets of a package: all of them by `size` and SHA-256 `digest`, the message among them in memory.

    `parts` are the files beside the message, None where it holds its own. They are read from `stream`, which whoever
    opened the package keeps open, and which one thread at a time may read from.
    """

    message: bytes = field(repr=False)
    parts: tuple[FilePart, ...] | None
    size: int
    digest: bytes
    stream: BinaryIO = field(repr=False, compare=False)
    boundary: str | None = None
    """Of a bundle."""

    def whole(self) -> BinaryIO:
        """Return all octets as a stream of its own; the caller closes it."""
        return Window.opened(self.stream, start=0, size=self.size)


def package_of(octets: bytes) -> Package:
    """Return a package that is in memory; raises `UnreadableMessage` for a bundle that cannot be taken apart."""
    return open_package(io.BytesIO(octets), size=len(octets), digest=hashlib.sha256(octets).digest())


def open_package(stream: BinaryIO, *, size: int, digest: bytes) -> Package:
    """Return the package that a seekable stream holds, whose size and digest are known already.

    Of a bundle only the message is taken into memory. Raises `UnreadableMessage` for a message that is larger than any
    may be, and as `split_bundle` does.
    """
    stream.seek(0)
    if not is_bundle(stream.read(_BEGINNING)):
        if size > PACKAGE_BYTES_MAX:
            raise unreadable(Obstacle.TOO_LARGE)
        stream.seek(0)
        return Package(stream.read(), None, size, digest, stream)
    bundle = split_bundle(stream)
    return Package(bundle.message, bundle.parts, size, digest, stream, bundle.boundary)


def measured(stream: BinaryIO) -> tuple[int, bytes]:
    """Return how many octets a seekable stream holds, and their SHA-256."""
    stream.seek(0)
    hasher, size = hashlib.sha256(), 0
    while piece := stream.read(STEP):
        hasher.update(piece)
        size += len(piece)
    return size, hasher.digest()
