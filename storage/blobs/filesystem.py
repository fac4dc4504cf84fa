"""An object store on a local disk: one file for each object, in place only once it is whole and durable."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Final

from storage.blobs import check_address
from storage.errors import BlobCorrupt, BlobMissing, BlobStoreUnavailable

_CHUNK_BYTES: Final = 1024 * 1024
"""Octets copied at a time: large enough that system calls do not count, small beside a package of 50 MB."""

_FAN_OUT: Final = 3
"""Hexadecimal digits that name a folder: 4,096 of them keep a hundred million objects at 25,000 files in each."""


class FilesystemBlobs:
    """Objects under `root`: `incoming/` for what is being written, `abc/abcdef…` for what is kept."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        with _unavailable():
            self._incoming.mkdir(parents=True, exist_ok=True)

    @staticmethod
    def check(root: Path) -> None:
        """Raise `BlobStoreUnavailable` where no store could be opened under `root`; nothing is made."""
        place = incoming = root / "incoming"
        with _unavailable():
            while not os.path.lexists(place):
                place = place.parent
            if not place.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            if place != incoming and not os.access(place, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def put(self, digest: bytes, source: BinaryIO) -> None:
        """See `BlobStore.put`: temporary file, fsync, read back, atomic rename, fsync of the folder."""
        target = self._path(digest)
        with _unavailable():
            if _is_whole(target, digest):
                # It may have been renamed just before a power cut that nobody has survived yet: make the name durable.
                _sync_folder(target.parent)
                return
            written = self._write(source)
            try:
                if not _is_whole(written, digest):
                    raise BlobCorrupt(digest)
                self._make_fan_out(target.parent)
                written.replace(target)
            finally:
                written.unlink(missing_ok=True)
            _sync_folder(target.parent)

    def open(self, digest: bytes) -> BinaryIO:
        """See `BlobStore.open`."""
        with _unavailable():
            try:
                stream = self._path(digest).open("rb")
            except FileNotFoundError as error:
                raise BlobMissing(digest) from error
            try:
                _check(stream, digest)
            except BaseException:
                stream.close()
                raise
            return stream

    def get(self, digest: bytes) -> bytes:
        """See `BlobStore.get`."""
        with self.open(digest) as stream, _unavailable():
            return stream.read()

    def exists(self, digest: bytes) -> bool:
        """See `BlobStore.exists`."""
        with _unavailable():
            return self._path(digest).is_file()

    def probe(self) -> None:
        """See `BlobStore.probe`: writes and syncs one empty file."""
        with _unavailable(), tempfile.TemporaryFile(dir=self._incoming) as stream:
            stream.write(b"probe")
            stream.flush()
            os.fsync(stream.fileno())

    def _path(self, digest: bytes) -> Path:
        check_address(digest)
        name = digest.hex()
        return self._root / name[:_FAN_OUT] / name

    def _write(self, source: BinaryIO) -> Path:
        """Return a file in `incoming/` with the octets of `source`, durable in itself."""
        descriptor, name = tempfile.mkstemp(dir=self._incoming)
        path = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as target:
                while chunk := source.read(_CHUNK_BYTES):
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
        except BaseException:
            path.unlink()
            raise
        return path

    def _make_fan_out(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            _sync_folder(self._root)


@contextmanager
def _unavailable() -> Iterator[None]:
    """Let the system's refusals (full, read-only, input/output error) leave as `BlobStoreUnavailable`."""
    try:
        yield
    except OSError as error:
        raise BlobStoreUnavailable(f"the object store refuses: {error.strerror}") from error


def _check(stream: BufferedReader, digest: bytes) -> None:
    """Leave `stream` at its beginning where it holds the octets of `digest`."""
    if hashlib.file_digest(stream, "sha256").digest() != digest:
        raise BlobCorrupt(digest)
    stream.seek(0)


def _is_whole(path: Path, digest: bytes) -> bool:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest() == digest
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
