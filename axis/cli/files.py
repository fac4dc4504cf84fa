"""Files that commands read and write: bounded, never half written, and told in words when they cannot be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

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


def _check_same(path: Path, octets: bytes) -> None:
    if path.read_bytes() != octets:
        raise Unable(CliCode.FILE_EXISTS, str(path))
