"""Rings of keys for tests."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from storage.blobs.keys import KEY_BYTES, KeyRing


def write_key(folder: Path, label: str, key: bytes | None = None) -> bytes:
    """Write a key, a new one unless it is given, and return it."""
    octets = os.urandom(KEY_BYTES) if key is None else key
    file = folder / f"{label}.key"
    file.write_text(octets.hex() + "\n")
    file.chmod(0o600)
    return octets


def write_ring(folder: Path, *labels: str) -> Path:
    """Return the folder with a key of names and keys of these labels, those left alone that it has."""
    folder.mkdir(exist_ok=True)
    for label in ("names", *labels):
        if not (folder / f"{label}.key").exists():
            write_key(folder, label)
    return folder


def a_ring() -> KeyRing:
    """Return a ring with one key, which nobody has seen before."""
    with TemporaryDirectory() as folder:
        return KeyRing.read(write_ring(Path(folder), "2026"))
