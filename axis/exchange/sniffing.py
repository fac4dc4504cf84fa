"""What a file is: what viewers open as a PDF, a signed Office file, an archive nobody looks into, or none of these."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from envelopes.detached import Detached
from envelopes.model import Attachment
from envelopes.unzipping import entry_names, only_file, promised_size
from envelopes.zipping import ZIP_MAGIC
from signing.pdf.limits import MAGIC, PDF_BYTES_MAX

UNPACKED_MAX: Final = 128 * 1024 * 1024
"""Octets that the ZIPs inside one package are unpacked to here, all together: two PDFs of the largest size. The reader
has unpacked the first level already, and senders who zip twice are rare; a hundred small files could hold 6 GB."""

DEPTH_MAX: Final = 4
"""ZIPs of one file within each other that are looked into: more is nobody's mistake."""

_SIGNED_OFFICE: Final = ("_xmlsignatures/", "meta-inf/documentsignatures.xml")
"""What the names of parts begin with that hold the signatures of Office Open XML (ISO/IEC 29500-2 clause 10) and of
OpenDocument, in small letters: names of parts are compared without case."""

_OFFICE: Final = ("[content_types].xml", "word/", "xl/", "ppt/", "meta-inf/manifest.xml")
"""What names of parts begin with in an Office file: it is one document, and no archive of several."""

_ARCHIVES: Final = (
    ZIP_MAGIC,
    b"PK\x05\x06",
    b"PK\x07\x08",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"MSCF",
)
"""What archives begin with: ZIP (with entries, empty, in parts), 7-Zip, RAR, gzip, bzip2, xz, Cabinet."""

_TAR: Final = slice(257, 262), b"ustar"

_MAGIC_WITHIN: Final = 1024
"""Octets in which viewers look for the beginning of a PDF: what they open is judged, and refused where it begins late.
"""

_PDF_NAME: Final = ".pdf"
_PDF_TYPES: Final = frozenset({"application/pdf", "application/x-pdf"})
_IGNORED_AT_END: Final = ". "
"""Characters at the end of a name that Windows drops when it saves the file."""


Octets = bytes | Detached
"""Those of a file: in memory, or where they can be read."""


class FileKind(StrEnum):
    """What a file is, by its octets; what viewers open as a PDF, for its octets, name or media type, is one."""

    PDF = "pdf"
    SIGNED_OFFICE = "signed-office"
    ARCHIVE = "archive"
    """Files that nobody looks into here: whether they are signed is not known."""
    TOO_LARGE = "too-large"
    """PDFs that are larger than any that is judged here: whether they are signed is not known either."""
    OTHER = "other"
    """Nothing that carries signatures: it is unsigned, in whatever place it stands."""


@dataclass(slots=True)
class Allowance:
    """What the ZIPs of one package may still be unpacked to, in octets."""

    left: int = UNPACKED_MAX


def sniffed(attachment: Attachment, allowance: Allowance) -> tuple[FileKind, Octets]:
    """Return what a file is and its octets; those of the one file inside, where it is a ZIP of one.

    1. A ZIP of one file is that file: nothing else in the archive hides it. ZIPs within each other are unpacked until
       `allowance`, which is used up, or `DEPTH_MAX` ends it.
    2. What a viewer opens as a PDF is a PDF: by its octets, or because it calls itself one, inside the ZIP too.
    3. An archive with parts that hold signatures is a signed Office file, one with an Office file's parts that one.
    4. Any other archive may hold signed files, whatever its kind, and is judged to be neither.

    A file that is not in memory is not taken into it; what is unpacked of it is, within the allowance.
    """
    content: Octets = attachment.content
    names = [attachment.name, attachment.format and f".{attachment.format}"]
    for _ in range(DEPTH_MAX):
        with _opened(content) as stream:
            inner, inside = _unpacked(stream, allowance), entry_names(stream)
        if inner is None:
            break
        names += inside
        content = inner
    is_named = _is_pdf_type(attachment.media_type) or any(_is_pdf_name(name) for name in names if name)
    with _opened(content) as stream:
        beginning = stream.read(_MAGIC_WITHIN)
        if is_named or (not beginning.startswith(ZIP_MAGIC) and MAGIC in beginning):
            is_large = isinstance(content, Detached) and content.size > PDF_BYTES_MAX
            return FileKind.TOO_LARGE if is_large else FileKind.PDF, content
        return _without_pages(stream, beginning), content


def _opened(content: Octets) -> BinaryIO:
    return content.open() if isinstance(content, Detached) else io.BytesIO(content)


def _unpacked(content: BinaryIO, allowance: Allowance) -> bytes | None:
    """Return the one file in a ZIP of one, None where there is none to be had; what is promised is used up."""
    promised = promised_size(content)
    inner = only_file(content, min(allowance.left, PDF_BYTES_MAX)) if promised <= allowance.left else None
    if not isinstance(inner, bytes):
        return None
    allowance.left -= len(inner)
    return inner


def _without_pages(content: BinaryIO, beginning: bytes) -> FileKind:
    parts = [name.lower().removeprefix("/") for name in entry_names(content)]
    if any(name.startswith(_SIGNED_OFFICE) for name in parts):
        return FileKind.SIGNED_OFFICE
    if _is_archive(content, beginning) and not _is_office(parts):
        return FileKind.ARCHIVE
    return FileKind.OTHER


def _is_archive(content: BinaryIO, beginning: bytes) -> bool:
    """Return whether programs unpack this: by its beginning, or as a ZIP by its end, whatever stands before."""
    place, magic = _TAR
    return beginning.startswith(_ARCHIVES) or beginning[place] == magic or zipfile.is_zipfile(content)


def _is_office(parts: Iterable[str]) -> bool:
    """Return whether parts are those of one Office file; with a PDF among them somebody made an archive of it."""
    names = list(parts)
    return any(name.startswith(_OFFICE) for name in names) and not any(map(_is_pdf_name, names))


def _is_pdf_name(name: str) -> bool:
    return PurePosixPath(name.rstrip(_IGNORED_AT_END)).suffix.lower() == _PDF_NAME or name.lower() == _PDF_NAME


def _is_pdf_type(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().lower() in _PDF_TYPES
