"""The layouts that packages in the wild have, one function each, brought into the standard's own before reading."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lxml import etree

from envelopes import legacy, paths
from envelopes.obstacles import Obstacle, unreadable
from envelopes.parser import NAMESPACE, XMLDSIG_NAMESPACE, Tag, parse
from envelopes.paths import inside
from envelopes.remarks import Reason
from envelopes.sections import HOME, Notes


class Dialect(StrEnum):
    """The layout a message came in: the one farthest from the standard where it shows several."""

    QCVN = "qcvn"
    """`edXML/edXMLEnvelope/edXMLHeader/MessageHeader`: the only one all existing receivers read."""
    OTHER_SPELLING = "other-spelling"
    """`EdXML`, `EdXMLEnvelope`, or no namespace."""
    STATUS_ELEMENT = "status-element"
    """A status below `edXML:Status`."""
    NO_HEADER = "no-header"
    """`MessageHeader` directly below the envelope."""
    ATTACHMENTS_INSIDE = "attachments-inside"
    """`AttachmentEncoded` within the envelope, where existing receivers do not look."""
    ENVELOPE_AS_ROOT = "envelope-as-root"
    FLAT = "flat"
    LEGACY_SOAP = "legacy-soap"
    LEGACY_MIME = "legacy-mime"


class SignatureKind(StrEnum):
    """What stands where the package signature belongs. Only `XMLDSIG` can be verified; the others are no signature."""

    ABSENT = "absent"
    XMLDSIG = "xmldsig"
    QCVN_NAMESPACE = "qcvn-namespace"
    """As the operator's library writes it: no verifier can accept it."""
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Arranged:
    """A message in the standard's layout, without its signature."""

    root: etree._Element
    message_header: etree._Element
    dialect: Dialect
    signature: SignatureKind


_ROOTS: Final = (Tag.ROOT, "EdXML")
_ENVELOPES: Final = (Tag.ENVELOPE, "EdXMLEnvelope")
_HEADERS: Final = (Tag.HEADER, "EdXMLHeader")
_HEADER_PARTS: Final = (Tag.MESSAGE_HEADER, Tag.STATUS, Tag.TRACE_HEADER_LIST, Tag.SIGNATURE, Tag.DIGITAL_SIGNATURE)
_SIGNATURES: Final = (Tag.SIGNATURE, Tag.DIGITAL_SIGNATURE)
_DS_SIGNATURE: Final = f"{{{XMLDSIG_NAMESPACE}}}{Tag.SIGNATURE}"

SIGNATURE_PATH: Final = inside(paths.HEADER, Tag.SIGNATURE)
"""Where remarks on signatures point to."""


def parse_package(octets: bytes) -> etree._Element:
    """Return the root element of what may be a package, as `parse` does: its name is one that some layout begins with.

    Raises `UnreadableMessage` for every other document, before anybody asks who signed it.
    """
    root = parse(octets)
    legacy.refuse_security_monitoring(root)
    if not (_is(root, *_ROOTS, *_ENVELOPES) or legacy.is_soap(root) or legacy.is_flat(root)):
        raise unreadable(Obstacle.WRONG_ROOT)
    return root


def arrange(root: etree._Element, notes: Notes) -> Arranged:
    """Return the message below `root` in the standard's layout; the tree given is taken apart.

    Raises `UnreadableMessage` where there is no message, where it is one of another kind, or where two elements claim
    the same place.
    """
    legacy.refuse_security_monitoring(root)
    met: list[Dialect] = []
    if legacy.is_soap(root):
        root = legacy.from_soap(root)
        met.append(Dialect.LEGACY_SOAP)
    elif legacy.is_flat(root):
        root = legacy.from_flat(root)
        met.append(Dialect.FLAT)
    root = _below_a_root(root, met)
    envelope = _envelope(root, met)
    header = _header(envelope, met)
    message_header = _message_header(header, met)
    if _move_attachments_out(root, envelope, notes=notes):
        met.append(Dialect.ATTACHMENTS_INSIDE)
    signature = _take_signature(root, envelope, header=header, notes=notes)
    return Arranged(root, message_header, met[0] if met else Dialect.QCVN, signature)


def _below_a_root(root: etree._Element, met: list[Dialect]) -> etree._Element:
    """Return the root; where the envelope is the root, put one above it."""
    if _is(root, *_ENVELOPES):
        met.append(Dialect.ENVELOPE_AS_ROOT)
        envelope, root = root, etree.Element(_in_home(Tag.ROOT))
        root.append(envelope)
    if not _is(root, *_ROOTS):
        raise unreadable(Obstacle.WRONG_ROOT)
    if root.tag != _in_home(Tag.ROOT):
        met.append(Dialect.OTHER_SPELLING)
    return root


def _envelope(root: etree._Element, met: list[Dialect]) -> etree._Element:
    """Return the envelope under its own name."""
    envelope = _child(root, *_ENVELOPES)
    if envelope is None:
        raise unreadable(Obstacle.NO_MESSAGE_HEADER)
    if envelope.tag != _in_home(Tag.ENVELOPE):
        met.append(Dialect.OTHER_SPELLING)
        envelope.tag = _in_home(Tag.ENVELOPE)
    return envelope


def _header(envelope: etree._Element, met: list[Dialect]) -> etree._Element:
    """Return the header; where its parts stand directly in the envelope, put one around them."""
    header = _child(envelope, *_HEADERS)
    loose = [child for child in envelope.iterchildren("*") if etree.QName(child).localname in _HEADER_PARTS]
    if header is None:
        met.append(Dialect.NO_HEADER)
        header = etree.SubElement(envelope, _in_home(Tag.HEADER))
        header.extend(loose)
    elif any(_is(child, Tag.MESSAGE_HEADER, Tag.STATUS) for child in loose):
        raise unreadable(Obstacle.REPEATED_ELEMENT, paths.MESSAGE_HEADER)
    if header.tag != _in_home(Tag.HEADER):
        met.append(Dialect.OTHER_SPELLING)
        header.tag = _in_home(Tag.HEADER)
    return header


def _message_header(header: etree._Element, met: list[Dialect]) -> etree._Element:
    """Return the header of the message; that of a status may be called `Status`."""
    message_header = _child(header, Tag.MESSAGE_HEADER, Tag.STATUS)
    if message_header is None:
        raise unreadable(Obstacle.NO_MESSAGE_HEADER)
    if _is(message_header, Tag.STATUS):
        met.append(Dialect.STATUS_ELEMENT)
        message_header.tag = _in_home(Tag.MESSAGE_HEADER)
    return message_header


def _move_attachments_out(root: etree._Element, envelope: etree._Element, *, notes: Notes) -> bool:
    """Put attachments that stand inside the envelope or its body beside the envelope; return whether there were any."""
    moved = False
    body = _child(envelope, Tag.BODY)
    for place in (envelope, *(() if body is None else (body,))):
        for encoded in [child for child in place.iterchildren("*") if _is(child, Tag.ATTACHMENTS)]:
            root.append(encoded)
            notes.remark(Reason.ATTACHMENTS_INSIDE, paths.ENCODED)
            moved = True
    return moved


def _take_signature(
    root: etree._Element, envelope: etree._Element, *, header: etree._Element, notes: Notes
) -> SignatureKind:
    """Return what kind of signature the header holds, and take it out. One elsewhere is none, and is dropped."""
    if sum(1 for _ in root.iter(_DS_SIGNATURE)) > 1:
        raise unreadable(Obstacle.REPEATED_ELEMENT, SIGNATURE_PATH)
    for place in (root, envelope):
        for signature in _signatures(place):
            place.remove(signature)
            notes.remark(Reason.SIGNATURE_ELSEWHERE, SIGNATURE_PATH)
    signatures = _signatures(header)
    if len(signatures) > 1:
        raise unreadable(Obstacle.REPEATED_ELEMENT, SIGNATURE_PATH)
    for signature in signatures:
        header.remove(signature)
        if not len(signature):
            return SignatureKind.EMPTY
        return SignatureKind.XMLDSIG if signature.tag == _DS_SIGNATURE else SignatureKind.QCVN_NAMESPACE
    return SignatureKind.ABSENT


def _signatures(place: etree._Element) -> list[etree._Element]:
    return [child for child in place.iterchildren("*") if child.tag == _DS_SIGNATURE or _is(child, *_SIGNATURES)]


def _child(parent: etree._Element, *names: str) -> etree._Element | None:
    """Return the one child of any of these names; one in a foreign namespace is refused, not overlooked."""
    found = [child for child in parent.iterchildren("*") if etree.QName(child).localname in names]
    for child in found:
        if not _is(child, *names):
            raise unreadable(Obstacle.FOREIGN_NAMESPACE, etree.QName(child).localname)
    if len(found) > 1:
        raise unreadable(Obstacle.REPEATED_ELEMENT, etree.QName(found[1]).localname)
    return found[0] if found else None


def _is(element: etree._Element, *names: str) -> bool:
    name = etree.QName(element)
    return name.localname in names and name.namespace in HOME


def _in_home(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
