"""Files that commands read and write: bounded, never half written, and told in words when they cannot be."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from axis.cli.failures import Unable
from axis.cli.words import CliCode

FILE_BYTES_MAX: Final = 64 * 1024 * 1024
"""What a command reads into memory at most: a package has 50 MB, a file of all agencies less."""

_PRIVATE: Final = 0o600
_ORDINARY: Final = 0o644


def read_file(path: Path, limit: int = FILE_BYTES_MAX) -> bytes:
    """Return the octets of a file; raises `Unable` where it is missing, unreadable or larger than `limit` octets."""
    try:
        with path.open("rb") as file:
            octets = file.read(limit + 1)
    except OSError as error:
        raise Unable(CliCode.FILE_UNREADABLE, str(path)) from error
    if len(octets) > limit:
        raise Unable(CliCode.FILE_TOO_LARGE, str(path), limit=str(limit // 1024 // 1024))
    return octets


def write_file(path: Path, octets: bytes, *, is_private: bool = False, replaces: bool = False) -> None:
    """Write a file whole and durably, or raise `Unable`; equal octets may be there already.

    Other octets stay where they are, unless the file is one that the program itself keeps up and `replaces`. A private
    file can be read by its owner alone from its first octet on.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        if path.exists() and not replaces:
            _check_same(path, octets)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE if is_private else _ORDINARY)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise Unable(CliCode.FILE_UNWRITABLE, str(path)) from error


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file whole and durably from octets that come in pieces, or raise `Unable`; as `write_file`."""
    with filling(path) as sink:
        for piece in pieces:
            sink.write(piece)


@contextmanager
def filling(path: Path) -> Iterator[BinaryIO]:
    """Yield where the octets of a file are written, which stands under its name, durable, once all of them are there.

    Raises `Unable` where it cannot, and where other octets stand there; equal ones may. Where the block ends in an
    error nothing is left.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ORDINARY)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if not path.exists():
                draft.rename(path)
            elif not _is_same(path, draft):
                raise Unable(CliCode.FILE_EXISTS, str(path))
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise Unable(CliCode.FILE_UNWRITABLE, str(path)) from error


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal, however large; raises `Unable`."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Unable(CliCode.FILE_UNREADABLE, str(path)) from error


def _is_same(path: Path, draft: Path) -> bool:
    return path.stat().st_size == draft.stat().st_size and digest_of(path) == digest_of(draft)


def _check_same(path: Path, octets: bytes) -> None:
    if path.read_bytes() != octets:
        raise Unable(CliCode.FILE_EXISTS, str(path))
