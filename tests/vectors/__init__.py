"""The project's own vectors: small fictitious messages, and every variation of the format made from them."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent
_SHOWN = 60


def vector(name: str) -> bytes:
    """Return the octets of one vector: `document.xml`, `status.xml`, `edoc.xml`, and their kind."""
    return (_HERE / name).read_bytes()


def size(value: object) -> str | None:
    """Return the name of octets among the parameters of a test; None leaves naming to pytest."""
    return f"{len(value)} octets" if isinstance(value, bytes) and len(value) > _SHOWN else None


def document(*changes: tuple[str, str]) -> bytes:
    """Return the document with texts replaced; each must occur, so that no change is lost unseen."""
    return changed(vector("document.xml"), *changes)


def status(*changes: tuple[str, str]) -> bytes:
    """Return the status with texts replaced, likewise."""
    return changed(vector("status.xml"), *changes)


def changed(octets: bytes, *changes: tuple[str, str]) -> bytes:
    """Return the octets with texts replaced wherever they occur."""
    text = octets.decode()
    for old, new in changes:
        if old not in text:
            raise LookupError(old)
        text = text.replace(old, new)
    return text.encode()
