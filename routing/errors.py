"""Errors of this floor: a value that cannot stand in the directory, a step that is not in the table."""

from __future__ import annotations

from envelopes.errors import Finding


class RoutingError(Exception):
    """Base of this floor's errors."""


class InvalidEntry(RoutingError, ValueError):
    """A program put together an agency, certificate, system, delivery or key that contradicts itself."""


class InvalidDirectory(RoutingError):
    """The entries contradict each other. `findings` names every contradiction, each with both sides."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        first = findings[0]
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        super().__init__(f"{first.code} at {first.path}: {first.words.en}{more}")
        self.findings = findings


class ImpossibleStep(RoutingError):
    """The transition table has no such step from this state."""


class LeaseTermsRefused(RoutingError, ValueError):
    """A count, a duration or a wait lies outside the limits of leases."""
