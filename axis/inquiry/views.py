"""What the parties of an envelope may see of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from axis.exchange.judgements import Judgement
from axis.exchange.links import UNLINKED, Links
from envelopes.evidence import EvidenceType
from envelopes.evidence_facts import MessageKind
from envelopes.identifiers import DeliveryId, DocumentId, EnvelopeId, EventId, EvidenceId, OrganId
from routing.demands import DemandKind, DemandState
from routing.events import EventTag
from routing.lifecycle import DeliveryState


@dataclass(frozen=True, slots=True)
class EnvelopeView:
    """An accepted message by its metadata; digests are SHA-256 in hexadecimal, `size` octets of the package."""

    envelope_id: EnvelopeId
    kind: MessageKind
    sender: OrganId
    accepted_at: datetime
    raw_digest: str
    content_digest: str
    size: int
    priority_rank: int
    business_type: str | None = None
    status_code: str | None = None
    document_id: DocumentId | None = None
    number: str | None = None
    notation: str | None = None
    subject: str | None = None
    original_id: EnvelopeId | None = None
    links: Links = UNLINKED


@dataclass(frozen=True, slots=True)
class EnvelopePage:
    """Envelopes, newest first; `next` asks for those after the last one, None at the end."""

    items: tuple[EnvelopeView, ...]
    next: EnvelopeId | None


@dataclass(frozen=True, slots=True)
class EventView:
    """One fact, and the evidence for it where some is sealed."""

    event_id: EventId
    tag: EventTag
    at: datetime
    evidence_id: EvidenceId | None = None


@dataclass(frozen=True, slots=True)
class StatusView:
    """What a recipient said about the document: the wire code, the speaker's own time, and when it reached the axis.

    `sender` said it; where that agency took over from the recipient, `spoken_for` is the recipient.
    """

    code: str
    said_at: datetime | None
    accepted_at: datetime
    envelope_id: EnvelopeId
    sender: OrganId
    description: str | None = None
    spoken_for: OrganId | None = None


@dataclass(frozen=True, slots=True)
class DemandView:
    """What a recipient was asked about a document, and what came of it.

    `envelope_id` is the message that asks, `reason` its own words. `due_at` is when silence raises an alarm,
    `alarmed_at` when it did.
    """

    kind: DemandKind
    state: DemandState
    envelope_id: EnvelopeId
    original_id: EnvelopeId
    asked_at: datetime
    due_at: datetime | None
    alarmed_at: datetime | None
    answered_at: datetime | None
    answer_id: EnvelopeId | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class DeliveryTrace:
    """Everything about one recipient, oldest first. `current` is the status that counts (highest time, then rank).

    `recalled_at` is since when its content is not given out any more. `redirected_from` is the delivery that was ended
    to make this one, `redirected_to` the one that was made instead of it, as far as the caller may see it.
    """

    delivery_id: DeliveryId
    recipient: OrganId
    name: str
    asked_as: OrganId
    state: DeliveryState
    events: tuple[EventView, ...]
    statuses: tuple[StatusView, ...] = ()
    current: StatusView | None = None
    demands: tuple[DemandView, ...] = ()
    recalled_at: datetime | None = None
    redirected_from: DeliveryId | None = None
    redirected_to: DeliveryId | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """What happened to an envelope: its own events, and one trace for each recipient the caller may see."""

    envelope: EnvelopeView
    events: tuple[EventView, ...]
    deliveries: tuple[DeliveryTrace, ...]
    judgement: Judgement | None = None
    """What is known by now of its signatures; None where that cannot be told."""


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A sealed evidence by its metadata; `digest` is the SHA-256 of its octets in hexadecimal."""

    evidence_id: EvidenceId
    type: EvidenceType
    issued_at: datetime
    digest: str
    delivery_id: DeliveryId | None = None
