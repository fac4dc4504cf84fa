"""Events in the database: written with the deed, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from psycopg.types.json import Jsonb
from sqlalchemy import Row, any_, select

from envelopes.identifiers import DeliveryId, EnvelopeId, EventId, OrganId, SystemId
from routing.delivery import Delivery
from routing.events import EventTag
from storage.database.bulk import ids_of, write_rows
from storage.database.partitions import least_descendant
from storage.database.tables import EventRow, table_of
from storage.database.transactions import ReadSession, WriteSession
from storage.records import EventLine, EventRecord, JsonObject

_TABLE = table_of(EventRow)
_C = _TABLE.c
_TAGS: Final = {tag.value: tag for tag in EventTag}


def append_events(session: WriteSession, events: Iterable[EventRecord]) -> None:
    """Write events, in the transaction of the deed they tell of."""
    write_rows(session, EventRow, rows=map(_values, events))


def get_event(session: ReadSession, event_id: EventId) -> EventRecord | None:
    """Return the event with this id."""
    found = session.execute(select(_TABLE).where(_C.id == event_id)).one_or_none()
    return None if found is None else _record(found)


def find_events(session: ReadSession, event_ids: Iterable[EventId]) -> Mapping[EventId, EventRecord]:
    """Return those of the events that exist, by id."""
    found = session.execute(select(_TABLE).where(_C.id == any_(ids_of(event_ids))))
    return {record.event_id: record for record in map(_record, found)}


def events_of(
    session: ReadSession, envelope_id: EnvelopeId, *, deliveries: Sequence[DeliveryId] | None = None
) -> tuple[EventLine, ...]:
    """Return what happened to a message and its deliveries, in the order the events were minted in.

    Only what happened to `deliveries` where given, and then nothing that happened to the message itself.
    """
    query = select(_C.id, _C.tag, _C.at, _C.delivery_id).where(
        _C.envelope_id == envelope_id, _C.id >= least_descendant(envelope_id)
    )
    if deliveries is not None:
        query = query.where(_C.delivery_id == any_(ids_of(deliveries)))
    found = session.execute(query.order_by(_C.id)).all()
    return tuple(EventLine(row.id, _TAGS[row.tag], row.at, row.delivery_id) for row in found)


def was_recorded(session: ReadSession, event: EventRecord, *, tags: Iterable[EventTag]) -> bool:
    """Return whether an event of one of these kinds stands there already for the event's delivery and system."""
    if event.envelope_id is None:
        return False
    query = select(_C.id).where(
        _C.envelope_id == event.envelope_id,
        _C.id >= least_descendant(event.envelope_id),
        _C.delivery_id == event.delivery_id,
        _C.system_id == str(event.system_id),
        _C.tag.in_([one.value for one in tags]),
    )
    return session.scalars(query.limit(1)).one_or_none() is not None


def end_of(session: ReadSession, envelope_id: EnvelopeId, *, delivery_id: DeliveryId) -> EventRecord | None:
    """Return the event by which a recipient's word ended a delivery of a message, None where none did."""
    query = select(_TABLE).where(
        _C.envelope_id == envelope_id,
        _C.id >= least_descendant(envelope_id),
        _C.delivery_id == delivery_id,
        _C.tag.in_((EventTag.DELIVERY_HANDED_OVER.value, EventTag.DELIVERY_REFUSED.value)),
    )
    found = session.execute(query.order_by(_C.id).limit(1)).one_or_none()
    return None if found is None else _record(found)


def holds_of(session: ReadSession, held: Sequence[Delivery]) -> Mapping[DeliveryId, JsonObject]:
    """Return what was said when deliveries were held, the last time."""
    if not held:
        return {}
    query = select(_C.delivery_id, _C.details).where(
        _C.envelope_id == any_(ids_of({one.envelope_id for one in held})),
        _C.id >= least_descendant(min(one.envelope_id for one in held)),
        _C.delivery_id == any_(ids_of(one.delivery_id for one in held)),
        _C.tag == EventTag.DELIVERY_HELD.value,
    )
    return {DeliveryId(row.delivery_id): row.details for row in session.execute(query.order_by(_C.id))}


def findings_since(session: ReadSession, envelope_id: EnvelopeId) -> tuple[EventRecord, ...]:
    """Return what became known of a message's signatures after its acceptance, oldest first."""
    query = select(_TABLE).where(
        _C.envelope_id == envelope_id,
        _C.id >= least_descendant(envelope_id),
        _C.delivery_id.is_(None),
        _C.tag.in_((EventTag.SIGNATURE_JUDGED.value, EventTag.DOCUMENT_JUDGED.value)),
    )
    return tuple(map(_record, session.execute(query.order_by(_C.id)).all()))


def _values(event: EventRecord) -> tuple[object, ...]:
    return (
        event.event_id,
        event.tag.value,
        event.at,
        event.envelope_id,
        event.delivery_id,
        None if event.system_id is None else str(event.system_id),
        None if event.organ_id is None else str(event.organ_id),
        Jsonb(dict(event.details)),
    )


def _record(row: Row[Any]) -> EventRecord:
    return EventRecord(
        event_id=row.id,
        tag=EventTag(row.tag),
        at=row.at,
        envelope_id=row.envelope_id,
        delivery_id=row.delivery_id,
        system_id=None if row.system_id is None else SystemId(row.system_id),
        organ_id=None if row.organ_id is None else OrganId(row.organ_id),
        details=row.details,
    )
