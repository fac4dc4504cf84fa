"""What becomes of a submission, as its sender is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from axis.exchange.judgements import Judgement
from envelopes.errors import Finding
from envelopes.evidence_facts import Decision, MessageKind
from envelopes.identifiers import DeliveryId, DocumentId, EnvelopeId, EvidenceId, OrganId


@dataclass(frozen=True, slots=True)
class RecipientOutcome:
    """What was decided for one recipient; a refused one has a finding, and its successors where it was closed."""

    asked_as: OrganId | None
    decision: Decision
    organ_id: OrganId | None = None
    delivery_id: DeliveryId | None = None
    finding: Finding | None = None
    successors: tuple[OrganId, ...] = ()


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The message is durable, routed and receipted. `receipt` is the sealed SubmissionAcceptance, octet for octet.

    `is_repeat` means that this submission was accepted before: everything here is of that first time.
    """

    envelope_id: EnvelopeId
    kind: MessageKind
    document_id: DocumentId | None
    accepted_at: datetime
    raw_digest: str
    content_digest: str
    recipients: tuple[RecipientOutcome, ...]
    warnings: tuple[Finding, ...]
    receipt_id: EvidenceId
    receipt: bytes = field(repr=False)
    is_repeat: bool = False
    judgement: Judgement | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The message is readable and refused. `evidence` is the sealed SubmissionRejection, already stored."""

    findings: tuple[Finding, ...]
    evidence_id: EvidenceId
    evidence: bytes = field(repr=False)
    is_conflict: bool = False
