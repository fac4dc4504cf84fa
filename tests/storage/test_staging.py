"""Pieces of uploads wait apart from the packages, each upload's by themselves, and go as a whole."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pytest
from minio.commonconfig import COMPLIANCE
from minio.objectlockconfig import DAYS, ObjectLockConfig

from storage.blobs.filesystem import FilesystemShelf
from storage.blobs.keys import KeyRing
from storage.blobs.locks import LockMode
from storage.blobs.plain import PlainBlobs
from storage.blobs.s3 import S3Lock, S3Shelf
from storage.blobs.shelves import Shelf
from storage.blobs.staging import FilesystemStage, S3Stage, Stage, Staging
from storage.errors import BlobCorrupt, BlobMissing, BlobStoreUnavailable, StoreFault
from storage.records import ChunkRecord
from tests.fixtures.gateway import Gateway
from tests.fixtures.postgres import MOMENT
from tests.storage.shelving import a_ring, write_ring

FIRST, SECOND = UUID(int=1), UUID(int=2)
OCTETS = b"0123456789" * 1000
DIGEST = hashlib.sha256(OCTETS).digest()
PIECE = ChunkRecord(0, len(OCTETS), DIGEST)


@dataclass(frozen=True, slots=True)
class Loft:
    """Where pieces wait, and the shelf of the packages beside them."""

    staging: Staging
    packages: Shelf


def on_disk(request: pytest.FixtureRequest) -> tuple[Stage, Shelf]:
    folder = request.getfixturevalue("tmp_path") / "blobs"
    return FilesystemStage(folder), FilesystemShelf(folder)


def on_ceph(request: pytest.FixtureRequest) -> tuple[Stage, Shelf]:
    gateway: Gateway = request.getfixturevalue("gateway")
    shelf = S3Shelf(gateway.bucket())
    return S3Stage(shelf), shelf


def on_locked_ceph(request: pytest.FixtureRequest) -> tuple[Stage, Shelf]:
    gateway: Gateway = request.getfixturevalue("gateway")
    lock = S3Lock(LockMode.COMPLIANCE, 1, lambda: MOMENT)
    shelf = S3Shelf(replace(gateway.bucket(object_lock=True), lock=lock))
    return S3Stage(shelf), shelf


@pytest.fixture(params=[on_disk, on_ceph, on_locked_ceph])
def place(request: pytest.FixtureRequest) -> tuple[Stage, Shelf]:
    make: Callable[[pytest.FixtureRequest], tuple[Stage, Shelf]] = request.param
    return make(request)


@pytest.fixture(params=[True, False], ids=["encrypted", "plain"])
def loft(request: pytest.FixtureRequest, place: tuple[Stage, Shelf]) -> Loft:
    stage, shelf = place
    return Loft(Staging(stage, a_ring() if request.param else None), shelf)


def put(loft: Loft, upload: UUID) -> None:
    loft.staging.put(upload, PIECE, source=io.BytesIO(OCTETS))


def read(loft: Loft, upload: UUID) -> bytes:
    with loft.staging.open(upload, PIECE) as stream:
        return stream.read()


def test_what_waits_comes_back_and_goes_with_its_upload_alone(loft: Loft) -> None:
    put(loft, FIRST)
    put(loft, FIRST)
    put(loft, SECOND)
    assert read(loft, FIRST) == OCTETS == read(loft, SECOND)
    loft.staging.clear(FIRST)
    with pytest.raises(BlobMissing):
        loft.staging.open(FIRST, PIECE)
    assert read(loft, SECOND) == OCTETS
    loft.staging.clear(FIRST)
    loft.staging.clear(SECOND)
    with pytest.raises(BlobMissing):
        loft.staging.open(SECOND, PIECE)


def test_a_piece_is_discarded_by_itself(loft: Loft) -> None:
    shorter, elsewhere = OCTETS[:-1], replace(PIECE, start=len(OCTETS))
    beside = ChunkRecord(0, len(shorter), hashlib.sha256(shorter).digest())
    put(loft, FIRST)
    loft.staging.put(FIRST, elsewhere, source=io.BytesIO(OCTETS))
    loft.staging.put(FIRST, beside, source=io.BytesIO(shorter))
    loft.staging.discard(FIRST, PIECE)
    loft.staging.discard(FIRST, PIECE)
    with pytest.raises(BlobMissing):
        loft.staging.open(FIRST, PIECE)
    for one, octets in ((elsewhere, OCTETS), (beside, shorter)):
        with loft.staging.open(FIRST, one) as stream:
            assert stream.read() == octets


def test_pieces_under_another_key_than_the_active_one_are_counted(place: tuple[Stage, Shelf], tmp_path: Path) -> None:
    stage, shelf = place
    older = KeyRing.read(write_ring(tmp_path / "keys", "2026"))
    put(Loft(Staging(stage, older), shelf), FIRST)
    put(Loft(Staging(stage, older), shelf), SECOND)
    assert Staging(stage, older).count_under_older_keys() == 0
    newer = Staging(stage, KeyRing.read(write_ring(tmp_path / "keys", "2027")))
    newer.put(FIRST, replace(PIECE, start=1), source=io.BytesIO(OCTETS))
    assert newer.count_under_older_keys() == 2
    newer.clear(FIRST)
    assert newer.count_under_older_keys() == 1
    assert Staging(stage, None).count_under_older_keys() == 0


def test_no_name_tells_the_digest_of_what_is_encrypted(tmp_path: Path) -> None:
    Staging(FilesystemStage(tmp_path), a_ring()).put(FIRST, PIECE, source=io.BytesIO(OCTETS))
    names = [str(one) for one in tmp_path.rglob("*")]
    assert names
    assert not any(DIGEST.hex()[:16] in one for one in names)


def test_packages_and_pieces_do_not_see_each_other(place: tuple[Stage, Shelf]) -> None:
    stage, shelf = place
    loft, packages = Loft(Staging(stage, None), shelf), PlainBlobs(shelf)
    put(loft, FIRST)
    assert list(shelf.names()) == []
    assert not packages.exists(DIGEST)
    if isinstance(stage, FilesystemStage):
        packages.put(DIGEST, io.BytesIO(OCTETS))
        loft.staging.clear(FIRST)
        assert packages.get(DIGEST) == OCTETS


def test_other_octets_than_announced_are_not_kept(loft: Loft) -> None:
    with pytest.raises(BlobCorrupt):
        loft.staging.put(FIRST, PIECE, source=io.BytesIO(OCTETS[:-1]))
    with pytest.raises(BlobMissing):
        loft.staging.open(FIRST, PIECE)


def test_nothing_of_what_went_is_left_on_the_disk_or_in_any_version(
    loft: Loft, request: pytest.FixtureRequest, place: tuple[Stage, Shelf]
) -> None:
    put(loft, FIRST)
    loft.staging.clear(FIRST)
    _, shelf = place
    if isinstance(shelf, S3Shelf):
        client, bucket = shelf._client, shelf._bucket
        left = client.list_objects(bucket, "uploads/", recursive=True, include_version=True)
        assert [one.object_name for one in left] == []
    else:
        folder = request.getfixturevalue("tmp_path")
        assert [one for one in folder.rglob("*") if one.is_file()] == []


def test_what_somebody_else_removes_at_the_same_time_hinders_no_clearing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staging = Staging(FilesystemStage(tmp_path), None)
    for start in range(3):
        staging.put(FIRST, replace(PIECE, start=start), source=io.BytesIO(OCTETS))
    unlink = os.unlink

    def too_late(name: str, **where: int) -> None:
        unlink(name, **where)
        raise FileNotFoundError(errno.ENOENT, name)

    monkeypatch.setattr(os, "unlink", too_late)
    staging.clear(FIRST)
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_a_bucket_that_locks_by_default_lets_nothing_go_and_that_is_told(gateway: Gateway) -> None:
    """Why docs/operations.md asks for one without."""
    place = gateway.bucket(object_lock=True)
    shelf = S3Shelf(place)
    shelf._client.set_object_lock_config(place.bucket, ObjectLockConfig(COMPLIANCE, 1, DAYS))
    loft = Loft(Staging(S3Stage(shelf), None), shelf)
    put(loft, FIRST)
    with pytest.raises(BlobStoreUnavailable) as caught:
        loft.staging.clear(FIRST)
    assert caught.value.fault is StoreFault.FORBIDDEN
    assert read(loft, FIRST) == OCTETS


def test_a_whole_bucket_is_never_cleared(gateway: Gateway) -> None:
    with pytest.raises(ValueError, match="never"):
        S3Shelf(gateway.bucket()).clear()
