"""An object store on a local disk: one file for each object, in place only once it is whole and durable."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from storage.blobs.plain import PlainBlobs
from storage.blobs.shelves import Judge
from storage.errors import BlobStoreUnavailable, StoreFault

_FAN_OUT: Final = 3
"""Hexadecimal digits that name a folder: 4,096 of them keep a hundred million objects at 25,000 files in each."""


class FilesystemShelf:
    """Objects under `root`: `incoming/` for what is being written, `abc/abcdef…` for what is kept."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        with unavailable():
            self._incoming.mkdir(parents=True, exist_ok=True)

    @staticmethod
    def check(root: Path) -> None:
        """Raise `BlobStoreUnavailable` where no store could be opened under `root`; nothing is made."""
        place = incoming = root / "incoming"
        with unavailable():
            while not os.path.lexists(place):
                place = place.parent
            if not place.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            if place != incoming and not os.access(place, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def affirm(self, name: str, is_sound: Judge) -> bool:
        """See `Shelf.affirm`."""
        path = self._path(name)
        with unavailable():
            if not _is_sound(path, is_sound):
                return False
            # It may have been renamed just before a power cut that nobody has survived yet: make the name durable.
            sync_folder(path.parent)
            return True

    def place(self, name: str, pieces: Iterator[bytes], *, is_sound: Judge) -> bool:
        """See `Shelf.place`: temporary file, fsync, read back, atomic rename, fsync of the folder."""
        target = self._path(name)
        with unavailable():
            written = self._write(pieces)
            try:
                if not _is_sound(written, is_sound):
                    return False
                self._make_fan_out(target.parent)
                written.replace(target)
            finally:
                written.unlink(missing_ok=True)
            sync_folder(target.parent)
            return True

    def fetch(self, name: str) -> BinaryIO | None:
        """See `Shelf.fetch`."""
        with unavailable():
            try:
                return self._path(name).open("rb")
            except FileNotFoundError:
                return None

    def glimpse(self, name: str, size: int) -> bytes | None:
        """See `Shelf.glimpse`."""
        with unavailable():
            try:
                with self._path(name).open("rb") as stream:
                    return stream.read(size)
            except FileNotFoundError:
                return None

    def holds(self, name: str) -> bool:
        """See `Shelf.holds`."""
        with unavailable():
            return self._path(name).is_file()

    def names(self) -> Iterator[str]:
        """See `Shelf.names`."""
        with unavailable():
            for folder in self._root.iterdir():
                if len(folder.name) == _FAN_OUT and folder.is_dir():
                    yield from (entry.name for entry in os.scandir(folder))

    def probe(self) -> None:
        """See `Shelf.probe`: writes and syncs one small file."""
        with unavailable(), tempfile.TemporaryFile(dir=self._incoming) as stream:
            stream.write(b"probe")
            stream.flush()
            os.fsync(stream.fileno())

    def _path(self, name: str) -> Path:
        return self._root / name[:_FAN_OUT] / name

    def _write(self, pieces: Iterator[bytes]) -> Path:
        """Return a file in `incoming/` with the octets of `pieces`, durable in itself."""
        descriptor, name = tempfile.mkstemp(dir=self._incoming)
        path = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as target:
                for piece in pieces:
                    target.write(piece)
                target.flush()
                os.fsync(target.fileno())
        except BaseException:
            path.unlink()
            raise
        return path

    def _make_fan_out(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            sync_folder(self._root)


class FilesystemBlobs(PlainBlobs):
    """The plain store on a local disk under `root`."""

    def __init__(self, root: Path) -> None:
        super().__init__(FilesystemShelf(root))


@contextmanager
def unavailable() -> Iterator[None]:
    """Let the system's refusals (full, read-only, input/output error) leave as `BlobStoreUnavailable`."""
    try:
        yield
    except OSError as error:
        raise BlobStoreUnavailable(StoreFault.DISK, said=error.strerror) from error


def _is_sound(path: Path, is_sound: Judge) -> bool:
    try:
        with path.open("rb") as stream:
            return is_sound(stream)
    except FileNotFoundError:
        return False


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
