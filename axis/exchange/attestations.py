"""Evidence put together from what was decided: acceptances, rejections, and what follows from an acceptance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from axis.caller import Caller
from axis.exchange.appraisals import NOTHING, Appraised
from axis.exchange.attested import content_of, message_of, reason_of, reasons_of, signature_of, validation_of
from axis.exchange.gate import Inspected
from axis.exchange.notary import Letterhead
from envelopes.errors import Finding
from envelopes.evidence import Evidence, EvidenceType
from envelopes.evidence_facts import (
    Decision,
    KeptAcknowledgement,
    Message,
    MessageKind,
    Party,
    PreviousEvidence,
    Reason,
    Recipient,
    RecipientDecision,
)
from envelopes.identifiers import DeliveryId, EnvelopeId, EvidenceId, OrganId
from envelopes.model import Envelope
from envelopes.status import StatusReport
from routing.admission import Accepted
from routing.agencies import Agency
from routing.reasons import ReasonCode
from routing.recipients import RefusedRecipient, Route

UNREAD: Final = Message(MessageKind.UNVERIFIED)
"""The message of a rejection whose signature did not pass: what it says of itself was not even read."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every evidence begins with: its id, when the thing happened, and when it is attested."""

    identifier: EvidenceId
    event_time: datetime
    issue_time: datetime


@dataclass(frozen=True, slots=True)
class Routed:
    """One route and the delivery it became."""

    route: Route
    delivery_id: DeliveryId


@dataclass(frozen=True, slots=True)
class Decided:
    """An accepted message with the ids it was given; `warnings` are all that accompany it."""

    envelope_id: EnvelopeId
    message: Envelope | StatusReport
    admission: Accepted
    routed: tuple[Routed, ...]
    warnings: tuple[Finding, ...]
    caller: Caller
    appraised: Appraised = NOTHING


def acceptance(letterhead: Letterhead, stamp: Stamp, *, inspected: Inspected, decided: Decided) -> Evidence:
    """Return the SubmissionAcceptance: every recipient with its decision, both digests, the judged signature."""
    message = decided.message
    return Evidence(
        identifier=stamp.identifier,
        type=EvidenceType.SUBMISSION_ACCEPTANCE,
        event_time=stamp.event_time,
        issue_time=stamp.issue_time,
        issuer=letterhead.issuer,
        policy=letterhead.policy,
        environment=letterhead.environment,
        sender=_sender(decided),
        message=replace(message_of(message), envelope_id=decided.envelope_id),
        recipients=tuple(_recipients(decided)),
        reasons=reasons_of(decided.warnings),
        submission_time=stamp.event_time,
        content=content_of(inspected.package, inspected.verdict, message=message, digest=inspected.digest),
        sender_signature=signature_of(inspected.verdict),
        validation=replace(validation_of(inspected.verdict), rule=inspected.rule),
        documents=decided.appraised.summary,
    )


def rejection(
    letterhead: Letterhead, stamp: Stamp, *, inspected: Inspected, findings: tuple[Finding, ...], caller: Caller
) -> Evidence:
    """Return the SubmissionRejection with every reason.

    Its sender is the agency that runs the authenticated system, never an unverified `From`. Of the content only the
    digest and size of the octets are attested: what is refused is not described.
    """
    message = inspected.message
    return Evidence(
        identifier=stamp.identifier,
        type=EvidenceType.SUBMISSION_REJECTION,
        event_time=stamp.event_time,
        issue_time=stamp.issue_time,
        issuer=letterhead.issuer,
        policy=letterhead.policy,
        environment=letterhead.environment,
        sender=Party(caller.system.organ_id, system=caller.system.system_id),
        message=UNREAD if message is None else message_of(message),
        reasons=reasons_of(findings),
        submission_time=stamp.event_time,
        content=content_of(inspected.package, inspected.verdict, message=None, digest=inspected.digest),
        sender_signature=signature_of(inspected.verdict),
        validation=replace(validation_of(inspected.verdict), rule=inspected.rule),
    )


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened to one delivery: to whom, why (where something did not happen), and the evidence before it."""

    kind: EvidenceType
    delivery_id: DeliveryId
    recipient: Party
    previous: PreviousEvidence
    reasons: tuple[Reason, ...] = ()
    jws: str | None = None
    """The recipient's own signed statement, where the event rests on one."""


def about_delivery(letterhead: Letterhead, stamp: Stamp, *, acceptance: Evidence, happening: Happening) -> Evidence:
    """Return evidence of what happened to one delivery, in the words of the acceptance it follows from.

    Who issues it is who seals it now: the seal may be another than the acceptance's, and the axis a test's copy.
    """
    return replace(
        acceptance,
        issuer=letterhead.issuer,
        policy=letterhead.policy,
        environment=letterhead.environment,
        identifier=stamp.identifier,
        type=happening.kind,
        event_time=stamp.event_time,
        issue_time=stamp.issue_time,
        message=replace(acceptance.message, delivery_id=happening.delivery_id),
        recipients=(Recipient(happening.recipient),),
        reasons=happening.reasons,
        previous=happening.previous,
        acknowledgement=None if happening.jws is None else KeptAcknowledgement(happening.jws),
    )


def about_signature(letterhead: Letterhead, stamp: Stamp, *, completed: Evidence) -> Evidence:
    """Return evidence of a completed verdict as it is sealed now; `completed` is what it says."""
    return replace(
        completed,
        issuer=letterhead.issuer,
        policy=letterhead.policy,
        environment=letterhead.environment,
        identifier=stamp.identifier,
        event_time=stamp.event_time,
        issue_time=stamp.issue_time,
    )


def _sender(decided: Decided) -> Party:
    agency, caller = decided.admission.sender, decided.caller
    return Party(
        agency.organ_id,
        named_as=_alias(decided.message.sender.organ_id, agency),
        name=agency.name_vi,
        system=caller.system.system_id,
        delegate=None if caller.system.organ_id == agency.organ_id else caller.system.organ_id,
    )


def _alias(written: OrganId | None, agency: Agency) -> OrganId | None:
    return None if written == agency.organ_id else written


def _recipients(decided: Decided) -> Iterator[Recipient]:
    for routed in decided.routed:
        agency = routed.route.agency
        party = Party(agency.organ_id, named_as=_alias(routed.route.asked_as, agency), name=agency.name_vi)
        heir = None if routed.route.succeeds is None else agency.organ_id
        yield Recipient(party, RecipientDecision(Decision.ACCEPTED, delivery_id=routed.delivery_id, successor=heir))
    for refused in decided.admission.refused:
        if refused.asked_as is not None:
            yield Recipient(Party(refused.asked_as), _refused(refused))
    for warning in decided.admission.warnings:
        if warning.code == ReasonCode.RECIPIENT_DUPLICATE and warning.value is not None:
            yield Recipient(Party(OrganId(warning.value)), RecipientDecision(Decision.MERGED))


def _refused(refused: RefusedRecipient) -> RecipientDecision:
    successor = refused.successors[0] if refused.successors else None
    return RecipientDecision(Decision.REFUSED, reason=reason_of(refused.finding), successor=successor)
