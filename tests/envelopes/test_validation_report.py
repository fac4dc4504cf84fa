"""Reports with names and fields of TS 119 102-2: judged by our own schema, and saying what the evidence says."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from envelopes.errors import InvalidModel
from envelopes.evidence import Evidence, EvidenceType
from envelopes.evidence_facts import Digest
from envelopes.evidence_signatures import (
    CertificateStatus,
    DocumentSummary,
    DocumentWorth,
    FileSignature,
    FileVerdict,
    RevocationSource,
    RevocationState,
    SignatureIndication,
    SignatureTimestamp,
    SigningCertificate,
    ValidationSummary,
)
from envelopes.validation_report import write_report
from tests.envelopes.evidence_samples import RECEIVED, acceptance, handover
from tests.envelopes.evidence_strategies import evidences, signatures, validations

JUDGED = [kind for kind in EvidenceType if kind.is_judgement]
NAMES = {
    "vr": "http://uri.etsi.org/19102/v1.2.1#",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "axis": "urn:axis:validation-report:1",
}


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    with resources.as_file(resources.files("envelopes") / "schemas") as folder:
        return etree.XMLSchema(file=str(folder / "validation-report.xsd"))


@st.composite
def judged(draw: st.DrawFn) -> Evidence:
    """Evidence that says how signatures were judged."""
    evidence = draw(evidences(types=st.sampled_from(JUDGED)))
    return replace(evidence, sender_signature=draw(signatures()), validation=draw(validations))


@given(evidence=judged())
def test_every_report_follows_our_schema(schema: etree.XMLSchema, evidence: Evidence) -> None:
    octets = write_report(evidence)
    root = etree.fromstring(octets)
    schema.assertValid(root)
    assert write_report(evidence) == octets
    documents = evidence.documents
    inside = [one for file in documents.files for one in file.signatures] if documents else []
    verdicts = [documents.verdict, *(one.verdict for one in documents.files)] if documents else []
    failures = [one for one in verdicts if one is not None]
    assert len(root.findall("vr:SignatureValidationReport", NAMES)) == 1 + len(inside) + len(failures)


@pytest.mark.parametrize("kind", [kind for kind in EvidenceType if not kind.is_judgement])
def test_other_evidence_is_not_reported(kind: EvidenceType) -> None:
    evidence = handover() if kind.is_per_delivery else acceptance()
    other = replace(evidence, type=kind, reasons=acceptance().reasons)
    with pytest.raises(InvalidModel):
        write_report(other)


def test_evidence_without_a_judged_signature_is_not_reported() -> None:
    with pytest.raises(InvalidModel):
        write_report(replace(acceptance(), sender_signature=None))


def doubted() -> Evidence:
    """An acceptance whose signer was revoked by a CRL, under an authority that was good by OCSP; one file is broken."""
    made = acceptance()
    assert made.sender_signature is not None
    assert made.sender_signature.certificate is not None
    statuses = (
        CertificateStatus(
            made.sender_signature.certificate.digest,
            RevocationState.REVOKED,
            RevocationSource.CRL,
            this_update=RECEIVED - timedelta(hours=1),
            revoked_at=RECEIVED - timedelta(days=2),
            reason="key_compromise",
            evidence=Digest.sha256(b"crl"),
        ),
        CertificateStatus(
            Digest.sha256(b"issuer"),
            RevocationState.GOOD,
            RevocationSource.OCSP,
            this_update=RECEIVED - timedelta(minutes=5),
            evidence=Digest.sha256(b"ocsp"),
        ),
    )
    signature = replace(
        made.sender_signature,
        indication=SignatureIndication.INDETERMINATE,
        sub_indication="REVOKED_NO_POE",
        verdict="signature/certificate-revoked",
        level="B-T",
        proven_at=RECEIVED - timedelta(hours=2),
    )
    inside = FileSignature(
        "Signature1",
        SignatureIndication.TOTAL_FAILED,
        "HASH_FAILURE",
        "pdf/changed",
        stamped_at=RECEIVED - timedelta(hours=3),
        revocation=RevocationState.UNKNOWN,
    )
    files = (FileVerdict(2, DocumentWorth.BROKEN, None, (inside,)),)
    return replace(
        made,
        sender_signature=signature,
        validation=ValidationSummary(
            RECEIVED, "urn:axis:policy:package:1", "revoked", Digest.sha256(b"anchor"), statuses
        ),
        documents=DocumentSummary(RECEIVED, DocumentWorth.BROKEN, files),
    )


@pytest.fixture(scope="module")
def root() -> etree._Element:
    return etree.fromstring(write_report(doubted()))


def said(element: etree._Element, path: str) -> list[str | None]:
    """The texts of all elements at a path."""
    return [one.text for one in element.findall(path, NAMES)]


def test_outcomes_are_named_as_the_standard_names_them(root: etree._Element) -> None:
    package, inside = root.findall("vr:SignatureValidationReport", NAMES)
    status, urn = "vr:SignatureValidationStatus", "urn:etsi:019102"
    assert said(package, f"{status}/vr:MainIndication") == [f"{urn}:mainindication:indeterminate"]
    assert said(package, f"{status}/vr:SubIndication") == [f"{urn}:subindication:REVOKED_NO_POE"]
    assert said(inside, f"{status}/vr:MainIndication") == [f"{urn}:mainindication:total-failed"]
    passed = etree.fromstring(write_report(acceptance()))
    assert said(passed, f".//{status}/vr:MainIndication") == [f"{urn}:mainindication:total-passed"]
    assert said(passed, f".//{status}/vr:SubIndication") == []


def test_the_rule_and_the_place_are_named(root: etree._Element) -> None:
    assert said(root, ".//vr:ValidationConstraintIdentifier") == [
        "urn:axis:rule:signature/certificate-revoked",
        "urn:axis:rule:pdf/changed",
    ]
    assert said(root, ".//vr:DAIdentifier") == ["edXMLHeader/Signature", "Attachment[2]/Signature1"]


def test_a_file_that_signatures_could_not_be_judged_in_is_reported_with_why() -> None:
    files = (FileVerdict(1, DocumentWorth.BROKEN, "pdf/encrypted"), FileVerdict(2, DocumentWorth.UNSIGNED))
    policy = "urn:axis:policy:document:1"
    documents = DocumentSummary(RECEIVED, DocumentWorth.BROKEN, files, policy=policy)
    root = etree.fromstring(write_report(replace(acceptance(), documents=documents)))
    _, closed = root.findall("vr:SignatureValidationReport", NAMES)
    assert said(closed, ".//vr:DAIdentifier") == ["Attachment[1]"]
    assert said(closed, ".//vr:ValidationConstraintIdentifier") == ["urn:axis:rule:pdf/encrypted"]
    assert said(closed, ".//vr:PolicyName") == [policy]
    status = "vr:SignatureValidationStatus/vr:MainIndication"
    assert said(closed, status) == ["urn:etsi:019102:mainindication:indeterminate"]


def test_what_a_signature_inside_a_file_rests_on_is_reported() -> None:
    statuses = (
        CertificateStatus(
            Digest.sha256(b"person"), RevocationState.GOOD, RevocationSource.OCSP, evidence=Digest.sha256(b"answer")
        ),
    )
    inside = FileSignature(
        "Signature1",
        SignatureIndication.TOTAL_PASSED,
        signer="Nguyễn Văn A",
        certificate=SigningCertificate(Digest.sha256(b"person"), "CN=CA", 7),
        coverage="whole-file",
        changes="NONE",
        subfilter="ETSI.CAdES.detached",
        anchor=Digest.sha256(b"document anchor"),
        statuses=statuses,
        revocation=RevocationState.GOOD,
    )
    file = FileVerdict(1, DocumentWorth.PERSON_ONLY, signatures=(inside,))
    documents = DocumentSummary(RECEIVED, DocumentWorth.PERSON_ONLY, (file,))
    root = etree.fromstring(write_report(replace(acceptance(), documents=documents)))
    _, report = root.findall("vr:SignatureValidationReport", NAMES)
    assert said(report, "vr:SignerInformation/vr:Signer") == ["Nguyễn Văn A"]
    anchor = referred(root, report, "vr:SignatureValidationStatus/vr:AssociatedValidationReportData/vr:TrustAnchor")
    assert anchor == ("certificate", Digest.sha256(b"document anchor").value)
    kinds = said(root, "vr:SignatureValidationObjects//vr:ObjectType")
    assert "urn:etsi:019102:validationObject:OCSPResponse" in kinds
    types = [(one or "").rpartition(":")[2] for one in said(report, ".//vr:ReportData/vr:Type")]
    assert {"certificate-status", "coverage", "changes", "subfilter"} <= set(types)


def test_the_best_signature_time_is_that_of_the_stamp(root: etree._Element) -> None:
    assert said(root, ".//vr:POETime") == ["2026-11-19T23:02:03.004Z", "2026-11-19T22:02:03.004Z"]
    assert said(root, ".//vr:ValidationTime") == ["2026-11-20T01:02:03.004Z"] * 2
    unstamped = etree.fromstring(write_report(acceptance()))
    assert said(unstamped, ".//vr:POETime") == ["2026-11-20T01:02:03.004Z"]
    assert said(unstamped, ".//vr:SigningTime/vr:Time") == ["2026-11-20T01:00:00.000Z"]


def test_each_report_is_about_its_own_document(root: etree._Element) -> None:
    digests = [base64.b64decode(one or "") for one in said(root, ".//vr:SignersDocument//ds:DigestValue")]
    assert digests == [Digest.sha256(b"package as received").value, Digest.sha256(b"%PDF-").value]


def test_a_revocation_names_its_certificate_its_time_and_what_says_so(root: etree._Element) -> None:
    (revoked,) = root.findall(".//vr:RevocationStatusInformation", NAMES)
    assert said(revoked, "vr:RevocationTime") == ["2026-11-18T01:02:03.004Z"]
    assert said(revoked, "vr:RevocationReason") == ["urn:etsi:019102:revocationReason:keyCompromise"]
    assert referred(root, revoked, "vr:ValidationObjectId") == ("certificate", Digest.sha256(b"certificate").value)
    assert referred(root, revoked, "vr:RevocationObject") == ("CRL", Digest.sha256(b"crl").value)


def referred(root: etree._Element, element: etree._Element, path: str) -> tuple[str, bytes]:
    """The kind and the digest of the validation object that is referred to."""
    found = element.find(path, NAMES)
    assert found is not None
    (one,) = root.findall(f".//vr:ValidationObject[@id='{found.get('VOReference')}']", NAMES)
    kind = one.findtext("vr:ObjectType", namespaces=NAMES)
    value = one.findtext(".//ds:DigestValue", namespaces=NAMES)
    assert kind is not None
    assert value is not None
    return kind.rpartition(":")[2], base64.b64decode(value)


def test_what_states_rest_on_are_objects_by_their_digest(root: etree._Element) -> None:
    kinds = [(kind or "").rpartition(":")[2] for kind in said(root, ".//vr:ObjectType")]
    assert kinds == ["certificate", "CRL", "certificate", "OCSPResponse", "certificate"]
    related = root.findall(".//vr:RelatedValidationObject", NAMES)
    assert [referred(root, one, ".")[0] for one in related] == ["CRL", "OCSPResponse"]
    assert referred(root, root, ".//vr:TrustAnchor") == ("certificate", Digest.sha256(b"anchor").value)


def test_a_time_stamp_and_what_is_known_of_its_authority_are_told(root: etree._Element) -> None:
    assert root.findall(".//axis:Fact[@timestamp]", NAMES) == []
    made = doubted()
    assert made.validation is not None
    unknown = CertificateStatus(Digest.sha256(b"tsa"), RevocationState.UNKNOWN, reason="no-evidence")
    good = replace(made.validation.statuses[1], is_supplied=True)
    at = RECEIVED - timedelta(hours=2)
    stamp = SignatureTimestamp(at, Digest.sha256(b"token"), (unknown, good), is_relied_on=True)
    told = etree.fromstring(write_report(replace(made, validation=replace(made.validation, timestamps=(stamp,)))))
    related = [referred(told, one, ".") for one in told.findall(".//vr:RelatedValidationObject", NAMES)]
    assert ("timestamp", Digest.sha256(b"token").value) in related
    relied, *states = told.findall(".//axis:Fact[@timestamp]", NAMES)
    assert (relied.text, relied.get("reliedOn")) == ("2026-11-19T23:02:03.004Z", "true")
    assert [(one.get("state"), one.get("reason"), one.get("suppliedBySigner")) for one in states] == [
        ("unknown", "no-evidence", None),
        ("good", None, "true"),
    ]


def test_what_the_standard_has_no_place_for_is_told_beside_it(root: etree._Element) -> None:
    told = [
        (one.findtext("vr:Type", namespaces=NAMES), one.findtext("vr:Value/axis:Fact", namespaces=NAMES))
        for one in root.findall(".//vr:ReportData", NAMES)
    ]
    assert told == [
        ("urn:axis:report:certificate-status", "revoked"),
        ("urn:axis:report:certificate-status", "good"),
        ("urn:axis:report:evidence", str(doubted().identifier)),
        ("urn:axis:report:revocation", "revoked"),
        ("urn:axis:report:level", "B-T"),
        ("urn:axis:report:document-worth", "broken"),
        ("urn:axis:report:file-worth", "broken"),
        ("urn:axis:report:revocation", "unknown"),
    ]
    facts = root.findall(".//axis:Fact[@certificate]", NAMES)
    assert [(one.get("state"), one.get("reason")) for one in facts] == [("revoked", "key_compromise"), ("good", None)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"mainindication:indeterminate", b"mainindication:perhaps"),
        (b"subindication:", b"subindicator:"),
        (b"validationObject:CRL", b"validationObject:list"),
        (b"revocationReason:keyCompromise", b"revocationReason:lost"),
        (b"2026-11-19T23:02:03.004Z", b"2026-11-20T06:02:03.004+07:00"),
        (b'VOReference="object-1"', b'VOReference="object-9"'),
        (b"urn:axis:report:level", b"urn:axis:report:colour"),
        (b"DAIdentifier>", b"Identifier>"),
        (b"2001/04/xmlenc#sha256", b"2000/09/xmldsig#sha1"),
    ],
)
def test_a_damaged_report_does_not_follow_our_schema(schema: etree.XMLSchema, old: bytes, new: bytes) -> None:
    octets = write_report(doubted())
    assert old in octets
    assert not schema.validate(etree.fromstring(octets.replace(old, new)))
