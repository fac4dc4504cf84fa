"""Where octets wait that are not whole yet: a folder for each upload, which goes as a whole when it has ended.

Apart from the packages, and in two ways their opposite: what stands here is meant to go, so that it is never locked;
and equal octets of two uploads, or at two places of one, stand here twice, so that what goes takes nothing with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final, Protocol
from uuid import UUID

from storage.blobs import BlobStore
from storage.blobs.encrypted import OBJECT, EncryptedBlobs, Header
from storage.blobs.filesystem import FilesystemShelf, sync_folder, unavailable
from storage.blobs.keys import KeyRing
from storage.blobs.plain import PlainBlobs
from storage.blobs.s3 import S3Shelf
from storage.blobs.shelves import Shelf
from storage.records import ChunkRecord

FOLDER: Final = "uploads"
"""What the names of everything that waits begin with."""


class Stage(Protocol):
    """What has folders that go, also inside each other (`a/b`). Each operation raises `BlobStoreUnavailable`."""

    def folder(self, name: str) -> Shelf:
        """Return the shelf of one folder, which is made where there is none."""

    def clear(self, name: str) -> None:
        """Return when nothing stands in a folder any more, whatever stood there, half-written or not."""

    def glimpses(self, ending: str, size: int) -> Iterator[bytes]:
        """Yield the first octets, at most `size`, of all in any folder whose name ends so; of what goes now or not."""


class FilesystemStage:
    """Folders on a local disk, below the root of the packages."""

    def __init__(self, root: Path) -> None:
        self._root = root / FOLDER

    def folder(self, name: str) -> Shelf:
        """See `Stage.folder`."""
        place = self._root / name
        with unavailable():
            if not place.is_dir():
                place.mkdir(parents=True, exist_ok=True)
                for above in place.parents:
                    sync_folder(above)
                    if above == self._root.parent:
                        break
        return FilesystemShelf(place)

    def clear(self, name: str) -> None:
        """See `Stage.clear`."""
        place = self._root / name
        with unavailable():
            for folder, _, files in os.walk(place, topdown=False, onerror=_refuse_but_what_went):
                for one in files:
                    Path(folder, one).unlink(missing_ok=True)
                with suppress(FileNotFoundError):
                    Path(folder).rmdir()

    def glimpses(self, ending: str, size: int) -> Iterator[bytes]:
        """See `Stage.glimpses`."""
        with unavailable():
            for folder, _, names in os.walk(self._root, onerror=_refuse_but_what_went):
                for name in names:
                    if name.endswith(ending):
                        with suppress(FileNotFoundError), Path(folder, name).open("rb") as stream:
                            yield stream.read(size)


class S3Stage:
    """Names with a beginning of their own in the bucket of the packages; nothing there is locked by the axis."""

    def __init__(self, shelf: S3Shelf) -> None:
        self._shelf = shelf

    def folder(self, name: str) -> Shelf:
        """See `Stage.folder`."""
        return self._shelf.below(f"{FOLDER}/{name}/")

    def clear(self, name: str) -> None:
        """See `Stage.clear`: with every version. Takes the right to delete these names, and to list versions."""
        self._shelf.below(f"{FOLDER}/{name}/").clear()

    def glimpses(self, ending: str, size: int) -> Iterator[bytes]:
        """See `Stage.glimpses`."""
        shelf = self._shelf.below(f"{FOLDER}/")
        for name in shelf.names_in_folders():
            octets = shelf.glimpse(name, size) if name.endswith(ending) else None
            if octets is not None:
                yield octets


class Staging:
    """Keeps the pieces of uploads, each in a folder of its own in its upload's, encrypted where packages are."""

    def __init__(self, stage: Stage, ring: KeyRing | None) -> None:
        self._stage = stage
        self._ring = ring

    def put(self, upload: UUID, chunk: ChunkRecord, *, source: BinaryIO) -> None:
        """Return when a piece is durable; as `BlobStore.put`."""
        self._store(upload, chunk).put(chunk.digest, source)

    def open(self, upload: UUID, chunk: ChunkRecord) -> BinaryIO:
        """Return a piece, checked; as `BlobStore.open`."""
        return self._store(upload, chunk).open(chunk.digest)

    def discard(self, upload: UUID, chunk: ChunkRecord) -> None:
        """Return when nothing of a piece is kept any more; raises `BlobStoreUnavailable`.

        Others that begin at the same place, and equal ones at other places, stay.
        """
        self._stage.clear(self._folder(upload, chunk))

    def clear(self, upload: UUID) -> None:
        """Return when nothing of an upload is kept any more; raises `BlobStoreUnavailable`."""
        self._stage.clear(upload.hex)

    def count_under_older_keys(self) -> int:
        """Return how many pieces need another key than the active one, for as long as their uploads last."""
        if self._ring is None:
            return 0
        headers = map(Header.read, self._stage.glimpses(OBJECT, Header.SIZE))
        return sum(header is not None and header.key_id != self._ring.active for header in headers)

    def _store(self, upload: UUID, chunk: ChunkRecord) -> BlobStore:
        shelf = self._stage.folder(self._folder(upload, chunk))
        return PlainBlobs(shelf) if self._ring is None else EncryptedBlobs(shelf, self._ring)

    def _folder(self, upload: UUID, chunk: ChunkRecord) -> str:
        # Where octets are encrypted no name tells their digest, either.
        name = chunk.digest.hex() if self._ring is None else self._ring.name(chunk.digest)
        return f"{upload.hex}/{chunk.start}-{name}"


def _refuse_but_what_went(error: OSError) -> None:
    """Raise an error, but not that something is gone that somebody else cleared meanwhile."""
    if not isinstance(error, FileNotFoundError):
        raise error
