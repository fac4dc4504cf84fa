"""Notices to connected systems in the database: born with their deliveries, carried by turns, and a log of calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, any_, delete, exists, func, select, tuple_, union_all, update
from sqlalchemy.dialects.postgresql import insert

from envelopes.identifiers import DeliveryId, EnvelopeId, EventId, OrganId, SystemId
from routing.backoff import SUSPECT_FROM
from routing.lifecycle import FINAL_STATES
from routing.webhooks import CallOutcome, NoticeState, WebhookMode
from storage.database.bulk import ids_of, texts_of, write_rows
from storage.database.partitions import least_id
from storage.database.tables import DeliveryRow, NoticeRow, ReceiverRow, SystemRow, WebhookCallRow, table_of
from storage.database.transactions import ReadSession, WriteSession
from storage.records import Notice, Receiver, WebhookCall

_NOTICES = table_of(NoticeRow)
_N = _NOTICES.c
_RECEIVERS = table_of(ReceiverRow)
_R = _RECEIVERS.c
_CALLS = table_of(WebhookCallRow)
_C = _CALLS.c
_D = table_of(DeliveryRow).c
_S = table_of(SystemRow).c

_TURN = (_N.crashes, _N.priority_rank.desc(), _N.id)
_UNSUSPECTED = tuple(_N.crashes == one for one in range(SUSPECT_FROM))
_SUSPECT = _N.crashes >= SUSPECT_FROM
"""One condition for each part of the index that has the order of turns: each is read from its first row on."""

_FINAL = [state.value for state in FINAL_STATES]


def insert_notices(session: WriteSession, notices: Iterable[Notice]) -> None:
    """Write new notices, in the transaction of their deliveries."""
    write_rows(session, NoticeRow, rows=map(_values, notices))


def open_receiver(session: WriteSession, system_id: SystemId, *, now: datetime) -> None:
    """Write that a system may be called from now on, whatever happened before, and that what waits for it is due."""
    row = {"system_id": str(system_id), "busy_until": now, "rests_until": now, "failures": 0}
    fresh = {"rests_until": now, "failures": 0}
    made = insert(_RECEIVERS).values(row)
    session.execute(made.on_conflict_do_update(index_elements=[_R.system_id], set_=fresh))
    hasten(session, system_id, now=now)


def hasten(session: WriteSession, system_id: SystemId, *, now: datetime) -> None:
    """Write that whatever waits for a system only because calls failed before is due now.

    What a worker has in hand stays as it took it, and what workers died over as it is.
    """
    failed = (_N.attempts > 0, _N.crashes == 0)
    waiting = (_N.system_id == str(system_id), _N.due_at > now, *failed, *_not_in_hand(now))
    session.execute(update(_NOTICES).where(*waiting).values(due_at=now))


def systems_waiting(session: ReadSession, delivery_ids: Sequence[DeliveryId]) -> tuple[SystemId, ...]:
    """Return the systems that something waits for about these deliveries."""
    query = select(_N.system_id).where(_N.delivery_id == any_(ids_of(delivery_ids)), _N.due_at.is_not(None))
    return tuple(SystemId(one) for one in session.scalars(query.distinct().order_by(_N.system_id)))


def wake_receivers(session: WriteSession, system_ids: Sequence[SystemId], *, now: datetime) -> None:
    """Write that systems may be called now, however often they failed."""
    chosen = _R.system_id == any_(texts_of(map(str, system_ids)))
    session.execute(update(_RECEIVERS).where(chosen).values(rests_until=now, failures=0))


def hasten_deliveries(
    session: WriteSession, delivery_ids: Sequence[DeliveryId], *, now: datetime
) -> frozenset[DeliveryId]:
    """Return about which of the deliveries something waits; it is due now, as if no worker had died over it.

    What a worker has in hand stays as it took it.
    """
    waiting = (_N.delivery_id == any_(ids_of(delivery_ids)), _N.due_at.is_not(None), *_not_in_hand(now))
    done = update(_NOTICES).where(*waiting).values(due_at=now, crashes=0).returning(_N.delivery_id)
    return frozenset(map(DeliveryId, session.scalars(done)))


def lease_receiver(
    session: WriteSession, now: datetime, *, until: datetime, mode: WebhookMode | None = None
) -> Receiver | None:
    """Return a receiver that something is due for, now this worker's `until` then.

    The one of the most urgent notice comes first, then who waited longest: an urgent document does not wait until
    everybody else had a turn. Nobody has two workers call it at once; who dies over one leaves it to others at that
    time. With a `mode` only receivers of that one are looked at.
    """
    due = select(_N.priority_rank).where(_N.system_id == _R.system_id, _N.due_at <= now)
    ordered = due.order_by(*_TURN).limit(1)
    *unsuspected, suspect = (ordered.where(one).scalar_subquery() for one in (*_UNSUSPECTED, _SUSPECT))
    urgency = func.coalesce(func.greatest(*unsuspected), suspect)
    query = select(_RECEIVERS).where(_R.busy_until <= now, _R.rests_until <= now, due.exists())
    if mode is not None:
        query = query.where(exists().where(_S.system_id == _R.system_id, _S.webhook_mode == mode.value))
    first = query.order_by(urgency.desc(), _R.busy_until).limit(1)
    row = session.execute(first.with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return None
    session.execute(update(_RECEIVERS).where(_R.system_id == row.system_id).values(busy_until=until))
    return Receiver(SystemId(row.system_id), row.failures, until, row.rests_until)


def free_receiver(session: WriteSession, receiver: Receiver, *, now: datetime) -> None:
    """Write that a receiver may be served again, unless somebody else does since this worker's turn ran out."""
    ours = (_R.system_id == str(receiver.system_id), _R.busy_until == receiver.busy_until)
    session.execute(update(_RECEIVERS).where(*ours).values(busy_until=now))


def note_answer(session: WriteSession, receiver: Receiver) -> None:
    """Write how a receiver has been answering."""
    values = {"failures": receiver.failures, "rests_until": receiver.rests_until}
    session.execute(update(_RECEIVERS).where(_R.system_id == str(receiver.system_id)).values(values))


def get_receiver(session: ReadSession, system_id: SystemId) -> Receiver | None:
    """Return how a system has been answering; None for one that never had a webhook."""
    row = session.execute(select(_RECEIVERS).where(_R.system_id == str(system_id))).one_or_none()
    return None if row is None else Receiver(system_id, row.failures, row.busy_until, row.rests_until)


def extend_receiver(session: WriteSession, receiver: Receiver, *, until: datetime) -> Receiver | None:
    """Return the receiver as this worker's `until` then; None where its turn ran out and somebody else serves it."""
    ours = (_R.system_id == str(receiver.system_id), _R.busy_until == receiver.busy_until)
    done = update(_RECEIVERS).where(*ours).values(busy_until=until).returning(_R.system_id)
    return None if session.execute(done).one_or_none() is None else replace(receiver, busy_until=until)


def due_notices(session: ReadSession, system_id: SystemId, *, now: datetime, limit: int) -> tuple[Notice, ...]:
    """Return notices due for a receiver: urgent first, then the oldest.

    After all others come those that workers died over more than once; what was in hand when one died once keeps its
    place, for it may have been the machine.
    """
    query = select(_NOTICES).where(_N.system_id == str(system_id), _N.due_at <= now)
    parts = [query.where(one).order_by(*_TURN).limit(limit).subquery() for one in (*_UNSUSPECTED, _SUSPECT)]
    found = map(_notice, session.execute(union_all(*map(select, parts))))
    return tuple(sorted(found, key=_place)[:limit])


def _place(notice: Notice) -> tuple[int, int, EventId]:
    return notice.crashes if notice.crashes >= SUSPECT_FROM else 0, -notice.priority_rank, notice.notice_id


def take_notices(session: WriteSession, notices: Sequence[Notice], *, until: datetime) -> tuple[Notice, ...]:
    """Return notices, put off `until`, with the attempt counted; whoever dies over them leaves that behind."""
    if not notices:
        return ()
    chosen = _N.id == any_(ids_of(one.notice_id for one in notices))
    counted = {"due_at": until, "attempts": _N.attempts + 1, "crashes": _N.crashes + 1}
    session.execute(update(_NOTICES).where(chosen, _N.due_at.is_not(None)).values(counted))
    return tuple(replace(one, due_at=until, attempts=one.attempts + 1, crashes=one.crashes + 1) for one in notices)


def put_off(session: WriteSession, notices: Iterable[Notice], *, until: datetime) -> None:
    """Write when notices are looked at again that are not to be called about now: it counts as no attempt.

    One that an operator made due since it was looked at stays due.
    """
    seen = list(notices)
    chosen = _N.id == any_(ids_of(one.notice_id for one in seen))
    unchanged = tuple_(_N.id, _N.due_at).in_([(one.notice_id, one.due_at) for one in seen])
    session.execute(update(_NOTICES).where(chosen, unchanged).values(due_at=until))


def give_back_notices(session: WriteSession, taken: Sequence[Notice], *, due_at: datetime) -> None:
    """Write when notices are due that were taken and not called about: it counts as no attempt."""
    for one in taken:
        counted = {"due_at": due_at, "attempts": one.attempts - 1, "crashes": one.crashes - 1}
        session.execute(update(_NOTICES).where(*_ours(one)).values(counted))


def settle_notice(session: WriteSession, taken: Notice, *, settled: Notice) -> bool:
    """Return whether a notice was written as it stands now: not where it is no longer as it was `taken`."""
    values = {"state": settled.state.value, "due_at": settled.due_at, "taken_at": settled.taken_at, "crashes": 0}
    done = update(_NOTICES).where(*_ours(taken)).values(values).returning(_N.id)
    return session.execute(done).one_or_none() is not None


def overdue_notices(session: WriteSession, now: datetime, *, limit: int) -> tuple[Notice, ...]:
    """Return notices whose time is over, locked until the session ends; what others look at is passed over."""
    query = select(_NOTICES).where(_N.expires_at <= now, _N.due_at.is_not(None)).order_by(_N.expires_at).limit(limit)
    return tuple(_notice(row) for row in session.execute(query.with_for_update(skip_locked=True)))


def repeat_notices(
    session: WriteSession, system_id: SystemId, *, span: tuple[datetime, datetime], now: datetime, expires_at: datetime
) -> int:
    """Return how many notices of a span of time (its end excluded) are due again, as if no call had been made.

    Those of deliveries that have ended are not: there is nothing left to pull.
    """
    first, last = map(least_id, span)
    is_open = exists().where(_D.id == _N.delivery_id, _D.state.not_in(_FINAL))
    values = {"state": NoticeState.WAITING.value, "due_at": now, "attempts": 0, "crashes": 0, "expires_at": expires_at}
    chosen = (_N.system_id == str(system_id), _N.id >= first, _N.id < last, is_open)
    return len(session.scalars(update(_NOTICES).where(*chosen).values(values).returning(_N.id)).all())


def count_notices(session: ReadSession, system_id: SystemId) -> Mapping[NoticeState, int]:
    """Return how many notices of a system stand where."""
    query = select(_N.state, func.count()).where(_N.system_id == str(system_id)).group_by(_N.state)
    return {NoticeState(state): count for state, count in session.execute(query)}


def count_waiting_notices(session: ReadSession) -> int:
    """Return how many notices wait for all systems together."""
    return session.scalars(select(func.count()).where(_N.due_at.is_not(None))).one()


def record_call(session: WriteSession, call: WebhookCall) -> None:
    """Write what became of a call."""
    write_rows(session, WebhookCallRow, rows=[_call_values(call)])


def calls_to(session: ReadSession, system_id: SystemId, *, limit: int) -> tuple[WebhookCall, ...]:
    """Return the latest calls to a system's webhook, newest first."""
    query = select(_CALLS).where(_C.system_id == str(system_id)).order_by(_C.id.desc()).limit(limit)
    return tuple(_call(row) for row in session.execute(query))


def forget_calls(session: WriteSession, before: datetime) -> None:
    """Remove calls from before a moment."""
    session.execute(delete(_CALLS).where(_C.id < least_id(before)))


def _not_in_hand(now: datetime) -> tuple[Any, ...]:
    """Return the condition that no worker has a notice in hand: it has those that are due when its turn ends."""
    in_hand = exists().where(_R.system_id == _N.system_id, _R.busy_until > now, _R.busy_until == _N.due_at)
    return (~in_hand,)


def _ours(taken: Notice) -> tuple[Any, ...]:
    """Return the condition that a notice still is as it was taken: each time it is, one more attempt is counted."""
    return _N.id == taken.notice_id, _N.attempts == taken.attempts, _N.due_at == taken.due_at


def _values(notice: Notice) -> tuple[object, ...]:
    return (
        notice.notice_id,
        str(notice.system_id),
        notice.envelope_id,
        notice.delivery_id,
        str(notice.recipient),
        notice.priority_rank,
        notice.is_status,
        notice.consigned_at,
        notice.expires_at,
        notice.state.value,
        notice.due_at,
        notice.attempts,
        notice.taken_at,
        notice.crashes,
    )


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        notice_id=EventId(row.id),
        system_id=SystemId(row.system_id),
        envelope_id=EnvelopeId(row.envelope_id),
        delivery_id=DeliveryId(row.delivery_id),
        recipient=OrganId(row.recipient),
        priority_rank=row.priority_rank,
        is_status=row.is_status,
        consigned_at=row.consigned_at,
        expires_at=row.expires_at,
        due_at=row.due_at,
        state=NoticeState(row.state),
        attempts=row.attempts,
        taken_at=row.taken_at,
        crashes=row.crashes,
    )


def _call_values(call: WebhookCall) -> tuple[object, ...]:
    return (
        call.call_id,
        str(call.system_id),
        call.notice_id,
        call.delivery_id,
        call.at,
        call.attempt,
        call.outcome.value,
        call.http_status,
        call.milliseconds,
        call.acknowledgement,
    )


def _call(row: Row[Any]) -> WebhookCall:
    return WebhookCall(
        call_id=EventId(row.id),
        system_id=SystemId(row.system_id),
        at=row.at,
        outcome=CallOutcome(row.outcome),
        milliseconds=row.milliseconds,
        attempt=row.attempt,
        http_status=row.http_status,
        notice_id=None if row.notice_id is None else EventId(row.notice_id),
        delivery_id=None if row.delivery_id is None else DeliveryId(row.delivery_id),
        acknowledgement=row.acknowledgement,
    )
