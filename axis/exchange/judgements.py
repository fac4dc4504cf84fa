"""What was found out about one message's signature and documents, as one value, whoever tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from axis.exchange.attested import signature_of, validation_of
from axis.exchange.document_words import is_in_file
from envelopes.evidence import Evidence, EvidenceType
from envelopes.evidence_signatures import (
    CertificateStatus,
    DocumentSummary,
    FileSignature,
    FileVerdict,
    SenderSignature,
    SignatureTimestamp,
    ValidationSummary,
)
from signing.verdict import Verdict
from storage.records import JsonObject


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judged signature in the words of evidence.

    `existed_at` is the moment that certificates were judged for: a time stamp's, or that of the submission. `signer` is
    the name of whoever signed, where it is known. A refused message waits for nothing; `is_reason` says whether its
    signature was why it was refused.
    """

    signature: SenderSignature
    validation: ValidationSummary
    existed_at: datetime
    documents: DocumentSummary | None = None
    signer: str | None = None
    is_refused: bool = False
    is_reason: bool = True


def judgement_of(evidence: Evidence) -> Judgement | None:
    """Return what an evidence says of the signature and the documents; None where that is not what it is about."""
    signature, validation = evidence.sender_signature, evidence.validation
    if not evidence.type.is_judgement or signature is None or validation is None:
        return None
    seen_at = evidence.submission_time or validation.time
    return Judgement(
        signature,
        validation,
        existed_at=min(signature.proven_at or seen_at, seen_at),
        documents=evidence.documents,
        signer=evidence.sender.name,
        is_refused=evidence.type is EvidenceType.SUBMISSION_REJECTION,
        is_reason=any(one.code == signature.verdict and not is_in_file(one.place) for one in evidence.reasons),
    )


def judgement_on(verdict: Verdict) -> Judgement:
    """Return a verdict as evidence would say it; the signer is called what the certificate calls it."""
    return Judgement(
        signature_of(verdict),
        validation_of(verdict),
        existed_at=verdict.revocation.existed_at if verdict.revocation else verdict.judged_at,
        signer=verdict.facts.path.signer.common_name if verdict.facts else None,
        is_refused=verdict.failure is not None,
    )


def judgement_document(judgement: Judgement) -> JsonObject:
    """Return a judgement for programs, as JSON: its words are told beside it, by `explained`."""
    signature, validation = judgement.signature, judgement.validation
    return {
        "indication": signature.indication.value,
        "sub_indication": signature.sub_indication,
        "code": signature.verdict,
        "level": signature.level,
        "proven_at": signature.proven_at,
        "judged_at": validation.time,
        "policy": validation.policy,
        "revocation": validation.revocation,
        "statuses": [_status(one) for one in validation.statuses],
        "timestamps": [_timestamp(one) for one in validation.timestamps],
        "documents": None if judgement.documents is None else _documents(judgement.documents),
    }


def _status(status: CertificateStatus) -> JsonObject:
    return {
        "certificate": str(status.certificate),
        "state": status.state.value,
        "source": None if status.source is None else status.source.value,
        "this_update": status.this_update,
        "next_update": status.next_update,
        "revoked_at": status.revoked_at,
        "reason": status.reason,
        "evidence": None if status.evidence is None else str(status.evidence),
        "supplied_by_signer": status.is_supplied,
    }


def _timestamp(stamp: SignatureTimestamp) -> JsonObject:
    return {
        "time": stamp.time,
        "token": str(stamp.token),
        "statuses": [_status(one) for one in stamp.statuses],
        "relied_on": stamp.is_relied_on,
    }


def _documents(documents: DocumentSummary) -> JsonObject:
    return {
        "judged_at": documents.time,
        "worth": documents.worth.value,
        "code": documents.verdict,
        "policy": documents.policy,
        "files": [_file(one) for one in documents.files],
    }


def _file(file: FileVerdict) -> JsonObject:
    return {
        "number": file.number,
        "worth": file.worth.value,
        "code": file.verdict,
        "doubts": list(file.doubts),
        "signatures": [_file_signature(one) for one in file.signatures],
    }


def _file_signature(signature: FileSignature) -> JsonObject:
    certificate, authority, anchor = signature.certificate, signature.stamp_authority, signature.anchor
    return {
        "field": signature.field,
        "kind": None if signature.kind is None else signature.kind.value,
        "signer": signature.signer,
        "indication": signature.indication.value,
        "sub_indication": signature.sub_indication,
        "code": signature.verdict,
        "certificate": None if certificate is None else str(certificate.digest),
        "claimed_at": signature.claimed_at,
        "stamped_at": signature.stamped_at,
        "revocation": None if signature.revocation is None else signature.revocation.value,
        "subfilter": signature.subfilter,
        "algorithm": signature.algorithm,
        "coverage": signature.coverage,
        "changes": signature.changes,
        "docmdp": signature.docmdp,
        "stamp": signature.stamp,
        "stamp_authority": None if authority is None else str(authority.digest),
        "stamp_revocation": None if signature.stamp_revocation is None else signature.stamp_revocation.value,
        "anchor": None if anchor is None else str(anchor),
        "statuses": [_status(one) for one in signature.statuses],
    }
