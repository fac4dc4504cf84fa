"""What is asked of signatures and of documents beyond being whole, by default and of single senders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from envelopes.evidence_signatures import UnknownRule
from envelopes.identifiers import OrganId
from routing.authenticity import DocumentVerdict

_NOBODY: Mapping[OrganId, UnknownRule] = MappingProxyType({})
_NO_SENDER: Mapping[OrganId, frozenset[DocumentVerdict]] = MappingProxyType({})


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


@dataclass(frozen=True, slots=True)
class Demands:
    """What a document must not be worth by its own signatures, where that is known before the answer.

    A sender with a rule of its own, by canonical id, is judged by that one.
    """

    refused: frozenset[DocumentVerdict] = frozenset()
    senders: Mapping[OrganId, frozenset[DocumentVerdict]] = field(default_factory=lambda: _NO_SENDER)

    def refuses(self, sender: OrganId, worth: DocumentVerdict) -> bool:
        """Return whether a sender's package with a document of this worth is refused."""
        return worth in self.senders.get(sender, self.refused)
