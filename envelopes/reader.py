"""Octets to a message: total, never half-parsed, with everything that could not be taken as it stood."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from typing import Final

from lxml import etree

from envelopes import legacy, mime, paths
from envelopes.bundles import FilePart, split_bundle
from envelopes.codes import StatusCode
from envelopes.dialects import Arranged, Dialect, SignatureKind, arrange
from envelopes.documents import code_in, read_document, read_organization, read_response_for, read_staff
from envelopes.errors import Finding
from envelopes.model import Envelope
from envelopes.packages import Package
from envelopes.parser import NAMESPACE, Tag, parse, parse_canonical
from envelopes.remarks import Reason
from envelopes.sections import DOCUMENT, STATUS, Notes, Reader, Section
from envelopes.status import StatusReport
from envelopes.values import time_in


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as it was understood.

    `findings` say what could not be taken as it stood: the message is to be refused where one of them is an error: then
    the model lacks something. Whether the message keeps the rules is for `validation` to say.
    """

    message: Envelope | StatusReport
    findings: tuple[Finding, ...]
    dialect: Dialect
    signature: SignatureKind
    has_strangers: bool = False
    """True where unknown elements with children stand among the attachments: existing receivers fail on them."""
    has_empty_attachments: bool = False
    """True where an attachment holds nothing of the format: read as absent here, a failure for existing receivers."""


_OF_A_DOCUMENT: Final = frozenset(paths.DOCUMENT_PLACES[paths.MESSAGE_HEADER]) - frozenset(
    paths.STATUS_PLACES[paths.MESSAGE_HEADER]
)
_OF_A_STATUS: Final = frozenset({Tag.RESPONSE_FOR, Tag.STAFF_INFO, Tag.DESCRIPTION, Tag.TIMESTAMP})


def read(octets: bytes) -> Reading:
    """Return the message in `octets`, a package as it was sent.

    All variations of the format are read, and legacy e-doc. Raises `UnreadableMessage`, and nothing else, where there
    is no telling what is meant. Memory used stays below four times the octets, zipped attachments aside.
    """
    if not mime.is_multipart(octets):
        return read_element(parse(octets))
    package = mime.split(octets)
    notes, root = Notes(), parse(package.message)
    if _lists_measures(root):
        return read_element(root, split_bundle(BytesIO(octets)).parts)
    arranged = arrange(root, notes)
    legacy.attach(arranged.root, package.parts)
    return _read(replace(arranged, dialect=Dialect.LEGACY_MIME), notes)


def read_package(package: Package) -> Reading:
    """Return the message of a package that was opened, with the files beside it; otherwise as `read`."""
    if package.parts is None:
        return read(package.message)
    return read_element(parse(package.message), package.parts)


def read_covered(octets: bytes, parts: tuple[FilePart, ...] | None = None) -> Reading:
    """Return the message in the canonical octets that a signature covers, as a verifier hands them out.

    `parts` are the files that came beside it, None where it holds its own. For covered octets alone: of what `parse`
    refuses, only what canonicalising could bring is looked for again.
    """
    return read_element(parse_canonical(octets), parts)


def read_element(root: etree._Element, parts: tuple[FilePart, ...] | None = None) -> Reading:
    """Return the message below an element that `parse` returned; the tree is taken apart."""
    notes = Notes()
    return _read(arrange(root, notes), notes, parts=parts)


def _lists_measures(root: etree._Element) -> bool:
    """Return whether a message's files travel beside it as this axis takes them, and not as legacy e-doc has it."""
    return next(root.iter(f"{{{NAMESPACE}}}{Tag.SIZE}"), None) is not None


def _read(arranged: Arranged, notes: Notes, *, parts: tuple[FilePart, ...] | None = None) -> Reading:
    is_status = _is_status(arranged)
    root = Section([arranged.root], paths.ROOT, reader=Reader(STATUS if is_status else DOCUMENT, notes, parts))
    if is_status and parts:
        notes.remark(Reason.NOT_IN_MANIFEST, paths.MANIFEST)
    message = _status(root) if is_status else read_document(root)
    return Reading(
        message,
        notes.findings,
        arranged.dialect,
        arranged.signature,
        has_strangers=notes.has_strangers,
        has_empty_attachments=notes.has_empty_attachments,
    )


def _is_status(arranged: Arranged) -> bool:
    """Return whether this is a status: it has the code of one, or what only a status has and nothing of a document."""
    names = {etree.QName(child).localname for child in arranged.message_header.iterchildren("*")}
    if Tag.STATUS_CODE in names or arranged.dialect is Dialect.STATUS_ELEMENT:
        return True
    return bool(names & _OF_A_STATUS) and not names & _OF_A_DOCUMENT


def _status(root: Section) -> StatusReport:
    message = root.one(Tag.ENVELOPE).one(Tag.HEADER).one(Tag.MESSAGE_HEADER)
    return StatusReport(
        sender=read_organization(message.one(Tag.FROM)),
        response_for=read_response_for(message.one(Tag.RESPONSE_FOR)),
        status=code_in(message, Tag.STATUS_CODE, codes=StatusCode),
        description=message.text(Tag.DESCRIPTION),
        timestamp=time_in(message, Tag.TIMESTAMP),
        staff=read_staff(message.one(Tag.STAFF_INFO)),
        extensions=root.notes.extensions(paths.STATUS_PLACES),
    )
