"""Files that must be zipped before they are written, because every reader would unpack them otherwise."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import PurePosixPath
from typing import Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

CONTAINER_SUFFIXES: Final = (".zip", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".jar")
"""Names of files that are ZIP archives themselves: readers leave their content as it is."""

ZIP_MAGIC: Final = b"PK\x03\x04"
"""The first octets of an archive with at least one entry; by them readers recognise a zipped attachment."""

_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
"""The first moment a ZIP entry can have; a constant, since equal files must give equal packages."""

_UNIX: Final = 3
_OWNER_READS_AND_WRITES: Final = 0o600 << 16
_SAFE_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}")


def must_be_zipped(content: bytes, name: str) -> bool:
    """Return whether readers would take the file for a zipped one and unpack it, though it was not zipped."""
    return content.startswith(ZIP_MAGIC) and not name.lower().endswith(CONTAINER_SUFFIXES)


def zip_alone(content: bytes, name: str) -> bytes:
    """Return a ZIP archive with this file as its one entry, the same octets for the same arguments.

    Stored, not deflated: what needs zipping is an archive already, and compressors differ between versions. The entry's
    name is safe in any file system; only the suffix of `name` is kept, which existing receivers use.
    """
    suffix = PurePosixPath(name).suffix
    entry = ZipInfo(f"content{suffix if _SAFE_SUFFIX.fullmatch(suffix) else '.bin'}", _EARLIEST)
    entry.create_system = _UNIX
    entry.external_attr = _OWNER_READS_AND_WRITES
    sink = BytesIO()
    with ZipFile(sink, "w", ZIP_STORED) as archive:
        archive.writestr(entry, content)
    return sink.getvalue()
