"""Wrapping: a signature that is right, moved so that something else is read (threats 1 to 9)."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from lxml import etree

from envelopes.parser import NAMESPACE
from signing.algorithms import EXCLUSIVE, ds
from tests.signing.xml.packages import changed, one
from tests.signing.xml.workshop import Draft, reference
from tests.vectors.attacks.making import HEADER_ID, POSITION, ROOT_ID, Attack, Original, edited, header


@dataclass(frozen=True, slots=True)
class Pieces:
    """A signed document without its signature, the signature, and the same document with another recipient."""

    signed: bytes
    signature: bytes
    evil: bytes

    @property
    def whole(self) -> bytes:
        """The signed document as it was, with its signature."""
        return _before(self.signed, _HEADER_END, self.signature)


_HEADER_END: Final = b"</edXML:edXMLHeader>"
_SIGNATURE_END: Final = b"</ds:Signature>"


def _before(octets: bytes, place: bytes, inserted: bytes) -> bytes:
    return edited(octets, place, inserted + place)


def _within(signature: bytes, inserted: bytes) -> bytes:
    return _before(signature, _SIGNATURE_END, inserted)


# ── The eight classic shapes. They are put together as text: a tree would write prefixes and namespaces anew. ────────


def xsw1(pieces: Pieces) -> bytes:
    """The evil document holds the signature, which holds the signed document."""
    return _before(pieces.evil, _HEADER_END, _within(pieces.signature, pieces.signed))


def xsw2(pieces: Pieces) -> bytes:
    """The signed document stands detached beside its signature, in the evil one's header."""
    return _before(pieces.evil, _HEADER_END, pieces.signed + pieces.signature)


def xsw3(pieces: Pieces) -> bytes:
    """The whole signed document is the evil one's first child."""
    return _before(pieces.evil, b"<edXML:edXMLEnvelope", pieces.whole)


def xsw4(pieces: Pieces) -> bytes:
    """The whole signed document stands in the evil one's body."""
    return _before(pieces.evil, b"</edXML:edXMLBody>", pieces.whole)


def xsw5(pieces: Pieces) -> bytes:
    """The signature stays in the evil document, the signed one is appended behind everything."""
    return _before(_before(pieces.evil, _HEADER_END, pieces.signature), b"</edXML>", pieces.signed)


def xsw6(pieces: Pieces) -> bytes:
    """The signed document comes before everything else in the signature."""
    start = pieces.signature.index(b">") + 1
    signature = pieces.signature[:start] + pieces.signed + pieces.signature[start:]
    return _before(pieces.evil, _HEADER_END, signature)


def xsw7(pieces: Pieces) -> bytes:
    """The signed document stands where extensions are allowed."""
    extensions = b"<Extensions>" + pieces.signed + b"</Extensions>"
    evil = _before(pieces.evil, _HEADER_END, pieces.signature)
    return _before(evil, b"</edXML:MessageHeader>", extensions)


def xsw8(pieces: Pieces) -> bytes:
    """The signed document stands in an Object of the signature."""
    return _before(
        pieces.evil, _HEADER_END, _within(pieces.signature, b"<ds:Object>" + pieces.signed + b"</ds:Object>")
    )


def wrapped(original: Original, shape: Callable[[Pieces], bytes]) -> bytes:
    """Moves our own signature, whose reference is to the document it stands in."""
    return shape(_pieces(original.signed, original))


def wrapped_by_identifier(original: Original, shape: Callable[[Pieces], bytes]) -> bytes:
    """Moves a signature whose reference is an identifier, and gives the evil document another one."""
    octets = original.draft(Draft(references=(reference(f"#{ROOT_ID}"),), document=original.identified))
    pieces = _pieces(octets, original)
    return shape(replace(pieces, evil=pieces.evil.replace(b' Id="', b' Id="x-')))


def _pieces(octets: bytes, original: Original) -> Pieces:
    octets = octets.partition(b"?>")[2].strip()
    start, end = octets.index(b"<ds:Signature "), octets.index(_SIGNATURE_END) + len(_SIGNATURE_END)
    signed = octets[:start] + octets[end:]
    recipient = one(etree.fromstring(signed), "//e:To/e:OrganId").text or ""
    evil = edited(signed, f">{recipient}<".encode(), f">{original.third}<".encode())
    return Pieces(signed, octets[start:end], evil)


def _into_object(signature: etree._Element, moved: etree._Element) -> None:
    etree.SubElement(signature, ds("Object")).append(moved)


# ── Parts that speak for the whole ───────────────────────────────────────────────────────────────────────────────────

_HEADER_ALONE: Final = (reference(f"#{HEADER_ID}", (EXCLUSIVE,)),)


def header_alone(original: Original) -> bytes:
    """Signs the message header alone, so that any files can be attached."""
    return original.draft(Draft(references=_HEADER_ALONE, document=original.identified))


def signed_header_in_an_object(original: Original) -> bytes:
    """Moves the signed header into an Object and puts another in its place (XSW10)."""

    def change(root: etree._Element) -> None:
        signed, signature = one(root, "//e:MessageHeader"), one(root, "//ds:Signature")
        other = deepcopy(signed)
        del other.attrib["Id"]
        one(other, "e:To/e:OrganId").text = original.third
        header(root).replace(signed, other)
        _into_object(signature, signed)

    return changed(header_alone(original), change)


# ── Shapes of this format ────────────────────────────────────────────────────────────────────────────────────────────


def second_manifest(original: Original) -> bytes:
    """Puts a second manifest, which lists other files, before the signed one."""

    def change(root: etree._Element) -> None:
        manifest = one(root, "//e:edXMLManifest")
        other = deepcopy(manifest)
        one(other, "e:Reference/e:AttachmentName").text = "khac.pdf"
        manifest.addprevious(other)

    return changed(original.signed, change)


def second_manifest_in_an_object(original: Original) -> bytes:
    """Hides a second manifest in the signature, which its own transform leaves out."""

    def change(root: etree._Element) -> None:
        _into_object(one(root, "//ds:Signature"), deepcopy(one(root, "//e:edXMLManifest")))

    return changed(original.signed, change)


def signed_second_manifest(original: Original) -> bytes:
    """Signs a package with two manifests, of which two readers would take different ones."""
    manifest = b"<edXML:edXMLManifest/>"
    letter = edited(original.letter, b"</edXML:edXMLBody>", manifest + b"</edXML:edXMLBody>")
    return original.draft(Draft(document=letter))


def second_message_header(original: Original) -> bytes:
    """Puts a second message header, to somebody else, behind the signed one."""

    def change(root: etree._Element) -> None:
        other = deepcopy(one(root, "//e:MessageHeader"))
        one(other, "e:To/e:OrganId").text = original.third
        one(root, "//e:MessageHeader").addnext(other)

    return changed(original.signed, change)


def second_message_header_in_an_object(original: Original) -> bytes:
    """Hides a second message header in the signature, which its own transform leaves out."""

    def change(root: etree._Element) -> None:
        other = deepcopy(one(root, "//e:MessageHeader"))
        one(other, "e:To/e:OrganId").text = original.third
        _into_object(one(root, "//ds:Signature"), other)

    return changed(original.signed, change)


def signed_second_message_header(original: Original) -> bytes:
    """Signs a package with two message headers, of which two readers would take different ones."""

    def change(root: etree._Element) -> None:
        other = deepcopy(one(root, "//e:MessageHeader"))
        one(other, "e:To/e:OrganId").text = original.third
        one(root, "//e:MessageHeader").addnext(other)

    return original.draft(Draft(document=changed(original.letter, change)))


def second_header(original: Original) -> bytes:
    """Puts a header without a signature before the one that has it."""
    end = b"</edXML:edXMLHeader>"
    first = original.letter[original.letter.index(b"<edXML:edXMLHeader>") : original.letter.index(end) + len(end)]
    return edited(original.signed, b"<edXML:edXMLHeader>", first + b"<edXML:edXMLHeader>")


def attachments_outside_the_root(original: Original) -> bytes:
    """Moves the attachments behind the end of the root, where a lenient reader goes on."""
    start, end = b"<AttachmentEncoded>", b"</AttachmentEncoded>"
    signed = original.signed
    files = signed[signed.index(start) : signed.index(end) + len(end)]
    return signed.replace(files, b"").rstrip() + files


def attachments_in_an_object(original: Original) -> bytes:
    """Moves the attachments into the signature, where no digest covers them."""

    def change(root: etree._Element) -> None:
        _into_object(one(root, "//ds:Signature"), one(root, "/e:edXML/e:AttachmentEncoded"))

    return changed(original.signed, change)


def attachments_beside_the_envelope_of_another(original: Original) -> bytes:
    """Puts the signed envelope and other attachments under a new root."""
    signed = original.signed
    start, end = signed.index(b"<edXML:edXMLEnvelope"), signed.index(b"</edXML:edXMLEnvelope>")
    envelope = signed[start : end + len(b"</edXML:edXMLEnvelope>")]
    other = b"<AttachmentEncoded><Attachment><ContentId>cid:file-1</ContentId></Attachment></AttachmentEncoded>"
    return f'<edXML xmlns="{NAMESPACE}">'.encode() + envelope + other + b"</edXML>"


def root_around_the_package(original: Original) -> bytes:
    """Puts another root around a package that is right."""
    return b"<batch>" + original.signed.partition(b"?>")[2] + b"</batch>"


def package_within_a_package(original: Original) -> bytes:
    """Puts a whole signed package where another one keeps what it does not know."""
    signed = original.signed.partition(b"?>")[2]
    return edited(original.letter, b"</edXML:edXMLBody>", signed + b"</edXML:edXMLBody>")


_MALFORMED: Final = "signature/malformed"
_MISPLACED: Final = "signature/misplaced"
_NOT_COVERING: Final = "signature/not-covering"
_ALTERED: Final = "signature/altered"
_HIDDEN: Final = "document inside the signature"
_SHAPES: Final = (
    (xsw1, _MALFORMED, _MALFORMED),
    (xsw2, _ALTERED, _NOT_COVERING),
    (xsw3, _MISPLACED, _MISPLACED),
    (xsw4, _MISPLACED, _MISPLACED),
    (xsw5, _ALTERED, _NOT_COVERING),
    (xsw6, _MALFORMED, _MALFORMED),
    (xsw7, _ALTERED, _NOT_COVERING),
    (xsw8, _NOT_COVERING, _NOT_COVERING),
)
"""Each shape with the reason for our own signature, and for one by identifier."""

_OUTSIDE: Final = frozenset({xsw2, xsw3, xsw4, xsw5, xsw7})
"""What stays outside its signature, so that libxmlsec still finds it: the enveloped transform takes the others out."""

ATTACKS: Final = (
    *(Attack(partial(wrapped, shape=shape), code) for shape, code, _ in _SHAPES),
    *(Attack(partial(wrapped_by_identifier, shape=shape), code, fools=shape in _OUTSIDE) for shape, _, code in _SHAPES),
    Attack(header_alone, _NOT_COVERING, fools=True),
    Attack(signed_header_in_an_object, _NOT_COVERING, fools=True),
    Attack(second_manifest, _ALTERED),
    Attack(second_manifest_in_an_object, _NOT_COVERING, value=_HIDDEN, fools=True),
    Attack(signed_second_manifest, "package/repeated-element", place="Body.Manifest", fools=True),
    Attack(second_message_header, _ALTERED),
    Attack(second_message_header_in_an_object, _NOT_COVERING, value=_HIDDEN, fools=True),
    Attack(signed_second_message_header, "package/repeated-element", place="MessageHeader", fools=True),
    Attack(second_header, _ALTERED),
    Attack(attachments_outside_the_root, "package/not-xml", place=POSITION),
    Attack(attachments_in_an_object, _NOT_COVERING, value=_HIDDEN),
    Attack(attachments_beside_the_envelope_of_another, _ALTERED),
    Attack(root_around_the_package, "package/wrong-root", place=""),
    Attack(package_within_a_package, _MISPLACED),
)
