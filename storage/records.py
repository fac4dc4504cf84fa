"""What storage remembers of the exchange, as values: one class for each kind of row that routing has no word for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from envelopes.codes import BusinessDocType, StatusCode, UnknownCode
from envelopes.evidence import EvidenceType
from envelopes.identifiers import DeliveryId, DocumentId, EnvelopeId, EventId, EvidenceId, OrganId, SystemId
from routing.delivery import Delivery, Lease
from routing.demands import EarlierDemand
from routing.events import EventTag
from routing.identity import SubmissionKey
from routing.lifecycle import DeliveryState
from routing.uploads import UploadId, UploadState
from routing.webhooks import CallOutcome, NoticeState

JsonObject = Mapping[str, object]
"""An object that JSON can carry: texts, numbers, truth values, None, lists and objects of these."""


@dataclass(frozen=True, slots=True)
class EnvelopeRecord:
    """One accepted message: a document message with its `business_type`, or a status with its `status_code`.

    `raw_digest` is the SHA-256 of the octets as received and their address in the object store; `content_digest` that
    of the canonical form. `original_id` is the accepted envelope the message speaks of, where there is one: the
    document of a status, a recall or an update; `spoken_for` is the closed agency whose part in it the sender takes,
    where it took over from it. Texts are the sender's own; of a status, `description` and `said_at`
    are what its speaker wrote, by its own clock; of a recall, an update or a replacement `description` is its reason.
    """

    envelope_id: EnvelopeId
    sender: OrganId
    system_id: SystemId
    raw_digest: bytes
    content_digest: bytes
    size: int
    accepted_at: datetime
    business_type: BusinessDocType | None = None
    status_code: StatusCode | UnknownCode | None = None
    document_id: DocumentId | None = None
    original_id: EnvelopeId | None = None
    spoken_for: OrganId | None = None
    priority_rank: int = 0
    number: str | None = None
    notation: str | None = None
    subject: str | None = None
    promulgation_date: date | None = None
    description: str | None = None
    said_at: datetime | None = None
    verdict: JsonObject = field(default_factory=dict)
    warnings: tuple[JsonObject, ...] = ()

    @property
    def is_status(self) -> bool:
        """True for a status message."""
        return self.status_code is not None


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """A delivery, and the id its recipient was addressed by.

    `redirected_from` is the delivery that ended so that this one could be made; its recipient was the one addressed.
    """

    delivery: Delivery
    asked_as: OrganId
    redirected_from: DeliveryId | None = None


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries an operator means: those that meet everything that is given."""

    delivery_ids: tuple[DeliveryId, ...] = ()
    envelope_id: EnvelopeId | None = None
    recipient: OrganId | None = None
    state: DeliveryState | None = None
    accepted_before: datetime | None = None

    @property
    def is_everything(self) -> bool:
        """True where nothing is given, which nobody means."""
        return self == DeliveryFilter()


@dataclass(frozen=True, slots=True)
class LeasedDelivery:
    """A delivery as it stands after somebody took his turn; `lapsed` is the lease that had run out before.

    `asked_as` is the id its recipient was addressed by; `came_from` is where it stood before.
    """

    delivery: Delivery
    lapsed: Lease | None
    asked_as: OrganId
    came_from: DeliveryState = DeliveryState.CONSIGNED


@dataclass(frozen=True, slots=True)
class AcceptedSubmission:
    """The identity of a submission that was accepted."""

    key: SubmissionKey
    content_digest: bytes
    envelope_id: EnvelopeId
    sender: OrganId
    document_id: DocumentId | None
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class EventRecord:
    """A fact: what happened, when, to what, and who made it happen. `details` holds codes and identifiers."""

    event_id: EventId
    tag: EventTag
    at: datetime
    envelope_id: EnvelopeId | None = None
    delivery_id: DeliveryId | None = None
    system_id: SystemId | None = None
    organ_id: OrganId | None = None
    details: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """A sealed evidence: `octets` as they were handed out, `digest` their SHA-256."""

    evidence_id: EvidenceId
    type: EvidenceType
    event_id: EventId
    issued_at: datetime
    digest: bytes
    octets: bytes
    envelope_id: EnvelopeId | None = None
    delivery_id: DeliveryId | None = None


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event as it stands in a trace: without its details, which may hold a recipient's whole signed word."""

    event_id: EventId
    tag: EventTag
    at: datetime
    delivery_id: DeliveryId | None = None


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """A sealed evidence as it stands in a list: without its octets; `digest` is their SHA-256."""

    evidence_id: EvidenceId
    type: EvidenceType
    event_id: EventId
    issued_at: datetime
    digest: bytes
    delivery_id: DeliveryId | None = None


@dataclass(frozen=True, slots=True)
class StatusLine:
    """A status message as it stands in a trace: what `sender` said of the original, when, and in which words.

    `spoken_for` is the closed agency in whose place it said so.
    """

    envelope_id: EnvelopeId
    sender: OrganId
    status_code: StatusCode | UnknownCode
    accepted_at: datetime
    description: str | None = None
    said_at: datetime | None = None
    spoken_for: OrganId | None = None


@dataclass(frozen=True, slots=True)
class OwedEvidence:
    """An evidence still to be sealed. `due_at` is when a worker may try (again), `attempts` how often one did.

    `priority_rank` is its message's: evidence of an urgent one does not wait behind a backlog.
    """

    event_id: EventId
    type: EvidenceType
    envelope_id: EnvelopeId
    delivery_id: DeliveryId | None
    event_at: datetime
    due_at: datetime
    attempts: int = 0
    priority_rank: int = 0


@dataclass(frozen=True, slots=True)
class DemandRecord:
    """A demand as it stands, and the recipient's delivery its events are about.

    `due_at` is when silence raises an alarm, None where there is nothing to wait for; `alarmed_at` is when it did.
    `answer_id` is the status that answered. `reason` is the sender's own, from the message that asks; it is kept there.
    """

    demand: EarlierDemand
    delivery_id: DeliveryId
    asked_at: datetime
    due_at: datetime | None = None
    alarmed_at: datetime | None = None
    answered_at: datetime | None = None
    answer_id: EnvelopeId | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Replacement:
    """That one document stands in the place of another, for `recipients` (canonical ids), for all where it is empty."""

    replaced_id: EnvelopeId
    replacing_id: EnvelopeId
    recipients: tuple[OrganId, ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """What is known of one message: where its deliveries stand, what happened, what was attested, who said what.

    Everything in the order it was minted in. `demands` are those it makes, and those that are made about it.
    """

    deliveries: tuple[DeliveryRecord, ...]
    events: tuple[EventLine, ...]
    evidences: tuple[EvidenceLine, ...]
    statuses: tuple[StatusLine, ...]
    demands: tuple[DemandRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class UsedAssertion:
    """A client assertion (RFC 7523) that was exchanged for a token, by its issuer and `jti`."""

    system_id: SystemId
    jti: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SeenCertificate:
    """A certificate that came with a signature, DER, and the intermediates that came along; watched from then on."""

    fingerprint: bytes
    der: bytes
    not_after: datetime
    chain: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptStatus:
    """What is known of a certificate's revocation, in the words of `signing.statuses`; `judged_at` is None before."""

    state: str
    judged_at: datetime | None
    source: str | None = None
    this_update: datetime | None = None
    next_update: datetime | None = None
    evidence: bytes | None = None
    revoked_at: datetime | None = None
    reason: str | None = None
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class WatchedCertificate:
    """A certificate whose authority is to be asked; `attempts` is how often it was since it last answered."""

    fingerprint: bytes
    der: bytes
    chain: tuple[bytes, ...]
    attempts: int
    status: KeptStatus


@dataclass(frozen=True, slots=True)
class RevocationSource:
    """Where and when a CRL or an OCSP answer was fetched; its octets stand in the object store under `digest`."""

    digest: bytes
    source: str
    address: str
    fetched_at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class OpenVerdict:
    """A certificate that the verdict on an accepted message waits for.

    The signature existed at `existed_at`; the message was accepted at `opened_at`.
    """

    envelope_id: EnvelopeId
    fingerprint: bytes
    existed_at: datetime
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class DocumentCheck:
    """An accepted message whose documents are to be judged; `attempts` is how often they were.

    `crashes` is how often in a row nobody saw the end of that.
    """

    envelope_id: EnvelopeId
    accepted_at: datetime
    attempts: int = 0
    crashes: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """What one system is told of one delivery. `notice_id` is the event's id as the system sees it, at every call.

    `attempts` counts calls, also those whose end nobody saw; `crashes` only these, since the last whose end was seen.
    `taken_at` is when the system took it first; `due_at` is None once nothing more is tried.
    """

    notice_id: EventId
    system_id: SystemId
    envelope_id: EnvelopeId
    delivery_id: DeliveryId
    recipient: OrganId
    priority_rank: int
    is_status: bool
    consigned_at: datetime
    expires_at: datetime
    due_at: datetime | None
    state: NoticeState = NoticeState.WAITING
    attempts: int = 0
    taken_at: datetime | None = None
    crashes: int = 0


@dataclass(frozen=True, slots=True)
class Receiver:
    """A system whose webhook one worker serves until `busy_until`; `failures` is how many calls in a row failed."""

    system_id: SystemId
    failures: int
    busy_until: datetime
    rests_until: datetime


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """One call to a webhook. A test call is about no notice; `http_status` is None where nobody answered.

    `acknowledgement` is what became of the one that an answer brought: a state of the delivery, or why it was refused.
    """

    call_id: EventId
    system_id: SystemId
    at: datetime
    outcome: CallOutcome
    milliseconds: int
    attempt: int = 1
    http_status: int | None = None
    notice_id: EventId | None = None
    delivery_id: DeliveryId | None = None
    acknowledgement: str | None = None


@dataclass(frozen=True, slots=True)
class UploadRecord:
    """A package on its way in: `received` of `size` octets, `digest` announced for all of them.

    `envelope_id` is the accepted message, once there is one.
    """

    upload_id: UploadId
    system_id: SystemId
    digest: bytes
    size: int
    created_at: datetime
    expires_at: datetime
    received: int = 0
    state: UploadState = UploadState.OPEN
    envelope_id: EnvelopeId | None = None


@dataclass(frozen=True, slots=True)
class ChunkRecord:
    """Octets of an upload that are kept: from which place on, how many, and their SHA-256."""

    start: int
    size: int
    digest: bytes
