"""What an import would change in the catalogue, without changing it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date

from envelopes.errors import Finding
from envelopes.identifiers import OrganId
from routing.agencies import Agency
from routing.consistency import find_dangling, find_parent_cycles, find_succession_cycles, index_by_key
from routing.directory import Catalogue

FieldValue = str | bool | date | OrganId | tuple[OrganId, ...] | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of `Agency`, by name, with both values."""

    field: str
    old: FieldValue
    new: FieldValue


@dataclass(frozen=True, slots=True)
class AgencyChange:
    """A row that exists and would read differently afterwards: `agency` is the row as it would be."""

    agency: Agency
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What an import would do. `absent` rows are in the catalogue and not in the import: they stay untouched.

    With `errors` nothing may be applied; the rest is then the best account that can be given.
    """

    added: tuple[Agency, ...]
    changed: tuple[AgencyChange, ...]
    unchanged: int
    absent: tuple[OrganId, ...]
    errors: tuple[Finding, ...]

    @property
    def is_applicable(self) -> bool:
        """True where the import can be applied as a whole."""
        return not self.errors

    @property
    def rows(self) -> tuple[Agency, ...]:
        """The rows to write: added and changed, as they would be."""
        return (*self.added, *(change.agency for change in self.changed))


def compare(catalogue: Catalogue, incoming: Iterable[Agency]) -> Difference:
    """Return what importing these rows would change.

    A row belongs to the agency with its canonical id, and the spelling of that id stays as it was. Aliases are only
    added: one that disappeared or moved would make mail under it unknown or misdirect it. Parents and successors given
    by an alias are read as the canonical id.
    """
    rows, errors = _merge(catalogue, tuple(incoming))
    kept = tuple(agency for agency in catalogue.agencies if agency.organ_id.key not in rows)
    proposed = (*kept, *rows.values())
    index, clashes = index_by_key(proposed)
    errors.extend(clashes)
    errors.extend(find_dangling(proposed, index))
    errors.extend(find_parent_cycles(proposed, index))
    errors.extend(find_succession_cycles(rows.values(), index))
    settled = tuple(_with_canonical_relatives(row, index) for row in rows.values())
    changed = tuple(change for change in _changes(catalogue, settled) if change.fields)
    added = tuple(row for row in settled if _row_of(catalogue, row) is None)
    return Difference(
        added=added,
        changed=changed,
        unchanged=len(settled) - len(added) - len(changed),
        absent=tuple(agency.organ_id for agency in kept),
        errors=tuple(errors),
    )


def _merge(catalogue: Catalogue, incoming: tuple[Agency, ...]) -> tuple[dict[str, Agency], list[Finding]]:
    """Return the incoming rows by key, each with the aliases it already has; a repeated row is a finding."""
    rows: dict[str, Agency] = {}
    for row in incoming:
        existing = _row_of(catalogue, row)
        rows.setdefault(row.organ_id.key, row if existing is None else _with_former_aliases(row, existing))
    if len(rows) == len(incoming):
        return rows, []
    by_canonical_id = (replace(row, aliases=()) for row in incoming)
    return rows, index_by_key(by_canonical_id)[1]


def _row_of(catalogue: Catalogue, row: Agency) -> Agency | None:
    existing = catalogue.resolve(row.organ_id)
    return existing if existing is not None and existing.organ_id.key == row.organ_id.key else None


def _with_former_aliases(row: Agency, existing: Agency) -> Agency:
    known = set(existing.keys)
    new = tuple(alias for alias in row.aliases if alias.key not in known)
    return replace(row, organ_id=existing.organ_id, aliases=existing.aliases + new)


def _with_canonical_relatives(row: Agency, index: Mapping[str, Agency]) -> Agency:
    def canonical(organ_id: OrganId) -> OrganId:
        return index[organ_id.key].organ_id if organ_id.key in index else organ_id

    return replace(
        row,
        parent=None if row.parent is None else canonical(row.parent),
        successors=tuple(dict.fromkeys(map(canonical, row.successors))),
        forwards_to=None if row.forwards_to is None else canonical(row.forwards_to),
    )


def _changes(catalogue: Catalogue, rows: Iterable[Agency]) -> Iterator[AgencyChange]:
    for row in rows:
        existing = _row_of(catalogue, row)
        if existing is not None:
            pairs = ((field.name, getattr(existing, field.name), getattr(row, field.name)) for field in fields(Agency))
            yield AgencyChange(row, tuple(FieldChange(*pair) for pair in pairs if pair[1] != pair[2]))
