"""What is known of certificates' revocation, and which verdicts wait for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, any_, delete, func, select, text, true, update
from sqlalchemy.dialects.postgresql import insert

from envelopes.identifiers import EnvelopeId
from signing.statuses import HOLD, UNDATED_FOR
from storage.database.bulk import digests_of, ids_of, write_rows
from storage.database.tables import CertificateStatusRow, OpenVerdictRow, RevocationEvidenceRow, table_of
from storage.database.transactions import ReadSession, WriteSession
from storage.records import KeptStatus, OpenVerdict, RevocationSource, SeenCertificate, WatchedCertificate

_STATUSES = table_of(CertificateStatusRow)
_OPEN = table_of(OpenVerdictRow)
_EVIDENCES = table_of(RevocationEvidenceRow)
_S = _STATUSES.c


_ADOPT = text(
    "INSERT INTO certificate_statuses (fingerprint, der, chain, seen_at, due_at, attempts, state, doubt)"
    " SELECT fingerprint, der, '{}', :now, :now, 0, 'unknown', 'no-evidence' FROM agency_certificates kept"
    " WHERE valid_to > :now AND NOT EXISTS"
    " (SELECT FROM certificate_statuses known WHERE known.fingerprint = kept.fingerprint)"
    " ON CONFLICT DO NOTHING"
)


def adopt_registered(session: WriteSession, now: datetime) -> int:
    """Return how many certificates of the directory are watched from now on that were not."""
    return session.execute(_ADOPT, {"now": now}).rowcount  # type: ignore[attr-defined, no-any-return]


def watch(session: WriteSession, seen: Iterable[SeenCertificate], *, now: datetime) -> None:
    """Have the authorities of certificates asked at the next opportunity; those watched already stay as they are.

    But one that nothing is known of, and that was watched without its intermediates, gets those it comes with now.
    """
    rows = [
        {
            "fingerprint": one.fingerprint,
            "der": one.der,
            "chain": list(one.chain),
            "seen_at": now,
            "due_at": now,
            "attempts": 0,
            "state": "unknown",
            "doubt": "no-evidence",
        }
        for one in seen
    ]
    if rows:
        offered = insert(_STATUSES)
        better = (_S.state == "unknown") & (func.cardinality(_S.chain) == 0)
        brings = func.cardinality(offered.excluded.chain) > 0
        taken = {"chain": offered.excluded.chain, "due_at": offered.excluded.due_at}
        session.execute(
            offered.on_conflict_do_update(index_elements=[_S.fingerprint], set_=taken, where=better & brings), rows
        )


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
    again. A revocation for good is believed whatever its age.
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
    is_open = (_S.state != "revoked") | (_S.reason == HOLD)
    is_newer = _S.state == "unknown"
    if status.this_update is not None:
        is_newer = true() if is_final else is_newer | (_S.this_update <= status.this_update)
    kept = update(_STATUSES).where(is_ours, is_open, is_newer).values(values).returning(_S.fingerprint)
    return session.execute(kept).one_or_none() is not None


def put_off(session: WriteSession, watched: WatchedCertificate, *, due_at: datetime) -> None:
    """Write when an authority is asked again that said nothing new; what was known of the certificate stays."""
    is_ours = (_S.fingerprint == watched.fingerprint) & (_S.attempts == watched.attempts + 1)
    session.execute(update(_STATUSES).where(is_ours).values(due_at=due_at))


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
    query = select(_STATUSES).where(_S.judged_at.is_not(None) if since is None else _S.judged_at >= since)
    for row in session.execute(query):
        yield row.fingerprint, _kept(row)


def find_statuses(session: ReadSession, fingerprints: Sequence[bytes]) -> dict[bytes, KeptStatus]:
    """Return what is known of some certificates, by fingerprint."""
    query = select(_STATUSES).where(_S.fingerprint == any_(digests_of(fingerprints)), _S.judged_at.is_not(None))
    return {row.fingerprint: _kept(row) for row in session.execute(query)}


def open_verdicts(session: WriteSession, verdicts: Iterable[OpenVerdict]) -> None:
    """Write that verdicts wait for certificates, in the transaction that accepts their messages."""
    write_rows(
        session,
        OpenVerdictRow,
        rows=((one.envelope_id, one.fingerprint, one.existed_at, one.opened_at) for one in verdicts),
    )


def verdicts_waiting_for(session: WriteSession, fingerprint: bytes, *, limit: int) -> tuple[OpenVerdict, ...]:
    """Return verdicts that wait for a certificate, locked, whole: with all the certificates each waits for."""
    return _whole(session, select(_OPEN.c.envelope_id).where(_OPEN.c.fingerprint == fingerprint).limit(limit))


def verdicts_opened_before(session: WriteSession, moment: datetime, *, limit: int) -> tuple[OpenVerdict, ...]:
    """Return verdicts that have waited since before the moment, longest first, locked, whole."""
    longest = select(_OPEN.c.envelope_id).where(_OPEN.c.opened_at < moment).order_by(_OPEN.c.opened_at).limit(limit)
    return _whole(session, longest)


def _whole(session: WriteSession, chosen: Select[Any]) -> tuple[OpenVerdict, ...]:
    """Lock in one order, so that two workers who complete one verdict do so one after the other."""
    ids: list[UUID] = list(session.execute(chosen).scalars())
    query = select(_OPEN).where(_OPEN.c.envelope_id == any_(ids_of(ids)))
    rows = session.execute(query.order_by(_OPEN.c.envelope_id, _OPEN.c.fingerprint).with_for_update())
    return tuple(
        OpenVerdict(EnvelopeId(row.envelope_id), row.fingerprint, row.existed_at, row.opened_at) for row in rows
    )


def close_verdicts(session: WriteSession, envelope_ids: Iterable[EnvelopeId]) -> None:
    """Write that verdicts wait no longer."""
    session.execute(delete(_OPEN).where(_OPEN.c.envelope_id == any_(ids_of(envelope_ids))))


def decided_certificates(session: ReadSession, *, limit: int) -> tuple[bytes, ...]:
    """Return certificates that verdicts wait for although their state at that moment is known.

    So it is where the state was written between the judgement and its commit, and where more waited than one turn
    completes. What is merely held, or was out of date at that moment, decides nothing.
    """
    until = func.coalesce(_S.next_update, _S.this_update + UNDATED_FOR)
    is_decided = ((_S.state == "revoked") & (_S.reason != HOLD)) | (
        (_S.state == "good") & (until >= _OPEN.c.existed_at)
    )
    query = select(_S.fingerprint).join(_OPEN, _OPEN.c.fingerprint == _S.fingerprint).where(is_decided)
    return tuple(session.scalars(query.distinct().limit(limit)))


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
