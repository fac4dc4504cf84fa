"""The settings of the object store: where it is, and the keys that packages are encrypted under."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo

from axis.settings.branch import Branch
from axis.settings.causes import BUCKET_NAME, KEYS_APART, STORE_ADDRESS, WHOLE_STORE
from storage.blobs.locks import LockMode

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def _is_s3_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or url != f"{parts.scheme}://{parts.netloc}":
        raise ValueError(STORE_ADDRESS)
    if "@" in parts.netloc:
        raise ValueError(STORE_ADDRESS)
    return url


def _is_bucket(name: str) -> str:
    if not _BUCKET.fullmatch(name):
        raise ValueError(BUCKET_NAME)
    return name


def _is_apart(folder: Path, info: ValidationInfo) -> Path:
    """Refuse keys in the folder of packages: whoever copies that would have both."""
    packages: Path | None = info.data.get("path")
    if packages is not None and folder.absolute().is_relative_to(packages.absolute()):
        raise ValueError(KEYS_APART)
    return folder


_KeysFolder = Annotated[Path, AfterValidator(_is_apart)]
_StoreAddress = Annotated[str, AfterValidator(_is_s3_address)]
_BucketName = Annotated[str, AfterValidator(_is_bucket)]
_KeyLabel = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?$")]


class StoreKind(StrEnum):
    """What packages are kept on."""

    FILESYSTEM = "filesystem"
    S3 = "s3"


class S3Settings(Branch):
    """The S3 store, where `blobs.kind` is s3."""

    endpoint: _StoreAddress | None = Field(
        default=None,
        description="Address of the store, https://host or https://host:port, without the bucket. Production refuses "
        "http but on the loopback address.",
    )
    region: str = Field(
        default="us-east-1",
        description="Region that requests are signed for. Stores of one region take any, or this one.",
    )
    bucket: _BucketName | None = Field(
        default=None, description="Bucket that packages are kept in, and nothing else. The axis does not make it."
    )
    access_key: SecretStr | None = Field(
        default=None,
        description="Access key, with the right to read, put and list objects of the bucket and to give up begun "
        "uploads; to delete only names that begin with uploads/. Never shown and never logged.",
    )
    secret_key: SecretStr | None = Field(
        default=None, description="The secret that belongs to it. Never shown and never logged."
    )
    ca_file: Path | None = Field(
        default=None,
        description="Certificates, PEM, of the authorities that the store's certificate may come from; without it, "
        "those the machine believes.",
    )
    lock: LockMode = Field(
        default=LockMode.OFF,
        description="Lock (retention) under which each object is put: compliance can be ended by nobody before its "
        "time, governance by the store's administrators. The bucket must have been made with object lock.",
    )
    lock_days: int = Field(
        default=3650,
        ge=1,
        le=36_500,
        description="Days of that lock, ten years unless your records schedule says otherwise. The store can prolong "
        "it, and under compliance nobody can shorten it.",
    )
    connect_seconds: int = Field(
        default=5,
        ge=1,
        le=60,
        description="Seconds to wait for a connection, and for the store to take 8 MB. It is tried three times, and "
        "whoever waits at the door is told within half a minute.",
    )
    read_seconds: int = Field(
        default=10,
        ge=1,
        le=300,
        description="Seconds to wait for an answer, and for each of its parts; in all it must come at 64 KB a second.",
    )


def _is_whole_where_used(s3: S3Settings, info: ValidationInfo) -> S3Settings:
    if info.data.get("kind") is StoreKind.S3 and not all((s3.endpoint, s3.bucket, s3.access_key, s3.secret_key)):
        raise ValueError(WHOLE_STORE)
    return s3


class BlobSettings(Branch):
    """The object store with the original bytes."""

    kind: StoreKind = Field(
        default=StoreKind.FILESYSTEM,
        description="Where packages are kept: in a folder, or in a bucket of an S3 store. What is in the one is not "
        "looked for in the other.",
    )
    path: Path = Field(
        default=Path("var/blobs"),
        description="Folder that packages are kept in, on a file system that survives the machine: an accepted package "
        "is here and nowhere else.",
    )
    keys_folder: _KeysFolder | None = Field(
        default=None,
        description="Folder of the keys that packages are encrypted under, kept apart from the store and the database. "
        "Without it they are kept as they are, which production does not do unless told why.",
    )
    key: _KeyLabel | None = Field(
        default=None,
        description="Which of those keys new packages are encrypted under: a file's name without .key. Without it, the "
        "last in the order of names.",
    )
    plain_because: str | None = Field(
        default=None,
        min_length=10,
        description="Why this production keeps packages unencrypted, in words for whoever audits it, for instance "
        "that the disk itself is encrypted.",
    )
    s3: Annotated[S3Settings, AfterValidator(_is_whole_where_used)] = Field(default=S3Settings(), validate_default=True)
