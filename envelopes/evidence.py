"""What the axis attests: names and fields of ETSI EN 319 522-2 and -3, our own additions in `Extensions`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from envelopes.errors import InvalidModel
from envelopes.evidence_facts import (
    Content,
    Digest,
    Environment,
    Issuer,
    IssuerPolicy,
    KeptAcknowledgement,
    Message,
    Party,
    PreviousEvidence,
    Reason,
    Recipient,
    check_moment,
)
from envelopes.evidence_signatures import DocumentSummary, SenderSignature, ValidationSummary
from envelopes.identifiers import EvidenceId

ERDS_NAMESPACE: Final = "http://uri.etsi.org/19522/v1#"
"""The namespace of EN 319 522-3."""

AXIS_NAMESPACE: Final = "urn:axis:evidence:1"
"""The namespace of our own additions; the number changes when a reader of the old ones would misread the new."""

SCHEMA_VERSION: Final = "EN319522v1.2.1"
"""`Evidence/@version`: the edition the names and fields are taken from."""

SIGNATURE_PARENT: Final = (f"{{{ERDS_NAMESPACE}}}Evidence",)
"""The elements from the root down to the one that holds `ds:Signature`, in Clark notation: the root itself."""

_ETSI_EVENTS: Final = "http://uri.etsi.org/19522/Event/"
_OWN_EVENTS: Final = f"{AXIS_NAMESPACE}:event:"


class EvidenceType(StrEnum):
    """What happened. The value is the event's name in EN 319 522-3 table 2, or our own where the standard has none."""

    SUBMISSION_ACCEPTANCE = "SubmissionAcceptance"
    SUBMISSION_REJECTION = "SubmissionRejection"
    CONTENT_CONSIGNMENT = "ContentConsignment"
    CONTENT_CONSIGNMENT_FAILURE = "ContentConsignmentFailure"
    CONSIGNMENT_NOTIFICATION = "ConsignmentNotification"
    CONSIGNMENT_NOTIFICATION_FAILURE = "ConsignmentNotificationFailure"
    CONTENT_HANDOVER = "ContentHandover"
    CONTENT_HANDOVER_FAILURE = "ContentHandoverFailure"

    RELAY_ACCEPTANCE = "RelayAcceptance"
    RELAY_REJECTION = "RelayRejection"
    RELAY_FAILURE = "RelayFailure"
    RELAY_TO_NON_ERDS = "RelayToNonERDS"
    RECEIVED_FROM_NON_ERDS = "ReceivedFromNonERDS"

    SIGNATURE_VALIDATION = "SignatureValidation"
    CONTENT_WITHDRAWAL = "ContentWithdrawal"
    RECALL_AGREEMENT = "RecallAgreement"
    RECALL_REFUSAL = "RecallRefusal"

    @property
    def uri(self) -> str:
        """The event's identifier, `ERDSEventId`."""
        return f"{_OWN_EVENTS if self in _OWN else _ETSI_EVENTS}{self.value}"

    @property
    def is_negative(self) -> bool:
        """True where something did not happen: such evidence says why."""
        return self in _NEGATIVE

    @property
    def is_per_delivery(self) -> bool:
        """True where the evidence is about one delivery, and so names one recipient."""
        return self in _PER_DELIVERY

    @property
    def is_judgement(self) -> bool:
        """True where the evidence says how signatures were judged; what follows from an acceptance only repeats it."""
        return self in _JUDGEMENTS

    @classmethod
    def from_uri(cls, uri: str) -> Self:
        """Return the type with this `ERDSEventId`; raises `ValueError` for an event the axis does not attest."""
        for member in cls:
            if member.uri == uri:
                return member
        raise ValueError("not an event of the axis")


_ABOUT_RECALLS = frozenset(
    {EvidenceType.CONTENT_WITHDRAWAL, EvidenceType.RECALL_AGREEMENT, EvidenceType.RECALL_REFUSAL}
)
_OWN = _ABOUT_RECALLS | {EvidenceType.SIGNATURE_VALIDATION}
_JUDGEMENTS = frozenset(
    {EvidenceType.SUBMISSION_ACCEPTANCE, EvidenceType.SUBMISSION_REJECTION, EvidenceType.SIGNATURE_VALIDATION}
)
_NEGATIVE = frozenset(
    {
        EvidenceType.SUBMISSION_REJECTION,
        EvidenceType.CONTENT_CONSIGNMENT_FAILURE,
        EvidenceType.CONSIGNMENT_NOTIFICATION_FAILURE,
        EvidenceType.CONTENT_HANDOVER_FAILURE,
        EvidenceType.RELAY_REJECTION,
        EvidenceType.RELAY_FAILURE,
        EvidenceType.RECALL_REFUSAL,
    }
)
_PER_DELIVERY = frozenset(
    {
        EvidenceType.CONTENT_CONSIGNMENT,
        EvidenceType.CONTENT_CONSIGNMENT_FAILURE,
        EvidenceType.CONSIGNMENT_NOTIFICATION,
        EvidenceType.CONSIGNMENT_NOTIFICATION_FAILURE,
        EvidenceType.CONTENT_HANDOVER,
        EvidenceType.CONTENT_HANDOVER_FAILURE,
        *_ABOUT_RECALLS,
    }
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One attestation, unsigned. Reading a written evidence gives an equal one.

    `event_time` is when it happened, `issue_time` when this was made, `submission_time` when the message was received;
    all aware, in whole milliseconds. A refused message that names no recipient has no `recipients`.
    """

    identifier: EvidenceId
    type: EvidenceType
    event_time: datetime
    issue_time: datetime
    issuer: Issuer
    policy: IssuerPolicy
    environment: Environment
    sender: Party
    message: Message
    recipients: tuple[Recipient, ...] = ()
    reasons: tuple[Reason, ...] = ()
    submission_time: datetime | None = None
    content: Content | None = None
    sender_signature: SenderSignature | None = None
    validation: ValidationSummary | None = None
    documents: DocumentSummary | None = None
    previous: PreviousEvidence | None = None
    acknowledgement: KeptAcknowledgement | None = None

    def __post_init__(self) -> None:
        for moment in (self.event_time, self.issue_time, self.submission_time):
            check_moment(moment)
        if self.identifier.version != 7:
            raise InvalidModel("evidence is identified by a UUIDv7")
        if self.type is EvidenceType.SIGNATURE_VALIDATION and (not self.validation or not self.previous):
            raise InvalidModel("a completed verdict says how it was judged, and which acceptance it follows")
        if self.type.is_negative and not self.reasons:
            raise InvalidModel("negative evidence says why")
        self._check_submission()
        self._check_delivery()

    def _check_submission(self) -> None:
        if self.type is not EvidenceType.SUBMISSION_ACCEPTANCE:
            return
        if self.message.envelope_id is None or self.content is None or self.submission_time is None:
            raise InvalidModel("an acceptance names the envelope, its content and the time of submission")
        if not self.recipients or any(recipient.decision is None for recipient in self.recipients):
            raise InvalidModel("an acceptance lists every recipient with what was decided")

    def _check_delivery(self) -> None:
        if self.type.is_per_delivery and (len(self.recipients) != 1 or self.message.delivery_id is None):
            raise InvalidModel("this evidence is about one delivery to one recipient")
        if self.type is EvidenceType.CONTENT_HANDOVER and self.acknowledgement is None:
            raise InvalidModel("a handover rests on the recipient's acknowledgement")


@dataclass(frozen=True, slots=True)
class SealedEvidence:
    """An evidence as it left the seal: the octets nobody may touch again, and their SHA-256 digest."""

    octets: bytes
    digest: Digest

    def __post_init__(self) -> None:
        if self.digest != Digest.sha256(self.octets):
            raise InvalidModel("the digest is of other octets")

    @classmethod
    def of(cls, octets: bytes) -> Self:
        """Return the octets with their digest."""
        return cls(octets, Digest.sha256(octets))
