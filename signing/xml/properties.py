"""XAdES qualifying properties: made and read as far as the baseline level B-B (EN 319 132-1)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from asn1crypto import tsp
from lxml import etree

from signing.algorithms import SIGNED_PROPERTIES_TYPE, XADES, ds, xades
from signing.allowances import Use
from signing.certificates import Certificate
from signing.cms import UNREADABLE, is_issuer_serial
from signing.digests import DigestAlgorithm
from signing.verdict import FailureCode
from signing.xml.structure import Listed, Structure, StructureRefused, elements, leaf_octets

SIGNATURE_ID: Final = "signature"
DOCUMENT_REFERENCE_ID: Final = "signed-document"
SIGNED_PROPERTIES_ID: Final = "signed-properties"
"""The identifiers our own signatures use; one signature per document, so constants are unique."""

_PLACE: Final = (ds("Object"), xades("QualifyingProperties"))
_ELSEWHERE: Final = xades("QualifyingPropertiesReference")
_ONCE: Final = (xades("SignedProperties"), _PLACE[1], _ELSEWHERE)
_CERTIFICATE_NAMES: Final = (xades("SigningCertificateV2"), xades("SigningCertificate"))
_CLAIM_MAX: Final = 40
"""Characters of a claimed time that are kept: an xsd:dateTime with nanoseconds and an offset takes 35."""


@dataclass(frozen=True, slots=True)
class SignedProperties:
    """What the signer's own properties say: the certificate meant, and when they claim to have signed."""

    certificate: Certificate
    claimed_time: str | None
    qualifying: etree._Element

    @property
    def claimed_moment(self) -> datetime | None:
        """The claimed time, aware; without an offset it is read as UTC, and what is no time claims nothing."""
        try:
            claimed = datetime.fromisoformat(self.claimed_time or "")
        except ValueError:
            return None
        return claimed.replace(tzinfo=UTC) if claimed.tzinfo is None else claimed


def build_properties(certificate: Certificate, at: datetime) -> etree._Element:
    """Return a `ds:Object` with the properties of level B-B (EN 319 132-1 clauses 5.2.1, 5.2.2, 5.2.4 and 6.3).

    `at` is the claimed signing time, aware, written in whole seconds UTC.
    """
    holder = etree.Element(ds("Object"))
    target = {"Target": f"#{SIGNATURE_ID}"}
    qualifying = etree.SubElement(holder, xades("QualifyingProperties"), target, nsmap={"xades": XADES})
    signed = etree.SubElement(qualifying, xades("SignedProperties"), Id=SIGNED_PROPERTIES_ID)
    properties = etree.SubElement(signed, xades("SignedSignatureProperties"))
    moment = etree.SubElement(properties, xades("SigningTime"))
    moment.text = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    named = etree.SubElement(properties, xades("SigningCertificateV2"))
    digest = etree.SubElement(etree.SubElement(named, xades("Cert")), xades("CertDigest"))
    etree.SubElement(digest, ds("DigestMethod"), Algorithm=DigestAlgorithm.SHA256.value)
    value = etree.SubElement(digest, ds("DigestValue"))
    value.text = base64.b64encode(bytes.fromhex(certificate.fingerprint)).decode("ascii")
    objects = etree.SubElement(signed, xades("SignedDataObjectProperties"))
    described = etree.SubElement(objects, xades("DataObjectFormat"), ObjectReference=f"#{DOCUMENT_REFERENCE_ID}")
    etree.SubElement(described, xades("MimeType")).text = "text/xml"
    return holder


def read_properties(structure: Structure, listed: Listed) -> SignedProperties | None:
    """Return what the signed properties say, or None where the signature is no XAdES signature.

    The certificate is named by a digest that is `listed`.

    1. At most one QualifyingProperties with at most one SignedProperties is anywhere in the document, and it stands in
       the signature's own Object; none are said to be elsewhere.
    2. Its Target is this signature.
    3. A reference of its type covers the SignedProperties, and no reference of that type covers anything else.
    4. They name one signing certificate, and that one is in the signature (EN 319 132-1 clause 5.2.2); where its issuer
       and serial are stated as well, they are its own.

    Raises `StructureRefused` otherwise: properties that are there but not signed, or not about this signature, would be
    believed by somebody. A SignaturePolicyIdentifier is the signer's word about a policy we do not have: it is covered
    like any property, and nothing follows from it.
    """
    root = structure.signature.getroottree().getroot()
    named = list(root.iter(*_ONCE))
    found = [one for one in named if one.tag == xades("SignedProperties")]
    covered = [one.target.element for one in structure.references if one.kind == SIGNED_PROPERTIES_TYPE]
    if not found and not covered:
        return None
    if len(found) != 1 or not _is_in_place(found[0], structure.signature):
        raise StructureRefused(FailureCode.MALFORMED, "SignedProperties")
    qualifying = _only_qualifying(named, structure.signature)
    if covered != found:
        raise StructureRefused(FailureCode.NOT_COVERING, "SignedProperties")
    claimed = found[0].findtext(f"{xades('SignedSignatureProperties')}/{xades('SigningTime')}")
    certificate = _signing_certificate(found[0], structure.certificates, listed=listed)
    return SignedProperties(certificate, claimed.strip()[:_CLAIM_MAX] if claimed else None, qualifying)


def _only_qualifying(named: Sequence[etree._Element], signature: etree._Element) -> etree._Element:
    """Return the one QualifyingProperties; baseline signatures have no other, and refer to none (clause 6.3)."""
    if any(one.tag == _ELSEWHERE for one in named):
        raise StructureRefused(FailureCode.REFERENCE_FORBIDDEN, "QualifyingPropertiesReference")
    qualifying = [one for one in named if one.tag == _PLACE[1]]
    if len(qualifying) != 1:
        raise StructureRefused(FailureCode.MALFORMED, "QualifyingProperties")
    if qualifying[0].get("Target") != f"#{signature.get('Id')}":
        raise StructureRefused(FailureCode.MALFORMED, "Target")
    return qualifying[0]


def _is_in_place(signed: etree._Element, signature: etree._Element) -> bool:
    *place, holder = islice(signed.iterancestors(), 3)
    return holder is signature and tuple(one.tag for one in reversed(place)) == _PLACE


def _signing_certificate(signed: etree._Element, certificates: Sequence[Certificate], *, listed: Listed) -> Certificate:
    properties = signed.findall(xades("SignedSignatureProperties"))
    stated = [child for one in properties for child in elements(one) if child.tag in _CERTIFICATE_NAMES]
    if not stated:
        raise StructureRefused(FailureCode.CERTIFICATE_MISMATCH, "no SigningCertificateV2")
    first = stated[0].find(xades("Cert"))
    digest = None if first is None else first.find(xades("CertDigest"))
    if len(stated) > 1 or first is None or digest is None:
        raise StructureRefused(FailureCode.MALFORMED, "SigningCertificateV2")
    found = _named_by(digest, certificates, listed=listed)
    if found is None:
        raise StructureRefused(FailureCode.CERTIFICATE_MISMATCH, "SigningCertificateV2")
    _check_issuer_serial(first, found)
    return found


def _check_issuer_serial(named: etree._Element, certificate: Certificate) -> None:
    """Refuse issuer and serial of another certificate (clauses 5.2.2 and 5.2.3, both optional beside the digest).

    Of the first version only the serial is compared: its issuer is a text that every program writes differently.
    """
    serial = named.findtext(f"{xades('IssuerSerial')}/{ds('X509SerialNumber')}")
    if serial is not None and serial.strip() != str(certificate.serial):
        raise StructureRefused(FailureCode.CERTIFICATE_MISMATCH, "IssuerSerial")
    encoded = named.find(xades("IssuerSerialV2"))
    if encoded is None:
        return
    try:
        stated = tsp.IssuerSerial.load(leaf_octets(encoded, "IssuerSerialV2"), strict=True)
        is_own = is_issuer_serial(stated, certificate)
    except UNREADABLE as error:
        raise StructureRefused(FailureCode.MALFORMED, "IssuerSerialV2") from error
    if not is_own:
        raise StructureRefused(FailureCode.CERTIFICATE_MISMATCH, "IssuerSerialV2")


def _named_by(digest: etree._Element, certificates: Sequence[Certificate], *, listed: Listed) -> Certificate | None:
    method, value = digest.find(ds("DigestMethod")), digest.find(ds("DigestValue"))
    if method is None or value is None:
        raise StructureRefused(FailureCode.MALFORMED, "CertDigest")
    named = method.get("Algorithm", "")
    if not listed.admits(Use.DIGEST, named):
        raise StructureRefused(FailureCode.ALGORITHM_FORBIDDEN, named)
    wanted = leaf_octets(value, "CertDigest")
    return next((one for one in certificates if DigestAlgorithm(named).digest(one.der) == wanted), None)
