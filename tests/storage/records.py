"""Values to remember: valid ones, each different, at a fixed time."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from envelopes.codes import BusinessDocType
from envelopes.evidence import EvidenceType
from envelopes.identifiers import DeliveryId, DocumentId, EnvelopeId, EventId, EvidenceId, OrganId, SystemId
from routing.delivery import Delivery, Lease, LeaseId
from routing.events import EventTag
from routing.identity import SubmissionKey, SubmissionKind
from routing.lifecycle import DeliveryState
from storage.database.history import ChangeNote
from storage.database.partitions import least_id
from storage.records import (
    AcceptedSubmission,
    DeliveryRecord,
    EnvelopeRecord,
    EventRecord,
    EvidenceRecord,
    OwedEvidence,
)
from tests.fixtures.postgres import MOMENT

SENDER = OrganId("H51.15")
RECIPIENT = OrganId("A12")
SYSTEM = SystemId("qlvb.example")
DOCUMENT = DocumentId("H51.15,2026/11/21,7/UBND")
MINUTE = timedelta(minutes=1)

_numbers = count(1)


def new_id(moment: datetime = MOMENT) -> UUID:
    """A UUIDv7 of `moment`, each greater than the one before."""
    return UUID(int=least_id(moment).int + next(_numbers))


def sha256(text: object) -> bytes:
    return hashlib.sha256(str(text).encode()).digest()


def note(**changes: Any) -> ChangeNote:
    return replace(ChangeNote(actor="admin", at=MOMENT, new_id=new_id, reason="1234/QĐ-TTg"), **changes)


def envelope(moment: datetime = MOMENT, **changes: Any) -> EnvelopeRecord:
    number = next(_numbers)
    record = EnvelopeRecord(
        envelope_id=EnvelopeId(new_id(moment)),
        sender=SENDER,
        system_id=SYSTEM,
        raw_digest=sha256(f"raw {number}"),
        content_digest=sha256(f"content {number}"),
        size=10_240,
        accepted_at=moment,
        business_type=BusinessDocType.NEW,
        document_id=DOCUMENT,
    )
    return replace(record, **changes)


def delivery(envelope_id: EnvelopeId | None = None, moment: datetime = MOMENT, **changes: Any) -> DeliveryRecord:
    born = Delivery(
        delivery_id=DeliveryId(new_id(moment)),
        envelope_id=envelope_id or EnvelopeId(new_id(moment)),
        recipient=RECIPIENT,
        state=DeliveryState.CONSIGNED,
        priority_rank=0,
        accepted_at=moment,
        due_at=moment + timedelta(days=30),
    )
    changed = replace(born, **changes)
    return DeliveryRecord(changed, asked_as=changed.recipient)


def lease(until: datetime, system_id: SystemId = SYSTEM) -> Lease:
    return Lease(LeaseId(new_id()), system_id, until)


def submission(document_id: str = str(DOCUMENT), **changes: Any) -> AcceptedSubmission:
    sender = changes.get("sender", SENDER)
    record = AcceptedSubmission(
        key=SubmissionKey(SubmissionKind.DOCUMENT, (sender.key.encode(), document_id.encode())),
        content_digest=sha256("content"),
        envelope_id=EnvelopeId(new_id()),
        sender=sender,
        document_id=DocumentId(document_id),
        accepted_at=MOMENT,
    )
    return replace(record, **changes)


def event(moment: datetime = MOMENT, **changes: Any) -> EventRecord:
    return replace(EventRecord(EventId(new_id(moment)), EventTag.DELIVERY_CONSIGNED, moment), **changes)


def evidence(event_id: EventId | None = None, **changes: Any) -> EvidenceRecord:
    octets = f"<Evidence>{next(_numbers)}</Evidence>".encode()
    record = EvidenceRecord(
        evidence_id=EvidenceId(new_id()),
        type=EvidenceType.CONTENT_CONSIGNMENT,
        event_id=event_id or EventId(new_id()),
        issued_at=MOMENT,
        digest=hashlib.sha256(octets).digest(),
        octets=octets,
    )
    return replace(record, **changes)


def owed(**changes: Any) -> OwedEvidence:
    record = OwedEvidence(
        event_id=EventId(new_id()),
        type=EvidenceType.CONTENT_CONSIGNMENT,
        envelope_id=EnvelopeId(new_id()),
        delivery_id=DeliveryId(new_id()),
        event_at=MOMENT,
        due_at=MOMENT,
    )
    return replace(record, **changes)
