"""The one file inside a zipped attachment, unpacked within limits."""

from __future__ import annotations

import re
import struct
import zlib
from io import SEEK_END, BytesIO
from typing import BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, LargeZipFile, ZipFile, ZipInfo

from envelopes.limits import ZIP_ENTRIES_MAX, ZIP_RATIO_MAX, ZIP_UNPACKED_MAX
from envelopes.remarks import Reason
from envelopes.zipping import ZIP_MAGIC

_END: Final = struct.Struct("<4s4H2LH")
"""End of central directory: magic, disk, first disk, entries here, entries, directory size, offset, comment length."""
_END_MAGIC: Final = b"PK\x05\x06"
_ZIP64_LOCATOR_MAGIC: Final = b"PK\x06\x07"
_ZIP64_LOCATOR_BYTES: Final = 20
_COMMENT_MAX: Final = 0xFFFF
_DIRECTORY_BYTES_MAX: Final = 46 + 3 * 0xFFFF
"""A central directory of one entry: its record, name, extra field and comment. More is read by nobody here."""

_NAMES_BYTES_MAX: Final = 512 * 1024
"""A central directory whose names are read: an Office file of two thousand parts has a third of it."""

_UNREADABLE: Final = (BadZipFile, LargeZipFile, struct.error, EOFError, NotImplementedError, ValueError)

_ENCRYPTED: Final = 0x1
_STEP: Final = 1024 * 1024
_RATIO_COUNTS_FROM: Final = 1024 * 1024
"""Octets of a result below which the ratio says nothing: a sheet of empty cells shrinks a thousandfold."""
_PATH = re.compile(r"[/\\\x00]|^\.{1,2}$")


Octets = bytes | BinaryIO
"""An archive: in memory, or a seekable stream, which is left open and anywhere."""


def only_file(archive: Octets, allowance: int) -> bytes | Reason:
    """Return the one file in a ZIP archive, or why there is none to give.

    `NOT_A_ZIP_OF_ONE` where it is no archive or has more or fewer entries: then it is a file as it stands. `allowance`
    is how many octets it may unpack to. The entry's name is checked and then ignored.
    """
    if not _announces_one_entry(archive):
        return Reason.NOT_A_ZIP_OF_ONE
    try:
        with ZipFile(_stream(archive)) as opened:
            entries = opened.infolist()
            if len(entries) != ZIP_ENTRIES_MAX:
                return Reason.NOT_A_ZIP_OF_ONE
            return _refusal(entries[0]) or _unpacked(opened, entries[0], allowance=allowance)
    except (*_UNREADABLE, zlib.error):
        return Reason.ZIP_UNREADABLE


def promised_size(archive: Octets) -> int:
    """Return how many octets `only_file` would unpack to at most, 0 where it would unpack nothing; unpacks nothing."""
    if not _announces_one_entry(archive):
        return 0
    try:
        with ZipFile(_stream(archive)) as opened:
            return sum(entry.file_size for entry in opened.infolist() if entry.file_size <= _most(entry))
    except _UNREADABLE:
        return 0


def entry_names(archive: Octets) -> tuple[str, ...]:
    """Return the names in an archive's central directory; none where it is no archive, or its directory is too large.

    Nothing is unpacked.
    """
    announced = _announced(archive)
    if announced is None or announced[1] > _NAMES_BYTES_MAX:
        return ()
    try:
        with ZipFile(_stream(archive)) as opened:
            return tuple(entry.orig_filename for entry in opened.infolist())
    except _UNREADABLE:
        return ()


def _announces_one_entry(archive: Octets) -> bool:
    """Return whether the archive's end says one entry, so that a directory of a million is never built."""
    announced = _announced(archive)
    return announced is not None and announced[0] == ZIP_ENTRIES_MAX and announced[1] <= _DIRECTORY_BYTES_MAX


def _stream(archive: Octets) -> BinaryIO:
    return BytesIO(archive) if isinstance(archive, bytes) else archive


def _announced(archive: Octets) -> tuple[int, int] | None:
    """Return how many entries and how many octets of central directory an archive's end tells of; None without one."""
    stream = _stream(archive)
    size = stream.seek(0, SEEK_END)
    stream.seek(0)
    if stream.read(len(ZIP_MAGIC)) != ZIP_MAGIC or size < _END.size:
        return None
    stream.seek(max(0, size - _END.size - _COMMENT_MAX - _ZIP64_LOCATOR_BYTES))
    tail = stream.read()
    start = tail.rfind(_END_MAGIC)
    if start < 0 or start + _END.size > len(tail) or len(tail) - start > _END.size + _COMMENT_MAX:
        return None
    locator = tail[max(0, start - _ZIP64_LOCATOR_BYTES) : start]
    if locator.startswith(_ZIP64_LOCATOR_MAGIC):
        return None
    _, _, _, _, entries, directory_bytes, _, _ = _END.unpack_from(tail, start)
    return entries, directory_bytes


def _refusal(entry: ZipInfo) -> Reason | None:
    if _PATH.search(entry.orig_filename):
        return Reason.ZIP_ENTRY_PATH
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        return Reason.ZIP_UNREADABLE
    return None


def _unpacked(archive: ZipFile, entry: ZipInfo, *, allowance: int) -> bytes | Reason:
    most = min(allowance, _most(entry))
    # What the directory says may be a lie, so that both are measured: the promise at once, the truth while unpacking.
    if entry.file_size > most:
        return Reason.ZIP_BOMB
    sink = BytesIO()
    with archive.open(entry) as source:
        while piece := source.read(_STEP):
            if sink.tell() + len(piece) > most:
                return Reason.ZIP_BOMB
            sink.write(piece)
    return sink.getvalue()


def _most(entry: ZipInfo) -> int:
    return min(ZIP_UNPACKED_MAX, max(_RATIO_COUNTS_FROM, ZIP_RATIO_MAX * entry.compress_size))
