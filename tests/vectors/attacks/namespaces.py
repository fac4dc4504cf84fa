"""Prefixes bound anew, namespaces that look alike, and canonical forms that fail (threat 29)."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from lxml import etree

from envelopes.parser import NAMESPACE
from signing.algorithms import DS, ds
from signing.xml.canonical import canonical
from tests.signing.pki import signer
from tests.signing.xml.packages import changed, one
from tests.signing.xml.workshop import ENVELOPED, Draft, reference
from tests.vectors.attacks.making import POSITION, Attack, Original, edited

INCLUSIVE: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EVIL: Final = "urn:evil"


def prefix_bound_anew(original: Original) -> bytes:
    """Gives the prefix of the recipients another meaning after signing."""
    return edited(original.signed, b"<edXML:To>", f'<edXML:To xmlns:edXML="{EVIL}">'.encode())


def recipients_of_another_namespace(original: Original) -> bytes:
    """Puts recipients of another vocabulary beside the signed ones, for readers that compare local names."""
    to = f'<edXML:To xmlns:edXML="{EVIL}"><edXML:OrganId>{original.third}</edXML:OrganId></edXML:To>'
    return edited(original.signed, b"<edXML:To>", to.encode() + b"<edXML:To>")


def signed_recipients_of_another_namespace(original: Original) -> bytes:
    """Signs a letter whose only recipients belong to another vocabulary."""
    letter = edited(original.letter, b"<edXML:To>", f'<edXML:To xmlns:edXML="{EVIL}">'.encode())
    return original.sign(letter)


def default_namespace_exchanged(original: Original) -> bytes:
    """Writes the subject without its prefix, under a default namespace that means the same."""
    octets = edited(original.signed, b"<edXML:Subject>", f'<Subject xmlns="{NAMESPACE}">'.encode())
    return edited(octets, b"</edXML:Subject>", b"</Subject>")


def default_namespace_taken_away(original: Original) -> bytes:
    """Takes the subject out of every namespace."""
    octets = edited(original.signed, b"<edXML:Subject>", b'<Subject xmlns="">')
    return edited(octets, b"</edXML:Subject>", b"</Subject>")


def namespace_that_looks_alike(original: Original) -> bytes:
    """Signs a package of a namespace that differs by one letter."""
    alike = NAMESPACE.replace("www.mic.gov.vn", "www.mịc.gov.vn")
    return original.letter.replace(NAMESPACE.encode(), alike.encode())


def namespace_in_other_case(original: Original) -> bytes:
    """Signs a package of a namespace in small letters."""
    return original.letter.replace(NAMESPACE.encode(), NAMESPACE.lower().encode())


def signature_of_another_namespace(original: Original) -> bytes:
    """Writes the signature in the namespace of the format, where lenient libraries look for it."""
    return original.signed.replace(f'xmlns:ds="{DS}"'.encode(), f'xmlns:ds="{NAMESPACE}"'.encode())


def prefix_of_the_signature_bound_anew(original: Original) -> bytes:
    """Gives the prefix inside SignedInfo another meaning, so that a digest method is none."""
    return edited(original.signed, b"<ds:DigestMethod", f'<ds:DigestMethod xmlns:ds="{EVIL}"'.encode())


def base_address(original: Original) -> bytes:
    """Says that all addresses in the package are meant from elsewhere."""
    return edited(original.signed, b"<edXML:edXMLManifest", b'<edXML:edXMLManifest xml:base="http://example.invalid/"')


def language(original: Original) -> bytes:
    """Says after signing that the subject is in another language."""
    return edited(original.signed, b"<edXML:Subject>", b'<edXML:Subject xml:lang="en">')


def undeclared_prefix(original: Original) -> bytes:
    """Uses a prefix that nobody declared, which parsers repair in different ways."""
    octets = edited(original.signed, b"<edXML:Subject>", b"<y:Subject>")
    return edited(octets, b"</edXML:Subject>", b"</y:Subject>")


# ── Canonical forms that fail ────────────────────────────────────────────────────────────────────────────────────────

_NOTHING: Final = base64.b64encode(hashlib.sha256().digest()).decode()


def relative_namespace(original: Original) -> bytes:
    """Adds a relative namespace, at which inclusive canonicalisation fails, to a letter signed in that form."""
    draft = Draft(references=(reference("", (ENVELOPED, INCLUSIVE)),), document=original.letter)
    return edited(original.draft(draft), b"<edXML:Subject>", b'<edXML:Subject xmlns:x="x">')


def void_document(original: Original) -> bytes:
    """Has the document's canonical form fail: who digests what came out has digested nothing, as it is signed here."""
    draft = Draft(references=(reference("", (ENVELOPED, INCLUSIVE)),), document=original.letter)
    octets = changed(original.draft(draft), lambda root: setattr(one(root, "//ds:DigestValue"), "text", _NOTHING))
    return edited(_signed_anew(original, octets), b"<edXML:Subject>", b'<edXML:Subject xmlns:x="x">')


def void_signed_info(original: Original) -> bytes:
    """Has SignedInfo's canonical form fail: a signature over no octets, from anywhere, then fits every document."""
    method = f'<ds:CanonicalizationMethod Algorithm="{INCLUSIVE}"/>'
    octets = original.draft(Draft(canonicalization=method, document=original.letter))
    octets = edited(octets, b"<ds:SignedInfo>", b'<ds:SignedInfo xmlns:x="x">')
    value = base64.b64encode(signer(original.sender).sign(b"")).decode()
    return changed(octets, lambda root: setattr(one(root, "//ds:SignatureValue"), "text", value))


def prefix_list(original: Original) -> bytes:
    """Gives an inclusive form the list of prefixes that only an exclusive one has."""
    inside = '<ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="a"/>'
    more = f'<ds:Transform Algorithm="{INCLUSIVE}">{inside}</ds:Transform>'
    draft = Draft(references=(reference("", (ENVELOPED,), more=more),), document=original.letter)
    return original.draft(draft)


def _signed_anew(original: Original, octets: bytes) -> bytes:
    """The document with a signature value that is right for its SignedInfo as it stands, in exclusive form."""

    def change(root: etree._Element) -> None:
        signed_info = one(root, "//ds:SignedInfo")
        assert signed_info.find(ds("CanonicalizationMethod")) is not None
        value = base64.b64encode(signer(original.sender).sign(canonical(signed_info))).decode()
        one(root, "//ds:SignatureValue").text = value

    return changed(octets, change)


_ALTERED: Final = "signature/altered"
_MALFORMED: Final = "signature/malformed"

ATTACKS: Final = (
    Attack(prefix_bound_anew, _ALTERED),
    Attack(recipients_of_another_namespace, _ALTERED),
    Attack(signed_recipients_of_another_namespace, "package/foreign-namespace", place="MessageHeader.To", fools=True),
    Attack(default_namespace_exchanged, _ALTERED),
    Attack(default_namespace_taken_away, _ALTERED),
    Attack(namespace_that_looks_alike, "package/not-xml", place=POSITION),
    Attack(namespace_in_other_case, "package/wrong-root", place=""),
    Attack(signature_of_another_namespace, "signature/missing"),
    Attack(prefix_of_the_signature_bound_anew, "signature/malformed", value="Reference"),
    Attack(base_address, _ALTERED),
    Attack(language, _ALTERED),
    Attack(undeclared_prefix, "package/undeclared-prefix", place=POSITION),
    Attack(relative_namespace, _MALFORMED, value="no canonical form"),
    Attack(void_document, _MALFORMED, value="no canonical form"),
    Attack(void_signed_info, "signature/invalid"),
    Attack(prefix_list, "signature/transform-forbidden", value="children of a canonicalisation", fools=True),
)
