"""Who calls: an authenticated system, seen against the directory in effect at that moment."""

from __future__ import annotations

from dataclasses import dataclass

from envelopes.identifiers import OrganId
from routing import authority
from routing.agencies import System
from routing.directory import Directory


@dataclass(frozen=True, slots=True)
class Caller:
    """A system that proved who it is. `narrowed_to` are the roots its token was limited to; empty means no limit."""

    system: System
    directory: Directory
    narrowed_to: tuple[OrganId, ...] = ()

    @property
    def authority(self) -> authority.Caller:
        """The caller as routing judges it."""
        return authority.Caller(self.system, self.narrowed_to)

    def may_act_for(self, organ_id: OrganId) -> bool:
        """Return whether the system, and its token, may act for the agency with this canonical id."""
        return authority.may_act_for(self.directory, self.authority, organ_id=organ_id)

    def agencies(self) -> tuple[OrganId, ...]:
        """Return the canonical ids of every agency this call may act for."""
        everyone = (agency.organ_id for agency in self.directory.agencies_of(self.system))
        return tuple(one for one in everyone if not self.narrowed_to or self._is_narrowed_to(one))

    def _is_narrowed_to(self, organ_id: OrganId) -> bool:
        return any(self.directory.is_within(organ_id, root) for root in self.narrowed_to)
