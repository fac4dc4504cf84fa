"""A verdict on a signature, and what is known of its certificates' revocation, put together (EN 319 102-1 §5.2.6.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from signing.certificates import Certificate
from signing.revocation.judge import revocation_when
from signing.revocation.requests import sources_of
from signing.statuses import Doubt, RevocationEvidence, RevocationState, RevocationStatus, Source
from signing.verdict import (
    CertificatePath,
    Failure,
    FailureCode,
    Indication,
    RevocationFindings,
    SignatureFacts,
    SubIndication,
    Timestamp,
    Verdict,
    outcome_of,
)


class StatusBook(Protocol):
    """What was found out about certificates beforehand. Asking it costs nothing and waits for nobody."""

    def status_of(self, fingerprint: str) -> RevocationStatus | None:
        """Return what is known of the certificate with this SHA-256 (hexadecimal), None where nobody asked yet."""
        ...


class Statuses:
    """A book of what is given."""

    def __init__(self, known: Mapping[str, RevocationStatus]) -> None:
        self._known = dict(known)

    def status_of(self, fingerprint: str) -> RevocationStatus | None:
        """Return what was given."""
        return self._known.get(fingerprint)


def findings_for(path: CertificatePath, book: StatusBook, *, at: datetime) -> RevocationFindings:
    """Return the states of a path's certificates for a signature that existed at the aware moment `at`."""
    return RevocationFindings(tuple((one, _status(one, book).seen_at(at)) for one in path.certificates[:-1]), at)


def failure_in(findings: RevocationFindings) -> Failure | None:
    """Return what a path fails by: a certificate revoked or on hold, the signer's before its authorities'."""
    for position, (_, status) in enumerate(findings.statuses):
        if status.state is RevocationState.REVOKED:
            return _failure(status, is_signer=position == 0)
    return None


def with_revocation(verdict: Verdict, book: StatusBook) -> Verdict:
    """Return the verdict with what is known of revocation.

    1. A signature that failed already stays as it is: nobody needs to know more.
    2. The states are those of the moment the signature is proved to have existed (EN 319 102-1 best-signature-time): a
       time stamp's, or that of the judgement. What the book does not know may be told by the evidence that came with
       the signature (levels B-LT and B-LTA).
    3. A certificate revoked by then refuses the signature, the signer's before its authorities'.
    4. A state that is unknown marks it INDETERMINATE/TRY_LATER.
    5. All good: the verdict stands.
    """
    if verdict.facts is None or verdict.covered is None:
        return verdict
    moment = _existed_at(verdict, book)
    findings = findings_for(verdict.facts.path, book, at=moment)
    if findings.unknown:
        findings = _with_embedded(findings, verdict.facts, at=moment, now=verdict.judged_at)
    if not all(one.is_in_force(moment) for one in verdict.facts.path.certificates):
        # It passed by a stamp whose authority is known to have been revoked.
        return _refused(verdict, findings, failure=Failure(FailureCode.CERTIFICATE_EXPIRED, "signer"))
    failure = failure_in(findings)
    if failure is not None:
        return _refused(verdict, findings, failure=failure)
    if findings.unknown:
        return replace(
            verdict,
            indication=Indication.INDETERMINATE,
            sub_indication=SubIndication.TRY_LATER,
            revocation=findings,
            mark=FailureCode.REVOCATION_UNKNOWN,
        )
    return replace(verdict, revocation=findings)


def _existed_at(verdict: Verdict, book: StatusBook) -> datetime:
    """Return the moment the signature is proved to have existed: the earliest stamp that counts, or the judgement.

    The stamp of an authority that had been revoked by then proves nothing.
    """
    stamps = verdict.facts.additions.timestamps if verdict.facts else ()
    counted = [one.moment for one in stamps if isinstance(one, Timestamp) and not _is_revoked(one, book)]
    return min((*counted, verdict.judged_at))


def _is_revoked(stamp: Timestamp, book: StatusBook) -> bool:
    statuses = findings_for(stamp.path, book, at=stamp.moment).statuses
    return any(status.state is RevocationState.REVOKED for _, status in statuses)


def _with_embedded(
    findings: RevocationFindings, facts: SignatureFacts, *, at: datetime, now: datetime
) -> RevocationFindings:
    """Return the findings with what the signature's own evidence says of certificates the book does not know."""
    embedded = facts.additions.embedded
    evidence = [
        *(RevocationEvidence(Source.OCSP, one) for one in embedded.ocsp_answers),
        *(RevocationEvidence(Source.CRL, one) for one in embedded.crls),
    ]
    if not evidence:
        return findings
    statuses = []
    for position, (certificate, status) in enumerate(findings.statuses):
        known = status
        if status.state is RevocationState.UNKNOWN:
            path = CertificatePath(facts.path.certificates[position:])
            told = revocation_when(path, evidence, at=at, now=now).seen_at(at)
            known = status if told.state is RevocationState.UNKNOWN else told
        statuses.append((certificate, known))
    return RevocationFindings(tuple(statuses), at)


def _status(certificate: Certificate, book: StatusBook) -> RevocationStatus:
    known = book.status_of(certificate.fingerprint)
    if known is not None:
        return known
    return RevocationStatus.unknown(Doubt.NO_EVIDENCE if sources_of(certificate) else Doubt.NO_SOURCE)


def _failure(status: RevocationStatus, *, is_signer: bool) -> Failure:
    since = "" if status.revoked_at is None else status.revoked_at.isoformat()
    if not is_signer:
        return Failure(FailureCode.AUTHORITY_REVOKED, since)
    return Failure(FailureCode.CERTIFICATE_ON_HOLD if status.is_hold else FailureCode.CERTIFICATE_REVOKED, since)


def _refused(verdict: Verdict, findings: RevocationFindings, *, failure: Failure) -> Verdict:
    indication, sub_indication = outcome_of(failure.code)
    return replace(
        verdict,
        indication=indication,
        sub_indication=sub_indication,
        failure=failure,
        covered=None,
        revocation=findings,
    )
