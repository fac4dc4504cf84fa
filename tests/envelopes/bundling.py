"""Packages in parts: built as a careful sender does, and changed as a careless or hostile one would."""

from __future__ import annotations

import io
from dataclasses import replace
from hashlib import sha256

from envelopes.bundles import bundled
from envelopes.detached import Detached
from envelopes.errors import UnreadableMessage
from envelopes.model import Attachment, Envelope
from envelopes.packages import open_package, package_of
from envelopes.reader import Reading, read_covered
from envelopes.writer import write
from tests.envelopes.builders import envelope, pdf

FIRST = pdf("Van ban")
SECOND = b"\x00\r\n--not the boundary\r\n" + bytes(range(256)) * 8


def detached(octets: bytes) -> Detached:
    """Return octets as if they were elsewhere."""
    return Detached(len(octets), sha256(octets).digest(), lambda: io.BytesIO(octets))


def files() -> tuple[Attachment, ...]:
    """Two files, the second with lines that look like boundaries."""
    return (
        Attachment("tep-1", "Văn bản.pdf", detached(FIRST), "application/pdf", "Bản chính"),
        Attachment("tep-2", "Bản đồ.tif", detached(SECOND), "image/tiff"),
    )


def letter(*attachments: Attachment) -> Envelope:
    """A letter whose files travel beside it."""
    return envelope(attachments=attachments or files())


def inline(message: Envelope) -> Envelope:
    """The same letter with its files inside."""
    within = []
    for one in message.attachments:
        with one.open() as stream:
            within.append(replace(one, content=stream.read()))
    return replace(message, attachments=tuple(within))


def bundle(message: Envelope | None = None, *, changed: tuple[bytes, bytes] | None = None) -> bytes:
    """Return the octets of a letter in parts; `changed` replaces something in the message, before it is packed."""
    message = message or letter()
    written = write(message)
    if changed is not None:
        assert changed[0] in written
        written = written.replace(*changed, 1)
    return b"".join(bundled(written, message.attachments))


def read_bundle(octets: bytes) -> Reading:
    """Return what is read from a package in parts, as behind the gate."""
    package = package_of(octets)
    return read_covered(package.message, package.parts)


def refusal(octets: bytes) -> str:
    """Return the code that a package is refused under as a whole."""
    try:
        open_package(io.BytesIO(octets), size=len(octets), digest=sha256(octets).digest())
    except UnreadableMessage as error:
        return error.finding.code
    raise AssertionError("it was read")


def codes(octets: bytes) -> list[tuple[str, str]]:
    """Return code and place of everything that refuses a package that could be taken apart."""
    return [(one.code, one.path) for one in read_bundle(octets).findings if one.severity == "error"]
