"""The history of the directory: who changed what and why, and the version that tells every process of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Row, Select, select, update

from envelopes.identifiers import OrganId, SystemId
from routing.agencies import Agency, RegisteredCertificate, System
from routing.webhooks import WebhookAddress
from storage.database.bulk import write_rows
from storage.database.tables import DirectoryChangeRow, DirectoryVersionRow, table_of
from storage.database.transactions import ReadSession, WriteSession

_CHANGES = table_of(DirectoryChangeRow)
_COUNTER = table_of(DirectoryVersionRow)

Entry = Agency | RegisteredCertificate | System


class EntryKind(StrEnum):
    """What an entry of the history is about. The values stand in stored rows and never change."""

    AGENCY = "agency"
    CERTIFICATE = "certificate"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class ChangeNote:
    """Who changes the directory, when and why; `new_id` mints the UUIDv7 of each line of the history."""

    actor: str
    at: datetime
    new_id: Callable[[], UUID]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DirectoryChange:
    """One line of the history. `before` is None for a new entry; both are the entry's fields by name."""

    change_id: UUID
    version: int
    kind: EntryKind
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any]
    actor: str
    reason: str | None
    at: datetime


def directory_version(session: ReadSession) -> int:
    """Return the number of the directory's present version; processes ask for it every few seconds."""
    return _number(session, select(_COUNTER.c.version))


def agencies_version(session: ReadSession) -> int:
    """Return the version in which agencies last changed."""
    return _number(session, select(_COUNTER.c.agencies_version))


def lock_directory(session: WriteSession) -> int:
    """Return the present version; until the session ends nobody else changes the directory.

    Whoever checks a change against the directory locks first, then loads, then saves.
    """
    return _number(session, select(_COUNTER.c.version).with_for_update())


def record_changes(
    session: WriteSession, kind: EntryKind, *, changes: Sequence[tuple[Entry | None, Entry]], note: ChangeNote
) -> int:
    """Return the new version, with a line of history for each change from one entry to another."""
    bump: dict[str, Any] = {"version": _COUNTER.c.version + 1}
    if kind is EntryKind.AGENCY:
        bump["agencies_version"] = _COUNTER.c.version + 1
    version: int = session.execute(update(_COUNTER).values(bump).returning(_COUNTER.c.version)).scalar_one()
    write_rows(session, DirectoryChangeRow, rows=_lines(kind, changes, version=version, note=note))
    return version


def changes_of(session: ReadSession, kind: EntryKind, *, subject: str) -> tuple[DirectoryChange, ...]:
    """Return the history of an agency, of its certificates, or of a system, by its id; oldest first."""
    row = _CHANGES.c
    query = select(_CHANGES).where(row.kind == kind.value, row.subject == subject).order_by(row.id)
    return tuple(_change(found) for found in session.execute(query))


def subject_of(entry: Entry) -> str:
    """Return the id under which an entry's history is kept."""
    return str(entry.system_id if isinstance(entry, System) else entry.organ_id)


def _number(session: ReadSession, query: Select[Any]) -> int:
    return int(session.execute(query).scalar_one())


def _lines(
    kind: EntryKind, changes: Iterable[tuple[Entry | None, Entry]], *, version: int, note: ChangeNote
) -> Iterator[tuple[object, ...]]:
    for before, after in changes:
        yield (
            note.new_id(),
            version,
            kind.value,
            subject_of(after),
            None if before is None else Jsonb(_portrait(before)),
            Jsonb(_portrait(after)),
            note.actor,
            note.reason,
            note.at,
        )


def _portrait(value: object) -> Any:
    """Return a value as JSON knows it: entries and keys by field, ids and times as text."""
    if isinstance(value, (OrganId, SystemId, WebhookAddress)):
        return str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_portrait(part) for part in value]
    if is_dataclass(value):
        return {field.name: _portrait(getattr(value, field.name)) for field in fields(value)}
    return value


def _change(row: Row[Any]) -> DirectoryChange:
    return DirectoryChange(
        change_id=row.id,
        version=row.version,
        kind=EntryKind(row.kind),
        subject=row.subject,
        before=row.before,
        after=row.after,
        actor=row.actor,
        reason=row.reason,
        at=row.at,
    )
