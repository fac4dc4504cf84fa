"""Verdicts completed afterwards: what became known of certificates that were unknown when a message was accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from axis.exchange.attested import certificate_status
from axis.exchange.certificate_facts import status_details, status_from_details
from axis.exchange.document_facts import summary_from
from axis.exchange.signature_words import SIGNATURE_WORDS
from axis.standings import status_from
from envelopes.evidence import Evidence, EvidenceType
from envelopes.evidence_facts import PreviousEvidence, Reason
from envelopes.evidence_signatures import (
    CertificateStatus,
    RevocationState,
    SenderSignature,
    SignatureIndication,
    SignatureTimestamp,
    ValidationSummary,
)
from envelopes.identifiers import EnvelopeId
from signing.revocation.book import voids
from signing.statuses import HOLD, Doubt, RevocationStatus
from signing.statuses import RevocationState as KnownState
from signing.verdict import FailureCode, SignatureLevel, outcome_of, revoked_code
from storage.records import JsonObject, KeptStatus, OpenVerdict


@dataclass(frozen=True, slots=True)
class Completion:
    """The states of all certificates that one verdict waited for.

    `statuses` are those of when the signature existed. `known` are those of now, by which a time stamp counts or not: a
    key that was stolen since could have made it.
    """

    envelope_id: EnvelopeId
    statuses: tuple[tuple[bytes, RevocationStatus], ...]
    known: tuple[tuple[bytes, RevocationStatus], ...]

    @property
    def is_revoked(self) -> bool:
        """True where one of them had been revoked by then, for good."""
        return any(status.is_final for _, status in self.statuses)

    @property
    def details(self) -> JsonObject:
        """The completion as an event carries it."""
        return {
            "statuses": [status_details(certificate_status(*one)) for one in self.statuses],
            "known": [status_details(certificate_status(*one)) for one in self.known],
        }


def completed(waiting: Sequence[OpenVerdict], known: Mapping[bytes, KeptStatus], *, at: datetime) -> Completion | None:
    """Return the completion of one verdict, or None while a certificate it waits for is unknown or on hold.

    A certificate on hold may come back, and the signature with it (EN 319 102-1 clause 5.2.6.4: TRY_LATER).
    """
    completion = given_up(waiting, known, at=at)
    is_open = any(one.state is KnownState.UNKNOWN or one.is_hold for _, one in completion.statuses)
    decided = any(one.is_final for _, one in completion.statuses)
    return None if is_open and not decided else completion


def given_up(waiting: Sequence[OpenVerdict], known: Mapping[bytes, KeptStatus], *, at: datetime) -> Completion:
    """Return what is known of the certificates of one verdict at the moment `at`, be it as little as before."""
    found = [
        (one, status_from(known[one.fingerprint]))
        if one.fingerprint in known
        else (one, RevocationStatus.unknown(Doubt.NO_EVIDENCE))
        for one in waiting
    ]
    return Completion(
        waiting[0].envelope_id,
        statuses=tuple((one.fingerprint, status.seen_at(one.existed_at)) for one, status in found),
        known=tuple((one.fingerprint, status.seen_at(at)) for one, status in found),
    )


def with_completion(acceptance: Evidence, details: JsonObject, *, at: datetime, previous: PreviousEvidence) -> Evidence:
    """Return the evidence of a completed verdict in the words of the acceptance it follows, which `previous` names.

    It says what is known at `at`, and names no recipient: it is about the message. Raises `ValueError` for details that
    are no completion.
    """
    stated, known = details.get("statuses"), details.get("known", [])
    signature, validation = acceptance.sender_signature, acceptance.validation
    if not (isinstance(stated, list) and isinstance(known, list)) or signature is None or validation is None:
        raise ValueError("no completion of a verdict")
    statuses = tuple(_merged(validation.statuses, map(status_from_details, stated)))
    stamps = tuple(_stamped(one, tuple(map(status_from_details, known))) for one in validation.timestamps)
    code = _decisive(statuses) or next(filter(None, map(_carries, stamps)), None)
    return replace(
        acceptance,
        type=EvidenceType.SIGNATURE_VALIDATION,
        previous=previous,
        recipients=(),
        reasons=() if code is None else (_reason(code),),
        sender_signature=_signature(signature, code),
        validation=_validation(replace(validation, timestamps=stamps), statuses, at=at),
    )


def with_documents(acceptance: Evidence, details: JsonObject, *, previous: PreviousEvidence) -> Evidence:
    """Return the evidence of judged documents in the words of the acceptance it follows, which `previous` names.

    Raises `ValueError` or `LookupError` for details that are no judgement of documents.
    """
    return replace(
        acceptance,
        type=EvidenceType.SIGNATURE_VALIDATION,
        previous=previous,
        recipients=(),
        reasons=(),
        documents=summary_from(details),
    )


def _decisive(statuses: Sequence[CertificateStatus]) -> FailureCode | None:
    """Return what stands against a signature: a revocation first, then whatever is still unknown."""
    for position, status in enumerate(statuses):
        if status.state is RevocationState.REVOKED:
            return revoked_code(is_signer=position == 0, is_hold=status.reason == HOLD)
    is_open = any(status.state is RevocationState.UNKNOWN for status in statuses)
    return FailureCode.REVOCATION_UNKNOWN if is_open else None


def _stamped(stamp: SignatureTimestamp, known: Sequence[CertificateStatus]) -> SignatureTimestamp:
    """Return a time stamp that the signature rests on with what is known of its authority by now; others stay."""
    return replace(stamp, statuses=tuple(_merged(stamp.statuses, known))) if stamp.is_relied_on else stamp


def _carries(stamp: SignatureTimestamp) -> FailureCode | None:
    """Return what stands against a signature that rests on this time stamp, None where nothing does or it does not."""
    if not stamp.is_relied_on:
        return None
    statuses = stamp.statuses
    if any(one.revoked_at is not None and voids(one.reason, one.revoked_at, at=stamp.time) for one in statuses):
        return FailureCode.TIMESTAMP_UNTRUSTED
    is_open = any(one.state is RevocationState.UNKNOWN for one in statuses)
    return FailureCode.REVOCATION_UNKNOWN if is_open else None


def _reason(code: FailureCode) -> Reason:
    words = SIGNATURE_WORDS[code]
    return Reason(code.value, words.vi, words.en)


def _signature(signature: SenderSignature, code: FailureCode | None) -> SenderSignature:
    if code is None:
        return replace(signature, indication=SignatureIndication.TOTAL_PASSED, sub_indication=None, verdict=None)
    indication, sub_indication = outcome_of(code)
    if code is FailureCode.TIMESTAMP_UNTRUSTED:
        signature = replace(signature, level=SignatureLevel.B_B.value, proven_at=None)
    return replace(
        signature,
        indication=SignatureIndication(indication.value),
        sub_indication=sub_indication.value,
        verdict=code.value,
    )


def _validation(
    validation: ValidationSummary, statuses: tuple[CertificateStatus, ...], *, at: datetime
) -> ValidationSummary:
    relied = [status for stamp in validation.timestamps if stamp.is_relied_on for status in stamp.statuses]
    is_open = any(one.state is RevocationState.UNKNOWN for one in relied)
    states = {*(one.state for one in statuses), *([RevocationState.UNKNOWN] if is_open else [])}
    order = (RevocationState.REVOKED, RevocationState.UNKNOWN)
    word = next((one for one in order if one in states), RevocationState.GOOD)
    return replace(validation, time=at, revocation=word.value, statuses=statuses)


def _merged(before: Iterable[CertificateStatus], now: Iterable[CertificateStatus]) -> Iterator[CertificateStatus]:
    """Yield the states of a path in its order, those that became known in the place of what was unknown."""
    newer = {one.certificate: one for one in now}
    return (newer.get(one.certificate, one) for one in before)
