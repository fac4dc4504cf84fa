"""What a recipient's system sees of its deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from axis.exchange.links import UNLINKED, Links
from envelopes.acknowledgement import AckOutcome
from envelopes.evidence_facts import MessageKind
from envelopes.identifiers import DeliveryId, DocumentId, EnvelopeId, OrganId
from routing.delivery import Delivery, LeaseId
from routing.lifecycle import DeliveryState
from storage.records import EnvelopeRecord


@dataclass(frozen=True, slots=True)
class Offer:
    """One delivery that waits; what stands here is enough to decide on, and none of it is a file's content.

    `business_type` or, for a status, `status_code` is the wire value; `digest` is the SHA-256 of the package in
    hexadecimal, `size` its octets.
    """

    delivery_id: DeliveryId
    envelope_id: EnvelopeId
    recipient: OrganId
    asked_as: OrganId
    sender: OrganId
    kind: MessageKind
    accepted_at: datetime
    priority_rank: int
    size: int
    digest: str
    business_type: str | None = None
    status_code: str | None = None
    document_id: DocumentId | None = None
    number: str | None = None
    notation: str | None = None
    subject: str | None = None
    links: Links = UNLINKED


@dataclass(frozen=True, slots=True)
class LeaseGrant:
    """Deliveries reserved for the caller until `until`; without a lease where nothing waits."""

    offers: tuple[Offer, ...] = ()
    lease_id: LeaseId | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What an acknowledgement did; `is_repeat` where the same had been acknowledged before."""

    delivery_id: DeliveryId
    envelope_id: EnvelopeId
    state: DeliveryState
    outcome: AckOutcome
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One delivery as its recipient may see it."""

    offer: Offer
    state: DeliveryState
    leased_until: datetime | None
    fetched_at: datetime | None
    final_at: datetime | None
    recalled_at: datetime | None = None
    """Since when its content is not given out any more, its recipient having agreed to give it back."""


def offer_of(delivery: Delivery, asked_as: OrganId, *, envelope: EnvelopeRecord, links: Links | None = None) -> Offer:
    """Return what a recipient sees of one delivery before it fetches it."""
    return Offer(
        delivery_id=delivery.delivery_id,
        envelope_id=delivery.envelope_id,
        recipient=delivery.recipient,
        asked_as=asked_as,
        sender=envelope.sender,
        kind=MessageKind.STATUS if envelope.is_status else MessageKind.DOCUMENT,
        accepted_at=envelope.accepted_at,
        priority_rank=delivery.priority_rank,
        size=envelope.size,
        digest=envelope.raw_digest.hex(),
        business_type=None if envelope.business_type is None else envelope.business_type.value,
        status_code=None if envelope.status_code is None else str(envelope.status_code),
        document_id=envelope.document_id,
        number=envelope.number,
        notation=envelope.notation,
        subject=envelope.subject,
        links=links or UNLINKED,
    )
