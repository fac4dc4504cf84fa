"""Agencies in the database: all of them into memory, and changes back with their history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import delete, select

from envelopes.identifiers import OrganId
from routing.agencies import Agency
from storage.database.bulk import among, upsert_rows, write_rows
from storage.database.history import ChangeNote, EntryKind, lock_directory, record_changes
from storage.database.tables import AgencyAliasRow, AgencyRow, AgencySuccessorRow, table_of
from storage.database.transactions import ReadSession, WriteSession

_AGENCIES = table_of(AgencyRow)
_ALIASES = table_of(AgencyAliasRow)
_SUCCESSORS = table_of(AgencySuccessorRow)

Relatives = Mapping[str, list[OrganId]]


class _Spellings(dict[str, OrganId]):
    """One object for each id: a parent is named by thousands of agencies."""

    def __missing__(self, text: str) -> OrganId:
        organ_id = self[text] = OrganId(text)
        return organ_id


def load_agencies(session: ReadSession) -> tuple[Agency, ...]:
    """Return every agency, open or closed, in the order of their canonical ids."""
    return tuple(_load(session, None))


def find_agencies(session: ReadSession, organ_ids: Iterable[OrganId]) -> Mapping[OrganId, Agency]:
    """Return those of the agencies that are stored, by canonical id."""
    ids = [str(organ_id) for organ_id in organ_ids]
    return {agency.organ_id: agency for agency in _load(session, ids)}


def save_agencies(session: WriteSession, agencies: Sequence[Agency], *, note: ChangeNote) -> tuple[OrganId, ...]:
    """Return the canonical ids of the agencies that are new or now read differently; the others are left alone.

    Each is matched by its canonical id and replaced as a whole. That they stand together is the caller's to prove,
    against a directory loaded after `lock_directory`; an alias of another agency raises `ConstraintBroken`.
    """
    lock_directory(session)
    existing = find_agencies(session, (agency.organ_id for agency in agencies))
    pairs = ((existing.get(agency.organ_id), agency) for agency in agencies)
    changes = [(before, after) for before, after in pairs if before != after]
    if changes:
        _write(session, changes)
        record_changes(session, EntryKind.AGENCY, changes=changes, note=note)
    return tuple(after.organ_id for _, after in changes)


def _write(session: WriteSession, changes: Sequence[tuple[Agency | None, Agency]]) -> None:
    agencies = [after for _, after in changes]
    known = [str(before.organ_id) for before, _ in changes if before is not None]
    if known:
        upsert_rows(session, AgencyRow, rows=map(_agency_values, agencies))
        for part in (_ALIASES, _SUCCESSORS):
            session.execute(delete(part).where(among(part.c.organ_id, known)))
    else:
        write_rows(session, AgencyRow, rows=map(_agency_values, agencies))
    write_rows(session, AgencyAliasRow, rows=chain.from_iterable(map(_alias_values, agencies)))
    write_rows(session, AgencySuccessorRow, rows=chain.from_iterable(map(_successor_values, agencies)))


def _agency_values(agency: Agency) -> tuple[object, ...]:
    return (
        str(agency.organ_id),
        agency.name_vi,
        agency.name_en,
        None if agency.parent is None else str(agency.parent),
        agency.is_group,
        agency.is_receiving,
        agency.valid_from,
        agency.valid_to,
        None if agency.forwards_to is None else str(agency.forwards_to),
    )


def _alias_values(agency: Agency) -> Iterator[tuple[object, ...]]:
    for position, spelling in enumerate((agency.organ_id, *agency.aliases)):
        yield spelling.key, str(agency.organ_id), str(spelling), position


def _successor_values(agency: Agency) -> Iterator[tuple[object, ...]]:
    for position, successor in enumerate(agency.successors):
        yield str(agency.organ_id), position, str(successor)


def _load(session: ReadSession, ids: list[str] | None) -> Iterator[Agency]:
    spellings = _Spellings()
    aliases = _aliases(session, ids, spellings=spellings)
    successors = _successors(session, ids, spellings=spellings)
    query = select(_AGENCIES).where(among(_AGENCIES.c.organ_id, ids)).order_by(_AGENCIES.c.organ_id)
    for organ_id, name_vi, name_en, parent, is_group, is_receiving, valid_from, valid_to, heir in session.execute(
        query
    ):
        yield Agency(
            organ_id=spellings[organ_id],
            name_vi=name_vi,
            aliases=tuple(aliases.get(organ_id, ())),
            name_en=name_en,
            parent=None if parent is None else spellings[parent],
            is_group=is_group,
            is_receiving=is_receiving,
            valid_from=valid_from,
            valid_to=valid_to,
            successors=tuple(successors.get(organ_id, ())),
            forwards_to=None if heir is None else spellings[heir],
        )


def _aliases(session: ReadSession, ids: list[str] | None, *, spellings: _Spellings) -> Relatives:
    row = _ALIASES.c
    query = select(row.organ_id, row.spelling).where(row.position > 0, among(row.organ_id, ids))
    return _group(session.execute(query.order_by(row.organ_id, row.position)), spellings)


def _successors(session: ReadSession, ids: list[str] | None, *, spellings: _Spellings) -> Relatives:
    row = _SUCCESSORS.c
    query = select(row.organ_id, row.successor).where(among(row.organ_id, ids))
    return _group(session.execute(query.order_by(row.organ_id, row.position)), spellings)


def _group(pairs: Iterable[Sequence[Any]], spellings: _Spellings) -> Relatives:
    relatives: dict[str, list[OrganId]] = {}
    for organ_id, relative in pairs:
        relatives.setdefault(organ_id, []).append(spellings[relative])
    return relatives
