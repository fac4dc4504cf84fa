"""What was asked of recipients about earlier documents, and which documents stand in the place of others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, any_, func, or_, select, update

from envelopes.codes import BusinessDocType
from envelopes.identifiers import DeliveryId, EnvelopeId, OrganId
from routing.delivery import Delivery
from routing.demands import DemandKind, DemandState, EarlierDemand
from routing.precedents import Redirect
from storage.database.bulk import among, ids_of, texts_of, write_rows
from storage.database.deliveries import lock_deliveries_to, redirects_of
from storage.database.partitions import least_descendant
from storage.database.tables import DeliveryRow, DemandRow, EnvelopeRow, ReplacementRow, table_of
from storage.database.transactions import ReadSession, WriteSession
from storage.records import DemandRecord, Replacement

_TABLE = table_of(DemandRow)
_C = _TABLE.c
_ENVELOPES = table_of(EnvelopeRow)
_DELIVERIES = table_of(DeliveryRow).c
_REPLACEMENTS = table_of(ReplacementRow).c


def lock_document(session: WriteSession, original_id: EnvelopeId) -> None:
    """Wait until this session alone may ask or answer anything about a document; the lock ends with the session."""
    lock_documents(session, (original_id,))


def lock_documents(session: WriteSession, original_ids: Iterable[EnvelopeId]) -> None:
    """Wait until this session alone may ask, answer or redirect anything about documents, in the order of their ids."""
    query = select(_ENVELOPES.c.id).where(_ENVELOPES.c.id == any_(ids_of(original_ids))).order_by(_ENVELOPES.c.id)
    session.execute(query.with_for_update())


def lock_carriers(
    session: WriteSession, original_id: EnvelopeId, *, recipients: Sequence[OrganId]
) -> Mapping[OrganId, Sequence[Delivery]]:
    """Return all deliveries that bring a document to the recipients, its own first, then those of its updates, locked.

    Nobody else changes them until the session ends. The document is locked already.
    """
    carried = (original_id, *updates_of(session, (original_id,)))
    found: dict[OrganId, list[Delivery]] = {}
    for delivery in lock_deliveries_to(session, recipients, envelopes=carried):
        found.setdefault(delivery.recipient, []).append(delivery)
    return found


def redirects_by(session: ReadSession, original_id: EnvelopeId) -> tuple[Redirect, ...]:
    """Return which deliveries that bring a document, its own or those of its updates, were given to other agencies."""
    carried = (original_id, *updates_of(session, (original_id,)))
    return tuple(redirect for _, redirect in redirects_of(session, carried))


def updates_of(session: ReadSession, original_ids: Sequence[EnvelopeId]) -> Mapping[EnvelopeId, EnvelopeId]:
    """Return the accepted updates of documents, oldest first, each with the document it updates."""
    if not original_ids:
        return {}
    row = _ENVELOPES.c
    query = select(row.id, row.original_id).where(
        row.original_id == any_(ids_of(original_ids)),
        row.business_type == BusinessDocType.UPDATE.value,
        row.id >= least_descendant(min(original_ids)),
    )
    return {EnvelopeId(found.id): EnvelopeId(found.original_id) for found in session.execute(query.order_by(row.id))}


def insert_demands(session: WriteSession, records: Iterable[DemandRecord]) -> None:
    """Write new demands, 20,000 in about a second."""
    write_rows(session, DemandRow, rows=map(_values, records))


def demands_of(
    session: ReadSession, envelope_ids: Sequence[EnvelopeId], *, recipients: Sequence[OrganId] | None = None
) -> tuple[DemandRecord, ...]:
    """Return the demands about these messages, and those they make, oldest first; only of `recipients` where given."""
    ids = ids_of(envelope_ids)
    query = _demands().where(
        or_(_C.original_id == any_(ids), _C.envelope_id == any_(ids)),
        among(_C.recipient, None if recipients is None else tuple(map(str, recipients))),
    )
    found = session.execute(query.order_by(_C.asked_at, _C.envelope_id))
    return tuple(replace(_record(row), reason=row.reason) for row in found)


def with_reach(
    session: ReadSession, demands: Sequence[EarlierDemand], *, parties: Sequence[OrganId]
) -> tuple[EarlierDemand, ...]:
    """Return demands, those that wait for an answer beside others with the moment they reached who was asked.

    That is the recipient itself, or whoever of the parties was told in its place.
    """
    waiting = {one.envelope_id for one in demands if one.state is DemandState.ASKED}
    if not waiting or len(demands) == 1:
        return tuple(demands)
    row = _DELIVERIES
    query = select(row.envelope_id, row.recipient, func.coalesce(row.fetched_at, row.final_at).label("at")).where(
        row.envelope_id == any_(ids_of(waiting)),
        row.recipient == any_(texts_of(map(str, parties))),
        row.id >= least_descendant(min(waiting)),
    )
    reached: dict[EnvelopeId, dict[OrganId, datetime | None]] = {}
    for found in session.execute(query.order_by(row.id)):
        reached.setdefault(EnvelopeId(found.envelope_id), {})[OrganId(found.recipient)] = found.at
    return tuple(replace(one, reached_at=_reached_at(one, reached.get(one.envelope_id, {}))) for one in demands)


def _reached_at(demand: EarlierDemand, told: Mapping[OrganId, datetime | None]) -> datetime | None:
    if demand.recipient in told:
        return told[demand.recipient]
    return min((at for at in told.values() if at is not None), default=None)


def supersede(session: WriteSession, original_id: EnvelopeId, *, recipients: Sequence[OrganId]) -> None:
    """Write that the updates of a document these recipients were asked to take wait for no answer any more."""
    session.execute(
        update(_TABLE)
        .where(
            _C.original_id == original_id,
            _C.recipient == any_(texts_of(map(str, recipients))),
            _C.kind == DemandKind.UPDATE.value,
            _C.state == DemandState.ASKED.value,
        )
        .values(state=DemandState.SUPERSEDED.value, due_at=None)
    )


def lock_demand(session: WriteSession, envelope_id: EnvelopeId, *, recipient: OrganId) -> DemandRecord | None:
    """Return what a message asks of a recipient; nobody else changes it until the session ends."""
    query = select(_TABLE).where(_C.envelope_id == envelope_id, _C.recipient == str(recipient)).with_for_update()
    found = session.execute(query).one_or_none()
    return None if found is None else _record(found)


def settle_demand(session: WriteSession, record: DemandRecord) -> None:
    """Write where a demand stands now; it was locked in this session and changed by the rules of routing."""
    demand = record.demand
    session.execute(
        update(_TABLE)
        .where(_C.envelope_id == demand.envelope_id, _C.recipient == str(demand.recipient))
        .values(
            state=demand.state.value,
            due_at=record.due_at,
            alarmed_at=record.alarmed_at,
            answered_at=record.answered_at,
            answer_id=record.answer_id,
        )
    )


def due_demands(session: WriteSession, now: datetime, *, limit: int) -> tuple[DemandRecord, ...]:
    """Return demands whose silence raises an alarm by `now`, longest due first, locked until the session ends.

    Those that another worker is looking at, or that are just being answered, are passed over.
    """
    query = select(_TABLE).where(_C.due_at <= now).order_by(_C.due_at).limit(limit)
    return tuple(_record(row) for row in session.execute(query.with_for_update(skip_locked=True)))


def insert_replacements(session: WriteSession, replacements: Iterable[Replacement]) -> None:
    """Write which documents stand in the place of which."""
    rows = ((one.replaced_id, one.replacing_id, [str(organ_id) for organ_id in one.recipients]) for one in replacements)
    write_rows(session, ReplacementRow, rows=rows)


def replacements_of(session: ReadSession, envelope_ids: Sequence[EnvelopeId]) -> tuple[Replacement, ...]:
    """Return what replaces these documents and what they replace, in the order the newer ones were minted in."""
    if not envelope_ids:
        return ()
    ids, row = ids_of(envelope_ids), _REPLACEMENTS
    query = select(row.replaced_id, row.replacing_id, row.recipients).where(
        or_(row.replaced_id == any_(ids), row.replacing_id == any_(ids))
    )
    found = session.execute(query.order_by(row.replacing_id, row.replaced_id))
    return tuple(
        Replacement(one.replaced_id, one.replacing_id, tuple(OrganId(organ_id) for organ_id in one.recipients))
        for one in found
    )


def _demands() -> Select[Any]:
    """Return a query for demands with the reason that the message gives which makes them."""
    asking = _ENVELOPES.c
    return select(_TABLE, asking.description.label("reason")).outerjoin(_ENVELOPES, asking.id == _C.envelope_id)


def _values(record: DemandRecord) -> tuple[object, ...]:
    demand = record.demand
    return (
        demand.envelope_id,
        str(demand.recipient),
        demand.original_id,
        record.delivery_id,
        demand.kind.value,
        demand.state.value,
        record.asked_at,
        record.due_at,
        record.alarmed_at,
        record.answered_at,
        record.answer_id,
    )


def _record(row: Row[Any]) -> DemandRecord:
    demand = EarlierDemand(
        envelope_id=EnvelopeId(row.envelope_id),
        original_id=EnvelopeId(row.original_id),
        recipient=OrganId(row.recipient),
        kind=DemandKind(row.kind),
        state=DemandState(row.state),
    )
    return DemandRecord(
        demand=demand,
        delivery_id=DeliveryId(row.delivery_id),
        asked_at=row.asked_at,
        due_at=row.due_at,
        alarmed_at=row.alarmed_at,
        answered_at=row.answered_at,
        answer_id=None if row.answer_id is None else EnvelopeId(row.answer_id),
    )
