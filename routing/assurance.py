"""What is asked of a signature whose certificate's revocation is not known yet, by default and of single senders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from envelopes.evidence_signatures import UnknownRule
from envelopes.identifiers import OrganId

_NOBODY: Mapping[OrganId, UnknownRule] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Assurance:
    """The rules in effect: `unknown` where an authority never told, `stale` where what it told is out of date.

    A sender with a rule of its own, by canonical id, is judged by that one in both cases.
    """

    unknown: UnknownRule = UnknownRule.ALLOW
    stale: UnknownRule = UnknownRule.ALLOW
    senders: Mapping[OrganId, UnknownRule] = field(default_factory=lambda: _NOBODY)

    def rule_for(self, sender: OrganId, *, is_stale: bool) -> UnknownRule:
        """Return the rule for a sender by its canonical id."""
        return self.senders.get(sender, self.stale if is_stale else self.unknown)
