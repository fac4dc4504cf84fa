"""What authorities are trusted for, and which of them: the names that trust is configured by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from signing.certificates import Certificate


class Purpose(StrEnum):
    """What an authority's signers are believed in."""

    PACKAGE = "package"
    """Agencies' signatures on packages and acknowledgements."""
    DOCUMENT = "document"
    """Signatures of persons and agencies inside documents."""
    TIMESTAMP = "timestamp"
    SEAL = "seal"
    """Evidence that an axis sealed."""


class AuthorityKind(StrEnum):
    """Which authority it is by Vietnamese law, for whoever reads the list: nothing is judged by it."""

    PUBLIC_DUTY = "public-duty"
    LICENSED = "licensed"
    TEST = "test"


ALL_PURPOSES: Final = frozenset(Purpose)


@dataclass(frozen=True, slots=True)
class TrustedAuthority:
    """An authority and what it is trusted for, from `trusted_from` on and before `trusted_until` (aware).

    The window is the operator's and has nothing to do with the certificate's validity: an authority that was given up
    stays good for what was signed before. An intermediate is not trusted by being here, but held to its purposes and
    window even where it comes along with a signature. `tolerates` names lints that its certificates may fail.
    """

    certificate: Certificate
    is_anchor: bool = True
    purposes: frozenset[Purpose] = ALL_PURPOSES
    name: str = ""
    kind: AuthorityKind | None = None
    trusted_from: datetime | None = None
    trusted_until: datetime | None = None
    tolerates: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.purposes:
            raise ValueError("an authority is trusted for something")
        for moment in (self.trusted_from, self.trusted_until):
            if moment is not None and moment.tzinfo is None:
                raise ValueError("authorities are trusted from and until an aware moment")
        if self.trusted_from and self.trusted_until and self.trusted_until <= self.trusted_from:
            raise ValueError("an authority is trusted from an earlier moment than until")

    def is_trusted(self, at: datetime) -> bool:
        """Return whether the aware moment is within the window."""
        return not self.is_given_up(at) and (self.trusted_from is None or self.trusted_from <= at)

    def is_given_up(self, at: datetime) -> bool:
        """Return whether the window has ended."""
        return self.trusted_until is not None and self.trusted_until <= at

    def can_count(self) -> bool:
        """Return whether the window holds any moment of the certificate's validity."""
        start, end = self.certificate.not_before, self.certificate.not_after
        is_late = self.trusted_from is not None and end < self.trusted_from
        return not is_late and not self.is_given_up(start)

    def serves(self, purpose: Purpose | None) -> bool:
        """Return whether it is trusted for this purpose; for any where None is asked for."""
        return purpose is None or purpose in self.purposes
