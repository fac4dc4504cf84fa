"""What verifiers and messages say, put into the words of evidence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from envelopes.errors import Finding
from envelopes.evidence_facts import (
    AttachmentDigest,
    Content,
    CoveredReference,
    Digest,
    DigestMethod,
    Message,
    MessageKind,
    Reason,
    carriable,
)
from envelopes.evidence_signatures import (
    CertificateStatus,
    RevocationSource,
    RevocationState,
    SenderSignature,
    SignatureIndication,
    SignatureTimestamp,
    SigningCertificate,
    ValidationSummary,
)
from envelopes.model import Attachment, Envelope
from envelopes.packages import Package
from envelopes.status import StatusReport
from signing.certificates import Certificate
from signing.statuses import RevocationStatus
from signing.verdict import RevocationFindings, SignatureFacts, Timestamp, Verdict


def message_of(message: Envelope | StatusReport) -> Message:
    """Return the message by what it calls itself; the axis's own ids are added where they exist."""
    if isinstance(message, Envelope):
        code = carriable(str(message.business.doc_type))
        return Message(MessageKind.DOCUMENT, code=code, document_id=message.document_id)
    document_id = message.response_for.document_id
    return Message(MessageKind.STATUS, code=carriable(str(message.status)), document_id=document_id)


def content_of(
    package: Package, verdict: Verdict, *, message: Envelope | StatusReport | None, digest: bytes | None
) -> Content:
    """Return what was submitted: its octets as received, and, of a readable message, its `digest` and its files."""
    references = verdict.facts.references if verdict.facts else ()
    attachments = message.attachments if isinstance(message, Envelope) else ()
    return Content(
        raw=Digest(DigestMethod.SHA256, package.digest),
        size=package.size,
        canonical=Digest(DigestMethod.SHA256, digest) if digest else None,
        attachments=tuple(_attachment(one) for one in attachments),
        references=tuple(
            CoveredReference(one.uri, Digest(DigestMethod(one.algorithm.value), one.value)) for one in references
        ),
    )


def _attachment(attachment: Attachment) -> AttachmentDigest:
    return AttachmentDigest(
        content_id=attachment.content_id,
        name=attachment.name,
        size=attachment.size,
        media_type=attachment.media_type,
        digest=Digest(DigestMethod.SHA256, attachment.digest),
    )


def signature_of(verdict: Verdict) -> SenderSignature:
    """Return the sender's signature as it was judged."""
    facts = verdict.facts
    return SenderSignature(
        indication=SignatureIndication(verdict.indication.value),
        sub_indication=verdict.sub_indication.value if verdict.sub_indication else None,
        verdict=verdict.code.value if verdict.code else None,
        algorithm=facts.algorithm.value if facts else None,
        certificate=signing_certificate(facts.path.signer) if facts else None,
        level=_level(facts),
        proven_at=_proven_at(facts),
        claimed_signing_time=carriable(facts.claimed_signing_time) if facts and facts.claimed_signing_time else None,
    )


def _level(facts: SignatureFacts | None) -> str | None:
    level = facts.additions.verified_level if facts else None
    return level.value if level else None


def _proven_at(facts: SignatureFacts | None) -> datetime | None:
    proof = facts.additions.proof_of_existence if facts else None
    return whole(proof.moment) if proof else None


def signing_certificate(certificate: Certificate) -> SigningCertificate:
    """Return a certificate as evidence names it."""
    digest = Digest(DigestMethod.SHA256, bytes.fromhex(certificate.fingerprint))
    return SigningCertificate(digest, carriable(certificate.issuer) or "-", certificate.serial)


def validation_of(verdict: Verdict) -> ValidationSummary:
    """Return how the signature was judged, so that somebody else can judge it again."""
    anchor = verdict.facts.path.anchor.fingerprint if verdict.facts else None
    return ValidationSummary(
        time=verdict.judged_at,
        policy=verdict.policy,
        revocation=verdict.revocation_word,
        anchor=Digest(DigestMethod.SHA256, bytes.fromhex(anchor)) if anchor else None,
        statuses=_statuses(verdict.revocation),
        timestamps=tuple(_timestamp(one, verdict) for one in verdict.facts.additions.counted) if verdict.facts else (),
    )


def _timestamp(stamp: Timestamp, verdict: Verdict) -> SignatureTimestamp:
    return SignatureTimestamp(
        time=whole(stamp.moment),
        token=Digest(DigestMethod.SHA256, stamp.digest),
        statuses=_statuses(stamp.revocation),
        is_relied_on=stamp == verdict.rests_on,
    )


def _statuses(findings: RevocationFindings | None) -> tuple[CertificateStatus, ...]:
    statuses = findings.statuses if findings else ()
    return tuple(certificate_status(bytes.fromhex(one.fingerprint), known) for one, known in statuses)


def certificate_status(fingerprint: bytes, known: RevocationStatus) -> CertificateStatus:
    """Return what was known of one certificate; times in the whole milliseconds of evidence."""
    reason = known.doubt.value if known.doubt else known.reason
    return CertificateStatus(
        certificate=Digest(DigestMethod.SHA256, fingerprint),
        state=RevocationState(known.state.value),
        source=RevocationSource(known.source.value) if known.source else None,
        this_update=whole(known.this_update) if known.this_update else None,
        next_update=whole(known.next_update) if known.next_update else None,
        revoked_at=whole(known.revoked_at) if known.revoked_at else None,
        reason=reason,
        evidence=Digest(DigestMethod.SHA256, known.evidence) if known.evidence else None,
        is_supplied=known.is_brought,
    )


def whole(moment: datetime) -> datetime:
    """Return a moment in the whole milliseconds of evidence, UTC."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000).astimezone(UTC)


def reasons_of(findings: Iterable[Finding]) -> tuple[Reason, ...]:
    """Return findings as the reasons of an evidence. None of them goes away by trying again."""
    return tuple(reason_of(finding) for finding in findings)


def reason_of(finding: Finding) -> Reason:
    """Return one finding as a reason."""
    return Reason(finding.code, finding.words.vi, finding.words.en, place=finding.path or None)
