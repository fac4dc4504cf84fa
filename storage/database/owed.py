"""Evidence that is still to be sealed: rows of work, gone in the transaction that writes the evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, any_, delete, func, select, update

from envelopes.evidence import EvidenceType
from envelopes.identifiers import DeliveryId, EventId, EvidenceId
from storage.database.bulk import ids_of, write_rows
from storage.database.evidences import insert_evidences, last_evidences
from storage.database.tables import OwedEvidenceRow, table_of
from storage.database.transactions import ReadSession, WriteSession
from storage.records import EvidenceRecord, OwedEvidence

_TABLE = table_of(OwedEvidenceRow)
_C = _TABLE.c
_URGENT_FIRST = (_C.priority_rank.desc(), _C.due_at)


def owe(session: WriteSession, owed: Iterable[OwedEvidence]) -> None:
    """Write that evidence is owed, in the transaction of its events."""
    write_rows(session, OwedEvidenceRow, rows=map(_values, owed))


def next_due(session: WriteSession, now: datetime) -> OwedEvidence | None:
    """Return what is to be sealed next: the most urgent, of that what has been due longest.

    What another worker is taking is passed over; it is this session's to take.
    """
    query = select(_TABLE).where(_C.due_at <= now).order_by(*_URGENT_FIRST).limit(1)
    found = session.execute(query.with_for_update(skip_locked=True)).one_or_none()
    return None if found is None else _record(found)


def due_owed(
    session: WriteSession, now: datetime, *, attempts: int, until: datetime, limit: int
) -> tuple[OwedEvidence, ...]:
    """Return evidence that is due and was taken `attempts` times before, urgent first, and put it off `until`.

    Nobody else is given it before then. It is sealed after this transaction, never inside one; who dies over it leaves
    it to be tried again.
    """
    query = select(_TABLE).where(_C.due_at <= now, _C.attempts == attempts).order_by(*_URGENT_FIRST).limit(limit)
    found = [_record(row) for row in session.execute(query.with_for_update(skip_locked=True))]
    if found:
        chosen = _C.event_id == any_(ids_of(owed.event_id for owed in found))
        session.execute(update(_TABLE).where(chosen).values(due_at=until, attempts=_C.attempts + 1))
    return tuple(replace(owed, due_at=until, attempts=owed.attempts + 1) for owed in found)


def give_back(session: WriteSession, taken: Iterable[OwedEvidence], *, until: datetime) -> None:
    """Write that what was taken is due at `until`, as if it had not been taken: the fault was none of its own.

    Only what is still as it was taken: another worker may have taken it since, whose it is then.
    """
    turns = defaultdict[tuple[datetime, int], list[EventId]](list)
    for owed in taken:
        turns[owed.due_at, owed.attempts].append(owed.event_id)
    for (due_at, attempts), ids in turns.items():
        held = (_C.event_id == any_(ids_of(ids)), _C.due_at == due_at, _C.attempts == attempts)
        session.execute(update(_TABLE).where(*held).values(due_at=until, attempts=attempts - 1))


def turn_of(owed: OwedEvidence) -> tuple[bool, EventId]:
    """Return a key that sorts evidence of one delivery as it is to be sealed: in the order its events were minted in.

    Being consigned comes first in any case: the door that accepted a message may have a clock that is ahead of that of
    the door which hears, seconds later, of the handover. Where it comes late after all, and what went before is just
    being sealed, `discharge` lets one of them be.
    """
    return owed.type is not EvidenceType.CONTENT_CONSIGNMENT, owed.event_id


def first_owed(session: ReadSession, deliveries: Sequence[DeliveryId]) -> Mapping[DeliveryId, EventId]:
    """Return the event of each delivery whose evidence has to be sealed before all others that are owed."""
    query = select(_TABLE).where(_C.delivery_id == any_(ids_of(deliveries)))
    first: dict[DeliveryId, EventId] = {}
    for owed in sorted(map(_record, session.execute(query)), key=turn_of):
        if owed.delivery_id is not None:
            first.setdefault(owed.delivery_id, owed.event_id)
    return first


def backlog(session: ReadSession) -> tuple[int, datetime | None]:
    """Return how many events wait for their evidence, and since when the oldest of them does."""
    count, oldest = session.execute(select(func.count(), func.min(_C.event_at))).one()
    return count, oldest


def discharge(
    session: WriteSession, evidences: Sequence[EvidenceRecord], *, after: Mapping[DeliveryId, EvidenceId | None]
) -> tuple[EvidenceId, ...]:
    """Return which of the evidences were written: those whose event still owed one, and that follow the last one.

    Where two workers sealed for one event, the first to get here wins and the other's seal is thrown away. So it is
    where they sealed for two events of one delivery, and both named the evidence in `after` (None: the acceptance) as
    the one before: what the delivery owes is locked, so that the second finds what the first wrote.
    """
    rivals = _C.delivery_id == any_(ids_of(after))
    session.execute(select(_C.event_id).where(rivals).order_by(_C.event_id).with_for_update())
    messages = {one.envelope_id for one in evidences if one.envelope_id is not None}
    last = last_evidences(session, messages, deliveries=tuple(after))
    overtaken = {one for one, end in after.items() if last.get(one) != end}
    fitting = [one for one in evidences if one.delivery_id not in overtaken]
    chosen = _C.event_id == any_(ids_of(evidence.event_id for evidence in fitting))
    discharged = set(session.scalars(delete(_TABLE).where(chosen).returning(_C.event_id)))
    written = [evidence for evidence in fitting if evidence.event_id in discharged]
    insert_evidences(session, written)
    return tuple(evidence.evidence_id for evidence in written)


def _values(owed: OwedEvidence) -> tuple[object, ...]:
    return (
        owed.event_id,
        owed.type.value,
        owed.envelope_id,
        owed.delivery_id,
        owed.event_at,
        owed.due_at,
        owed.attempts,
        owed.priority_rank,
    )


def _record(row: Row[Any]) -> OwedEvidence:
    return OwedEvidence(
        event_id=row.event_id,
        type=EvidenceType(row.type),
        envelope_id=row.envelope_id,
        delivery_id=row.delivery_id,
        event_at=row.event_at,
        due_at=row.due_at,
        attempts=row.attempts,
        priority_rank=row.priority_rank,
    )
