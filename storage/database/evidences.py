"""Sealed evidence in the database: octet for octet, never changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, or_, select

from envelopes.evidence import EvidenceType
from envelopes.identifiers import DeliveryId, EnvelopeId, EventId, EvidenceId
from storage.database.bulk import write_rows
from storage.database.partitions import least_descendant
from storage.database.tables import EvidenceRow, table_of
from storage.database.transactions import ReadSession, WriteSession
from storage.records import EvidenceRecord

_TABLE = table_of(EvidenceRow)
_C = _TABLE.c


def insert_evidences(session: WriteSession, evidences: Iterable[EvidenceRecord]) -> None:
    """Write sealed evidences that nobody owed before: the acceptance or rejection that is the answer itself."""
    write_rows(session, EvidenceRow, map(_values, evidences))


def get_evidence(session: ReadSession, evidence_id: EvidenceId) -> EvidenceRecord | None:
    """Return the evidence with this id."""
    found = session.execute(select(_TABLE).where(_C.id == evidence_id)).one_or_none()
    return None if found is None else _record(found)


def evidence_for(session: ReadSession, event_id: EventId) -> EvidenceRecord | None:
    """Return the evidence that was sealed for an event."""
    query = select(_TABLE).where(_C.event_id == event_id, _C.id >= least_descendant(event_id))
    found = session.execute(query).one_or_none()
    return None if found is None else _record(found)


def evidences_of(session: ReadSession, envelope_id: EnvelopeId) -> tuple[EvidenceRecord, ...]:
    """Return all evidence about a message and its deliveries, in the order it was minted in."""
    return tuple(_record(row) for row in session.execute(_about(envelope_id).order_by(_C.id)))


def acceptance_of(session: ReadSession, envelope_id: EnvelopeId) -> EvidenceRecord | None:
    """Return the receipt that a message was accepted with."""
    query = _about(envelope_id).where(_C.type == EvidenceType.SUBMISSION_ACCEPTANCE.value)
    found = session.execute(query).one_or_none()
    return None if found is None else _record(found)


def latest_evidence(session: ReadSession, envelope_id: EnvelopeId, delivery_id: DeliveryId) -> EvidenceRecord | None:
    """Return the last evidence about a delivery, its message's acceptance where there is no other."""
    query = _about(envelope_id).where(or_(_C.delivery_id == delivery_id, _C.delivery_id.is_(None)))
    found = session.execute(query.order_by(_C.id.desc()).limit(1)).one_or_none()
    return None if found is None else _record(found)


def _about(envelope_id: EnvelopeId) -> Any:
    return select(_TABLE).where(_C.envelope_id == envelope_id, _C.id >= least_descendant(envelope_id))


def _values(evidence: EvidenceRecord) -> tuple[object, ...]:
    return (
        evidence.evidence_id,
        evidence.type.value,
        evidence.event_id,
        evidence.envelope_id,
        evidence.delivery_id,
        evidence.issued_at,
        evidence.digest,
        evidence.octets,
    )


def _record(row: Row[Any]) -> EvidenceRecord:
    return EvidenceRecord(
        evidence_id=row.id,
        type=EvidenceType(row.type),
        event_id=row.event_id,
        envelope_id=row.envelope_id,
        delivery_id=row.delivery_id,
        issued_at=row.issued_at,
        digest=row.digest,
        octets=row.octets,
    )
