"""Who took over from a closed agency: who gets its mail, by its rule alone, and who may speak of its old documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from envelopes.identifiers import OrganId
from routing.agencies import Agency, Standing
from routing.directory import Directory


def find_successors(directory: Directory, agency: Agency, *, moment: datetime) -> tuple[Agency, ...]:
    """Return the agencies that stand in for a closed one at `moment`: open, receiving, no groups, each once.

    Successors that have closed in turn are followed to their own; circles are cut. In the order the directory names
    them, and empty where the trail ends nowhere. The agency itself is never among them.
    """
    found: dict[str, Agency] = {}
    visited = {agency.organ_id.key}
    waiting = list(reversed(_named_by(directory, agency)))
    while waiting:
        current = waiting.pop()
        if current.organ_id.key in visited:
            continue
        visited.add(current.organ_id.key)
        if current.standing_on(moment) is Standing.CLOSED:
            waiting.extend(reversed(_named_by(directory, current)))
        elif can_stand_in(current, moment):
            found[current.organ_id.key] = current
    return tuple(found.values())


def find_predecessors(directory: Directory, agency: Agency, *, moment: datetime) -> tuple[Agency, ...]:
    """Return the closed agencies that this one stands in for at `moment`: those `find_successors` finds it for."""
    found: dict[str, Agency] = {}
    waiting = list(directory.succeeded_by(agency.organ_id))  # of most agencies none, and there may be 20,000 of them
    if waiting and not can_stand_in(agency, moment):
        return ()
    while waiting:
        current = waiting.pop()
        if current is agency or current.organ_id.key in found or current.standing_on(moment) is not Standing.CLOSED:
            continue
        found[current.organ_id.key] = current
        waiting.extend(directory.succeeded_by(current.organ_id))
    return tuple(found.values())


def find_forwarding(directory: Directory, agency: Agency, *, moment: datetime) -> Agency | None:
    """Return the agency that gets the mail of a closed one, None where its rule leads nowhere: that mail is refused.

    Each agency on the way that has closed must have a rule of its own: mail goes no further than was decided.
    """
    visited: set[str] = set()
    current: Agency | None = agency
    while current is not None and current.standing_on(moment) is Standing.CLOSED:
        if current.organ_id.key in visited or current.forwards_to is None:
            return None
        visited.add(current.organ_id.key)
        current = directory.resolve(current.forwards_to)
    return current if current is not None and can_stand_in(current, moment) else None


def voices_of(directory: Directory, agency: Agency, *, moment: datetime) -> tuple[OrganId, ...]:
    """Return for whom an agency speaks about earlier documents: itself first, then the closed ones it took over from.

    Canonical ids. Of a closed agency only itself.
    """
    predecessors = find_predecessors(directory, agency, moment=moment)
    return (agency.organ_id, *(one.organ_id for one in predecessors))


def kin_of(directory: Directory, agencies: Iterable[Agency], *, moment: datetime) -> tuple[OrganId, ...]:
    """Return everybody whose part in earlier documents matters where these are spoken to, each once (canonical ids).

    They themselves, who stands in for those that closed, and all that each of these speaks for.
    """
    kin: dict[OrganId, None] = {}
    for agency in agencies:
        kin[agency.organ_id] = None
        is_closed = agency.standing_on(moment) is Standing.CLOSED
        for one in find_successors(directory, agency, moment=moment) if is_closed else (agency,):
            kin.update(dict.fromkeys(voices_of(directory, one, moment=moment)))
    return tuple(kin)


def name_successors(successors: tuple[Agency, ...]) -> Mapping[str, str]:
    """Return the successors as the words of a refusal name them, by placeholder: ids and names in both languages."""
    vi = ", ".join(f"{agency.organ_id} ({agency.name_vi})" for agency in successors)
    en = ", ".join(f"{agency.organ_id} ({agency.name_en or agency.name_vi})" for agency in successors)
    return {"successors_vi": vi or "chưa được nêu trong danh mục", "successors_en": en or "none named in the directory"}


def can_stand_in(agency: Agency, moment: datetime) -> bool:
    """Return whether an agency can be given the mail of another: open, receiving, and no group."""
    return agency.standing_on(moment) is Standing.OPEN and agency.is_receiving and not agency.is_group


def _named_by(directory: Directory, agency: Agency) -> list[Agency]:
    resolved = (directory.resolve(successor) for successor in agency.successors)
    return [successor for successor in resolved if successor is not None]
