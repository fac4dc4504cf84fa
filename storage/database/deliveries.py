"""Deliveries in the database: born in bulk, leased by turns, settled one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, TextClause, and_, any_, exists, func, or_, select, text, update

from envelopes.identifiers import DeliveryId, EnvelopeId, OrganId, SystemId
from routing.delivery import Delivery, Lease, LeaseId, next_state
from routing.events import EventTag
from routing.leases import PUSHED_FIRST
from routing.lifecycle import DeliveryState, deadline_of
from routing.precedents import Redirect
from storage.database.bulk import ids_of, texts_of, write_rows
from storage.database.partitions import least_descendant
from storage.database.tables import DeliveryRow, table_of
from storage.database.transactions import ReadSession, WriteSession
from storage.records import DeliveryFilter, DeliveryRecord, LeasedDelivery

_TABLE = table_of(DeliveryRow)
_C = _TABLE.c

_PULLABLE: Final = text("deliveries.state IN ('consigned', 'ready', 'deferred')")
"""`routing.leases.PULLABLE`, spelled as the index has it: of a parameter it would not be known that it fits."""


def insert_deliveries(session: WriteSession, records: Iterable[DeliveryRecord]) -> None:
    """Write new deliveries, 20,000 in about a second."""
    write_rows(session, DeliveryRow, rows=map(_values, records))


def get_delivery(session: ReadSession, delivery_id: DeliveryId) -> Delivery | None:
    """Return the delivery with this id."""
    found = session.execute(_by_id(delivery_id)).one_or_none()
    return None if found is None else _delivery(found)


def deliveries_named(session: ReadSession, delivery_ids: Iterable[DeliveryId]) -> Mapping[DeliveryId, Delivery]:
    """Return those of the deliveries that there are, by id."""
    query = select(_TABLE).where(_C.id == any_(ids_of(delivery_ids)))
    return {one.delivery_id: one for one in _deliveries(session, query)}


def get_delivery_record(session: ReadSession, delivery_id: DeliveryId) -> DeliveryRecord | None:
    """Return the delivery with this id, and the id its recipient was addressed by."""
    row = session.execute(_by_id(delivery_id)).one_or_none()
    return None if row is None else _record(row)


def lock_delivery(session: WriteSession, delivery_id: DeliveryId) -> Delivery | None:
    """Return the delivery with this id; nobody else changes it until the session ends."""
    found = session.execute(_by_id(delivery_id).with_for_update()).one_or_none()
    return None if found is None else _delivery(found)


def deliveries_of(
    session: ReadSession, envelope_id: EnvelopeId, *, recipients: Sequence[OrganId] | None = None
) -> tuple[DeliveryRecord, ...]:
    """Return the deliveries of a message in the order they were minted in; only those to `recipients` where given."""
    query = select(_TABLE).where(_C.envelope_id == envelope_id, _C.id >= least_descendant(envelope_id))
    if recipients is not None:
        query = query.where(_C.recipient == any_(texts_of(map(str, recipients))))
    found = session.execute(query.order_by(_C.id)).all()
    return tuple(_record(row) for row in found)


def lease_deliveries(
    session: WriteSession, recipients: Sequence[OrganId], *, lease: Lease, limit: int, now: datetime
) -> tuple[LeasedDelivery, ...]:
    """Return up to `limit` deliveries that now have this lease, urgent ones first, then the oldest.

    Taken are deliveries that a recipient's system may take (`routing.leases.may_lease`); those that were to be pushed
    are at the recipients' disposal from now on. Two callers at once never get the same one: what the other is just
    taking is passed over.
    """
    query = (
        select(_TABLE)
        .where(
            _C.recipient == any_(texts_of(map(str, recipients))),
            _PULLABLE,
            or_(_C.state != DeliveryState.READY.value, _C.attempts > 0, _C.accepted_at <= now - PUSHED_FIRST),
            _C.due_at > now,
            _C.recalled_at.is_(None),
            or_(_C.leased_until.is_(None), _C.leased_until <= now),
        )
        .order_by(_C.priority_rank.desc(), _C.id)
        .limit(limit)
    )
    rows = session.execute(query.with_for_update(skip_locked=True)).all()
    before = tuple(_delivery(row) for row in rows)
    after = tuple(_at_disposal(one, lease=lease) for one in before)
    _set_lease(session, [one for one in before if one.state is DeliveryState.CONSIGNED], lease=lease)
    for was, now_is in zip(before, after, strict=True):
        if was.state is not DeliveryState.CONSIGNED:
            settle_delivery(session, now_is)
    return tuple(
        LeasedDelivery(taken, was.lease, OrganId(row.asked_as), was.state)
        for taken, was, row in zip(after, before, rows, strict=True)
    )


def release(session: WriteSession, lease_id: LeaseId, *, delivery_ids: Iterable[DeliveryId]) -> tuple[Delivery, ...]:
    """Return those of the deliveries that had this lease, as they stand without it."""
    query = select(_TABLE).where(_C.id == any_(ids_of(delivery_ids)), _C.lease_id == lease_id)
    before = _deliveries(session, query.order_by(_C.id).with_for_update())
    _set_lease(session, before, lease=None)
    return tuple(replace(delivery, lease=None) for delivery in before)


def release_lease(session: WriteSession, lease_id: LeaseId, *, system_id: SystemId) -> tuple[Delivery, ...]:
    """Return the deliveries this system held by this lease, as they stand without it."""
    query = select(_TABLE).where(
        _C.lease_id == lease_id, _C.lease_system == str(system_id), _C.state == DeliveryState.CONSIGNED.value
    )
    before = _deliveries(session, query.order_by(_C.id).with_for_update())
    _set_lease(session, before, lease=None)
    return tuple(replace(delivery, lease=None) for delivery in before)


def expire_leases(session: WriteSession, now: datetime, *, limit: int) -> tuple[Delivery, ...]:
    """Return deliveries at their recipients' disposal whose lease has run out, as they were; the lease is gone now."""
    query = select(_TABLE).where(_C.leased_until <= now, _C.state == DeliveryState.CONSIGNED.value)
    lapsed = _lock_free(session, query.order_by(_C.leased_until).limit(limit))
    _set_lease(session, lapsed, lease=None)
    return lapsed


def due_deliveries(session: WriteSession, now: datetime, *, limit: int) -> tuple[Delivery, ...]:
    """Return deliveries that a worker has to look at by `now`, longest due first, locked until the session ends.

    Those that another worker is looking at are passed over, and those in the hand of a recipient's system: what it took
    in time it may acknowledge, as long as its lease lasts.
    """
    is_in_hand = and_(_C.state == DeliveryState.CONSIGNED.value, _C.leased_until > now)
    query = select(_TABLE).where(_C.due_at <= now, is_in_hand.is_not(True))
    return _lock_free(session, query.order_by(_C.due_at).limit(limit))


def overdue_deliveries(session: WriteSession, now: datetime, *, limit: int) -> tuple[Delivery, ...]:
    """Return deliveries for which an alarm is to be raised by `now`, longest due first, locked until the session ends.

    Those that another worker is looking at are passed over; of what is held, the recipient is not late.
    """
    query = select(_TABLE).where(_C.alarm_at <= now, _C.state != DeliveryState.HELD.value)
    return _lock_free(session, query.order_by(_C.alarm_at).limit(limit))


def find_deliveries(session: ReadSession, wanted: DeliveryFilter, *, limit: int) -> tuple[Delivery, ...]:
    """Return the deliveries that are not final and that a filter chooses, oldest first."""
    return _deliveries(session, _chosen(wanted).order_by(_C.id).limit(limit))


def lock_deliveries(session: WriteSession, delivery_ids: Sequence[DeliveryId]) -> tuple[Delivery, ...]:
    """Return those of the deliveries that there are, oldest first; nobody else changes them until the session ends."""
    query = select(_TABLE).where(_C.id == any_(ids_of(delivery_ids)))
    return _deliveries(session, query.order_by(_C.id).with_for_update())


def _chosen(wanted: DeliveryFilter) -> Select[Any]:
    query = select(_TABLE).where(_C.final_at.is_(None))
    if wanted.delivery_ids:
        query = query.where(_C.id == any_(ids_of(wanted.delivery_ids)))
    if wanted.envelope_id is not None:
        query = query.where(_C.envelope_id == wanted.envelope_id, _C.id >= least_descendant(wanted.envelope_id))
    if wanted.recipient is not None:
        query = query.where(_C.recipient == str(wanted.recipient))
    if wanted.state is not None:
        query = query.where(_C.state == wanted.state.value)
    if wanted.accepted_before is not None:
        query = query.where(_C.accepted_at < wanted.accepted_before)
    return query


def lock_deliveries_to(
    session: WriteSession, recipients: Sequence[OrganId], *, envelopes: Sequence[EnvelopeId]
) -> tuple[Delivery, ...]:
    """Return the deliveries of some messages to some recipients, in the order they were minted in.

    Nobody else changes them until the session ends. All are locked in that order, so that two who do it never wait for
    each other.
    """
    query = select(_TABLE).where(
        _C.envelope_id == any_(ids_of(envelopes)),
        _C.recipient == any_(texts_of(map(str, recipients))),
        _C.id >= least_descendant(min(envelopes)),
    )
    return _deliveries(session, query.order_by(_C.id).with_for_update())


def redirects_of(session: ReadSession, envelope_ids: Sequence[EnvelopeId]) -> tuple[tuple[EnvelopeId, Redirect], ...]:
    """Return which deliveries of messages were given to other agencies, each with its message, in the order of that."""
    if not envelope_ids:
        return ()
    source = _TABLE.alias("source").c
    query = (
        select(_C.envelope_id, source.recipient.label("source"), _C.recipient.label("target"))
        .join(source.id.table, source.id == _C.redirected_from)
        .where(
            _C.envelope_id == any_(ids_of(envelope_ids)),
            _C.redirected_from.is_not(None),
            _C.id >= least_descendant(min(envelope_ids)),
        )
        .order_by(_C.id)
    )
    return tuple(
        (EnvelopeId(row.envelope_id), Redirect(OrganId(row.source), OrganId(row.target)))
        for row in session.execute(query)
    )


def recipients_waiting(session: ReadSession, recipients: Sequence[OrganId], *, now: datetime) -> tuple[OrganId, ...]:
    """Return those of the recipients that something waits for which nobody has fetched or has in hand at `now`."""
    asked = func.unnest(texts_of(map(str, recipients))).column_valued("asked")
    query = select(asked).where(exists().where(_C.recipient == asked, *_untouched(now))).order_by(asked)
    return tuple(OrganId(found) for found in session.scalars(query))


def waiting_deliveries(
    session: ReadSession, recipient: OrganId, *, now: datetime, after: Delivery | None, limit: int
) -> tuple[Delivery, ...]:
    """Return what waits for a recipient, not fetched and in nobody's hand at `now`, urgent ones first, then the oldest.

    `after` is where the part before ended.
    """
    query = select(_TABLE).where(_C.recipient == str(recipient), *_untouched(now))
    if after is not None:
        rank, last = after.priority_rank, after.delivery_id
        query = query.where(or_(_C.priority_rank < rank, and_(_C.priority_rank == rank, _C.id > last)))
    return _deliveries(session, query.order_by(_C.priority_rank.desc(), _C.id).limit(limit))


def _untouched(now: datetime) -> tuple[ColumnElement[bool] | TextClause, ...]:
    """Return the condition; what was to be pushed waits too: whoever closes switches its webhook off as well."""
    return (
        _PULLABLE,
        _C.fetched_at.is_(None),
        or_(_C.leased_until.is_(None), _C.leased_until <= now),
    )


def deliveries_to(session: ReadSession, recipient: OrganId, *, envelopes: Sequence[EnvelopeId]) -> tuple[Delivery, ...]:
    """Return the deliveries of some messages to one recipient, in the order they were minted in."""
    if not envelopes:
        return ()
    query = select(_TABLE).where(
        _C.envelope_id == any_(ids_of(envelopes)),
        _C.recipient == str(recipient),
        _C.id >= least_descendant(min(envelopes)),
    )
    return _deliveries(session, query.order_by(_C.id))


def lock_records(session: WriteSession, delivery_ids: Sequence[DeliveryId]) -> tuple[DeliveryRecord, ...]:
    """Return those of the deliveries that there are, oldest first, with the ids their recipients were addressed by.

    Nobody else changes them until the session ends.
    """
    query = select(_TABLE).where(_C.id == any_(ids_of(delivery_ids)))
    return tuple(_record(row) for row in session.execute(query.order_by(_C.id).with_for_update()))


def find_records(session: ReadSession, delivery_ids: Sequence[DeliveryId]) -> tuple[DeliveryRecord, ...]:
    """Return those of the deliveries that there are, with the ids their recipients were addressed by."""
    found = session.execute(select(_TABLE).where(_C.id == any_(ids_of(delivery_ids))))
    return tuple(map(_record, found))


def withdraw_deliveries(session: WriteSession, deliveries: Sequence[Delivery], *, at: datetime) -> None:
    """Write that deliveries, locked in this session, ended because they were withdrawn: all by one statement."""
    if deliveries:
        values = {
            "state": DeliveryState.WITHDRAWN.value,
            "due_at": None,
            "lease_id": None,
            "lease_system": None,
            "leased_until": None,
            "held_from": None,
            "final_at": at,
            "alarm_at": None,
        }
        chosen = _C.id == any_(ids_of(delivery.delivery_id for delivery in deliveries))
        session.execute(update(_TABLE).where(chosen), values)


def bar_content(session: WriteSession, deliveries: Sequence[Delivery], *, at: datetime) -> None:
    """Write that the content of deliveries, locked in this session, is not given out any more from `at` on.

    Nobody is late any more in taking it over.
    """
    chosen = _C.id == any_(ids_of(delivery.delivery_id for delivery in deliveries))
    session.execute(update(_TABLE).where(chosen), {"recalled_at": at, "alarm_at": None})


def settle_delivery(session: WriteSession, delivery: Delivery) -> None:
    """Write where a delivery stands now; it was locked in this session and changed by the rules of routing."""
    lease = delivery.lease
    session.execute(
        update(_TABLE).where(_C.id == delivery.delivery_id),
        {
            "state": delivery.state.value,
            "due_at": delivery.due_at,
            "lease_id": None if lease is None else lease.lease_id,
            "lease_system": None if lease is None else str(lease.system_id),
            "leased_until": None if lease is None else lease.until,
            "fetched_at": delivery.fetched_at,
            "attempts": delivery.attempts,
            "held_from": None if delivery.held_from is None else delivery.held_from.value,
            "final_at": delivery.final_at,
            "alarm_at": delivery.alarm_at,
        },
    )


def _at_disposal(delivery: Delivery, *, lease: Lease) -> Delivery:
    """Return a delivery at its recipient's disposal, with this lease, wherever it was before."""
    if delivery.state is DeliveryState.CONSIGNED:
        return replace(delivery, lease=lease)
    state = next_state(delivery, EventTag.DELIVERY_CONSIGNED)
    due_at = deadline_of(state, accepted_at=delivery.accepted_at, entered_at=delivery.accepted_at)
    return replace(delivery, state=state, lease=lease, due_at=due_at)


def _by_id(delivery_id: DeliveryId) -> Select[Any]:
    return select(_TABLE).where(_C.id == delivery_id)


def _lock_free(session: WriteSession, query: Select[Any]) -> tuple[Delivery, ...]:
    return _deliveries(session, query.with_for_update(skip_locked=True))


def _deliveries(session: ReadSession, query: Select[Any]) -> tuple[Delivery, ...]:
    return tuple(_delivery(row) for row in session.execute(query))


def _set_lease(session: WriteSession, deliveries: Sequence[Delivery], *, lease: Lease | None) -> None:
    """Write one lease to rows that are locked; two statements, because one that locks may lock more than it returns."""
    if deliveries:
        ids = ids_of(delivery.delivery_id for delivery in deliveries)
        values = {
            "lease_id": None if lease is None else lease.lease_id,
            "lease_system": None if lease is None else str(lease.system_id),
            "leased_until": None if lease is None else lease.until,
        }
        session.execute(update(_TABLE).where(_C.id == any_(ids)), values)


def _values(record: DeliveryRecord) -> tuple[object, ...]:
    delivery, lease = record.delivery, record.delivery.lease
    return (
        delivery.delivery_id,
        delivery.envelope_id,
        str(delivery.recipient),
        str(record.asked_as),
        delivery.state.value,
        delivery.priority_rank,
        delivery.accepted_at,
        delivery.due_at,
        None if lease is None else lease.lease_id,
        None if lease is None else str(lease.system_id),
        None if lease is None else lease.until,
        delivery.fetched_at,
        delivery.attempts,
        None if delivery.held_from is None else delivery.held_from.value,
        delivery.final_at,
        delivery.alarm_at,
        delivery.recalled_at,
        record.redirected_from,
    )


def _record(row: Row[Any]) -> DeliveryRecord:
    source = None if row.redirected_from is None else DeliveryId(row.redirected_from)
    return DeliveryRecord(_delivery(row), OrganId(row.asked_as), source)


def _delivery(row: Row[Any]) -> Delivery:
    leased = row.lease_id is not None
    return Delivery(
        delivery_id=row.id,
        envelope_id=row.envelope_id,
        recipient=OrganId(row.recipient),
        state=DeliveryState(row.state),
        priority_rank=row.priority_rank,
        accepted_at=row.accepted_at,
        due_at=row.due_at,
        lease=Lease(row.lease_id, SystemId(row.lease_system), row.leased_until) if leased else None,
        fetched_at=row.fetched_at,
        attempts=row.attempts,
        held_from=None if row.held_from is None else DeliveryState(row.held_from),
        final_at=row.final_at,
        alarm_at=row.alarm_at,
        recalled_at=row.recalled_at,
    )
