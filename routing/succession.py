"""Who took over from a closed agency. Named in a refusal, never followed by the axis itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

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
        elif _can_stand_in(current, moment):
            found[current.organ_id.key] = current
    return tuple(found.values())


def name_successors(successors: tuple[Agency, ...]) -> Mapping[str, str]:
    """Return the successors as the words of a refusal name them, by placeholder: ids and names in both languages."""
    vi = ", ".join(f"{agency.organ_id} ({agency.name_vi})" for agency in successors)
    en = ", ".join(f"{agency.organ_id} ({agency.name_en or agency.name_vi})" for agency in successors)
    return {"successors_vi": vi or "chưa được nêu trong danh mục", "successors_en": en or "none named in the directory"}


def _named_by(directory: Directory, agency: Agency) -> list[Agency]:
    resolved = (directory.resolve(successor) for successor in agency.successors)
    return [successor for successor in resolved if successor is not None]


def _can_stand_in(agency: Agency, moment: datetime) -> bool:
    return agency.standing_on(moment) is Standing.OPEN and agency.is_receiving and not agency.is_group
