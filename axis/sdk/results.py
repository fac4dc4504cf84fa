"""What the axis answers, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from envelopes.evidence import Evidence
from envelopes.identifiers import DeliveryId, EnvelopeId, OrganId


@dataclass(frozen=True, slots=True)
class Receipt:
    """A verified receipt: `octets` are what to keep, `evidence` what they say.

    `is_repeat` means that the axis knew this submission and gave its first receipt again.
    """

    envelope_id: EnvelopeId
    octets: bytes = field(repr=False)
    evidence: Evidence = field(repr=False)
    is_repeat: bool
    answer: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Offer:
    """One delivery that waits for this recipient.

    `digest` is the SHA-256 of the package in hexadecimal; `priority_rank` is 0 (thường) to 3 (hỏa tốc).
    `business_type` is "1" for a recall, "2" for an update, "3" for a replacement; `replaces` and `replaced_by` are the
    envelopes of documents that this recipient got, too. `asked_as` is the id that the message has for the recipient: an
    alias, or that of an agency in whose place it gets this.
    """

    delivery_id: DeliveryId
    envelope_id: EnvelopeId
    recipient: OrganId
    sender: OrganId
    kind: str
    document_id: str | None
    subject: str | None
    priority_rank: int
    size: int
    digest: str
    business_type: str | None = None
    replaces: tuple[EnvelopeId, ...] = ()
    replaced_by: tuple[EnvelopeId, ...] = ()
    asked_as: OrganId | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """Deliveries reserved for this caller until `until`; empty when nothing waits."""

    lease_id: str | None
    until: datetime | None
    offers: tuple[Offer, ...]
