"""An acceptance as its sender is told, retold from the sealed receipt: the first time and every time it is repeated."""

from __future__ import annotations

from axis.exchange.advising import advice_on
from axis.exchange.judgements import judgement_of
from axis.exchange.outcomes import Acceptance, RecipientOutcome
from envelopes.errors import Finding, Severity, Words
from envelopes.evidence import Evidence
from envelopes.evidence_facts import (
    Decision,
    Reason,
    Recipient,
)


def retell(evidence: Evidence, octets: bytes, *, is_repeat: bool = False) -> Acceptance:
    """Return what a SubmissionAcceptance says; raises `ValueError` for any other evidence."""
    message, content = evidence.message, evidence.content
    if message.envelope_id is None or content is None or content.canonical is None:
        raise ValueError("not an acceptance")
    return Acceptance(
        envelope_id=message.envelope_id,
        kind=message.kind,
        document_id=message.document_id,
        accepted_at=evidence.event_time,
        raw_digest=str(content.raw),
        content_digest=str(content.canonical),
        recipients=tuple(_outcome(one) for one in evidence.recipients),
        warnings=tuple(_finding(one, Severity.WARNING) for one in evidence.reasons),
        receipt_id=evidence.identifier,
        receipt=octets,
        is_repeat=is_repeat,
        judgement=judgement_of(evidence),
    )


def _outcome(recipient: Recipient) -> RecipientOutcome:
    party, decided = recipient.party, recipient.decision
    if decided is None:
        raise ValueError("not an acceptance")
    is_resolved = decided.decision is Decision.ACCEPTED
    return RecipientOutcome(
        asked_as=party.named_as or party.organ_id,
        decision=decided.decision,
        organ_id=party.organ_id if is_resolved else None,
        delivery_id=decided.delivery_id,
        finding=None if decided.reason is None else _finding(decided.reason, Severity.ERROR),
        successors=() if decided.successor is None else (decided.successor,),
    )


def _finding(reason: Reason, severity: Severity) -> Finding:
    """Return a reason as a finding; what to do about it stands in the tables, not in evidence."""
    do_vi, do_en = advice_on(reason)
    return Finding(reason.code, reason.place or "", severity, Words(reason.vi, reason.en, do_vi, do_en))
