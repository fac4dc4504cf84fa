"""The object store of the settings: the shelf it stands on, and the keys that it encrypts under."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from pydantic import SecretStr

from axis.settings import BlobSettings, S3Settings, StoreKind
from storage.blobs import BlobStore
from storage.blobs.encrypted import EncryptedBlobs
from storage.blobs.filesystem import FilesystemBlobs, FilesystemShelf
from storage.blobs.keys import KeyRing
from storage.blobs.locks import LockMode
from storage.blobs.plain import PlainBlobs
from storage.blobs.rewrapping import Wrapping, rewrap
from storage.blobs.s3 import S3Lock, S3Place, S3Shelf, authorities_of
from storage.blobs.shelves import Shelf
from storage.blobs.staging import FilesystemStage, S3Stage, Staging

Present = Callable[[], datetime]
"""Tells the time, aware."""


def open_store(blobs: BlobSettings, present: Present) -> BlobStore:
    """Return the object store; an S3 store is not asked for it.

    Raises `BlobStoreUnavailable` where a folder cannot be used, and `BlobKeysUnusable`.
    """
    ring = open_ring(blobs)
    if ring is not None:
        return EncryptedBlobs(open_shelf(blobs, present), ring)
    if blobs.kind is StoreKind.FILESYSTEM:
        return FilesystemBlobs(blobs.path)
    return PlainBlobs(open_shelf(blobs, present))


def open_staging(blobs: BlobSettings, present: Present) -> Staging:
    """Return where uploads wait: beside the packages, under the same keys. Raises as `open_store`."""
    if blobs.kind is StoreKind.FILESYSTEM:
        return Staging(FilesystemStage(blobs.path), open_ring(blobs))
    return Staging(S3Stage(S3Shelf(place_of(blobs.s3, present))), open_ring(blobs))


def check_store(blobs: BlobSettings) -> None:
    """Raise what `open_store` does of the place itself, without making anything or asking anybody."""
    if blobs.kind is StoreKind.FILESYSTEM:
        FilesystemShelf.check(blobs.path)
    else:
        authorities_of(blobs.s3.ca_file)


def open_shelf(blobs: BlobSettings, present: Present) -> Shelf:
    """Return what the object store stands on; raises `BlobStoreUnavailable`."""
    if blobs.kind is StoreKind.FILESYSTEM:
        return FilesystemShelf(blobs.path)
    return S3Shelf(place_of(blobs.s3, present))


def open_ring(blobs: BlobSettings) -> KeyRing | None:
    """Return the keys that packages are encrypted under; None where they are not. Raises `BlobKeysUnusable`."""
    return None if blobs.keys_folder is None else KeyRing.read(blobs.keys_folder, active=blobs.key)


def place_of(s3: S3Settings, present: Present) -> S3Place:
    """Return where the S3 store is, and who asks."""
    lock = None if s3.lock is LockMode.OFF else S3Lock(s3.lock, s3.lock_days, present)
    return S3Place(
        endpoint=s3.endpoint or "",
        bucket=s3.bucket or "",
        region=s3.region,
        access_key=_shown(s3.access_key),
        secret_key=_shown(s3.secret_key),
        ca_file=s3.ca_file,
        lock=lock,
        connect_seconds=s3.connect_seconds,
        read_seconds=s3.read_seconds,
    )


def rewrap_store(blobs: BlobSettings, ring: KeyRing, *, present: Present) -> Counter[Wrapping]:
    """Return what became of every object when its data key was wrapped anew; raises `BlobStoreUnavailable`."""
    return rewrap(open_shelf(blobs, present), ring)


def _shown(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""
