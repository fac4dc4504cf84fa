"""The object store on a local disk: nothing half-written is ever in place, and a full disk is named."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.blobs.filesystem import FilesystemBlobs, FilesystemShelf
from storage.errors import BlobCorrupt, BlobMissing, BlobStoreUnavailable

OCTETS = b"octets"
DIGEST = hashlib.sha256(OCTETS).digest()


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_objects_lie_under_their_digest_in_folders_by_its_first_digits(tmp_path: Path) -> None:
    FilesystemBlobs(tmp_path).put(DIGEST, io.BytesIO(OCTETS))
    assert files(tmp_path) == [f"{DIGEST.hex()[:3]}/{DIGEST.hex()}"]


def test_a_file_takes_its_place_only_after_it_and_before_its_folder_is_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, os.replace

    def note_sync(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        steps.append("folder" if path.is_dir() else path.parent.name)
        sync(descriptor)

    def note_replace(*names: Path) -> None:
        steps.append("rename")
        replace(*names)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "replace", note_replace)
    FilesystemBlobs(tmp_path).put(DIGEST, io.BytesIO(OCTETS))
    assert steps == ["incoming", "folder", "rename", "folder"]


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
def test_a_disk_that_refuses_is_named_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    def refuse(_: int) -> None:
        raise OSError(reason, os.strerror(reason))

    store = FilesystemBlobs(tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", refuse)
        with pytest.raises(BlobStoreUnavailable, match=os.strerror(reason)):
            store.put(DIGEST, io.BytesIO(OCTETS))
        with pytest.raises(BlobStoreUnavailable):
            store.probe()
    assert files(tmp_path) == []
    assert not store.exists(DIGEST)


def test_octets_that_do_not_come_back_as_written_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = FilesystemShelf._write

    def truncate(shelf: FilesystemShelf, pieces: Iterator[bytes]) -> Path:
        path = write(shelf, pieces)
        os.truncate(path, 3)
        return path

    store = FilesystemBlobs(tmp_path)
    monkeypatch.setattr(FilesystemShelf, "_write", truncate)
    with pytest.raises(BlobCorrupt):
        store.put(DIGEST, io.BytesIO(OCTETS))
    assert files(tmp_path) == []


def test_what_an_interrupted_put_left_is_not_an_object(tmp_path: Path) -> None:
    store = FilesystemBlobs(tmp_path)
    (tmp_path / "incoming" / DIGEST.hex()).write_bytes(OCTETS)
    with pytest.raises(BlobMissing):
        store.get(DIGEST)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BlobStoreUnavailable):
        FilesystemBlobs(tmp_path / "file" / "blobs")


def test_objects_are_for_the_axis_alone(tmp_path: Path) -> None:
    FilesystemBlobs(tmp_path).put(DIGEST, io.BytesIO(OCTETS))
    (path,) = tmp_path.glob(f"*/{DIGEST.hex()}")
    assert path.stat().st_mode & 0o077 == 0
