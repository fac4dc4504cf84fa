"""What is known by now of a message's signatures: as it was accepted, and what became known since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from axis.exchange.completions import with_completion
from axis.exchange.document_facts import summary_from
from axis.exchange.judgements import Judgement, judgement_of
from axis.logs import LogEvent, logger
from envelopes.errors import UnreadableMessage
from envelopes.evidence import Evidence
from envelopes.evidence_facts import Digest, DigestMethod, PreviousEvidence
from envelopes.evidence_reader import read_evidence
from routing.events import EventTag
from storage.records import EventRecord, EvidenceRecord


def judgement_by_now(acceptance: EvidenceRecord, events: Iterable[EventRecord]) -> Judgement | None:
    """Return the latest judgement of an accepted message; `events` are what became known since, oldest first.

    1. The acceptance says what was known when it was sealed.
    2. A verdict that was completed since takes its place, in the words that are sealed for it.
    3. Documents that were judged since take the place of those that were judged before the answer.

    An event that says nothing readable is told in the log and changes nothing; None where the acceptance itself cannot
    be read, which is no reason to keep the rest of the trace from anybody.
    """
    try:
        evidence = read_evidence(acceptance.octets)
    except UnreadableMessage as error:
        logger.error(LogEvent.JUDGEMENT_UNREADABLE, envelope=acceptance.envelope_id, exc_info=error)
        return None
    previous = PreviousEvidence(acceptance.evidence_id, Digest(DigestMethod.SHA256, acceptance.digest))
    for event in events:
        try:
            evidence = _with(evidence, event, previous=previous)
        except (ValueError, LookupError) as error:
            logger.error(LogEvent.JUDGEMENT_UNREADABLE, envelope=acceptance.envelope_id, exc_info=error)
    return judgement_of(evidence)


def _with(evidence: Evidence, event: EventRecord, *, previous: PreviousEvidence) -> Evidence:
    """Return what was known with what an event adds to it; raises `ValueError` or `LookupError` for a strange one."""
    if event.tag is EventTag.SIGNATURE_JUDGED:
        return with_completion(evidence, event.details, at=event.at, previous=previous)
    if event.tag is EventTag.DOCUMENT_JUDGED:
        return replace(evidence, documents=summary_from(event.details))
    return evidence
