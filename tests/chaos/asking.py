"""What a judge may ask the axis, as any sender may through its API."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self
from uuid import UUID

from axis.sdk import Axis
from envelopes.evidence import Evidence, EvidenceType
from envelopes.identifiers import EnvelopeId

_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Attested:
    """What a verified evidence says. `content` and `digest` are the SHA-256 of the package and of its own octets."""

    type: EvidenceType
    delivery: str | None
    recipients: tuple[str, ...]
    content: str
    at: float
    """When the thing happened."""

    digest: str

    @classmethod
    def of(cls, evidence: Evidence, octets: bytes) -> Self:
        """Return what an evidence says, and the digest of its octets."""
        delivery = evidence.message.delivery_id
        return cls(
            type=evidence.type,
            delivery=None if delivery is None else str(delivery),
            recipients=tuple(str(one.party.organ_id) for one in evidence.recipients),
            content="" if evidence.content is None else str(evidence.content.raw),
            at=evidence.event_time.timestamp(),
            digest=hashlib.sha256(octets).hexdigest(),
        )


class Witness(Protocol):
    """The axis, as it answers one sender; envelopes are named by their ids."""

    def sent(self) -> set[str]:
        """Return what it says that the sender sent."""

    def content(self, envelope: str) -> str:
        """Return the SHA-256 of the package that it gives back."""

    def evidence(self, envelope: str) -> Sequence[Attested]:
        """Return all evidence that it has of an envelope, each verified."""


@dataclass(frozen=True, slots=True)
class AskedAxis:
    """The axis itself."""

    sdk: Axis

    def sent(self) -> set[str]:
        """See `Witness.sent`."""
        found, after = set[str](), None
        while True:
            page = self.sdk.sent(after=after, limit=_PAGE)
            found |= {str(item["envelope_id"]) for item in page["items"]}
            after = page.get("next")
            if not after:
                return found

    def content(self, envelope: str) -> str:
        """See `Witness.content`."""
        return hashlib.sha256(self.sdk.call("GET", f"/v1/envelopes/{envelope}/content").content).hexdigest()

    def evidence(self, envelope: str) -> Sequence[Attested]:
        """See `Witness.evidence`."""
        return [Attested.of(*one) for one in self.sdk.evidences(EnvelopeId(UUID(envelope)))]
