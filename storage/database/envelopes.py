"""Accepted messages in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Row, Select, any_, or_, select

from envelopes.codes import BusinessDocType, StatusCode
from envelopes.identifiers import DocumentId, EnvelopeId, OrganId, SystemId
from storage.database.bulk import among, ids_of, texts_of, write_rows
from storage.database.partitions import least_descendant
from storage.database.tables import EnvelopeRow, table_of
from storage.database.transactions import ReadSession, WriteSession
from storage.records import EnvelopeRecord, StatusLine

_TABLE = table_of(EnvelopeRow)
_C = _TABLE.c


def insert_envelope(session: WriteSession, envelope: EnvelopeRecord) -> None:
    """Write an accepted message; its octets are in the object store already."""
    write_rows(session, EnvelopeRow, rows=[_values(envelope)])


def get_envelope(session: ReadSession, envelope_id: EnvelopeId) -> EnvelopeRecord | None:
    """Return the message with this id."""
    found = session.execute(select(_TABLE).where(_C.id == envelope_id)).one_or_none()
    return None if found is None else _record(found)


def find_envelopes(session: ReadSession, envelope_ids: Iterable[EnvelopeId]) -> Mapping[EnvelopeId, EnvelopeRecord]:
    """Return those of the messages that exist, by id."""
    found = session.execute(select(_TABLE).where(_C.id == any_(ids_of(envelope_ids))))
    return {EnvelopeId(row.id): _record(row) for row in found}


def envelope_of(session: ReadSession, raw_digest: bytes) -> EnvelopeRecord | None:
    """Return the accepted message of octets with this SHA-256, the first where there were several."""
    found = session.execute(select(_TABLE).where(_C.raw_digest == raw_digest).order_by(_C.id).limit(1)).one_or_none()
    return None if found is None else _record(found)


def envelopes_sent_by(
    session: ReadSession, senders: Sequence[OrganId], *, limit: int, before: EnvelopeId | None = None
) -> tuple[EnvelopeRecord, ...]:
    """Return the newest messages of these senders (canonical ids), newest first; `before` is where a page ended."""
    query = select(_TABLE).where(_C.sender == any_(texts_of(map(str, senders))))
    if before is not None:
        query = query.where(_C.id < before)
    found = session.execute(query.order_by(_C.id.desc()).limit(limit))
    return tuple(_record(row) for row in found)


def statuses_about(
    session: ReadSession, original_id: EnvelopeId, *, speakers: Sequence[OrganId] | None = None
) -> tuple[StatusLine, ...]:
    """Return what was said of an earlier message, oldest first; only by `speakers` (canonical ids) where given.

    What was said in the place of one of them is among it.
    """
    wanted = (_C.id, _C.sender, _C.status_code, _C.accepted_at, _C.description, _C.said_at, _C.spoken_for)
    names = None if speakers is None else tuple(map(str, speakers))
    query: Select[Any] = select(*wanted).where(
        _C.original_id == original_id,
        _C.id >= least_descendant(original_id),
        _C.status_code.is_not(None),
        or_(among(_C.sender, names), among(_C.spoken_for, names)),
    )
    return tuple(_status(row) for row in session.execute(query.order_by(_C.id)).all())


def _values(envelope: EnvelopeRecord) -> tuple[object, ...]:
    return (
        envelope.envelope_id,
        None if envelope.business_type is None else envelope.business_type.value,
        None if envelope.status_code is None else str(envelope.status_code),
        str(envelope.sender),
        str(envelope.system_id),
        None if envelope.document_id is None else str(envelope.document_id),
        envelope.original_id,
        envelope.raw_digest,
        envelope.content_digest,
        envelope.size,
        envelope.priority_rank,
        envelope.number,
        envelope.notation,
        envelope.subject,
        envelope.promulgation_date,
        envelope.description,
        envelope.said_at,
        envelope.accepted_at,
        Jsonb(dict(envelope.verdict)),
        Jsonb([dict(warning) for warning in envelope.warnings]),
        None if envelope.spoken_for is None else str(envelope.spoken_for),
    )


def _record(row: Row[Any]) -> EnvelopeRecord:
    return EnvelopeRecord(
        envelope_id=row.id,
        business_type=None if row.business_type is None else BusinessDocType(row.business_type),
        status_code=None if row.status_code is None else StatusCode.read(row.status_code),
        sender=OrganId(row.sender),
        system_id=SystemId(row.system_id),
        document_id=None if row.document_id is None else DocumentId(row.document_id),
        original_id=row.original_id,
        raw_digest=row.raw_digest,
        content_digest=row.content_digest,
        size=row.size,
        priority_rank=row.priority_rank,
        number=row.number,
        notation=row.notation,
        subject=row.subject,
        promulgation_date=row.promulgation_date,
        description=row.description,
        said_at=row.said_at,
        accepted_at=row.accepted_at,
        verdict=row.verdict,
        warnings=tuple(row.warnings),
        spoken_for=None if row.spoken_for is None else OrganId(row.spoken_for),
    )


def _status(row: Row[Any]) -> StatusLine:
    return StatusLine(
        envelope_id=row.id,
        sender=OrganId(row.sender),
        status_code=StatusCode.read(row.status_code),
        accepted_at=row.accepted_at,
        description=row.description,
        said_at=row.said_at,
        spoken_for=None if row.spoken_for is None else OrganId(row.spoken_for),
    )
