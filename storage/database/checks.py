"""Accepted messages whose documents are still to be judged: rows of work, gone when a judgement is final."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import any_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from envelopes.identifiers import EnvelopeId
from storage.database.bulk import ids_of
from storage.database.tables import DocumentCheckRow, table_of
from storage.database.transactions import ReadSession, WriteSession
from storage.records import DocumentCheck

_TABLE = table_of(DocumentCheckRow)
_C = _TABLE.c


def owe_check(session: WriteSession, check: DocumentCheck, *, due_at: datetime) -> None:
    """Write that a message's documents are to be judged (again) at `due_at`."""
    values = {
        "envelope_id": check.envelope_id,
        "accepted_at": check.accepted_at,
        "due_at": due_at,
        "attempts": check.attempts,
        "crashes": check.crashes,
    }
    session.execute(insert(_TABLE).values(values).on_conflict_do_nothing())


def count_checks(session: ReadSession) -> int:
    """Return of how many messages the documents are still to be judged."""
    return session.scalars(select(func.count()).select_from(_TABLE)).one()


def take_checks(
    session: WriteSession, now: datetime, *, until: Callable[[int], datetime], limit: int
) -> tuple[DocumentCheck, ...]:
    """Return messages whose documents are due, longest due first, and put them off `until`, which is given the crashes.

    Nobody else is given them before then; who dies over one leaves it to be judged again. What somebody may have died
    of is taken alone: nothing else is in its company when it happens again.
    """
    query = select(_TABLE).where(_C.due_at <= now).order_by(_C.due_at).limit(limit)
    found = session.execute(query.with_for_update(skip_locked=True)).all()
    chosen = found[:1] if found and found[0].crashes else [row for row in found if not row.crashes]
    taken = tuple(
        DocumentCheck(EnvelopeId(row.envelope_id), row.accepted_at, row.attempts, row.crashes) for row in chosen
    )
    if taken:
        is_taken = _C.envelope_id == any_(ids_of(one.envelope_id for one in taken))
        counted = {"attempts": _C.attempts + 1, "crashes": _C.crashes + 1}
        session.execute(update(_TABLE).where(is_taken).values(due_at=until(taken[0].crashes), **counted))
    return taken


def put_off_check(session: WriteSession, envelope_id: EnvelopeId, *, by: timedelta, now: datetime) -> None:
    """Write when a message's documents are judged again; whoever writes that has not died of them."""
    session.execute(update(_TABLE).where(_C.envelope_id == envelope_id).values(due_at=now + by, crashes=0))


def give_back_check(session: WriteSession, check: DocumentCheck, *, due_at: datetime) -> None:
    """Write when a message's documents are judged that were taken and not looked at: it counts as no attempt."""
    chosen = _C.envelope_id == check.envelope_id
    session.execute(update(_TABLE).where(chosen).values(due_at=due_at, attempts=check.attempts, crashes=check.crashes))


def end_check(session: WriteSession, envelope_id: EnvelopeId) -> bool:
    """Return whether the check was still owed; it is no longer."""
    gone = delete(_TABLE).where(_C.envelope_id == envelope_id).returning(_C.envelope_id)
    return session.execute(gone).one_or_none() is not None
