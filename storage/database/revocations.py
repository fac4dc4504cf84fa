"""What is known of certificates' revocation, and which verdicts wait for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, any_, delete, false, func, select, text, true, update
from sqlalchemy.dialects.postgresql import insert

from envelopes.identifiers import EnvelopeId
from signing.statuses import CLOCK_TOLERANCE, HOLD, UNDATED_FOR
from storage.database.bulk import digests_of, ids_of, write_rows
from storage.database.tables import (
    AgencyCertificateRow,
    CertificateStatusRow,
    OpenVerdictRow,
    RevocationEvidenceRow,
    table_of,
)
from storage.database.transactions import ReadSession, WriteSession
from storage.records import KeptStatus, OpenVerdict, RevocationSource, SeenCertificate, WatchedCertificate

_STATUSES = table_of(CertificateStatusRow)
_OPEN = table_of(OpenVerdictRow)
_EVIDENCES = table_of(RevocationEvidenceRow)
_REGISTERED = table_of(AgencyCertificateRow)
_S = _STATUSES.c
_RELIED_ON_UNTIL = func.coalesce(_S.next_update, _S.this_update + UNDATED_FOR) + CLOCK_TOLERANCE
"""As `signing.statuses.RevocationStatus.relied_on_until`."""

_KNOWN: Select[Any] = select(
    *(_S.fingerprint, _S.judged_at, _S.state, _S.source, _S.this_update, _S.next_update),
    *(_S.evidence, _S.revoked_at, _S.reason, _S.doubt),
)
"""What is known, without the certificates themselves: all of it is read again every few minutes."""


_ADOPT = text(
    "INSERT INTO certificate_statuses (fingerprint, der, chain, not_after, seen_at, due_at, attempts, state, doubt)"
    " SELECT fingerprint, der, '{}', valid_to, :now, :now, 0, 'unknown', 'no-evidence' FROM agency_certificates kept"
    " WHERE valid_to > :now AND NOT EXISTS"
    " (SELECT FROM certificate_statuses known WHERE known.fingerprint = kept.fingerprint)"
    " ON CONFLICT DO NOTHING"
)


def adopt_registered(session: WriteSession, now: datetime) -> int:
    """Return how many certificates of the directory are watched from now on that were not."""
    return session.execute(_ADOPT, {"now": now}).rowcount  # type: ignore[attr-defined, no-any-return]


_WATCH = text(
    "INSERT INTO certificate_statuses AS known"
    " (fingerprint, der, chain, not_after, seen_at, due_at, attempts, state, doubt)"
    " SELECT :fingerprint, :der, CAST(:chain AS bytea[]), :not_after, :now, :now, 0, 'unknown', 'no-evidence'"
    " WHERE NOT EXISTS (SELECT FROM certificate_statuses WHERE fingerprint = :fingerprint"
    "  AND (state <> 'unknown' OR cardinality(chain) > 0 OR cardinality(CAST(:chain AS bytea[])) = 0))"
    " ON CONFLICT (fingerprint) DO UPDATE SET chain = excluded.chain, due_at = excluded.due_at"
    "  WHERE known.state = 'unknown' AND cardinality(known.chain) = 0 AND cardinality(excluded.chain) > 0"
)
"""Touches no row that stays as it is: one that is merely looked at would be locked until the commit."""


def watch(session: WriteSession, seen: Iterable[SeenCertificate], *, now: datetime) -> None:
    """Have the authorities of certificates asked at the next opportunity; those watched already stay as they are.

    But one that nothing is known of, and that was watched without its intermediates, gets those it comes with now. All
    write in one order, so that two who meet the same certificates do not wait for each other.
    """
    rows = [
        {
            "fingerprint": one.fingerprint,
            "der": one.der,
            "chain": list(one.chain),
            "not_after": one.not_after,
            "now": now,
        }
        for one in sorted({each.fingerprint: each for each in seen}.values(), key=lambda each: each.fingerprint)
    ]
    if rows:
        session.execute(_WATCH, rows)


def forget_expired(session: WriteSession, before: datetime) -> int:
    """Return how many certificates that expired before a moment are watched no more.

    Those that verdicts wait for stay, those registered for longer, and those that were revoked: authorities take the
    expired off their lists, and nobody would tell it of an old signature again.
    """
    waited_for = select(_OPEN.c.fingerprint).where(_OPEN.c.fingerprint == _S.fingerprint).exists()
    registered = select(_REGISTERED.c.fingerprint).where(
        _REGISTERED.c.fingerprint == _S.fingerprint, _REGISTERED.c.valid_to >= before
    )
    over = (_S.not_after < before) & (_S.state != "revoked") & ~waited_for & ~registered.exists()
    return session.execute(delete(_STATUSES).where(over)).rowcount  # type: ignore[attr-defined, no-any-return]


def take_due(session: WriteSession, now: datetime, *, until: datetime, limit: int) -> tuple[WatchedCertificate, ...]:
    """Return certificates whose authorities are to be asked, longest due first, and put them off `until`.

    Nobody else is given them before then; who dies over one leaves it to be asked again.
    """
    query = select(_STATUSES).where(_S.due_at <= now).order_by(_S.due_at).limit(limit)
    taken = tuple(_watched(row) for row in session.execute(query.with_for_update(skip_locked=True)))
    if taken:
        chosen = _S.fingerprint == any_(digests_of(one.fingerprint for one in taken))
        session.execute(update(_STATUSES).where(chosen).values(due_at=until, attempts=_S.attempts + 1))
    return taken


def keep_status(session: WriteSession, watched: WatchedCertificate, *, status: KeptStatus, due_at: datetime) -> bool:
    """Return whether what was found out about a certificate was written, with when its authority is asked again.

    It is not where somebody else has taken the certificate since, where it is known to be revoked for good, or where
    newer evidence was written meanwhile: an old answer stays good for days, and whoever sits on the way may play it
    again. Once the newer evidence is itself out of date, an older one that is not tells more: a list of the morning,
    where a responder answered at noon for ten minutes. A revocation for good is believed whatever its age.
    """
    values: dict[str, object] = {
        "judged_at": status.judged_at,
        "state": status.state,
        "source": status.source,
        "this_update": status.this_update,
        "next_update": status.next_update,
        "evidence": status.evidence,
        "revoked_at": status.revoked_at,
        "reason": status.reason,
        "doubt": status.doubt,
        "due_at": due_at,
    }
    is_final = status.state == "revoked" and status.reason != HOLD
    if status.state != "unknown":
        values["attempts"] = 0
    is_ours = (_S.fingerprint == watched.fingerprint) & (_S.attempts == watched.attempts + 1)
    is_open = (_S.state != "revoked") | (_S.reason.is_not_distinct_from(HOLD))
    is_out_of_date = (_S.state == "good") & (status.judged_at > _RELIED_ON_UNTIL)
    is_newer: ColumnElement[bool] = (_S.state == "unknown") | is_out_of_date
    if status.this_update is not None:
        is_newer = true() if is_final else is_newer | (_S.this_update <= status.this_update)
    kept = update(_STATUSES).where(is_ours, is_open, is_newer).values(values).returning(_S.fingerprint)
    return session.execute(kept).one_or_none() is not None


def put_off(session: WriteSession, watched: WatchedCertificate, *, due_at: datetime) -> None:
    """Write when an authority is asked again that said nothing new; what was known of the certificate stays."""
    is_ours = (_S.fingerprint == watched.fingerprint) & (_S.attempts == watched.attempts + 1)
    session.execute(update(_STATUSES).where(is_ours).values(due_at=due_at))


def give_back_due(session: WriteSession, watched: WatchedCertificate, *, due_at: datetime) -> None:
    """Write when an authority is asked about a certificate that was taken and not looked at: as if it had not been."""
    is_ours = (_S.fingerprint == watched.fingerprint) & (_S.attempts == watched.attempts + 1)
    session.execute(update(_STATUSES).where(is_ours).values(due_at=due_at, attempts=watched.attempts))


def keep_evidence(session: WriteSession, evidences: Sequence[RevocationSource]) -> None:
    """Record the evidence that states rest on; the same one is recorded once."""
    rows = [
        {
            "digest": one.digest,
            "source": one.source,
            "address": one.address,
            "fetched_at": one.fetched_at,
            "size": one.size,
        }
        for one in evidences
    ]
    if rows:
        session.execute(insert(_EVIDENCES).on_conflict_do_nothing(), rows)


def load_statuses(session: ReadSession, since: datetime | None) -> Iterator[tuple[bytes, KeptStatus]]:
    """Yield what is known of certificates by fingerprint; of those alone that were judged at `since` or later."""
    query = _KNOWN.where(_S.judged_at.is_not(None) if since is None else _S.judged_at >= since)
    for row in session.execute(query):
        yield row.fingerprint, _kept(row)


def find_statuses(session: ReadSession, fingerprints: Sequence[bytes]) -> dict[bytes, KeptStatus]:
    """Return what is known of some certificates, by fingerprint."""
    query = _KNOWN.where(_S.fingerprint == any_(digests_of(fingerprints)), _S.judged_at.is_not(None))
    return {row.fingerprint: _kept(row) for row in session.execute(query)}


def open_verdicts(session: WriteSession, verdicts: Iterable[OpenVerdict]) -> None:
    """Write that verdicts wait for certificates, in the transaction that accepts their messages."""
    write_rows(
        session,
        OpenVerdictRow,
        rows=((one.envelope_id, one.fingerprint, one.existed_at, one.opened_at) for one in verdicts),
    )


def completable(session: ReadSession, fingerprint: bytes | None = None, *, limit: int) -> tuple[EnvelopeId, ...]:
    """Return messages whose verdicts can be completed; of those that wait for this certificate, where one is named.

    They are those of which every certificate's state at that moment is known, or one is revoked for good. What waits
    for somebody else keeps no other waiting.
    """
    named = true() if fingerprint is None else _OPEN.c.fingerprint == fingerprint
    each = _OPEN.alias("each")
    of_same = each.join(_STATUSES, _S.fingerprint == each.c.fingerprint, isouter=True)
    same = select(1).select_from(of_same).where(each.c.envelope_id == _OPEN.c.envelope_id)
    blocked = same.where(func.coalesce(_decided_at(each.c.existed_at), false()).is_(false())).exists()
    revoked = same.where(_IS_FINAL, _S.revoked_at <= each.c.existed_at).exists()
    query = select(_OPEN.c.envelope_id).where(named, ~blocked | revoked).limit(limit)
    return tuple(dict.fromkeys(map(EnvelopeId, session.scalars(query))))


def lock_verdicts(session: WriteSession, envelope_ids: Sequence[EnvelopeId]) -> tuple[OpenVerdict, ...]:
    """Return the verdicts on messages that wait, locked, whole: with all the certificates each waits for.

    Locked in one order, so that two workers who complete one verdict do so one after the other.
    """
    query = select(_OPEN).where(_OPEN.c.envelope_id == any_(ids_of(envelope_ids)))
    rows = session.execute(query.order_by(_OPEN.c.envelope_id, _OPEN.c.fingerprint).with_for_update())
    return tuple(
        OpenVerdict(EnvelopeId(row.envelope_id), row.fingerprint, row.existed_at, row.opened_at) for row in rows
    )


def opened_before(session: ReadSession, moment: datetime, *, limit: int) -> tuple[EnvelopeId, ...]:
    """Return messages whose verdicts have waited since before the moment, longest first."""
    longest = select(_OPEN.c.envelope_id).where(_OPEN.c.opened_at < moment).order_by(_OPEN.c.opened_at).limit(limit)
    return tuple(dict.fromkeys(map(EnvelopeId, session.scalars(longest))))


def close_verdicts(session: WriteSession, envelope_ids: Iterable[EnvelopeId]) -> None:
    """Write that verdicts wait no longer."""
    session.execute(delete(_OPEN).where(_OPEN.c.envelope_id == any_(ids_of(envelope_ids))))


def waiting_counts(session: ReadSession, now: datetime) -> tuple[int, int]:
    """Return how many states of certificates verdicts wait for, and how many certificates are due to be asked about.

    One that was put off, because its authority did not answer or will not say anything new, is not due.
    """
    verdicts = select(func.count()).select_from(_OPEN).scalar_subquery()
    due = select(func.count()).where(_S.due_at <= now).select_from(_STATUSES).scalar_subquery()
    row = session.execute(select(verdicts, due)).one()
    return int(row[0]), int(row[1])


_IS_FINAL = (_S.state == "revoked") & _S.reason.is_distinct_from(HOLD)
"""A revocation of which no reason is told is one for good."""


def _decided_at(moment: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Return the condition that a state says something of a moment, as `RevocationStatus.seen_at` does.

    What was merely on hold then, or is known to be good only until before it, decides nothing.
    """
    is_revoked_later = (_S.state == "revoked") & (_S.revoked_at > moment)
    return _IS_FINAL | is_revoked_later | ((_S.state == "good") & (moment <= _RELIED_ON_UNTIL))


def _watched(row: Row[Any]) -> WatchedCertificate:
    return WatchedCertificate(row.fingerprint, row.der, tuple(row.chain), row.attempts, _kept(row))


def _kept(row: Row[Any]) -> KeptStatus:
    return KeptStatus(
        state=row.state,
        judged_at=row.judged_at,
        source=row.source,
        this_update=row.this_update,
        next_update=row.next_update,
        evidence=row.evidence,
        revoked_at=row.revoked_at,
        reason=row.reason,
        doubt=row.doubt,
    )
