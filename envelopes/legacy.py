"""Messages in older forms: e-doc in SOAP 1.1 with its attachments in MIME parts, and the flat form of one gateway."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lxml import etree

from envelopes.media_types import media_type_of
from envelopes.mime import Part
from envelopes.obstacles import Obstacle, unreadable
from envelopes.packaging import HREF, bare_content_id
from envelopes.parser import NAMESPACE, Tag

_SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_EDOC: Final = "http://www.e-doc.vn/Schema/"
_GATEWAY: Final = "http://www.go.vn/eDoc"
_SECURITY_MONITORING: Final = ("http://edxml.gov.vn/", "https://edxml.gov.vn/")
_NAMES_OF_MONITORING: Final = frozenset({Tag.FROM, Tag.SUBJECT})
_ENVELOPES: Final = frozenset({Tag.ENVELOPE, "EdXMLEnvelope"})
_TOKEN: Final = "Token"  # noqa: S105  the name of an element, not a secret
_GATEWAY_NAMES: Final = {"Content": Tag.ENCODED, "FileName": Tag.ATTACHMENT_NAME}
_FILE_TYPE: Final = "FileType"


def refuse_security_monitoring(root: etree._Element) -> None:
    """Raise `UnreadableMessage` for messages of the security-monitoring exchange, which borrowed the header."""
    headers = list(root.iter("{*}" + Tag.MESSAGE_HEADER))
    for element in (root, *headers):
        if (etree.QName(element).namespace or "").startswith(_SECURITY_MONITORING):
            raise unreadable(Obstacle.SECURITY_MONITORING)
    if is_soap(root) and any(_names(header) == _NAMES_OF_MONITORING for header in headers):
        raise unreadable(Obstacle.SECURITY_MONITORING)


def is_soap(root: etree._Element) -> bool:
    """Return whether this is a SOAP 1.1 message."""
    return root.tag == f"{{{_SOAP}}}Envelope"


def from_soap(root: etree._Element) -> etree._Element:
    """Return an e-doc message below `edXML`: the blocks of the SOAP header and body in their places.

    The sender's access token is left behind: it is a secret, and no part of the message.
    """
    _adopt(root, _EDOC)
    package = _element(Tag.ROOT)
    envelope = _below(package, Tag.ENVELOPE)
    for soap_name, tag in (("Header", Tag.HEADER), ("Body", Tag.BODY)):
        found = root.findall(f"{{{_SOAP}}}{soap_name}")
        if len(found) > 1:
            raise unreadable(Obstacle.REPEATED_ELEMENT, soap_name)
        place = _below(envelope, tag)
        for block in [child for soap in found for child in soap.iterchildren("*")]:
            if etree.QName(block).localname != _TOKEN:
                place.append(block)
    return package


def is_flat(root: etree._Element) -> bool:
    """Return whether this is the flat form with `Manifest/Attachment{Content, FileName, FileType}`."""
    name = etree.QName(root)
    return name.namespace == _GATEWAY and name.localname in _ENVELOPES


def from_flat(root: etree._Element) -> etree._Element:
    """Return a flat message below `edXML`; its attachments get a ContentId by their number and a manifest."""
    _adopt(root, _GATEWAY)
    package = _element(Tag.ROOT)
    envelope = _below(package, Tag.ENVELOPE)
    header, body = _below(envelope, Tag.HEADER), _below(envelope, Tag.BODY)
    manifest, encoded = _below(body, Tag.MANIFEST), _below(package, Tag.ATTACHMENTS)
    files = root.findall(f"{_in_home('Manifest')}/{_in_home(Tag.ATTACHMENT)}")
    for number, attachment in enumerate(files, 1):
        _list_flat_file(attachment, manifest, number=number)
        encoded.append(attachment)
    for child in list(root.iterchildren("*")):
        if child.tag == _in_home(Tag.MESSAGE_HEADER):
            _put_flat_header_right(child, header)
        elif child.tag != _in_home("Manifest") or len(child):
            envelope.append(child)
    return package


def attach(package: etree._Element, parts: Iterable[Part]) -> None:
    """Put the MIME parts beside the envelope as attachments, under the names the manifest gives them.

    Raises `UnreadableMessage` where the message has attachments of its own too.
    """
    if package.find(_in_home(Tag.ATTACHMENTS)) is not None:
        raise unreadable(Obstacle.AMBIGUOUS_MIME, Tag.ATTACHMENTS)
    names = {_listed_id(entry): entry.findtext(_in_home(Tag.ATTACHMENT_NAME)) for entry in _entries(package)}
    encoded = _below(package, Tag.ATTACHMENTS)
    for part in parts:
        attachment = _below(encoded, Tag.ATTACHMENT)
        if part.content_id:
            _below(attachment, Tag.CONTENT_ID).text = part.content_id
            if name := names.get(part.content_id):
                _below(attachment, Tag.ATTACHMENT_NAME).text = name
        _below(attachment, Tag.CONTENT_TYPE).text = part.media_type
        _below(attachment, Tag.ENCODED).text = part.base64


def _entries(package: etree._Element) -> Iterable[etree._Element]:
    return package.iter(_in_home(Tag.REFERENCE))


def _listed_id(entry: etree._Element) -> str | None:
    raw = entry.findtext(_in_home(Tag.CONTENT_ID)) or entry.get(HREF) or ""
    return bare_content_id(raw.strip())


def _list_flat_file(attachment: etree._Element, manifest: etree._Element, *, number: int) -> None:
    """Give a file of the flat form the names of the standard, and an entry in the manifest."""
    for old, new in _GATEWAY_NAMES.items():
        for element in attachment.findall(_in_home(old)):
            element.tag = _in_home(new)
    stated = attachment.findtext(_in_home(_FILE_TYPE))
    for element in attachment.findall(_in_home(_FILE_TYPE)):
        attachment.remove(element)
    name = attachment.findtext(_in_home(Tag.ATTACHMENT_NAME)) or ""
    media_type = stated if stated and "/" in stated else media_type_of(name.strip(), b"")
    for owner in (attachment, _below(manifest, Tag.REFERENCE)):
        _below(owner, Tag.CONTENT_ID).text = f"{number}"
        _below(owner, Tag.CONTENT_TYPE).text = media_type


def _put_flat_header_right(message_header: etree._Element, header: etree._Element) -> None:
    header.append(message_header)
    for trace in message_header.findall(_in_home(Tag.TRACE_HEADER_LIST)):
        header.append(trace)
    for document_type in message_header.findall(_in_home(Tag.DOCUMENT_TYPE)):
        if not len(document_type) and document_type.text:
            _below(document_type, Tag.TYPE_NAME).text = document_type.text
            document_type.text = None


def _adopt(root: etree._Element, namespace: str) -> None:
    """Move all elements of a namespace into the standard's own."""
    for element in list(root.iter(f"{{{namespace}}}*")):
        element.tag = _in_home(etree.QName(element).localname)


def _names(element: etree._Element) -> set[str]:
    return {etree.QName(child).localname for child in element.iterchildren("*")}


def _in_home(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _element(tag: str) -> etree._Element:
    return etree.Element(_in_home(tag))


def _below(parent: etree._Element, tag: str) -> etree._Element:
    return etree.SubElement(parent, _in_home(tag))
