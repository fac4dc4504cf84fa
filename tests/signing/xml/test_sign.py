"""What we sign, a tool we did not write accepts, and so do we; what we would refuse, we do not sign."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from axis.demo.authority import KeyKind
from envelopes.errors import UnreadableMessage
from envelopes.evidence import SIGNATURE_PARENT as EVIDENCE_PARENT
from envelopes.parser import SIGNATURE_PARENT, parse
from signing.algorithms import SignatureAlgorithm, ds
from signing.errors import NotSignable
from signing.timestamping import NoTimestamp, Stamper
from signing.verdict import SignatureLevel
from signing.xml.sign import XmlSigner
from tests.signing.openssl import accepts as verifies
from tests.signing.openssl import needs_openssl
from tests.signing.pki import MOMENT, certificate, chain, credential, signer
from tests.signing.stamping import Stamp
from tests.signing.xml.packages import NAMES, PACKAGE, changed, covered_by, judge, one, sign, signed, signed_with
from tests.signing.xml.xmlsec1 import accepts, needs_xmlsec1

HEADER = b"<edXML:MessageHeader>"


@needs_xmlsec1
@pytest.mark.parametrize("kind", KeyKind)
def test_xmlsec1_accepts_what_we_sign(kind: KeyKind, tmp_path: Path) -> None:
    assert accepts(tmp_path, signed_with(kind))
    altered = signed_with(kind).replace(b"H26.18", b"H26.19")
    assert not accepts(tmp_path, altered)


@needs_xmlsec1
@pytest.mark.parametrize("root", [b'<edXML xml:lang="vi" xml:space="default" ', b'<edXML xmlns:a="urn:a" ', b"<edXML "])
def test_xmlsec1_accepts_it_whatever_the_root_declares(root: bytes, tmp_path: Path) -> None:
    octets = sign(PACKAGE.replace(b"<edXML ", root))
    assert accepts(tmp_path, octets)
    assert judge(octets).failure is None


@pytest.mark.parametrize("kind", KeyKind)
def test_our_verifier_accepts_what_we_sign(kind: KeyKind) -> None:
    verdict = judge(signed_with(kind))
    assert verdict.failure is None
    assert verdict.facts is not None
    assert verdict.facts.path.signer == certificate(credential(kind=kind))
    assert verdict.facts.algorithm is signer(credential(kind=kind)).algorithm


def test_p384_signs_with_sha384() -> None:
    method = one(etree.fromstring(signed_with(KeyKind.ECDSA_P384)), "//ds:SignatureMethod")
    assert method.get("Algorithm") == SignatureAlgorithm.ECDSA_SHA384.value


def test_the_signature_is_the_last_child_of_its_place() -> None:
    root = parse(signed())
    header = one(root, "/e:edXML/e:edXMLEnvelope/e:edXMLHeader")
    assert header[-1].tag == ds("Signature")
    assert [child.tag for child in header[-1]] == [ds(n) for n in ("SignedInfo", "SignatureValue", "KeyInfo", "Object")]


def test_nothing_but_the_signature_is_added() -> None:
    start, end = signed().index(b"<ds:Signature"), signed().index(b"</ds:Signature>") + len(b"</ds:Signature>")
    assert signed()[:start] + signed()[end:] == PACKAGE


def test_the_signers_certificate_comes_first_and_the_root_stays_at_home() -> None:
    texts = parse(signed()).xpath("//ds:X509Certificate/text()", namespaces=NAMES)
    assert isinstance(texts, list)
    found = [base64.b64decode(str(text)) for text in texts]
    assert found == [one.der for one in (certificate(credential()), *chain(credential()))]


def test_the_properties_are_those_of_level_b() -> None:
    root = parse(signed())
    digest = one(root, "//xades:SigningCertificateV2/xades:Cert/xades:CertDigest/ds:DigestValue")
    assert base64.b64decode(digest.text or "") == hashlib.sha256(certificate(credential()).der).digest()
    assert one(root, "//xades:SignedSignatureProperties/xades:SigningTime").text == "2026-11-21T08:30:00Z"
    assert one(root, "//xades:QualifyingProperties").get("Target") == "#" + str(one(root, "//ds:Signature").get("Id"))
    described = one(root, "//xades:SignedDataObjectProperties/xades:DataObjectFormat")
    document = one(root, "//ds:Reference[@URI='']")
    assert described.get("ObjectReference") == "#" + str(document.get("Id"))
    assert one(described, "xades:MimeType").text == "text/xml"
    properties = one(root, "//ds:Reference[@Type='http://uri.etsi.org/01903#SignedProperties']")
    assert properties.get("URI") == "#" + str(one(root, "//xades:SignedProperties").get("Id"))


def test_the_claimed_time_is_written_in_utc_and_read_back_as_a_claim() -> None:
    hanoi = MOMENT.astimezone(timezone(timedelta(hours=7)))
    octets = XmlSigner(parse, SIGNATURE_PARENT, signer(credential())).sign(PACKAGE, at=hanoi)
    facts = judge(octets).facts
    assert facts is not None
    assert facts.claimed_signing_time == "2026-11-21T08:30:00Z"


def test_a_moment_without_time_zone_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="aware"):
        XmlSigner(parse, SIGNATURE_PARENT, signer(credential())).sign(PACKAGE, at=datetime(2026, 11, 21))  # noqa: DTZ001


def test_what_is_signed_already_is_not_signed_again() -> None:
    with pytest.raises(NotSignable, match="signed already"):
        sign(signed())


@pytest.mark.parametrize("place", [b"edXMLHeader", b"edXMLEnvelope"])
def test_a_document_without_a_place_for_it_is_not_signed(place: bytes) -> None:
    with pytest.raises(NotSignable, match="no place"):
        sign(PACKAGE.replace(b"edXML:" + place, b"edXML:other"))


def test_a_document_of_another_kind_is_not_signed() -> None:
    with pytest.raises(NotSignable, match="no place"):
        XmlSigner(parse, EVIDENCE_PARENT, signer(credential())).sign(PACKAGE, at=MOMENT)


NOT_SIGNED = {
    "an identifier of ours": HEADER.replace(b">", b' Id="signature">'),
    "an identifier of ours in other letters": HEADER.replace(b">", b' id=" Signed-Properties ">'),
    "an identifier twice": HEADER.replace(b">", b' Id="a" ID="a">'),
    "no canonical form": HEADER.replace(b">", b' xmlns:r="relative">'),
    "a manifest": HEADER + b'<Manifest xmlns="http://www.w3.org/2000/09/xmldsig#"/>',
}


@pytest.mark.parametrize("name", NOT_SIGNED)
def test_what_a_verifier_would_refuse_is_not_signed(name: str) -> None:
    with pytest.raises(NotSignable):
        sign(PACKAGE.replace(HEADER, NOT_SIGNED[name]))


def test_what_the_door_refuses_is_not_signed() -> None:
    with pytest.raises(UnreadableMessage):
        sign(PACKAGE.replace(b"H26.18", b"H26<!-- -->.18"))


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\ufffe\uffff"), max_size=40).filter(
    lambda text: all(one in "\t\n\r" or ord(one) >= 32 for one in text)
)


@given(TEXT, TEXT)
def test_any_text_survives_signing_and_is_covered(text: str, attribute: str) -> None:
    def change(root: etree._Element) -> None:
        subject = one(root, "//e:Subject")
        subject.text = text
        subject.set("note", attribute)

    covered = parse(covered_by(judge(sign(changed(PACKAGE, change)))))
    subject = one(covered, "//e:Subject")
    assert (subject.text or "") == text
    assert subject.get("note") == attribute


# ── level B-T ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def stamped(stamper: Stamper, kind: KeyKind = KeyKind.ECDSA_P256) -> bytes:
    return XmlSigner(parse, SIGNATURE_PARENT, signer(credential(kind=kind))).sign(PACKAGE, at=MOMENT, stamper=stamper)


@needs_xmlsec1
@pytest.mark.parametrize("kind", KeyKind)
def test_xmlsec1_accepts_what_we_sign_and_have_stamped(kind: KeyKind, tmp_path: Path) -> None:
    octets = stamped(lambda value: Stamp(value).der, kind)
    assert accepts(tmp_path, octets)
    facts = judge(octets).facts
    assert facts is not None
    assert facts.additions.verified_level is SignatureLevel.B_T


@needs_openssl
def test_openssl_verifies_the_stamp_over_the_canonical_signature_value(tmp_path: Path) -> None:
    root = etree.fromstring(stamped(lambda value: Stamp(value).der))
    value = etree.tostring(one(root, "//ds:SignatureValue"), method="c14n", exclusive=True, with_tail=False)
    token = base64.b64decode(one(root, "//xades:EncapsulatedTimeStamp").text or "")
    assert verifies(tmp_path, token, value)
    assert not verifies(tmp_path, token, value + b" ")


def test_the_stamp_is_a_property_beside_the_signed_ones() -> None:
    root = etree.fromstring(stamped(lambda _: b"token"))
    place = "//ds:Object/xades:QualifyingProperties/xades:UnsignedProperties/xades:UnsignedSignatureProperties"
    names = [etree.QName(child).localname for child in one(root, f"{place}/xades:SignatureTimeStamp")]
    assert names == ["CanonicalizationMethod", "EncapsulatedTimeStamp"]


def test_what_the_stamper_raises_ends_the_signing() -> None:
    def nobody(_: bytes) -> bytes:
        raise NoTimestamp(())

    with pytest.raises(NoTimestamp):
        stamped(nobody)


def test_what_cannot_be_signed_is_not_stamped() -> None:
    asked: list[bytes] = []

    def stamper(value: bytes) -> bytes:
        asked.append(value)
        return b"token"

    with pytest.raises(NotSignable):
        XmlSigner(parse, SIGNATURE_PARENT, signer(credential())).sign(signed(), at=MOMENT, stamper=stamper)
    assert asked == []
