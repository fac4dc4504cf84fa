"""Connected systems in the database, each with its scopes and keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from sqlalchemy import delete, select

from envelopes.identifiers import OrganId, SystemId
from routing.agencies import System, SystemKey, SystemState
from routing.webhooks import WebhookAddress, WebhookMode
from storage.database.bulk import among, upsert_rows, write_rows
from storage.database.history import ChangeNote, EntryKind, lock_directory, record_changes
from storage.database.tables import SystemKeyRow, SystemRow, SystemScopeRow, table_of
from storage.database.transactions import ReadSession, WriteSession

_SYSTEMS = table_of(SystemRow)
_SCOPES = table_of(SystemScopeRow)
_KEYS = table_of(SystemKeyRow)


def load_systems(session: ReadSession) -> tuple[System, ...]:
    """Return every system, in whatever state, in the order of their ids."""
    return tuple(_load(session, None))


def find_systems(session: ReadSession, system_ids: Iterable[SystemId]) -> Mapping[SystemId, System]:
    """Return those of the systems that are stored, by id."""
    found = _load(session, [str(system_id) for system_id in system_ids])
    return {system.system_id: system for system in found}


def save_systems(session: WriteSession, systems: Sequence[System], *, note: ChangeNote) -> tuple[SystemId, ...]:
    """Return the ids of the systems that are new or now read differently; the others are left alone.

    Each is matched by its id and replaced as a whole, scopes and keys included. That its agencies exist is the caller's
    to prove, against a directory loaded after `lock_directory`.
    """
    lock_directory(session)
    existing = find_systems(session, (system.system_id for system in systems))
    pairs = ((existing.get(system.system_id), system) for system in systems)
    changes = [(before, after) for before, after in pairs if before != after]
    if changes:
        _write(session, [after for _, after in changes])
        record_changes(session, EntryKind.SYSTEM, changes=changes, note=note)
    return tuple(after.system_id for _, after in changes)


def _write(session: WriteSession, systems: Sequence[System]) -> None:
    ids = [str(system.system_id) for system in systems]
    upsert_rows(session, SystemRow, rows=map(_values, systems))
    for part in (_SCOPES, _KEYS):
        session.execute(delete(part).where(among(part.c.system_id, ids)))
    write_rows(session, SystemScopeRow, rows=chain.from_iterable(map(_scope_values, systems)))
    write_rows(session, SystemKeyRow, rows=chain.from_iterable(map(_key_values, systems)))


def _values(system: System) -> tuple[object, ...]:
    webhook = None if system.webhook is None else str(system.webhook)
    identity = (str(system.system_id), str(system.organ_id), system.name, system.state.value)
    return *identity, webhook, system.webhook_mode.value


def _scope_values(system: System) -> Iterator[tuple[object, ...]]:
    for is_exact, scopes in ((False, system.scopes), (True, system.exact_scopes)):
        for position, scope in enumerate(scopes):
            yield str(system.system_id), is_exact, position, str(scope)


def _key_values(system: System) -> Iterator[tuple[object, ...]]:
    for position, key in enumerate(system.keys):
        yield str(system.system_id), key.kid, position, key.jwk, key.valid_from, key.valid_to


def _load(session: ReadSession, ids: list[str] | None) -> Iterator[System]:
    scopes = _scopes(session, ids)
    keys = _keys(session, ids)
    query = select(_SYSTEMS).where(among(_SYSTEMS.c.system_id, ids)).order_by(_SYSTEMS.c.system_id)
    for row in session.execute(query):
        yield System(
            system_id=SystemId(row.system_id),
            organ_id=OrganId(row.organ_id),
            name=row.name,
            scopes=tuple(scopes.get((row.system_id, False), ())),
            exact_scopes=tuple(scopes.get((row.system_id, True), ())),
            state=SystemState(row.state),
            keys=tuple(keys.get(row.system_id, ())),
            webhook=None if row.webhook is None else WebhookAddress(row.webhook),
            webhook_mode=WebhookMode(row.webhook_mode),
        )


def _scopes(session: ReadSession, ids: list[str] | None) -> Mapping[tuple[str, bool], list[OrganId]]:
    row = _SCOPES.c
    query = select(_SCOPES).where(among(row.system_id, ids)).order_by(row.system_id, row.is_exact, row.position)
    scopes: dict[tuple[str, bool], list[OrganId]] = {}
    for found in session.execute(query):
        scopes.setdefault((found.system_id, found.is_exact), []).append(OrganId(found.organ_id))
    return scopes


def _keys(session: ReadSession, ids: list[str] | None) -> Mapping[str, list[SystemKey]]:
    row = _KEYS.c
    query = select(_KEYS).where(among(row.system_id, ids)).order_by(row.system_id, row.position)
    keys: dict[str, list[SystemKey]] = {}
    for found in session.execute(query):
        key = SystemKey(kid=found.kid, jwk=found.jwk, valid_from=found.valid_from, valid_to=found.valid_to)
        keys.setdefault(found.system_id, []).append(key)
    return keys
