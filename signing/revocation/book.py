"""A verdict on a signature, and what is known of its certificates' revocation, put together (EN 319 102-1 §5.2.6.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from signing.certificates import Certificate
from signing.revocation.brought import Brought
from signing.revocation.judge import revocation_when
from signing.revocation.requests import sources_of
from signing.statuses import Doubt, RevocationState, RevocationStatus
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
    revoked_code,
)

ENDED_IN_ORDER: Final = frozenset({"unspecified", "affiliation_changed", "superseded", "cessation_of_operation"})
"""Reasons of the revocation of a time-stamping authority that leave its earlier tokens valid (RFC 3161 §4)."""

_VOID: Final = Failure(FailureCode.TIMESTAMP_UNTRUSTED, "revoked")


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
    2. A time stamp that is void by the revocation of its authority (`voiding`) is one that does not count.
    3. The states are those of the moment the signature is proved to have existed (EN 319 102-1 best-signature-time): a
       time stamp's, or that of the judgement. What the book does not know may be told by the evidence that came with
       the signature (levels B-LT and B-LTA), and is marked so.
    4. A certificate revoked by then refuses the signature, the signer's before its authorities'.
    5. What passed only by a stamp that is void is refused: its certificate expired, it was judged by the rules of the
       stamp's time, or the policy requires a stamp.
    6. A state that is unknown marks it INDETERMINATE/TRY_LATER.
    7. All good: the verdict stands.
    """
    if verdict.facts is None or verdict.covered is None:
        return verdict
    facts = _with_stamps(verdict.facts, book)
    verdict = replace(verdict, facts=facts)
    moment = _existed_at(facts, verdict.judged_at)
    findings = findings_for(facts.path, book, at=moment)
    if findings.unknown:
        findings = _with_embedded(findings, facts, at=moment, now=verdict.judged_at)
    failure = failure_in(findings) or _unproved(facts, moment)
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


def voiding(path: CertificatePath, book: StatusBook, *, at: datetime) -> RevocationStatus | None:
    """Return the revocation by which a time-stamp token of the aware moment `at` is void, or None (RFC 3161 §4).

    `path` is its authority's. An authority that ended in order leaves the tokens from before it valid. Any other
    revocation, and one without a reason, makes all of them void: whoever has the key states what time they like.
    """
    for one in path.certificates[:-1]:
        status = book.status_of(one.fingerprint)
        if status is None or status.revoked_at is None:
            continue
        if status.reason not in ENDED_IN_ORDER or status.revoked_at <= at:
            return status
    return None


def _with_stamps(facts: SignatureFacts, book: StatusBook) -> SignatureFacts:
    """Return the facts with each void time stamp as a failure."""
    stamps = tuple(
        _VOID if isinstance(one, Timestamp) and voiding(one.path, book, at=one.moment) else one
        for one in facts.additions.timestamps
    )
    return replace(facts, additions=replace(facts.additions, timestamps=stamps))


def _existed_at(facts: SignatureFacts, judged_at: datetime) -> datetime:
    """Return the moment the signature is proved to have existed: the earliest stamp that counts, or the judgement."""
    proof = facts.additions.proof_of_existence
    return judged_at if proof is None else min(proof.moment, judged_at)


def _unproved(facts: SignatureFacts, moment: datetime) -> Failure | None:
    """Return what a signature lacks that passed by a stamp which is void; None where it passed without."""
    if not all(one.is_in_force(moment) for one in facts.path.certificates):
        return Failure(FailureCode.CERTIFICATE_EXPIRED, "signer")
    stamps = facts.additions.timestamps
    proved = {one.moment for one in stamps if isinstance(one, Timestamp)}
    if facts.proved_at is not None and facts.proved_at not in proved:
        return _VOID
    if facts.is_timestamp_required and not proved:
        return next((one for one in stamps if isinstance(one, Failure)), Failure(FailureCode.TIMESTAMP_MISSING))
    return None


def _with_embedded(
    findings: RevocationFindings, facts: SignatureFacts, *, at: datetime, now: datetime
) -> RevocationFindings:
    """Return the findings with what the signature's own evidence says of certificates the book does not know."""
    brought = Brought.of(facts.additions.embedded)
    statuses = []
    for position, (certificate, status) in enumerate(findings.statuses):
        known = status
        evidence = brought.about(facts.path, position) if status.state is RevocationState.UNKNOWN else ()
        if evidence:
            path = CertificatePath(facts.path.certificates[position:])
            told = revocation_when(path, evidence, at=at, now=now).seen_at(at)
            known = status if told.state is RevocationState.UNKNOWN else replace(told, is_brought=True)
        statuses.append((certificate, known))
    return RevocationFindings(tuple(statuses), at)


def _status(certificate: Certificate, book: StatusBook) -> RevocationStatus:
    known = book.status_of(certificate.fingerprint)
    if known is not None:
        return known
    return RevocationStatus.unknown(Doubt.NO_EVIDENCE if sources_of(certificate) else Doubt.NO_SOURCE)


def _failure(status: RevocationStatus, *, is_signer: bool) -> Failure:
    since = "" if status.revoked_at is None else status.revoked_at.isoformat()
    return Failure(revoked_code(is_signer=is_signer, is_hold=status.is_hold), since)


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
