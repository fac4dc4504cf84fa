"""Certificates registered for agencies, kept whole beside their registration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, any_, select

from envelopes.identifiers import OrganId
from routing.agencies import RegisteredCertificate
from storage.database.bulk import digests_of, upsert_rows
from storage.database.history import ChangeNote, EntryKind, lock_directory, record_changes
from storage.database.tables import AgencyCertificateRow, table_of
from storage.database.transactions import ReadSession, WriteSession

_TABLE = table_of(AgencyCertificateRow)


@dataclass(frozen=True, slots=True)
class KeptCertificate:
    """A registration with the certificate itself, in DER."""

    registration: RegisteredCertificate
    der: bytes


def load_certificates(session: ReadSession) -> tuple[RegisteredCertificate, ...]:
    """Return every registration, in force or not, in the order of owners and windows."""
    row = _TABLE.c
    query = select(row.fingerprint, row.organ_id, row.valid_from, row.valid_to, row.suspended_at)
    found = session.execute(query.order_by(row.organ_id, row.valid_from, row.fingerprint))
    return tuple(
        RegisteredCertificate(fingerprint.hex(), OrganId(organ_id), valid_from, valid_to, suspended_at)
        for fingerprint, organ_id, valid_from, valid_to, suspended_at in found
    )


def find_certificates(session: ReadSession, fingerprints: Sequence[str]) -> tuple[KeptCertificate, ...]:
    """Return those of the certificates that are stored, by the SHA-256 of their DER octets in hexadecimal."""
    row = _TABLE.c
    wanted = digests_of(bytes.fromhex(fingerprint) for fingerprint in fingerprints)
    found = session.execute(select(_TABLE).where(row.fingerprint == any_(wanted)).order_by(row.fingerprint))
    return tuple(KeptCertificate(_registration(kept), kept.der) for kept in found)


def save_certificates(session: WriteSession, certificates: Sequence[KeptCertificate], *, note: ChangeNote) -> int:
    """Return how many registrations are new or now read differently.

    Each is matched by its fingerprint; a suspension is a registration with `suspended_at`. That owners exist is the
    caller's to prove, against a directory loaded after `lock_directory`.
    """
    lock_directory(session)
    fingerprints = [certificate.registration.fingerprint for certificate in certificates]
    existing = {kept.registration.fingerprint: kept for kept in find_certificates(session, fingerprints)}
    changed = [kept for kept in certificates if existing.get(kept.registration.fingerprint) != kept]
    if changed:
        upsert_rows(session, AgencyCertificateRow, rows=map(_values, changed))
        before = {fingerprint: kept.registration for fingerprint, kept in existing.items()}
        changes = [(before.get(kept.registration.fingerprint), kept.registration) for kept in changed]
        record_changes(session, EntryKind.CERTIFICATE, changes=changes, note=note)
    return len(changed)


def _values(kept: KeptCertificate) -> tuple[object, ...]:
    registration = kept.registration
    return (
        bytes.fromhex(registration.fingerprint),
        str(registration.organ_id),
        registration.valid_from,
        registration.valid_to,
        registration.suspended_at,
        kept.der,
    )


def _registration(row: Row[Any]) -> RegisteredCertificate:
    return RegisteredCertificate(
        row.fingerprint.hex(), OrganId(row.organ_id), row.valid_from, row.valid_to, row.suspended_at
    )
