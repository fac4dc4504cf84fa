"""One complete acceptance receipt and one handover, for tests that need evidence with everything in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from envelopes.evidence import Evidence, EvidenceType
from envelopes.evidence_facts import (
    AttachmentDigest,
    Content,
    CoveredReference,
    Decision,
    Digest,
    Environment,
    EnvironmentKind,
    Issuer,
    IssuerPolicy,
    KeptAcknowledgement,
    Message,
    MessageKind,
    Party,
    PreviousEvidence,
    Reason,
    Recipient,
    RecipientDecision,
)
from envelopes.evidence_signatures import (
    SenderSignature,
    SignatureIndication,
    SigningCertificate,
    ValidationSummary,
)
from envelopes.identifiers import DeliveryId, DocumentId, EnvelopeId, EvidenceId, OrganId, SystemId

RECEIVED = datetime(2026, 11, 20, 1, 2, 3, 4_000, tzinfo=UTC)
_ACCEPTANCE = EvidenceId(UUID("01938f00-0000-7000-8000-000000000001"))
_HANDOVER = EvidenceId(UUID("01938f00-0000-7000-8000-000000000002"))
_ENVELOPE = EnvelopeId(UUID("01938f00-0000-7000-8000-000000000003"))
_DELIVERY = DeliveryId(UUID("01938f00-0000-7000-8000-000000000004"))
_REASON = Reason(
    code="recipient/unknown",
    vi="Không có cơ quan nào mang mã này.",
    en="No agency has this id.",
    place="MessageHeader.To[2].OrganId",
)


def acceptance() -> Evidence:
    """Return an acceptance of one document for two recipients, one of whom is unknown."""
    return Evidence(
        identifier=_ACCEPTANCE,
        type=EvidenceType.SUBMISSION_ACCEPTANCE,
        event_time=RECEIVED + timedelta(milliseconds=80),
        issue_time=RECEIVED + timedelta(milliseconds=81),
        issuer=Issuer("https://axis.example.vn", Digest.sha256(b"seal certificate"), "0.1.0"),
        policy=IssuerPolicy("urn:axis:policy:evidence:1", Digest.sha256(b"policy text")),
        environment=Environment(EnvironmentKind.TEST, "axis-test-1"),
        sender=Party(OrganId("H51.15"), OrganId("000.00.15.H51"), "Sở Tài chính", SystemId("qlvb.h51")),
        message=Message(MessageKind.DOCUMENT, "0", _ENVELOPE, DocumentId("H51.15,2026/11/20,12/CV-STC")),
        recipients=(
            Recipient(Party(OrganId("G09")), RecipientDecision(Decision.ACCEPTED, _DELIVERY)),
            Recipient(
                Party(OrganId("H99")), RecipientDecision(Decision.REFUSED, reason=_REASON, successor=OrganId("H51"))
            ),
        ),
        reasons=(_REASON,),
        submission_time=RECEIVED,
        content=_content(),
        sender_signature=_signature(),
        validation=ValidationSummary(RECEIVED, "urn:axis:policy:package:1", "not-judged", Digest.sha256(b"anchor")),
    )


def handover() -> Evidence:
    """Return the handover to the recipient of that acceptance, with its acknowledgement kept inside."""
    accepted = acceptance()
    return Evidence(
        identifier=_HANDOVER,
        type=EvidenceType.CONTENT_HANDOVER,
        event_time=RECEIVED + timedelta(minutes=3),
        issue_time=RECEIVED + timedelta(minutes=4),
        issuer=accepted.issuer,
        policy=accepted.policy,
        environment=accepted.environment,
        sender=accepted.sender,
        message=Message(MessageKind.DOCUMENT, "0", _ENVELOPE, accepted.message.document_id, _DELIVERY),
        recipients=(Recipient(Party(OrganId("G09"), system=SystemId("qlvb.g09"), delegate=OrganId("G09.1"))),),
        submission_time=RECEIVED,
        content=accepted.content,
        previous=PreviousEvidence(_ACCEPTANCE, Digest.sha256(b"sealed acceptance")),
        acknowledgement=KeptAcknowledgement("eyJhbGciOiJFUzI1NiJ9.eyJvdXRjb21lIjoiZG9uZSJ9.c2lnbmF0dXJl"),
    )


def _content() -> Content:
    return Content(
        raw=Digest.sha256(b"package as received"),
        size=19,
        canonical=Digest.sha256(b"canonical package"),
        attachments=(
            AttachmentDigest("tep-1", "Công văn 12.pdf", 4, "application/pdf", Digest.sha256(b"%PDF")),
            AttachmentDigest("tep-2", "Phụ lục.pdf", 5, "application/pdf", Digest.sha256(b"%PDF-")),
        ),
        references=(CoveredReference("", Digest.sha256(b"signed octets")),),
    )


def _signature() -> SenderSignature:
    certificate = SigningCertificate(Digest.sha256(b"certificate"), "CN=CA phụ,O=Cơ yếu,C=VN", 2**150 + 7)
    return SenderSignature(
        indication=SignatureIndication.TOTAL_PASSED,
        algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        certificate=certificate,
        claimed_signing_time="2026-11-20T08:00:00+07:00",
        report=Digest.sha256(b"report"),
    )
