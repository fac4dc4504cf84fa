"""Makes enveloped XAdES signatures, B-B or B-T: all is built here, a `Signer` signs and a `Stamper` stamps octets."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree

from signing.algorithms import DS, ENVELOPED, EXCLUSIVE, SIGNED_PROPERTIES_TYPE, ds
from signing.digests import DigestAlgorithm
from signing.errors import NotSignable
from signing.keys import Signer
from signing.policy import PACKAGE_POLICY
from signing.timestamping import Stamper
from signing.xml.additions import append_timestamp
from signing.xml.canonical import Parse, canonical
from signing.xml.profile import examine
from signing.xml.properties import DOCUMENT_REFERENCE_ID, SIGNATURE_ID, SIGNED_PROPERTIES_ID, build_properties
from signing.xml.structure import StructureRefused

_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_DIGEST: Final = DigestAlgorithm.SHA256


@dataclass(frozen=True, slots=True)
class XmlSigner:
    """Signs documents of one kind with one key. `parse` and `parent` are as in `XmlVerifier`."""

    parse: Parse
    parent: tuple[str, ...]
    signer: Signer

    def sign(self, octets: bytes, *, at: datetime, stamper: Stamper | None = None) -> bytes:
        """Return the document with a XAdES signature as the last child of its place (EN 319 132-1 clause 6).

        With a `stamper` the level is B-T, without one B-B; what the stamper raises, this raises.

        `at` is the claimed signing time, aware. One reference covers the whole document with the enveloped transform,
        one the signed properties, both in exclusive C14N. Raises `NotSignable` where the place is missing, or the
        document is signed already or of a shape that `XmlVerifier` would refuse.

        1. The document is parsed by the hardened parser and its place found.
        2. The document's own canonical octets are digested: it has no signature yet, so nothing is to be removed.
        3. The signature stands in its place, since canonical forms depend on where an element stands.
        4. The properties are digested, then SignedInfo is signed.
        5. The signature value, in exclusive C14N where it stands, is stamped (clause 5.3).
        6. The result is examined as a verifier would.
        """
        if at.tzinfo is None:
            raise ValueError("documents are signed at an aware moment")
        root = self.parse(octets)
        place = self._place(root)
        try:
            self._append_signature(place, _DIGEST.digest(canonical(root.getroottree())), at=at)
            if stamper is not None:
                append_timestamp(place[-1], stamper)
            examine(root, self.parent, policy=PACKAGE_POLICY, at=at)
        except StructureRefused as refused:
            raise NotSignable(refused.failure.code.value) from refused
        return _DECLARATION + etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=False) + b"\n"

    def _place(self, root: etree._Element) -> etree._Element:
        if next(root.iter(ds("Signature")), None) is not None:
            raise NotSignable("the document is signed already")
        place = root if root.tag == self.parent[0] else None
        for name in self.parent[1:]:
            place = None if place is None else place.find(name)
        if place is None:
            raise NotSignable("the document has no place for a signature")
        return place

    def _append_signature(self, place: etree._Element, digest: bytes, *, at: datetime) -> None:
        signature = etree.SubElement(place, ds("Signature"), nsmap={"ds": DS}, Id=SIGNATURE_ID)
        signed_info = etree.SubElement(signature, ds("SignedInfo"))
        value = etree.SubElement(signature, ds("SignatureValue"))
        self._append_key_info(signature)
        holder = build_properties(self.signer.certificate, at)
        signature.append(holder)
        etree.SubElement(signed_info, ds("CanonicalizationMethod"), Algorithm=EXCLUSIVE)
        etree.SubElement(signed_info, ds("SignatureMethod"), Algorithm=self.signer.algorithm.value)
        _append_reference(signed_info, {"Id": DOCUMENT_REFERENCE_ID, "URI": ""}, digest=digest)
        properties = {"Type": SIGNED_PROPERTIES_TYPE, "URI": f"#{SIGNED_PROPERTIES_ID}"}
        _append_reference(signed_info, properties, digest=_DIGEST.digest(canonical(holder[0][0])))
        value.text = base64.b64encode(self.signer.sign(canonical(signed_info))).decode("ascii")

    def _append_key_info(self, signature: etree._Element) -> None:
        holder = etree.SubElement(etree.SubElement(signature, ds("KeyInfo")), ds("X509Data"))
        for certificate in (self.signer.certificate, *self.signer.chain):
            etree.SubElement(holder, ds("X509Certificate")).text = base64.b64encode(certificate.der).decode("ascii")


def _append_reference(signed_info: etree._Element, attributes: dict[str, str], *, digest: bytes) -> None:
    """Append one `ds:Reference`: the document (`""`, enveloped) or the signed properties (by identifier)."""
    reference = etree.SubElement(signed_info, ds("Reference"), attributes)
    transforms = etree.SubElement(reference, ds("Transforms"))
    if not attributes["URI"]:
        etree.SubElement(transforms, ds("Transform"), Algorithm=ENVELOPED)
    etree.SubElement(transforms, ds("Transform"), Algorithm=EXCLUSIVE)
    etree.SubElement(reference, ds("DigestMethod"), Algorithm=_DIGEST.value)
    etree.SubElement(reference, ds("DigestValue")).text = base64.b64encode(digest).decode("ascii")
