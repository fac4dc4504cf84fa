"""Deliveries that wait, and of which a system was never to be told: it had no webhook when they were made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import any_, exists, select

from envelopes.identifiers import DeliveryId, OrganId, SystemId
from routing.delivery import Delivery
from storage.database.bulk import texts_of
from storage.database.deliveries import deliveries_named
from storage.database.partitions import least_id
from storage.database.tables import DeliveryRow, NoticeRow, table_of
from storage.database.transactions import ReadSession

_C = table_of(DeliveryRow).c
_N = table_of(NoticeRow).c

_APART: Final = timedelta(hours=1)
"""How far the moments in the ids of one delivery and its notices may be from its acceptance: they are the same, or the
same request's. It only keeps other months from being looked at."""


def untold_deliveries(
    session: ReadSession,
    system_id: SystemId,
    *,
    recipients: Sequence[OrganId],
    span: tuple[datetime, datetime],
    limit: int,
) -> tuple[Delivery, ...]:
    """Return deliveries to these agencies that were accepted in a span of time (its end excluded), oldest first.

    Only what has not ended, was not given back, and of which the system has no notice, of whatever state.
    """
    start, end = span
    known = exists().where(_N.delivery_id == _C.id, _N.system_id == str(system_id), _N.id >= least_id(start - _APART))
    query = select(_C.id).where(
        _C.id >= least_id(start - _APART),
        _C.id < least_id(end + _APART),
        _C.accepted_at >= start,
        _C.accepted_at < end,
        _C.recipient == any_(texts_of(map(str, recipients))),
        _C.final_at.is_(None),
        _C.recalled_at.is_(None),
        ~known,
    )
    found = deliveries_named(session, map(DeliveryId, session.scalars(query.order_by(_C.id).limit(limit))))
    return tuple(found[one] for one in sorted(found))
