"""Octets of a file that are not in memory: how many there are, their digest, and a stream that they are read from."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final, Self

from envelopes.errors import InvalidModel

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STEP: Final = 256 * 1024
"""Octets read at a time: enough that calls do not count, and nothing beside what a process takes anyway."""

_SHA256_BYTES: Final = 32


def _nowhere() -> BinaryIO:
    raise ValueError("only the size and the digest of these octets are known")


@dataclass(frozen=True, slots=True)
class Detached:
    """`size` octets whose SHA-256 is `digest`. `open` returns a seekable stream of them, which the caller closes.

    Two are equal where size and digest are, wherever the octets come from.
    """

    size: int
    digest: bytes
    open: Callable[[], BinaryIO] = field(default=_nowhere, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.digest) != _SHA256_BYTES:
            raise InvalidModel("detached octets have a size and a SHA-256 digest")

    @classmethod
    def measured(cls, source: Callable[[], BinaryIO]) -> Self:
        """Return the octets of a source, which is read once to its end; raises what reading it raises."""
        hasher, size = hashlib.sha256(), 0
        with source() as stream:
            while piece := stream.read(STEP):
                hasher.update(piece)
                size += len(piece)
        return cls(size, hasher.digest(), source)


class Window(io.RawIOBase):
    """The octets from `start` on, `size` of them, of a longer seekable stream, which stays open when this is closed.

    Several windows on one stream may be read in turn, but not by several threads at once.
    """

    def __init__(self, stream: BinaryIO, *, start: int, size: int) -> None:
        super().__init__()
        self._stream = stream
        self._start = start
        self._size = size
        self._position = 0

    @classmethod
    def opened(cls, stream: BinaryIO, *, start: int, size: int) -> BinaryIO:
        """Return a window that is read with a buffer."""
        return io.BufferedReader(cls(stream, start=start, size=size), STEP)

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
        """Return how many octets were read, none at the end of the window."""
        view = memoryview(buffer).cast("B")
        count = max(min(len(view), self._size - self._position), 0)
        self._stream.seek(self._start + self._position)
        octets = self._stream.read(count)
        view[: len(octets)] = octets
        self._position += len(octets)
        return len(octets)
