"""The directory: who is who under which id, who stands below whom, and what speaks for whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from envelopes.errors import Finding
from envelopes.identifiers import OrganId, SystemId
from routing.agencies import Agency, RegisteredCertificate, System, SystemState
from routing.consistency import find_dangling, find_parent_cycles, index_by_key
from routing.errors import InvalidDirectory
from routing.reasons import ReasonCode, found


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """All agencies, found by any of their ids. Raises `InvalidDirectory` where they contradict each other.

    A catalogue is built once for each change of the agencies (seconds for 150,000) and shared by every `Directory` that
    differs only in certificates and systems.
    """

    agencies: tuple[Agency, ...]
    _by_key: Mapping[str, Agency] = field(init=False, repr=False)
    _children: Mapping[str, tuple[Agency, ...]] = field(init=False, repr=False)
    _succeeded: Mapping[str, tuple[Agency, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        index, findings = index_by_key(self.agencies)
        findings.extend(find_dangling(self.agencies, index))
        findings.extend(find_parent_cycles(self.agencies, index))
        if findings:
            raise InvalidDirectory(tuple(findings))
        object.__setattr__(self, "_by_key", index)
        object.__setattr__(self, "_children", _group_by_parent(self.agencies, index))
        object.__setattr__(self, "_succeeded", _group_by_successor(self.agencies, index))

    def resolve(self, organ_id: OrganId) -> Agency | None:
        """Return the agency with this canonical id or alias (upper and lower case alike), or None."""
        return self._by_key.get(organ_id.key)

    def children(self, organ_id: OrganId) -> tuple[Agency, ...]:
        """Return the agencies directly below this one, in catalogue order; empty where the id is unknown."""
        agency = self.resolve(organ_id)
        return () if agency is None else self._children.get(agency.organ_id.key, ())

    def succeeded_by(self, organ_id: OrganId) -> tuple[Agency, ...]:
        """Return the agencies that name this one as a successor, in catalogue order; empty where the id is unknown."""
        agency = self.resolve(organ_id)
        return () if agency is None else self._succeeded.get(agency.organ_id.key, ())

    def subtree(self, organ_id: OrganId) -> Iterator[Agency]:
        """Yield the agency and everything below it, closed rows too; nothing where the id is unknown."""
        agency = self.resolve(organ_id)
        waiting = [] if agency is None else [agency]
        while waiting:
            current = waiting.pop()
            yield current
            waiting.extend(self._children.get(current.organ_id.key, ()))

    def is_within(self, organ_id: OrganId, root: OrganId) -> bool:
        """Return whether the agency is `root` or stands below it; False where either is unknown."""
        top = self.resolve(root)
        current = self.resolve(organ_id)
        while current is not None and top is not None:
            if current is top:
                return True
            current = None if current.parent is None else self.resolve(current.parent)
        return False


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """What one version of the directory says. Raises `InvalidDirectory` where its parts contradict each other.

    A suspension makes a new version over the same catalogue: `Directory(7, old.catalogue, certificates, systems)`.
    """

    version: int
    catalogue: Catalogue
    certificates: tuple[RegisteredCertificate, ...] = ()
    systems: tuple[System, ...] = ()
    _by_fingerprint: Mapping[str, RegisteredCertificate] = field(init=False, repr=False)
    _by_system_id: Mapping[SystemId, System] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_fingerprint = {certificate.fingerprint: certificate for certificate in self.certificates}
        by_system_id = {system.system_id: system for system in self.systems}
        findings = (*self._certificate_findings(), *self._system_findings())
        if findings:
            raise InvalidDirectory(findings)
        object.__setattr__(self, "_by_fingerprint", MappingProxyType(by_fingerprint))
        object.__setattr__(self, "_by_system_id", MappingProxyType(by_system_id))

    @property
    def agencies(self) -> tuple[Agency, ...]:
        """Every agency, open or closed, in catalogue order."""
        return self.catalogue.agencies

    def resolve(self, organ_id: OrganId) -> Agency | None:
        """Return the agency with this canonical id or alias (upper and lower case alike), or None."""
        return self.catalogue.resolve(organ_id)

    def children(self, organ_id: OrganId) -> tuple[Agency, ...]:
        """Return the agencies directly below this one, in catalogue order; empty where the id is unknown."""
        return self.catalogue.children(organ_id)

    def succeeded_by(self, organ_id: OrganId) -> tuple[Agency, ...]:
        """Return the agencies that name this one as a successor, in catalogue order; empty where the id is unknown."""
        return self.catalogue.succeeded_by(organ_id)

    def is_within(self, organ_id: OrganId, root: OrganId) -> bool:
        """Return whether the agency is `root` or stands below it; False where either is unknown."""
        return self.catalogue.is_within(organ_id, root)

    def certificate(self, fingerprint: str) -> RegisteredCertificate | None:
        """Return the registration of the certificate with this SHA-256 (lower-case hexadecimal), in force or not."""
        return self._by_fingerprint.get(fingerprint)

    def system(self, system_id: SystemId) -> System | None:
        """Return the connected system with this id, in whatever state, or None."""
        return self._by_system_id.get(system_id)

    def may_act_for(self, system: System, organ_id: OrganId) -> bool:
        """Return whether an active system may act for this agency, by a subtree or by an exact scope.

        The agency's own dates do not matter: what was delivered before it closed can still be read.
        """
        return system.is_active and self.is_in_scope(system, organ_id)

    def is_in_scope(self, system: System, organ_id: OrganId) -> bool:
        """Return whether an agency is within a system's scopes, whether or not the system may act at present.

        One that is suspended comes back; one that was removed does not, and nothing is within its scopes.
        """
        agency = self.resolve(organ_id)
        if agency is None or system.state is SystemState.REMOVED:
            return False
        exact = any(self.resolve(scope) is agency for scope in system.exact_scopes)
        return exact or any(self.is_within(agency.organ_id, scope) for scope in system.scopes)

    def agencies_of(self, system: System) -> tuple[Agency, ...]:
        """Return every agency the system may act for, each once; empty unless the system is active.

        Exactly the agencies for which `may_act_for` is true, for queries that select by recipient.
        """
        return self.agencies_in_scope(system) if system.is_active else ()

    def agencies_in_scope(self, system: System) -> tuple[Agency, ...]:
        """Return every agency within a system's scopes, each once; empty where it was removed.

        Exactly the agencies for which `is_in_scope` is true.
        """
        if system.state is SystemState.REMOVED:
            return ()
        within = {agency.organ_id: agency for scope in system.scopes for agency in self.catalogue.subtree(scope)}
        for scope in system.exact_scopes:
            agency = self.resolve(scope)
            if agency is not None:
                within.setdefault(agency.organ_id, agency)
        return tuple(within.values())

    def _certificate_findings(self) -> Iterator[Finding]:
        seen: set[str] = set()
        for certificate in self.certificates:
            if certificate.fingerprint in seen:
                code = ReasonCode.DIRECTORY_REPEATED_CERTIFICATE
                yield found(code, str(certificate.organ_id), value=certificate.fingerprint)
            seen.add(certificate.fingerprint)
            yield from self._unknown((certificate.organ_id,), certificate.fingerprint)

    def _system_findings(self) -> Iterator[Finding]:
        seen: set[SystemId] = set()
        for system in self.systems:
            if system.system_id in seen:
                yield found(ReasonCode.DIRECTORY_REPEATED_SYSTEM, str(system.organ_id), value=system.system_id)
            seen.add(system.system_id)
            yield from self._unknown((system.organ_id, *system.scopes, *system.exact_scopes), str(system.system_id))

    def _unknown(self, organ_ids: Iterable[OrganId], path: str) -> Iterator[Finding]:
        for organ_id in organ_ids:
            if self.resolve(organ_id) is None:
                names = {"missing": str(organ_id)}
                yield found(ReasonCode.DIRECTORY_UNKNOWN_AGENCY, path, value=organ_id, names=names)


def _group_by_parent(agencies: Iterable[Agency], index: Mapping[str, Agency]) -> Mapping[str, tuple[Agency, ...]]:
    children: dict[str, list[Agency]] = {}
    for agency in agencies:
        if agency.parent is not None:
            children.setdefault(index[agency.parent.key].organ_id.key, []).append(agency)
    return {key: tuple(group) for key, group in children.items()}


def _group_by_successor(agencies: Iterable[Agency], index: Mapping[str, Agency]) -> Mapping[str, tuple[Agency, ...]]:
    succeeded: dict[str, dict[str, Agency]] = {}
    for agency in agencies:
        for successor in agency.successors:
            succeeded.setdefault(index[successor.key].organ_id.key, {})[agency.organ_id.key] = agency
    return {key: tuple(group.values()) for key, group in succeeded.items()}
