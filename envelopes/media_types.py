"""The media type of a file by its name: for files whose sender labelled only the ZIP around them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

ANY: Final = "application/octet-stream"

_PDF_MAGIC: Final = b"%PDF-"
_BY_SUFFIX: Final[Mapping[str, str]] = MappingProxyType(
    {
        ".pdf": "application/pdf",
        ".doc": "application/msword",
        ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".xls": "application/vnd.ms-excel",
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".ppt": "application/vnd.ms-powerpoint",
        ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ".odt": "application/vnd.oasis.opendocument.text",
        ".ods": "application/vnd.oasis.opendocument.spreadsheet",
        ".txt": "text/plain",
        ".csv": "text/csv",
        ".xml": "application/xml",
        ".html": "text/html",
        ".rtf": "application/rtf",
        ".jpg": "image/jpeg",
        ".jpeg": "image/jpeg",
        ".png": "image/png",
        ".gif": "image/gif",
        ".tif": "image/tiff",
        ".tiff": "image/tiff",
        ".p7s": "application/pkcs7-signature",
        ".rar": "application/vnd.rar",
        ".7z": "application/x-7z-compressed",
        ".zip": "application/zip",
    }
)


def media_type_of(name: str, content: bytes) -> str:
    """Return the type the suffix stands for, else what the first octets show, else `application/octet-stream`."""
    by_name = _BY_SUFFIX.get(PurePosixPath(name).suffix.lower())
    if by_name is not None:
        return by_name
    return "application/pdf" if content.startswith(_PDF_MAGIC) else ANY
