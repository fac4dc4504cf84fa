"""Judgements of every kind, made from the values that evidence holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from axis.exchange.judgements import Judgement
from envelopes.evidence_facts import Digest
from envelopes.evidence_signatures import (
    CertificateStatus,
    DocumentSummary,
    DocumentWorth,
    FileSignature,
    FileVerdict,
    RevocationSource,
    RevocationState,
    SenderSignature,
    SignatureIndication,
    SignatureTimestamp,
    ValidationSummary,
)
from signing.statuses import Doubt
from signing.verdict import FailureCode, outcome_of

AT = datetime(2026, 11, 29, 16, 36, 40, tzinfo=UTC)
SIGNER = "Sở Nội vụ"


def good(
    source: RevocationSource = RevocationSource.OCSP, *, before: timedelta = timedelta(minutes=41)
) -> CertificateStatus:
    """Return a state that rests on evidence so much older than the judgement."""
    return CertificateStatus(
        Digest.sha256(b"certificate"),
        RevocationState.GOOD,
        source,
        this_update=AT - before,
        next_update=AT - before + timedelta(hours=8),
        evidence=Digest.sha256(b"answer"),
    )


def revoked(reason: str | None = "key_compromise", *, after: timedelta = timedelta(days=-2)) -> CertificateStatus:
    """Return the state of a certificate that was revoked so long after the signature was made."""
    return replace(good(RevocationSource.CRL), state=RevocationState.REVOKED, revoked_at=AT + after, reason=reason)


def unknown(doubt: Doubt) -> CertificateStatus:
    """Return a state of which nothing certain is known; what is out of date keeps its times."""
    if doubt is Doubt.STALE:
        return replace(good(before=timedelta(days=2)), state=RevocationState.UNKNOWN, reason=doubt.value)
    return CertificateStatus(Digest.sha256(b"certificate"), RevocationState.UNKNOWN, reason=doubt.value)


def judged(
    *statuses: CertificateStatus,
    code: FailureCode | None = None,
    proven_at: datetime | None = None,
    claimed: str | None = None,
    documents: DocumentSummary | None = None,
    is_refused: bool = False,
) -> Judgement:
    """Return a judgement with these states of the path, the signer's first."""
    indication, sub_indication = outcome_of(code) if code else (SignatureIndication.TOTAL_PASSED, None)
    signature = SenderSignature(
        SignatureIndication(indication.value),
        sub_indication.value if sub_indication else None,
        code.value if code else None,
        claimed_signing_time=claimed,
        level="B-T" if proven_at else "B-B",
        proven_at=proven_at,
    )
    states = [one.state for one in statuses]
    order = (RevocationState.REVOKED, RevocationState.UNKNOWN, RevocationState.GOOD)
    word = next((one.value for one in order if one in states), "not-judged")
    validation = ValidationSummary(AT, "urn:axis:policy:package:1", word, statuses=statuses)
    return Judgement(signature, validation, proven_at or AT, documents, SIGNER, is_refused)


def documents(worth: DocumentWorth, *files: FileVerdict) -> DocumentSummary:
    """Return what documents are worth together."""
    return DocumentSummary(AT, worth, files)


def file_signature(code: str | None = None, **changes: object) -> FileSignature:
    """Return a signature inside a file; `code` is why it failed."""
    passed = code is None
    made = FileSignature(
        "Signature1",
        SignatureIndication.TOTAL_PASSED if passed else SignatureIndication.TOTAL_FAILED,
        None if passed else "HASH_FAILURE",
        code,
        stamped_at=AT - timedelta(hours=1),
        revocation=RevocationState.GOOD,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test's choice of fields


def with_stamps(judgement: Judgement, *stamps: SignatureTimestamp) -> Judgement:
    """Return the judgement of a signature with these time stamps."""
    return replace(judgement, validation=replace(judgement.validation, timestamps=stamps))


def stamp(at: datetime, *statuses: CertificateStatus, is_relied_on: bool = False) -> SignatureTimestamp:
    """Return a time stamp that was verified; the states are those of its authority's path."""
    return SignatureTimestamp(at, Digest.sha256(b"token"), statuses, is_relied_on)
