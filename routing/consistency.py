"""Whether a set of agencies can stand together: ids unique, relatives known, no circles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from envelopes.errors import Finding
from envelopes.identifiers import OrganId
from routing.agencies import Agency
from routing.reasons import ReasonCode, found


def index_by_key(agencies: Iterable[Agency]) -> tuple[dict[str, Agency], list[Finding]]:
    """Return every agency under each of its keys, and a finding for each key that two agencies claim.

    Where two claim one key, the first keeps it.
    """
    index: dict[str, Agency] = {}
    clashes: list[Finding] = []
    for agency in agencies:
        for key in agency.keys:
            holder = index.setdefault(key, agency)
            if holder is not agency:
                clashes.append(_clash(key, agency, holder=holder))
    return index, clashes


def find_dangling(agencies: Iterable[Agency], index: Mapping[str, Agency]) -> Iterator[Finding]:
    """Yield a finding for each parent and each successor that is not in the index."""
    for agency in agencies:
        if agency.parent is not None and agency.parent.key not in index:
            yield _missing(ReasonCode.DIRECTORY_UNKNOWN_PARENT, agency, missing=agency.parent)
        for successor in agency.successors:
            if successor.key not in index:
                yield _missing(ReasonCode.DIRECTORY_UNKNOWN_SUCCESSOR, agency, missing=successor)


def find_parent_cycles(agencies: Iterable[Agency], index: Mapping[str, Agency]) -> Iterator[Finding]:
    """Yield one finding for each circle of parents, naming all its members."""
    for circle in _circles(agencies, index, by_succession=False):
        yield _circle(ReasonCode.DIRECTORY_PARENT_CYCLE, circle)


def find_succession_cycles(agencies: Iterable[Agency], index: Mapping[str, Agency]) -> Iterator[Finding]:
    """Yield a finding for each circle of successors met. A directory tolerates them; an import should not make one."""
    for circle in _circles(agencies, index, by_succession=True):
        yield _circle(ReasonCode.DIRECTORY_SUCCESSION_CYCLE, circle)


def _circles(
    agencies: Iterable[Agency], index: Mapping[str, Agency], *, by_succession: bool
) -> Iterator[tuple[Agency, ...]]:
    """Walk depth first, without recursion: a hostile catalogue may be one chain of 150,000."""
    finished: set[str] = set()
    for start in agencies:
        if start.organ_id.key in finished:
            continue
        trail: dict[str, Agency] = {start.organ_id.key: start}
        stack = [_relatives(start, index, by_succession=by_succession)]
        while stack:
            relative = next(stack[-1], None)
            if relative is None:
                stack.pop()
                finished.add(trail.popitem()[0])
            elif relative.organ_id.key in trail:
                members = list(trail.values())
                yield tuple(members[members.index(relative) :])
            elif relative.organ_id.key not in finished:
                trail[relative.organ_id.key] = relative
                stack.append(_relatives(relative, index, by_succession=by_succession))


def _relatives(agency: Agency, index: Mapping[str, Agency], *, by_succession: bool) -> Iterator[Agency]:
    if by_succession:
        ids: Sequence[OrganId] = agency.successors
    else:
        ids = () if agency.parent is None else (agency.parent,)
    return (index[organ_id.key] for organ_id in ids if organ_id.key in index)


def _clash(key: str, agency: Agency, *, holder: Agency) -> Finding:
    path = str(agency.organ_id)
    if agency.organ_id.key == holder.organ_id.key:
        return found(ReasonCode.DIRECTORY_REPEATED_ROW, path, value=path)
    names = {"alias": key, "one": str(holder.organ_id), "other": path}
    return found(ReasonCode.DIRECTORY_ALIAS_CLASH, path, value=key, names=names)


def _missing(code: ReasonCode, agency: Agency, *, missing: OrganId) -> Finding:
    return found(code, str(agency.organ_id), value=missing, names={"missing": str(missing)})


def _circle(code: ReasonCode, members: tuple[Agency, ...]) -> Finding:
    ids = [str(member.organ_id) for member in members]
    return found(code, ids[0], value=ids[0], names={"cycle": " → ".join([*ids, ids[0]])})
