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
    EmbeddedValues,
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

_OF_REVOCATION: Final = frozenset(
    {FailureCode.CERTIFICATE_REVOKED, FailureCode.CERTIFICATE_ON_HOLD, FailureCode.AUTHORITY_REVOKED}
)
"""Refusals by what is known for certain: a proof that is uncertain itself does not outweigh it."""


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
    2. Each time stamp gets the states of its authority's certificates as they are at the judgement: a key that was
       stolen since voids what it stamped before (EN 319 102-1 clause 5.4, RFC 3161 §4). One that is void (`voids`) does
       not count; one whose authority could be asked, while nothing certain is known, proves no time for the moment.
    3. The signer's states are those of the moment the signature is proved to have existed (best-signature-time): a
       time stamp's, or that of the judgement. What the book does not know may be told by the evidence that came with
       the signature (levels B-LT and B-LTA), and is marked so.
    4. A certificate revoked by then refuses the signature, the signer's before its authorities'.
    5. What passes only by a stamp that is void is refused: its certificate expired, it was judged by the rules of the
       stamp's time, or the policy requires a stamp.
    6. What passes only by a stamp of whose authority nothing certain is known is marked INDETERMINATE/TRY_LATER, as if
       its signer were unknown. A revocation is outweighed by such a stamp only where its authority names nobody to ask.
    7. A state on the signer's path that is unknown marks it likewise.
    8. All good: the verdict stands.
    """
    if verdict.facts is None or verdict.covered is None:
        return verdict
    known = _Known(book, verdict.facts.additions.embedded, now=verdict.judged_at)
    facts = _with_stamps(verdict.facts, known)
    outcome = _judged(verdict, facts, known=known)
    proof = facts.additions.proof_of_existence
    if outcome.failure is None:
        is_carried = proof is not None and not proof.is_known and _fails_without_unknown(verdict, facts, known=known)
        return _marked(outcome, rests_on=proof) if is_carried else outcome
    doubtful = replace(facts, additions=replace(facts.additions, takes_doubtful=True))
    if outcome.failure.code in _OF_REVOCATION or not any(one.is_doubtful for one in facts.additions.counted):
        return outcome
    carried = _judged(verdict, doubtful, known=known)
    return outcome if carried.failure else _marked(carried, rests_on=doubtful.additions.proof_of_existence)


def voiding(path: CertificatePath, book: StatusBook, *, at: datetime) -> RevocationStatus | None:
    """Return the revocation by which a time-stamp token of the aware moment `at` is void (`voids`), or None.

    `path` is its authority's.
    """
    statuses = (book.status_of(one.fingerprint) for one in path.certificates[:-1])
    return next((one for one in statuses if one is not None and _is_voiding(one, at=at)), None)


def voids(reason: str | None, revoked_at: datetime, *, at: datetime) -> bool:
    """Return whether the revocation of its authority makes a time-stamp token of the moment `at` void (RFC 3161 §4).

    An authority that ended in order leaves the tokens from before it valid. Any other revocation, and one without a
    reason, makes all of them void: whoever has the key states what time they like.
    """
    return reason not in ENDED_IN_ORDER or revoked_at <= at


def _is_voiding(status: RevocationStatus, *, at: datetime) -> bool:
    return status.revoked_at is not None and voids(status.reason, status.revoked_at, at=at)


class _Known:
    """What is known of certificates: by the book, or else by the evidence that came with one signature."""

    def __init__(self, book: StatusBook, embedded: EmbeddedValues, *, now: datetime) -> None:
        self._book = book
        self._embedded = embedded
        self._brought: Brought | None = None
        self.now: Final = now

    def statuses(
        self, path: CertificatePath, *, existed_at: datetime, seen_at: datetime
    ) -> tuple[tuple[Certificate, RevocationStatus], ...]:
        """Return the state of each certificate but the anchor, as it is known: `seen_at` is when it has to be.

        Evidence that came along is judged for what existed at `existed_at`.
        """
        found = []
        for position, one in enumerate(path.certificates[:-1]):
            status = _status(one, self._book)
            if status.seen_at(seen_at).state is RevocationState.UNKNOWN:
                status = self._told(path, position, existed_at=existed_at, seen_at=seen_at) or status
            found.append((one, status))
        return tuple(found)

    def _told(
        self, path: CertificatePath, position: int, *, existed_at: datetime, seen_at: datetime
    ) -> RevocationStatus | None:
        """Return what the evidence that came along says of one certificate, None where that is nothing certain."""
        self._brought = self._brought or Brought.of(self._embedded)
        evidence = self._brought.about(path, position)
        if not evidence:
            return None
        below = CertificatePath(path.certificates[position:])
        told = revocation_when(below, evidence, at=existed_at, now=self.now)
        is_known = told.seen_at(seen_at).state is not RevocationState.UNKNOWN
        return replace(told, is_brought=True) if is_known else None


def _with_stamps(facts: SignatureFacts, known: _Known) -> SignatureFacts:
    """Return the facts with the states of each time stamp's authority, and each void time stamp as a failure."""
    stamps = tuple(
        _with_states(one, known) if isinstance(one, Timestamp) else one for one in facts.additions.timestamps
    )
    return replace(facts, additions=replace(facts.additions, timestamps=stamps))


def _with_states(stamp: Timestamp, known: _Known) -> Timestamp | Failure:
    statuses = known.statuses(stamp.path, existed_at=stamp.moment, seen_at=known.now)
    if any(_is_voiding(status, at=stamp.moment) for _, status in statuses):
        return _VOID
    seen = tuple((one, status.seen_at(known.now)) for one, status in statuses)
    return replace(stamp, revocation=RevocationFindings(seen, known.now))


def _judged(verdict: Verdict, facts: SignatureFacts, *, known: _Known) -> Verdict:
    """Return the verdict by the signer's states at the moment that the proof of existence in `facts` proves."""
    proof = facts.additions.proof_of_existence
    moment = known.now if proof is None else min(proof.moment, known.now)
    statuses = known.statuses(facts.path, existed_at=moment, seen_at=moment)
    findings = RevocationFindings(tuple((one, status.seen_at(moment)) for one, status in statuses), moment)
    verdict = replace(verdict, facts=facts)
    failure = failure_in(findings) or _unproved(facts, moment)
    if failure is not None:
        return _refused(verdict, findings, failure=failure)
    verdict = replace(verdict, revocation=findings)
    return _marked(verdict) if findings.unknown else verdict


def _marked(verdict: Verdict, *, rests_on: Timestamp | None = None) -> Verdict:
    return replace(
        verdict,
        indication=Indication.INDETERMINATE,
        sub_indication=SubIndication.TRY_LATER,
        mark=FailureCode.REVOCATION_UNKNOWN,
        rests_on=rests_on,
    )


def _fails_without_unknown(verdict: Verdict, facts: SignatureFacts, *, known: _Known) -> bool:
    """Return whether the signature would not pass by those time stamps alone of whose authorities all is known."""
    stamps = tuple(one for one in facts.additions.timestamps if isinstance(one, Failure) or one.is_known)
    bare = replace(facts, additions=replace(facts.additions, timestamps=stamps))
    return _judged(verdict, bare, known=known).failure is not None


def _unproved(facts: SignatureFacts, moment: datetime) -> Failure | None:
    """Return what a signature lacks that passed by a stamp which proves nothing; None where it passed without."""
    if not all(one.is_in_force(moment) for one in facts.path.certificates):
        return Failure(FailureCode.CERTIFICATE_EXPIRED, "signer")
    additions = facts.additions
    proved = {one.moment for one in additions.counted if additions.takes_doubtful or not one.is_doubtful}
    if facts.proved_at is not None and facts.proved_at not in proved:
        return _VOID
    if facts.is_timestamp_required and not proved:
        failures = (one for one in additions.timestamps if isinstance(one, Failure))
        return next(failures, Failure(FailureCode.TIMESTAMP_MISSING))
    return None


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
