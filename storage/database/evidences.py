"""Sealed evidence in the database: octet for octet, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, any_, select

from envelopes.evidence import EvidenceType
from envelopes.identifiers import DeliveryId, EnvelopeId, EvidenceId
from storage.database.bulk import ids_of, write_rows
from storage.database.partitions import least_descendant
from storage.database.tables import EvidenceRow, table_of
from storage.database.transactions import ReadSession, WriteSession
from storage.records import EvidenceLine, EvidenceRecord

_TABLE = table_of(EvidenceRow)
_C = _TABLE.c
_TYPES: Final = {kind.value: kind for kind in EvidenceType}


def insert_evidences(session: WriteSession, evidences: Iterable[EvidenceRecord]) -> None:
    """Write sealed evidences that nobody owed before: the acceptance or rejection that is the answer itself."""
    write_rows(session, EvidenceRow, rows=map(_values, evidences))


def get_evidence(session: ReadSession, evidence_id: EvidenceId) -> EvidenceRecord | None:
    """Return the evidence with this id."""
    found = session.execute(select(_TABLE).where(_C.id == evidence_id)).one_or_none()
    return None if found is None else _record(found)


def evidences_of(
    session: ReadSession, envelope_id: EnvelopeId, *, deliveries: Sequence[DeliveryId] | None = None
) -> tuple[EvidenceLine, ...]:
    """Return all evidence about a message and its deliveries, in the order it was minted in.

    Only that about `deliveries` where given, and then none about the message itself.
    """
    query = _lines_about(envelope_id)
    if deliveries is not None:
        query = query.where(_C.delivery_id == any_(ids_of(deliveries)))
    return tuple(_line(row) for row in session.execute(query.order_by(_C.id)).all())


def acceptance_of(session: ReadSession, envelope_id: EnvelopeId) -> EvidenceRecord | None:
    """Return the receipt that a message was accepted with."""
    query = _about(envelope_id).where(_C.type == EvidenceType.SUBMISSION_ACCEPTANCE.value)
    found = session.execute(query).one_or_none()
    return None if found is None else _record(found)


def latest_evidences(
    session: ReadSession, envelope_id: EnvelopeId, *, deliveries: Sequence[DeliveryId]
) -> Mapping[DeliveryId, EvidenceLine]:
    """Return the last evidence about each of these deliveries of a message; none where there is only the acceptance."""
    query = _lines_about(envelope_id).where(_C.delivery_id == any_(ids_of(deliveries)))
    lines = (_line(row) for row in session.execute(query.order_by(_C.id)).all())
    return {line.delivery_id: line for line in lines if line.delivery_id is not None}


def last_evidences(
    session: ReadSession, envelope_ids: Iterable[EnvelopeId], *, deliveries: Sequence[DeliveryId]
) -> Mapping[DeliveryId, EvidenceId]:
    """Return the id of the last evidence about each of these deliveries of some messages, by one statement."""
    messages = tuple(envelope_ids)
    if not messages:
        return {}
    query = select(_C.delivery_id, _C.id).where(
        _C.envelope_id == any_(ids_of(messages)),
        _C.delivery_id == any_(ids_of(deliveries)),
        _C.id >= least_descendant(min(messages)),
    )
    return {DeliveryId(row.delivery_id): EvidenceId(row.id) for row in session.execute(query.order_by(_C.id))}


def _about(envelope_id: EnvelopeId) -> Any:
    return select(_TABLE).where(_C.envelope_id == envelope_id, _C.id >= least_descendant(envelope_id))


def _lines_about(envelope_id: EnvelopeId) -> Select[Any]:
    return select(_C.id, _C.type, _C.event_id, _C.issued_at, _C.digest, _C.delivery_id).where(
        _C.envelope_id == envelope_id, _C.id >= least_descendant(envelope_id)
    )


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


def _line(row: Row[Any]) -> EvidenceLine:
    return EvidenceLine(
        evidence_id=row.id,
        type=_TYPES[row.type],
        event_id=row.event_id,
        issued_at=row.issued_at,
        digest=row.digest,
        delivery_id=row.delivery_id,
    )
