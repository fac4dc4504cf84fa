"""Where octets wait that are not whole yet: a folder for each upload, which goes as a whole when it has ended.

Apart from the packages, and in two ways their opposite: what stands here is meant to go, so that it is never locked;
and equal octets of two uploads stand here twice, so that the end of one takes nothing from the other.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import BinaryIO, Final, Protocol
from uuid import UUID

from storage.blobs import BlobStore
from storage.blobs.encrypted import EncryptedBlobs
from storage.blobs.filesystem import FilesystemShelf, sync_folder, unavailable
from storage.blobs.keys import KeyRing
from storage.blobs.plain import PlainBlobs
from storage.blobs.s3 import S3Shelf
from storage.blobs.shelves import Shelf

FOLDER: Final = "uploads"
"""What the names of everything that waits begin with."""


class Stage(Protocol):
    """What has folders that go. Each operation raises `BlobStoreUnavailable`."""

    def folder(self, name: str) -> Shelf:
        """Return the shelf of one folder, which is made where there is none."""

    def clear(self, name: str) -> None:
        """Return when nothing stands in a folder any more, whatever stood there, half-written or not."""


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
                sync_folder(self._root)
                sync_folder(self._root.parent)
        return FilesystemShelf(place)

    def clear(self, name: str) -> None:
        """See `Stage.clear`."""
        place = self._root / name
        with unavailable():
            if place.is_dir():
                shutil.rmtree(place)


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


class Staging:
    """Keeps the pieces of uploads under their digests, encrypted where packages are."""

    def __init__(self, stage: Stage, ring: KeyRing | None) -> None:
        self._stage = stage
        self._ring = ring

    def put(self, upload: UUID, digest: bytes, *, source: BinaryIO) -> None:
        """Return when a piece is durable; as `BlobStore.put`."""
        self._store(upload).put(digest, source)

    def open(self, upload: UUID, digest: bytes) -> BinaryIO:
        """Return a piece, checked; as `BlobStore.open`."""
        return self._store(upload).open(digest)

    def clear(self, upload: UUID) -> None:
        """Return when nothing of an upload is kept any more; raises `BlobStoreUnavailable`."""
        self._stage.clear(upload.hex)

    def _store(self, upload: UUID) -> BlobStore:
        shelf = self._stage.folder(upload.hex)
        return PlainBlobs(shelf) if self._ring is None else EncryptedBlobs(shelf, self._ring)
