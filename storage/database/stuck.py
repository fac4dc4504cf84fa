"""What waits longer than it should: read only, each look bounded, by the indexes that the work itself is found by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from envelopes.identifiers import DeliveryId, EnvelopeId, OrganId, SystemId
from routing.demands import DemandState
from routing.events import EventTag
from routing.leases import PULLABLE
from routing.lifecycle import DeliveryState
from routing.uploads import CLEARED_AFTER
from signing.statuses import Doubt
from storage.database.partitions import least_descendant, least_id
from storage.database.tables import (
    CertificateStatusRow,
    DeliveryRow,
    DemandRow,
    DocumentCheckRow,
    EventRow,
    NoticeRow,
    OpenVerdictRow,
    OwedEvidenceRow,
    ReceiverRow,
    UploadRow,
    UsedAssertionRow,
    table_of,
)
from storage.database.transactions import ReadSession

PILE_MAX: Final = 1000
"""Rows of one pile that are counted: whether it is a thousand or a million makes no difference to what is to be done,
and a look must not cost the database what it lacks."""

_D = table_of(DeliveryRow).c
_O = table_of(OwedEvidenceRow).c
_NOTICES, _RECEIVERS = table_of(NoticeRow), table_of(ReceiverRow)
_N, _R = _NOTICES.c, _RECEIVERS.c
_M = table_of(DemandRow).c
_V = table_of(OpenVerdictRow).c
_S = table_of(CertificateStatusRow).c
_K = table_of(DocumentCheckRow).c
_U = table_of(UsedAssertionRow).c
_P = table_of(UploadRow).c
_E = table_of(EventRow).c


@dataclass(frozen=True, slots=True)
class Pile:
    """Rows of one kind that wait: how many, what the one that has waited longest is called, and since when it waits.

    `is_more` says that there are more than were counted, `attempts` how often the first was tried.
    """

    count: int
    is_more: bool
    oldest: str
    since: datetime
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class HeldDelivery:
    """A delivery that somebody stopped, by whose word and why; both empty where no event tells."""

    delivery_id: DeliveryId
    since: datetime
    actor: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SilentRecipient:
    """A recipient for which deliveries wait: how many, and since when the oldest, of which no octet was fetched."""

    recipient: OrganId
    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class RestingReceiver:
    """A system whose webhook failed in a row, with how many notices wait for it, since when the oldest."""

    system_id: SystemId
    failures: int
    count: int
    since: datetime


def overdue_deliveries(session: ReadSession, before: datetime) -> Pile | None:
    """Return deliveries that a worker had to look at before a moment, in whatever state, but not in somebody's hand."""
    is_in_hand = and_(_D.state == DeliveryState.CONSIGNED.value, _D.leased_until > before)
    is_due = and_(_D.due_at <= before, is_in_hand.is_not(True))
    return _pile(session, _of(_D.id, _D.due_at).where(is_due).order_by(_D.due_at))


def endless_deliveries(session: ReadSession, now: datetime, *, lasting: timedelta, put_off: timedelta) -> Pile | None:
    """Return deliveries at their recipients' disposal for longer than `lasting`, which a worker only puts off."""
    is_put_off = and_(_D.due_at > now, _D.due_at <= now + put_off, _D.state == DeliveryState.CONSIGNED.value)
    is_old = _D.id < least_id(now - lasting)
    return _pile(session, _of(_D.id, _D.accepted_at).where(is_put_off, is_old).order_by(_D.accepted_at))


def overdue_leases(session: ReadSession, before: datetime) -> Pile | None:
    """Return deliveries whose recipient's lease ran out before a moment and was not taken back."""
    is_lapsed = and_(_D.leased_until <= before, _D.state == DeliveryState.CONSIGNED.value)
    return _pile(session, _of(_D.id, _D.leased_until).where(is_lapsed).order_by(_D.leased_until))


def overdue_alarms(session: ReadSession, before: datetime) -> Pile | None:
    """Return deliveries for which an alarm had to be raised before a moment and was not."""
    is_late = and_(_D.alarm_at <= before, _D.state != DeliveryState.HELD.value)
    return _pile(session, _of(_D.id, _D.alarm_at).where(is_late).order_by(_D.alarm_at))


def held_deliveries(session: ReadSession) -> tuple[Pile, HeldDelivery] | None:
    """Return the deliveries that are stopped, and of the one that goes on first, who stopped it and why."""
    query = select(_D.id, _D.due_at.label("since"), _D.envelope_id)
    is_held = and_(_D.state == DeliveryState.HELD.value, _D.due_at.is_not(None))
    rows = session.execute(query.where(is_held).order_by(_D.due_at).limit(PILE_MAX + 1)).all()
    if not rows:
        return None
    first = rows[0]
    held = _hold(session, EnvelopeId(first.envelope_id), delivery_id=DeliveryId(first.id), otherwise=first.since)
    return Pile(min(len(rows), PILE_MAX), len(rows) > PILE_MAX, str(first.id), held.since), held


def silent_recipients(session: ReadSession, before: datetime, *, limit: int) -> tuple[SilentRecipient, ...]:
    """Return recipients for which deliveries have waited since before a moment unfetched, those of most first.

    What is to be pushed waits as well: a system that is suspended is not called, and nobody fails.
    """
    waits = and_(_D.state.in_(sorted(PULLABLE)), _D.id < least_id(before))
    is_untouched = and_(_D.fetched_at.is_(None), _D.recalled_at.is_(None))
    count = func.count()
    query = select(_D.recipient, count, func.min(_D.accepted_at)).where(waits, is_untouched).group_by(_D.recipient)
    found = session.execute(query.order_by(count.desc(), _D.recipient).limit(limit))
    return tuple(SilentRecipient(OrganId(recipient), number, since) for recipient, number, since in found)


def late_evidences(session: ReadSession, before: datetime, *, attempts: int) -> Pile | None:
    """Return evidence owed for events before a moment, taken in hand less than `attempts` times."""
    is_late = and_(_O.event_id < least_id(before), _O.attempts < attempts)
    return _pile(session, _of(_O.event_id, _O.event_at, attempts=_O.attempts).where(is_late).order_by(_O.event_at))


def failing_evidences(session: ReadSession, *, attempts: int) -> Pile | None:
    """Return evidence that is owed although it was taken in hand `attempts` times or more."""
    query = _of(_O.event_id, _O.event_at, attempts=_O.attempts).where(_O.attempts >= attempts)
    return _pile(session, query.order_by(_O.event_at))


def overdue_demands(session: ReadSession, before: datetime) -> Pile | None:
    """Return demands whose silence had to be told before a moment and was not; by their messages."""
    return _pile(session, _of(_M.envelope_id, _M.due_at).where(_M.due_at <= before).order_by(_M.due_at))


def unanswered_demands(session: ReadSession) -> Pile | None:
    """Return demands that nobody answered in time, as was told; by their messages."""
    is_open = and_(_M.state == DemandState.ASKED.value, _M.alarmed_at.is_not(None))
    return _pile(session, _of(_M.envelope_id, _M.asked_at).where(is_open).order_by(_M.asked_at))


def overdue_notices(session: ReadSession, before: datetime) -> Pile | None:
    """Return notices due before a moment, to receivers that nobody has in hand and that do not rest."""
    is_free = and_(_R.busy_until <= before, _R.rests_until <= before)
    query = _of(_N.id, _N.due_at, attempts=_N.attempts).join_from(_NOTICES, _RECEIVERS, _R.system_id == _N.system_id)
    return _pile(session, query.where(is_free, _N.due_at <= before).order_by(_N.due_at))


def endless_notices(session: ReadSession, before: datetime) -> Pile | None:
    """Return notices whose time was over before a moment and that were not ended."""
    is_over = and_(_N.expires_at <= before, _N.due_at.is_not(None))
    return _pile(session, _of(_N.id, _N.expires_at, attempts=_N.attempts).where(is_over).order_by(_N.expires_at))


def resting_receivers(session: ReadSession, *, failures: int, limit: int) -> tuple[RestingReceiver, ...]:
    """Return receivers that failed so often in a row or more and for which notices wait, those of most first."""
    count = func.count()
    query = (
        select(_R.system_id, _R.failures, count, func.min(_N.consigned_at))
        .join_from(_RECEIVERS, _NOTICES, _N.system_id == _R.system_id)
        .where(_R.failures >= failures, _N.due_at.is_not(None))
        .group_by(_R.system_id, _R.failures)
    )
    found = session.execute(query.order_by(count.desc(), _R.system_id).limit(limit))
    return tuple(RestingReceiver(SystemId(name), failed, number, since) for name, failed, number, since in found)


def waiting_verdicts(session: ReadSession, before: datetime) -> Pile | None:
    """Return messages whose verdicts have waited for certificates since before a moment."""
    return _pile(session, _of(_V.envelope_id, _V.opened_at).where(_V.opened_at <= before).order_by(_V.opened_at))


def overdue_certificates(session: ReadSession, before: datetime) -> Pile | None:
    """Return certificates, by fingerprint, whose authorities had to be asked before a moment and were not."""
    fingerprint = func.encode(_S.fingerprint, "hex")
    return _pile(session, _of(fingerprint, _S.due_at).where(_S.due_at <= before).order_by(_S.due_at))


def unanswered_certificates(session: ReadSession, *, attempts: int, limit: int) -> tuple[bytes, ...]:
    """Return certificates (DER) whose authorities were asked so often or more and did not answer, the longest first.

    Where somebody answers and says nothing that counts, or nobody is there to be asked, nobody is silent.
    """
    is_silent = or_(_S.doubt.is_(None), _S.doubt.in_((Doubt.NO_EVIDENCE.value, Doubt.STALE.value)))
    query = select(_S.der).where(_S.attempts >= attempts, is_silent).order_by(_S.attempts.desc(), _S.fingerprint)
    return tuple(session.scalars(query.limit(limit)))


def overdue_checks(session: ReadSession, before: datetime) -> Pile | None:
    """Return messages whose documents had to be judged before a moment and were not."""
    return _pile(
        session, _of(_K.envelope_id, _K.due_at, attempts=_K.attempts).where(_K.due_at <= before).order_by(_K.due_at)
    )


def kept_assertions(session: ReadSession, before: datetime) -> Pile | None:
    """Return used assertions that expired before a moment and are still remembered; by their systems."""
    return _pile(session, _of(_U.system_id, _U.expires_at).where(_U.expires_at <= before).order_by(_U.expires_at))


def overdue_uploads(session: ReadSession, before: datetime) -> Pile | None:
    """Return uploads whose octets had to be cleared before a moment."""
    return _pile(
        session, _of(_P.id, _P.expires_at).where(_P.expires_at <= before - CLEARED_AFTER).order_by(_P.expires_at)
    )


def _of(identifier: Any, since: Any, *, attempts: Any = None) -> Select[Any]:
    """Return a query for what a pile is made of."""
    columns: Sequence[ColumnElement[Any]] = (identifier.label("name"), since.label("since"))
    return select(*columns) if attempts is None else select(*columns, attempts.label("attempts"))


def _pile(session: ReadSession, query: Select[Any]) -> Pile | None:
    """Return what a query finds, which names, moments and attempts; the first is the one that waits longest."""
    rows = session.execute(query.limit(PILE_MAX + 1)).all()
    if not rows:
        return None
    first = rows[0]
    attempts = getattr(first, "attempts", 0)
    return Pile(min(len(rows), PILE_MAX), len(rows) > PILE_MAX, str(first.name), first.since, attempts)


def _hold(
    session: ReadSession, envelope_id: EnvelopeId, *, delivery_id: DeliveryId, otherwise: datetime
) -> HeldDelivery:
    """Return who stopped a delivery last, and why."""
    query = select(_E.at, _E.details).where(
        _E.envelope_id == envelope_id,
        _E.id >= least_descendant(envelope_id),
        _E.delivery_id == delivery_id,
        _E.tag == EventTag.DELIVERY_HELD.value,
    )
    row = session.execute(query.order_by(_E.id.desc()).limit(1)).one_or_none()
    if row is None:
        return HeldDelivery(delivery_id, otherwise)
    return HeldDelivery(delivery_id, row.at, str(row.details.get("actor", "")), str(row.details.get("reason", "")))
