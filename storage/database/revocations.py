"""What is known of certificates' revocation, and which verdicts wait for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, any_, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from envelopes.identifiers import EnvelopeId
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


def keep_status(session: WriteSession, fingerprint: bytes, *, status: KeptStatus, due_at: datetime) -> None:
    """Write what was found out about a certificate, and when its authority is asked again."""
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
    if status.state != "unknown":
        values["attempts"] = 0
    session.execute(update(_STATUSES).where(_S.fingerprint == fingerprint).values(values))


def put_off(session: WriteSession, fingerprint: bytes, *, due_at: datetime) -> None:
    """Write when an authority that did not answer is asked again; what was known of the certificate stays."""
    session.execute(update(_STATUSES).where(_S.fingerprint == fingerprint).values(due_at=due_at))


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
        rows=((one.envelope_id, one.fingerprint, one.existed_at) for one in verdicts),
    )


def verdicts_waiting_for(session: WriteSession, fingerprint: bytes, *, limit: int) -> tuple[OpenVerdict, ...]:
    """Return verdicts that wait for a certificate, locked, whole: with all the certificates each waits for."""
    mine = select(_OPEN.c.envelope_id).where(_OPEN.c.fingerprint == fingerprint).limit(limit)
    ids = list(session.scalars(mine.with_for_update(skip_locked=True)))
    query = select(_OPEN).where(_OPEN.c.envelope_id == any_(ids_of(ids))).order_by(_OPEN.c.envelope_id)
    return tuple(
        OpenVerdict(EnvelopeId(row.envelope_id), row.fingerprint, row.existed_at) for row in session.execute(query)
    )


def close_verdicts(session: WriteSession, envelope_ids: Iterable[EnvelopeId]) -> None:
    """Write that verdicts wait no longer."""
    session.execute(delete(_OPEN).where(_OPEN.c.envelope_id == any_(ids_of(envelope_ids))))


def open_count(session: ReadSession) -> tuple[int, datetime | None]:
    """Return how many accepted messages wait for certificates, and since when the oldest of them does."""
    count, oldest = session.execute(
        select(func.count(func.distinct(_OPEN.c.envelope_id)), func.min(_OPEN.c.existed_at))
    ).one()
    return count, oldest


def decided_certificates(session: ReadSession, *, limit: int) -> tuple[bytes, ...]:
    """Return certificates whose state is known while verdicts still wait for them."""
    query = select(_S.fingerprint).join(_OPEN, _OPEN.c.fingerprint == _S.fingerprint).where(_S.state != "unknown")
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
