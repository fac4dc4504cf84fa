"""What is known of a certificate's revocation, as values (RFC 5280 §5, RFC 6960, EN 319 102-1 clause 5.2.5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from signing.digests import sha256

CLOCK_TOLERANCE: Final = timedelta(minutes=1)
"""How far the clock of an authority may be from ours: its answers are made while we ask."""

UNDATED_FOR: Final = timedelta(minutes=30)
"""How long an answer without `nextUpdate` is relied on: the authority says newer information is always to be had
(RFC 6960 §4.2.2.1). The library that judges evidence takes no older one."""

LAST_MOMENT: Final = datetime(9999, 12, 30, tzinfo=UTC)
"""The latest moment that is kept. "Never" is written as the end of the calendar (ETSI EN 319 411-1 clause 6.3.9), to
which no tolerance can be added, and which other time zones cannot show."""

HOLD: Final = "certificate_hold"
"""The one reason that may be taken back (RFC 5280 §5.3.1)."""


class RevocationState(StrEnum):
    """What evidence says of a certificate (RFC 6960 §2.2)."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """The kind of evidence a state rests on."""

    OCSP = "ocsp"
    CRL = "crl"


class Doubt(StrEnum):
    """Why a state is unknown."""

    NO_SOURCE = "no-source"
    """The certificate names no CRL and no OCSP responder that could be asked."""
    NO_PATH = "no-path"
    """No path leads to it at present, so that nobody's word about it can be judged."""
    NO_EVIDENCE = "no-evidence"
    """Nothing was fetched yet, or nothing came."""
    NOT_ABOUT_IT = "not-about-it"
    """What came speaks of other certificates, or the responder does not know this one."""
    UNVERIFIED = "unverified"
    """What came cannot be read, or was not signed by somebody who may."""
    STALE = "stale"
    """What came, or what was known, is out of date."""


@dataclass(frozen=True, slots=True)
class RevocationEvidence:
    """A CRL or an OCSP response, DER, as it came."""

    source: Source
    octets: bytes

    @property
    def digest(self) -> bytes:
        """The SHA-256 it is kept under."""
        return sha256(self.octets)


@dataclass(frozen=True, slots=True)
class RevocationStatus:
    """The state of one certificate and what it rests on.

    `this_update` and `next_update` are the evidence's own (aware, `LAST_MOMENT` at most), `evidence` its SHA-256. A
    revoked certificate has `revoked_at` and `reason` (RFC 5280 §5.3.1, in snake case). An unknown state has a doubt,
    and keeps what was last known where that is merely out of date.
    """

    state: RevocationState
    source: Source | None = None
    this_update: datetime | None = None
    next_update: datetime | None = None
    evidence: bytes | None = None
    revoked_at: datetime | None = None
    reason: str | None = None
    doubt: Doubt | None = None
    beside: tuple[bytes, ...] = ()
    """The SHA-256 of further CRLs where several decided together, divided by reason or a list and its delta: the state
    is proved by `evidence`, the newest, with all of these."""
    is_brought: bool = False
    """The evidence came with the signature: its signer chose which of the answers that are still valid to bring."""

    def __post_init__(self) -> None:
        if (self.state is RevocationState.UNKNOWN) != (self.doubt is not None):
            raise ValueError("an unknown state says why, and no other does")
        if (self.state is RevocationState.REVOKED) != (self.revoked_at is not None):
            raise ValueError("a revoked certificate was revoked at a moment")
        if self.state is not RevocationState.UNKNOWN and (self.this_update is None or self.evidence is None):
            raise ValueError("a known state rests on evidence")
        for name in ("this_update", "next_update", "revoked_at"):
            moment = getattr(self, name)
            if moment is not None and moment > LAST_MOMENT:
                object.__setattr__(self, name, LAST_MOMENT)

    @classmethod
    def unknown(cls, doubt: Doubt) -> Self:
        """Return the state of which nothing is known."""
        return cls(RevocationState.UNKNOWN, doubt=doubt)

    @property
    def rests_on(self) -> frozenset[bytes]:
        """The SHA-256 of everything that has to be kept to prove the state."""
        return frozenset(self.beside) if self.evidence is None else frozenset({self.evidence, *self.beside})

    @property
    def is_hold(self) -> bool:
        """True where the certificate is suspended and may come back."""
        return self.state is RevocationState.REVOKED and self.reason == HOLD

    @property
    def is_final(self) -> bool:
        """True where no later evidence can say otherwise."""
        return self.state is RevocationState.REVOKED and not self.is_hold

    @property
    def relied_on_until(self) -> datetime | None:
        """The moment after which the state is out of date; None where there is no evidence."""
        if self.this_update is None:
            return None
        return (self.next_update or self.this_update + UNDATED_FOR) + CLOCK_TOLERANCE

    def seen_at(self, moment: datetime) -> RevocationStatus:
        """Return the state as it stands for a signature that existed at the aware moment.

        1. Revoked before or at the moment: revoked, whatever the age of the evidence.
        2. Revoked after it: good at the moment, resting on the same evidence.
        3. Good, and the evidence not out of date: good.
        4. Otherwise unknown, with what was last known beside it.
        """
        if self.state is RevocationState.REVOKED and self.revoked_at is not None:
            if self.revoked_at <= moment:
                return self
            return replace(self, state=RevocationState.GOOD, revoked_at=None, reason=None)
        until = self.relied_on_until
        if self.state is RevocationState.GOOD and until is not None and moment > until:
            return replace(self, state=RevocationState.UNKNOWN, doubt=Doubt.STALE)
        return self


def strongest(statuses: tuple[RevocationStatus, ...]) -> RevocationStatus:
    """Return what several pieces of evidence say together of one certificate.

    A final revocation wins; otherwise the newest evidence that knows, since a suspension may have been lifted; and of
    what knows nothing the last doubt, since OCSP is asked before CRLs.
    """
    for status in statuses:
        if status.is_final:
            return status
    known = [one for one in statuses if one.state is not RevocationState.UNKNOWN and one.this_update is not None]
    if known:
        return max(known, key=lambda one: (one.this_update, one.source is Source.OCSP))
    return statuses[-1] if statuses else RevocationStatus.unknown(Doubt.NO_EVIDENCE)
