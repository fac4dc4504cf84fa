"""Uploads: packages that come up in chunks, how much of that one system may have open, and for how long."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

UploadId = NewType("UploadId", UUID)
"""One upload."""

UPLOAD_LASTS: Final = timedelta(days=1)
"""How long an upload may take, and what came of it is kept: a line may be down over night, and somebody comes at eight.
"""

CLEARED_AFTER: Final = timedelta(minutes=30)
"""How long after its end an upload's octets are looked for once more: a chunk that was on its way then has arrived."""

CHUNK_BYTES_MAX: Final = 16 * 1024 * 1024
"""One chunk, in octets: over a line of 1.5 Mbit/s it takes a minute and a half, and a break costs no more than that."""

CHUNK_BYTES_MIN: Final = 256 * 1024
"""One chunk that is not the last, in octets: the largest package then has four thousand chunks, and no more rows."""

OPEN_UPLOADS_MAX: Final = 8
"""Uploads of one system that are open: large documents are rare, and a system goes on with the ones it has begun."""

OPEN_PACKAGES_MAX: Final = 4
"""Octets announced for a system's open uploads, and left of those that ended and could not be removed yet, as so many
packages of the largest size: what the store must have room for although nothing of it was accepted."""


class UploadState(StrEnum):
    """How an upload stands."""

    OPEN = "open"
    SUBMITTED = "submitted"
    """Its package was accepted; it tells the receipt again until its day is over."""
    ENDED = "ended"
    """Given up, or its octets were not the ones that were announced."""


class UploadFault(StrEnum):
    """Why an upload does not go on. Stable."""

    OFFSET = "upload/offset"
    TOO_LONG = "upload/too-long"
    CHUNK_TOO_SMALL = "upload/chunk-too-small"
    INCOMPLETE = "upload/incomplete"
    OTHER_DIGEST = "upload/other-digest"
    ENDED = "upload/ended"
    TOO_MANY = "upload/too-many-open"
    TOO_MUCH = "upload/too-much-open"


def fault_of_chunk(size: int, received: int, *, start: int, count: int) -> UploadFault | None:
    """Return why a chunk of `count` octets from `start` on does not follow those `received` of `size`; None if it does.

    At the end nothing follows.
    """
    if start != received:
        return UploadFault.OFFSET
    if start + count > size:
        return UploadFault.TOO_LONG
    if count < CHUNK_BYTES_MIN and start + count < size:
        return UploadFault.CHUNK_TOO_SMALL
    return None


def fault_of_beginning(size: int, *, opened: int, octets: int, largest: int) -> UploadFault | None:
    """Return why a system with `opened` uploads of `octets` together may not begin one of `size`; None if it may.

    `largest` is the size of the largest package.
    """
    if opened >= OPEN_UPLOADS_MAX:
        return UploadFault.TOO_MANY
    if octets + size > OPEN_PACKAGES_MAX * largest:
        return UploadFault.TOO_MUCH
    return None
