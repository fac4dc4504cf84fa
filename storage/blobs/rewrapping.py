"""Data keys wrapped anew under the key in use, so that an older one can go; no object is read or written for it."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import BinaryIO

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

from storage.blobs.encrypted import HEADER, OBJECT, Header, data_key_of, newer_header
from storage.blobs.keys import KeyAbsent, KeyRing
from storage.blobs.shelves import Shelf


class Wrapping(StrEnum):
    """What was found of one object, and done."""

    CURRENT = "current"
    REWRAPPED = "rewrapped"
    PLAIN = "plain"
    KEY_ABSENT = "key_absent"
    DAMAGED = "damaged"


def rewrap(shelf: Shelf, ring: KeyRing) -> Counter[Wrapping]:
    """Return what became of every object: where it is not `DAMAGED` or `KEY_ABSENT`, it needs the active key alone.

    Harmless to repeat, and beside an axis that runs. Raises `BlobStoreUnavailable` where the shelf does; what was done
    until then stays done.
    """
    return Counter(_rewrap(name, shelf, ring=ring) for name in shelf.names() if not name.endswith(HEADER))


def _rewrap(name: str, shelf: Shelf, *, ring: KeyRing) -> Wrapping:
    if not name.endswith(OBJECT):
        return Wrapping.PLAIN
    stem = name.removesuffix(OBJECT)
    header = Header.read(shelf.glimpse(name, Header.SIZE) or b"")
    if header is None:
        return Wrapping.DAMAGED
    if header.key_id == ring.active:
        return Wrapping.CURRENT
    newer = newer_header(header, shelf, name=stem)
    if newer is not None and newer.key_id == ring.active:
        return Wrapping.CURRENT
    try:
        data_key = data_key_of(header, shelf, ring=ring, name=stem)
    except KeyAbsent:
        return Wrapping.KEY_ABSENT
    except InvalidUnwrap:
        return Wrapping.DAMAGED
    written = Header(ring.active, header.prefix, ring.wrap(data_key)).octets

    def is_sound(stream: BinaryIO) -> bool:
        return stream.read() == written

    return Wrapping.REWRAPPED if shelf.place(stem + HEADER, iter((written,)), is_sound=is_sound) else Wrapping.DAMAGED
