"""Samples in the documentation, made by the code that makes the real ones: answers of the API, and one evidence."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from lxml import etree

from axis.exchange.policy import issuer_policy
from axis.web import examples
from axis.web.problems import problem_document
from axis.web.reports import Report
from envelopes import evidence_facts as facts
from envelopes import evidence_signatures as signatures
from envelopes.evidence import Evidence, EvidenceType
from envelopes.evidence_writer import write_evidence
from envelopes.identifiers import DeliveryId, DocumentId, EnvelopeId, EvidenceId, OrganId, SystemId
from scripts.markdown import fence
from signing.algorithms import DS, SignatureAlgorithm
from signing.policy import PACKAGE_POLICY

_MOMENT: Final = datetime(2026, 11, 21, 2, 3, 4, 567000, tzinfo=UTC)
_ENVELOPE: Final = EnvelopeId(UUID("019aa5f0-7c11-7a52-8f3e-5d0c2b1e9a77"))
_DELIVERY: Final = DeliveryId(UUID("019aa5f0-7c12-7d04-9b6a-2f1d8c3e4b55"))
_ACCEPTANCE: Final = EvidenceId(UUID("019aa5f0-7c13-7121-a0c4-61e2f9d0ab34"))
_HANDOVER: Final = EvidenceId(UUID("019aa5f3-5a20-7c01-b3d2-0f4e6a8c1d92"))
_ANSWERS: Final[Mapping[str, Any]] = {
    "token": examples.TOKEN,
    "acceptance": examples.ACCEPTANCE,
    "trace": examples.TRACE,
    "lease": examples.LEASE,
    "acknowledged": examples.ACKNOWLEDGED,
}


def problem() -> str:
    """Return a problem document as the API writes it."""
    correlation_id = "qlvb-2026-11-21-0042"
    return _json(problem_document(Report.of("lease/lost"), instance="/v1/deliveries/…", correlation_id=correlation_id))


def evidence() -> str:
    """Return an evidence of handover, indented for reading, with its seal cut short."""
    root = etree.fromstring(write_evidence(_handover()))
    seal = etree.SubElement(root, f"{{{DS}}}Signature")
    seal.text = "…"
    etree.indent(root)
    text = etree.tostring(root, encoding="unicode")
    return fence("xml", text)


def _handover() -> Evidence:
    octets = b"the package as it was received"
    return Evidence(
        identifier=_HANDOVER,
        type=EvidenceType.CONTENT_HANDOVER,
        event_time=_MOMENT + timedelta(seconds=188, milliseconds=233),
        issue_time=_MOMENT + timedelta(seconds=188, milliseconds=401),
        issuer=facts.Issuer("https://axis.example.vn", facts.Digest.sha256(b"seal"), software_version="0.1.0"),
        policy=issuer_policy(),
        environment=facts.Environment(facts.EnvironmentKind.TEST, "axis-rehearsal"),
        sender=facts.Party(OrganId("H51.15"), name="Sở Nội vụ (đơn vị mẫu)", system=SystemId("qlvb.h51.15")),
        message=facts.Message(
            facts.MessageKind.DOCUMENT,
            code="0",
            envelope_id=_ENVELOPE,
            document_id=DocumentId("H51.15,2026/11/21,123/SNV-VP"),
            delivery_id=_DELIVERY,
        ),
        recipients=(facts.Recipient(facts.Party(OrganId("H26.18"), name="Văn phòng Ủy ban nhân dân (đơn vị mẫu)")),),
        submission_time=_MOMENT,
        content=_content(octets),
        sender_signature=_signature(),
        validation=_validation(),
        previous=facts.PreviousEvidence(_ACCEPTANCE, facts.Digest.sha256(b"the evidence before")),
        acknowledgement=facts.KeptAcknowledgement("eyJhbGciOiJFUzI1NiIs.eyJkZWxpdmVyeSI6.MEUCIQDx"),
    )


def _content(octets: bytes) -> facts.Content:
    attachment = facts.AttachmentDigest(
        content_id="file-1",
        name="123_SNV-VP.pdf",
        size=18_204,
        media_type="application/pdf",
        digest=facts.Digest.sha256(b"the file"),
    )
    return facts.Content(
        raw=facts.Digest.sha256(octets),
        size=31_744,
        canonical=facts.Digest.sha256(b"the canonical form"),
        attachments=(attachment,),
        references=(facts.CoveredReference("", facts.Digest.sha256(b"the covered octets")),),
    )


def _validation() -> signatures.ValidationSummary:
    known = signatures.CertificateStatus(
        certificate=facts.Digest.sha256(b"certificate"),
        state=signatures.RevocationState.GOOD,
        source=signatures.RevocationSource.OCSP,
        this_update=_MOMENT - timedelta(minutes=41),
        next_update=_MOMENT + timedelta(hours=7),
        evidence=facts.Digest.sha256(b"the answer of the responder"),
    )
    return signatures.ValidationSummary(
        _MOMENT, PACKAGE_POLICY.name, "good", facts.Digest.sha256(b"anchor"), statuses=(known,)
    )


def _signature() -> signatures.SenderSignature:
    return signatures.SenderSignature(
        indication=signatures.SignatureIndication.TOTAL_PASSED,
        algorithm=SignatureAlgorithm.ECDSA_SHA256.value,
        certificate=signatures.SigningCertificate(facts.Digest.sha256(b"certificate"), "CN=Axis demo issuing CA", 4711),
        claimed_signing_time="2026-11-21T02:03:01Z",
    )


def _json(document: object) -> str:
    return fence("json", json.dumps(document, ensure_ascii=False, indent=2))


def _answer(document: object) -> Callable[[], str]:
    return lambda: _json(document)


SAMPLES: Final[Mapping[str, Callable[[], str]]] = {
    **{f"answer-{name}": _answer(document) for name, document in _ANSWERS.items()},
    "answer-problem": problem,
    "evidence-sample": evidence,
}
"""Every sample by the name that pages call it by."""
