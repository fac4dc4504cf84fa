"""Original octets on their way out: the part that is asked for, and the stream it is read from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from axis.errors import NotFound, PartAbsent
from envelopes.bundles import XML, FilePart, boundary_at, split_bundle, type_at
from envelopes.media_types import ANY
from storage.blobs import BlobStore
from storage.errors import BlobCorrupt, BlobStoreUnavailable, StoreFault
from storage.records import EnvelopeRecord


@dataclass(frozen=True, slots=True)
class Part:
    """Which octets of a package are wanted: `first` to `last`, both included, or to the end.

    With `tail` that many from the end instead, or all where there are fewer.
    """

    first: int = 0
    last: int | None = None
    tail: int | None = None

    def within(self, size: int) -> range:
        """Return the positions of the wanted octets in a package of `size`; raises `PartAbsent` where there is none."""
        if self.tail is not None:
            wanted = range(max(size - self.tail, 0), size)
        else:
            wanted = range(self.first, size if self.last is None else min(self.last + 1, size))
        if not wanted:
            raise PartAbsent(size)
        return wanted


WHOLE: Final = Part()


def _nothing() -> None:
    """Require nothing: what its sender downloads is its own."""


@dataclass(slots=True, eq=False)
class Content:
    """A part of one package, or of one file in it; the whole was checked when it was opened.

    `digest` is the SHA-256 of that package or file in hexadecimal, `size` its octets, `part` the positions of those
    that `read` returns. It begins at `start` of the stream. Whoever gets it closes it, and calls `require` now and then
    while octets leave: it raises where they are not to be given out any more.
    """

    name: str
    digest: str
    size: int
    part: range
    stream: BinaryIO = field(repr=False)
    media_type: str = XML
    start: int = 0
    require: Callable[[], None] = field(default=_nothing, repr=False)
    _position: int = field(init=False)

    def __post_init__(self) -> None:
        self._position = self.part.start

    def read(self, count: int) -> bytes:
        """Return the next octets, at most `count`, none at the end. Blocks on the store.

        Raises `BlobStoreUnavailable`, or `BlobCorrupt` where the store has fewer than it had when they were checked.
        """
        count = min(count, self.part.stop - self._position)
        try:
            self.stream.seek(self.start + self._position)
            octets = self.stream.read(count)
        except OSError as error:
            raise BlobStoreUnavailable(StoreFault.DISK, said=error.strerror) from error
        if len(octets) != count:
            raise BlobCorrupt(bytes.fromhex(self.digest))
        self._position += count
        return octets

    def close(self) -> None:
        """Give the stream back; again does no harm."""
        self.stream.close()


def open_content(blobs: BlobStore, envelope: EnvelopeRecord, *, part: Part) -> Content:
    """Return a part of an envelope's package; raises `PartAbsent`, and as `BlobStore.open` does."""
    wanted = part.within(envelope.size)
    stream = blobs.open(envelope.raw_digest)
    try:
        media_type = _media_type_of(stream)
    except BaseException:
        stream.close()
        raise
    name = f"{envelope.envelope_id}.edxml"
    return Content(name, envelope.raw_digest.hex(), envelope.size, wanted, stream, media_type)


def open_file(blobs: BlobStore, envelope: EnvelopeRecord, *, number: int, part: Part) -> Content:
    """Return a part of one file, counted from 1, of an envelope's package, where its files travel beside its message.

    Raises `NotFound` where there is no such file, and as `open_content` does.
    """
    stream = blobs.open(envelope.raw_digest)
    try:
        file = _file_in(stream, number)
        wanted = part.within(file.content.size)
    except BaseException:
        stream.close()
        raise
    name, digest = f"{envelope.envelope_id}-{number:02}", file.content.digest.hex()
    return Content(name, digest, file.content.size, wanted, stream, ANY, file.start)


def _file_in(stream: BinaryIO, number: int) -> FilePart:
    """Return one file of a package that was accepted, which is in the order of its manifest."""
    try:
        parts = () if boundary_at(stream) is None else split_bundle(stream).parts
    except OSError as error:
        raise BlobStoreUnavailable(StoreFault.DISK, said=error.strerror) from error
    if not 0 < number <= len(parts):
        raise NotFound
    return parts[number - 1]


def _media_type_of(stream: BinaryIO) -> str:
    """Return the type of a package: a bundle begins with its boundary, so that it tells its type by itself."""
    try:
        media_type = type_at(stream)
        stream.seek(0)
    except OSError as error:
        raise BlobStoreUnavailable(StoreFault.DISK, said=error.strerror) from error
    return media_type
