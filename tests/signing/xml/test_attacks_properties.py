"""XAdES properties that are missing, unsigned, elsewhere, or about somebody else (threat 31)."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from lxml import etree

from axis.demo.authority import Credential
from signing.algorithms import EXCLUSIVE, XADES, ds, xades
from signing.certificates import Certificate
from signing.digests import DigestAlgorithm
from signing.verdict import FailureCode
from tests.signing.forgery import Forgery, under_intermediate
from tests.signing.pki import ALLOWED_DIGESTS, certificate, credential, hierarchy
from tests.signing.xml.packages import assert_refused, changed, judge, one, signed
from tests.signing.xml.workshop import (
    PROPERTIES_TYPE,
    XADES_DRAFT,
    Draft,
    made,
    make,
    properties_reference,
    qualifying,
    reference,
    signing_certificate,
)

MISMATCH, MALFORMED = FailureCode.CERTIFICATE_MISMATCH, FailureCode.MALFORMED
FORBIDDEN = FailureCode.ALGORITHM_FORBIDDEN
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"


def digest_of(holder: Credential, algorithm: DigestAlgorithm = DigestAlgorithm.SHA256) -> str:
    return base64.b64encode(algorithm.digest(certificate(holder).der)).decode()


def naming(certificates: str) -> Draft:
    """A signature by `credential()` whose signed properties hold this where the certificate should be named."""
    return replace(XADES_DRAFT, objects=qualifying(certificates=certificates))


OWN = signing_certificate(digest_of(credential()))


def test_an_honest_signature() -> None:
    facts = judge(made(XADES_DRAFT)).facts
    assert facts is not None
    assert facts.claimed_signing_time == "2026-11-21T08:30:00Z"


NAMED: dict[str, tuple[str, FailureCode]] = {
    "nobody": ("", MISMATCH),
    "somebody else": (signing_certificate(digest_of(credential("B"))), MISMATCH),
    "a digest of nothing": (signing_certificate(base64.b64encode(bytes(32)).decode()), MISMATCH),
    "a digest cut short": (signing_certificate(digest_of(credential())[:40]), MISMATCH),
    "an empty digest": (signing_certificate(""), MISMATCH),
    "no base64": (signing_certificate("@"), MALFORMED),
    "the signer twice": (OWN * 2, MALFORMED),
    "the signer and somebody else": (OWN + signing_certificate(digest_of(credential("B"))), MALFORMED),
    "the signer in both versions": (OWN + OWN.replace("CertificateV2", "Certificate"), MALFORMED),
    "an empty list": ("<xades:SigningCertificateV2/>", MALFORMED),
    "no digest": ("<xades:SigningCertificateV2><xades:Cert/></xades:SigningCertificateV2>", MALFORMED),
    "a digest without value": (OWN.replace("ds:DigestValue>", "ds:Value>"), MALFORMED),
    "a digest without algorithm": (signing_certificate(digest_of(credential()), algorithm=""), FORBIDDEN),
    "a weak digest": (signing_certificate(digest_of(credential()), algorithm=SHA1), FORBIDDEN),
    "in another namespace": (OWN.replace("xades:", "ds:"), MISMATCH),
}


@pytest.mark.parametrize("name", NAMED)
def test_the_certificate_that_the_signer_names(name: str) -> None:
    certificates, code = NAMED[name]
    assert_refused(judge(make(naming(certificates))), code)


def test_a_weak_digest_is_refused_by_its_name() -> None:
    failure = judge(make(naming(NAMED["a weak digest"][0]))).failure
    assert failure is not None
    assert failure.detail == SHA1


@pytest.mark.parametrize("algorithm", ALLOWED_DIGESTS, ids=lambda one: one.name)
def test_any_listed_digest_of_the_certificate(algorithm: DigestAlgorithm) -> None:
    named = signing_certificate(digest_of(credential(), algorithm), algorithm=algorithm.value)
    assert judge(make(naming(named))).failure is None


def test_the_first_of_several_is_the_signer() -> None:
    other = signing_certificate(digest_of(hierarchy().intermediate.credential))
    inside = other.removeprefix("<xades:SigningCertificateV2>").removesuffix("</xades:SigningCertificateV2>")
    with_chain = OWN.replace("</xades:SigningCertificateV2>", f"{inside}</xades:SigningCertificateV2>")
    assert judge(make(naming(with_chain))).failure is None
    first = OWN.replace("<xades:SigningCertificateV2>", f"<xades:SigningCertificateV2>{inside}")
    assert_refused(judge(make(naming(first))), FailureCode.USAGE_FORBIDDEN)


def test_a_trusted_certificate_that_is_named_but_did_not_sign() -> None:
    named = naming(signing_certificate(digest_of(credential("B"))))
    chain = [certificate(one) for one in (credential(), credential("B"), hierarchy().intermediate)]
    assert_refused(judge(make(named, credential(), chain)), FailureCode.INVALID)


# ── the properties themselves ─────────────────────────────────────────────────────────────────────────────────────────


def test_properties_that_no_reference_covers() -> None:
    assert_refused(judge(make(replace(XADES_DRAFT, references=(reference(),)))), FailureCode.NOT_COVERING)


def test_properties_covered_by_a_reference_that_does_not_say_so() -> None:
    references = (reference(), reference("#props", (EXCLUSIVE,)))
    assert_refused(judge(make(replace(XADES_DRAFT, references=references))), FailureCode.NOT_COVERING)


def test_properties_covered_twice() -> None:
    references = (reference(), properties_reference(), properties_reference())
    assert_refused(judge(make(replace(XADES_DRAFT, references=references))), FailureCode.REFERENCE_FORBIDDEN)


def test_a_reference_that_calls_something_else_the_properties() -> None:
    kind = Draft(references=(reference(), reference("#thong-tin", (EXCLUSIVE,), kind=PROPERTIES_TYPE)))
    assert_refused(judge(make(kind)), MALFORMED)
    both = replace(kind, objects=XADES_DRAFT.objects, references=(*kind.references, properties_reference()))
    assert_refused(judge(make(both)), FailureCode.NOT_COVERING)
    whole = Draft(references=(reference(kind=PROPERTIES_TYPE),))
    assert_refused(judge(make(whole)), MALFORMED)


def test_properties_removed_after_signing() -> None:
    def change(root: etree._Element) -> None:
        element = one(root, "//ds:Object")
        element.getparent().remove(element)  # type: ignore[union-attr]

    assert_refused(judge(changed(made(XADES_DRAFT), change)), FailureCode.REFERENCE_FORBIDDEN)


PLACES = ["//ds:KeyInfo", "//ds:Signature", "//e:MessageHeader", "/e:edXML", "//xades:QualifyingProperties/.."]


@pytest.mark.parametrize("place", PLACES)
def test_properties_moved_elsewhere(place: str) -> None:
    def change(root: etree._Element) -> None:
        one(root, place).append(one(root, "//xades:SignedProperties"))

    # Where it is moved out of the signature, the document is altered as well; directly in it, no schema allows it.
    assert_refused(judge(changed(made(XADES_DRAFT), change)), MALFORMED)


@pytest.mark.parametrize("place", ["//ds:KeyInfo", "//ds:Object", "//e:MessageHeader", "//xades:QualifyingProperties"])
def test_second_properties_beside_the_signed_ones(place: str) -> None:
    def change(root: etree._Element) -> None:
        second = etree.SubElement(one(root, place), xades("SignedProperties"))
        properties = etree.SubElement(second, xades("SignedSignatureProperties"))
        etree.SubElement(properties, xades("SigningTime")).text = "1999-01-01T00:00:00Z"

    assert_refused(judge(changed(made(XADES_DRAFT), change)), MALFORMED)


@pytest.mark.parametrize("place", ["//ds:KeyInfo", "//ds:Object", "//xades:QualifyingProperties"])
def test_an_unsigned_time_beside_the_signed_one_is_not_read(place: str) -> None:
    def change(root: etree._Element) -> None:
        element = etree.Element(xades("SigningTime"))
        element.text = "1999-01-01T00:00:00Z"
        one(root, place).insert(0, element)

    facts = judge(changed(made(XADES_DRAFT), change)).facts
    assert facts is not None
    assert facts.claimed_signing_time == "2026-11-21T08:30:00Z"
    plain = judge(changed(made(Draft()), lambda root: one(root, "//ds:KeyInfo").append(unsigned_time()))).facts
    assert plain is not None
    assert plain.claimed_signing_time is None


def unsigned_time() -> etree._Element:
    element = etree.Element(xades("SigningTime"))
    element.text = "1999-01-01T00:00:00Z"
    return element


@pytest.mark.parametrize(
    ("path", "text"), [("//xades:SigningTime", "2026-11-21T08:30:01Z"), ("//xades:MimeType", "text/plain")]
)
def test_properties_changed_after_signing(path: str, text: str) -> None:
    def change(root: etree._Element) -> None:
        one(root, path).text = text

    assert_refused(judge(changed(signed(), change)), FailureCode.INVALID)


def test_unsigned_properties_may_be_added_and_are_not_believed() -> None:
    def change(root: etree._Element) -> None:
        unsigned = etree.SubElement(one(root, "//xades:QualifyingProperties"), xades("UnsignedProperties"))
        holder = etree.SubElement(unsigned, xades("UnsignedSignatureProperties"))
        etree.SubElement(etree.SubElement(holder, xades("SignatureTimeStamp")), xades("EncapsulatedTimeStamp"))

    verdict, plain = judge(changed(signed(), change)), judge(signed())
    assert (verdict.covered, verdict.failure) == (plain.covered, None)
    assert verdict.facts is not None
    assert verdict.facts.additions.proof_of_existence is None


@pytest.mark.parametrize("place", ["//ds:Object", "//ds:KeyInfo", "//e:MessageHeader", "//xades:QualifyingProperties"])
def test_a_second_holder_of_properties(place: str) -> None:
    def change(root: etree._Element) -> None:
        etree.SubElement(one(root, place), xades("QualifyingProperties"), Target="#sig")

    assert_refused(judge(changed(made(XADES_DRAFT), change)), MALFORMED)


def test_properties_that_are_said_to_be_elsewhere() -> None:
    def change(root: etree._Element) -> None:
        etree.SubElement(one(root, "//ds:Object"), xades("QualifyingPropertiesReference"), URI="http://ai.example/")

    assert_refused(judge(changed(made(XADES_DRAFT), change)), FailureCode.REFERENCE_FORBIDDEN)


@pytest.mark.parametrize("target", ["#goi-tin", "#props", "sig", "", None])
def test_properties_of_another_signature(target: str | None) -> None:
    def change(root: etree._Element) -> None:
        holder = one(root, "//xades:QualifyingProperties")
        del holder.attrib["Target"]
        if target is not None:
            holder.set("Target", target)

    assert_refused(judge(changed(made(XADES_DRAFT), change)), MALFORMED)


def test_a_policy_of_the_signers_own_is_covered_and_nothing_follows_from_it() -> None:
    identifier = (
        "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyId><xades:SigPolicyId><xades:Identifier>"
        "urn:oid:1.2.3</xades:Identifier></xades:SigPolicyId></xades:SignaturePolicyId>"
        "</xades:SignaturePolicyIdentifier>"
    )
    verdict = judge(make(naming(OWN + identifier)))
    assert verdict.failure is None
    assert verdict.policy == "urn:axis:policy:package:1"


def issuer_serial(serial: int, holder: Credential) -> str:
    issuer = asn1_x509.Certificate.load(certificate(holder).der).issuer
    names = [asn1_x509.GeneralName({"directory_name": issuer})]
    stated: bytes = tsp.IssuerSerial({"issuer": names, "serial_number": serial}).dump()
    return f"<xades:IssuerSerialV2>{base64.b64encode(stated).decode()}</xades:IssuerSerialV2>"


def old_serial(serial: int) -> str:
    return (
        "<xades:IssuerSerial><ds:X509IssuerName>CN=whatever</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{serial}</ds:X509SerialNumber></xades:IssuerSerial>"
    )


SERIAL = certificate(credential()).serial
STATED: dict[str, tuple[str, FailureCode | None]] = {
    "its own": (issuer_serial(SERIAL, credential()), None),
    "its own, in the first version": (old_serial(SERIAL), None),
    "another serial": (issuer_serial(SERIAL + 1, credential()), MISMATCH),
    "another serial, in the first version": (old_serial(SERIAL + 1), MISMATCH),
    "another issuer": (issuer_serial(SERIAL, hierarchy().intermediate.credential), MISMATCH),
    "no issuer and serial": ("<xades:IssuerSerialV2>AAAA</xades:IssuerSerialV2>", MALFORMED),
    "no base64": ("<xades:IssuerSerialV2>@</xades:IssuerSerialV2>", MALFORMED),
}


@pytest.mark.parametrize("name", STATED)
def test_issuer_and_serial_beside_the_digest(name: str) -> None:
    stated, code = STATED[name]
    verdict = judge(make(naming(OWN.replace("</xades:CertDigest>", f"</xades:CertDigest>{stated}"))))
    if code is None:
        assert verdict.failure is None
    else:
        assert_refused(verdict, code)


@pytest.mark.parametrize("version", ["V2", ""])
def test_issuer_and_serial_are_those_of_the_first_certificate_that_is_named(version: str) -> None:
    """What is said of the authorities, named after the signer, is not about the signer (EN 319 132-1 clause 5.2.2)."""
    authority = hierarchy().intermediate.credential
    serial = certificate(authority).serial
    stated = issuer_serial(serial, authority) if version else old_serial(serial)
    other = signing_certificate(digest_of(authority)).replace("</xades:CertDigest>", f"</xades:CertDigest>{stated}")
    inside = other.removeprefix("<xades:SigningCertificateV2>").removesuffix("</xades:SigningCertificateV2>")
    with_chain = OWN.replace("</xades:SigningCertificateV2>", f"{inside}</xades:SigningCertificateV2>")
    assert judge(make(naming(with_chain))).failure is None
    undigested = OWN.replace(
        "<xades:SigningCertificateV2>", f"<xades:SigningCertificateV2><xades:Cert>{stated}</xades:Cert>"
    )
    assert_refused(judge(make(naming(undigested))), MALFORMED)


def test_a_countersignature_among_unsigned_properties_is_a_second_signature() -> None:
    def change(root: etree._Element) -> None:
        unsigned = etree.SubElement(one(root, "//xades:QualifyingProperties"), xades("UnsignedProperties"))
        etree.SubElement(etree.SubElement(unsigned, xades("CounterSignature")), ds("Signature"))

    assert_refused(judge(changed(signed(), change)), FailureCode.REPEATED)


# ── claimed time ──────────────────────────────────────────────────────────────────────────────────────────────────────

IMPOSSIBLE = ["2026-11-22T08:30:01Z", "2099-01-01T00:00:00Z", "1999-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"]
POSSIBLE = ["2026-11-22T08:30:00Z", "2026-11-21T15:30:00+07:00", "2026-11-21T15:30:00", "2026-11-19T08:30:00Z"]


def at_time(time: str) -> bytes:
    return make(replace(XADES_DRAFT, objects=qualifying(time=time)))


@pytest.mark.parametrize("time", IMPOSSIBLE)
def test_a_time_after_the_judgement_or_before_the_certificate(time: str) -> None:
    assert_refused(judge(at_time(time)), FailureCode.SIGNING_TIME_IMPOSSIBLE)


@pytest.mark.parametrize("time", [*POSSIBLE, "hôm nay", ""])
def test_a_time_that_may_be_true_or_is_none_is_kept_as_written(time: str) -> None:
    facts = judge(at_time(time)).facts
    assert facts is not None
    assert facts.claimed_signing_time == (time or None)


def test_a_claim_is_cut_to_the_length_of_a_time() -> None:
    facts = judge(at_time("x" * 5000)).facts
    assert facts is not None
    assert facts.claimed_signing_time == "x" * 40


def test_properties_of_another_version_of_the_standard_are_not_read() -> None:
    older = XADES_DRAFT.objects.replace(XADES, "http://uri.etsi.org/01903/v1.1.1#")
    draft = replace(XADES_DRAFT, objects=older, references=(reference(), reference("#props", (EXCLUSIVE,))))
    facts = judge(make(draft)).facts
    assert facts is not None
    assert facts.claimed_signing_time is None


def test_a_key_certified_twice_is_read_as_the_signer_means_it() -> None:
    twin = under_intermediate(Forgery(subject="Cơ quan B"), credential().key)
    both: list[Certificate] = [certificate(twin), certificate(credential()), certificate(hierarchy().intermediate)]
    facts = judge(make(XADES_DRAFT, credential(), both)).facts
    assert facts is not None
    assert facts.path.signer == certificate(credential())
