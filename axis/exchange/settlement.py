"""What one accepted or refused message leaves in the database, written in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from axis.clock import Clock
from axis.exchange.attestations import Decided, Routed
from axis.exchange.gate import Inspected
from axis.exchange.happenings import owed_for
from axis.exchange.notices import notices_of
from axis.exchange.operations import Done, Operation, Rows
from axis.exchange.watching import seen_on
from envelopes.codes import BusinessDocType, Priority
from envelopes.errors import Finding
from envelopes.evidence import Evidence, SealedEvidence
from envelopes.identifiers import DeliveryId, EnvelopeId, EventId, OrganId
from envelopes.model import Envelope
from envelopes.status import StatusReport
from routing.agencies import System
from routing.audience import Audience
from routing.calendar import WorkingCalendar
from routing.delivery import Delivery
from routing.enquiries import Enquiry
from routing.events import EventTag
from routing.lifecycle import DeliveryState, deadline_of
from routing.patience import alarm_at
from routing.precedents import Precedents
from signing.certificates import Certificate
from signing.verdict import Additions, Failure, Timestamp, Verdict
from storage.database.bulk import in_one_turn
from storage.database.checks import owe_check
from storage.database.deliveries import insert_deliveries
from storage.database.envelopes import insert_envelope
from storage.database.events import append_events
from storage.database.evidences import insert_evidences
from storage.database.owed import owe
from storage.database.revocations import open_verdicts, watch
from storage.database.submissions import claim_submission_key, record_number
from storage.database.transactions import WriteSession
from storage.database.webhooks import insert_notices
from storage.records import (
    AcceptedSubmission,
    DeliveryRecord,
    DocumentCheck,
    EnvelopeRecord,
    EventRecord,
    EvidenceRecord,
    JsonObject,
    Notice,
    OpenVerdict,
    OwedEvidence,
    Replacement,
    SeenCertificate,
)


@dataclass(frozen=True, slots=True)
class Settlement:
    """Everything an acceptance consists of, ready to be written; built before the transaction, so that it is short."""

    submission: AcceptedSubmission
    enquiry: Enquiry
    envelope: EnvelopeRecord
    deliveries: tuple[DeliveryRecord, ...]
    events: tuple[EventRecord, ...]
    receipt: EvidenceRecord
    owed: tuple[OwedEvidence, ...]
    seen: tuple[SeenCertificate, ...] = ()
    open_verdicts: tuple[OpenVerdict, ...] = ()
    check: DocumentCheck | None = None
    notices: tuple[Notice, ...] = ()
    operation: Operation | None = None

    def write(self, session: WriteSession) -> Done:
        """Write everything, and return what that did to earlier documents.

        Raises `KeyTaken` where another message holds the key, and nothing is written; `Overtaken` likewise.
        What concerns earlier documents goes first: it decides what is written of this one. Then comes the claim,
        usually in one turn with the rest: one that fails is rare, and rolls the rest back.
        """
        rows = Rows(self.deliveries, self.events, self.owed)
        done = Done(rows) if self.operation is None else self.operation.carry_out(session, self.envelope, rows=rows)
        rows = done.rows
        with in_one_turn(session, max(len(rows.events), len(self.notices))) as is_one_turn:
            claim = claim_submission_key(session, self.submission)
            if not is_one_turn:
                claim.require()
            insert_envelope(session, self.envelope)
            insert_deliveries(session, rows.deliveries)
            insert_notices(session, self.notices)
            append_events(session, rows.events)
            insert_evidences(session, (self.receipt,))
            owe(session, rows.owed)
            open_verdicts(session, self.open_verdicts)
            watch(session, self.seen, now=self.envelope.accepted_at)
            if self.check is not None:
                owe_check(session, self.check, due_at=self.envelope.accepted_at)
            number, document_id = self.enquiry.number, self.envelope.document_id
            if number is not None and document_id is not None:
                record_number(session, number, envelope_id=self.envelope.envelope_id, document_id=document_id)
        claim.require()
        return done


@dataclass(frozen=True, slots=True)
class Settler:
    """Puts settlements together, minting the ids of their rows. `asks` tells whose authorities somebody asks."""

    clock: Clock
    asks: Callable[[Certificate], bool]
    calendar: WorkingCalendar

    def settle(
        self,
        inspected: Inspected,
        decided: Decided,
        *,
        enquiry: Enquiry,
        precedents: Precedents,
        sealed: tuple[Evidence, SealedEvidence],
    ) -> Settlement:
        """Return the settlement of an accepted message; ids of its rows begin with the moment it was received."""
        evidence, receipt = sealed
        at = evidence.event_time
        is_status = isinstance(decided.message, StatusReport)
        envelope = _envelope(inspected, decided, at=at)
        accepted = self._event(EventTag.STATUS_ACCEPTED if is_status else EventTag.ENVELOPE_ACCEPTED, decided, at=at)
        told = self._told(decided)
        if enquiry.key is None or inspected.digest is None:
            raise ValueError("an accepted message has an identity")
        submission = AcceptedSubmission(
            enquiry.key, inspected.digest, decided.envelope_id, envelope.sender, envelope.document_id, at
        )
        seen = tuple(_seen(inspected.verdict, self.asks))
        deliveries = tuple(self._delivery(one, envelope, systems=told[one.delivery_id]) for one in decided.routed)
        consigned = [
            self._event(EventTag.DELIVERY_CONSIGNED, decided, at=at, routed=routed)
            for routed, record in zip(decided.routed, deliveries, strict=True)
            if record.delivery.state is DeliveryState.CONSIGNED
        ]
        return Settlement(
            submission=submission,
            enquiry=enquiry,
            envelope=envelope,
            deliveries=deliveries,
            notices=tuple(self._notices(deliveries, told, is_status=is_status)),
            events=(accepted, *consigned),
            receipt=evidence_record(evidence, receipt, event_id=accepted.event_id),
            owed=tuple(owed_for(consigned, is_status=envelope.is_status, priority_rank=envelope.priority_rank)),
            seen=(*seen, *_stamping(inspected.verdict, self.asks), *decided.appraised.seen),
            check=DocumentCheck(decided.envelope_id, at) if decided.appraised.is_owed else None,
            open_verdicts=tuple(_open(inspected.verdict, decided.envelope_id, seen=seen)),
            operation=self._operation(decided, envelope, precedents=precedents),
        )

    def _operation(self, decided: Decided, envelope: EnvelopeRecord, *, precedents: Precedents) -> Operation | None:
        """Return what the message does to earlier documents; None for one that does nothing."""
        admission, message = decided.admission, decided.message
        replaced: tuple[Replacement, ...] = ()
        if isinstance(message, Envelope) and message.business.doc_type is BusinessDocType.REPLACE:
            replaced = tuple(_replaced(message, decided, precedents=precedents))
        if not (admission.demands or admission.answered or replaced):
            return None
        return Operation(
            self.clock,
            self.calendar,
            envelope.original_id,
            admission.demands,
            admission.answered,
            replaced,
            admission.redirects,
        )

    def asked(self, verdict: Verdict) -> tuple[SeenCertificate, ...]:
        """Return the certificates that a verdict is marked for, and those of who stamped it: authorities are asked."""
        return (*_seen(verdict, self.asks), *_stamping(verdict, self.asks))

    def _told(self, decided: Decided) -> Mapping[DeliveryId, tuple[System, ...]]:
        """Return who is told of which delivery, or gets it pushed, by the directory the message was routed with."""
        audience = Audience(decided.caller.directory)
        return {one.delivery_id: audience.of(one.route.agency) for one in decided.routed}

    def _notices(
        self,
        deliveries: Iterable[DeliveryRecord],
        told: Mapping[DeliveryId, tuple[System, ...]],
        *,
        is_status: bool,
    ) -> Iterator[Notice]:
        for record in deliveries:
            systems = told[record.delivery.delivery_id]
            yield from notices_of(systems, record.delivery, is_status=is_status, clock=self.clock)

    def _delivery(self, routed: Routed, envelope: EnvelopeRecord, *, systems: Iterable[System]) -> DeliveryRecord:
        """Return a new delivery: to be carried where some system has whole packages pushed now, else to be pulled."""
        at = envelope.accepted_at
        is_pushed = any(system.is_pushed_to and system.is_active for system in systems)
        state = DeliveryState.READY if is_pushed else DeliveryState.CONSIGNED
        delivery = Delivery(
            delivery_id=routed.delivery_id,
            envelope_id=envelope.envelope_id,
            recipient=routed.route.agency.organ_id,
            state=state,
            priority_rank=envelope.priority_rank,
            accepted_at=at,
            due_at=deadline_of(state, accepted_at=at, entered_at=at),
            alarm_at=None if envelope.is_status else alarm_at(envelope.priority_rank, at, calendar=self.calendar),
        )
        return DeliveryRecord(delivery, routed.route.asked_as)

    def _event(self, tag: EventTag, decided: Decided, *, at: datetime, routed: Routed | None = None) -> EventRecord:
        agency = decided.admission.sender if routed is None else routed.route.agency
        return EventRecord(
            event_id=EventId(self.clock.mint(at)),
            tag=tag,
            at=at,
            envelope_id=decided.envelope_id,
            delivery_id=None if routed is None else routed.delivery_id,
            system_id=decided.caller.system.system_id if routed is None else None,
            organ_id=agency.organ_id,
        )


def evidence_record(evidence: Evidence, sealed: SealedEvidence, *, event_id: EventId) -> EvidenceRecord:
    """Return a sealed evidence as a row."""
    return EvidenceRecord(
        evidence_id=evidence.identifier,
        type=evidence.type,
        event_id=event_id,
        issued_at=evidence.issue_time,
        digest=sealed.digest.value,
        octets=sealed.octets,
        envelope_id=evidence.message.envelope_id,
        delivery_id=evidence.message.delivery_id,
    )


def finding_row(finding: Finding) -> JsonObject:
    """Return a finding as JSON, without its words: those are looked up by code."""
    return {"code": finding.code, "path": finding.path, "value": finding.value}


def _envelope(inspected: Inspected, decided: Decided, *, at: datetime) -> EnvelopeRecord:
    original, sender = decided.admission.original, decided.admission.sender.organ_id
    record = EnvelopeRecord(
        envelope_id=decided.envelope_id,
        sender=sender,
        system_id=decided.caller.system.system_id,
        raw_digest=inspected.raw_digest,
        content_digest=inspected.digest or b"",
        size=inspected.package.size,
        accepted_at=at,
        original_id=None if original is None else original.envelope_id,
        spoken_for=None if original is None or original.voice == sender else original.voice,
        verdict=_verdict(inspected.verdict),
        warnings=tuple(finding_row(one) for one in decided.warnings),
    )
    message = decided.message
    return _with_document(record, message) if isinstance(message, Envelope) else _with_status(record, message)


def _with_document(record: EnvelopeRecord, message: Envelope) -> EnvelopeRecord:
    priority = message.other.priority
    return replace(
        record,
        business_type=message.business.doc_type if isinstance(message.business.doc_type, BusinessDocType) else None,
        document_id=message.document_id,
        priority_rank=priority.rank if isinstance(priority, Priority) else 0,
        number=message.code.number,
        notation=message.code.notation,
        subject=message.subject,
        promulgation_date=message.promulgation_date,
        description=None if message.business.doc_type is BusinessDocType.NEW else message.business.reason,
    )


def _with_status(record: EnvelopeRecord, message: StatusReport) -> EnvelopeRecord:
    return replace(
        record,
        status_code=message.status,
        document_id=message.response_for.document_id,
        description=message.description,
        said_at=message.timestamp,
    )


def _open(verdict: Verdict, envelope_id: EnvelopeId, *, seen: Iterable[SeenCertificate]) -> Iterator[OpenVerdict]:
    """Yield the certificates that the verdict on a message waits for."""
    if verdict.revocation is not None:
        for one in seen:
            yield OpenVerdict(envelope_id, one.fingerprint, verdict.revocation.existed_at, verdict.judged_at)


def _stamping(verdict: Verdict, asks: Callable[[Certificate], bool]) -> Iterator[SeenCertificate]:
    """Yield the certificates of time-stamping authorities that somebody asks about, whatever is known of them."""
    for stamp in verdict.facts.additions.counted if verdict.facts else ():
        yield from seen_on(stamp.path, asks)


def _seen(verdict: Verdict, asks: Callable[[Certificate], bool]) -> Iterator[SeenCertificate]:
    """Yield the certificates a marked verdict waits for; one whose authority nobody asks is not waited for.

    They are the signer's path and, where the verdict rests on it alone, that of a time stamp.
    """
    if verdict.facts is None:
        return
    unknown = {one for findings in verdict.relied_on for one in findings.unknown_to_book}
    paths = [verdict.facts.path, *([verdict.rests_on.path] if verdict.rests_on else [])]
    seen = (found for path in paths for found in seen_on(path, lambda one: one in unknown and asks(one)))
    yield from {one.fingerprint: one for one in seen}.values()


def _verdict(verdict: Verdict) -> JsonObject:
    facts = verdict.facts
    additions = facts.additions if facts else Additions()
    proof = additions.proof_of_existence
    return {
        "indication": verdict.indication.value,
        "judged_at": verdict.judged_at.isoformat(),
        "policy": verdict.policy,
        "revocation": verdict.revocation_word,
        "algorithm": facts.algorithm.value if facts else None,
        "certificate": facts.path.signer.fingerprint if facts else None,
        "anchor": facts.path.anchor.fingerprint if facts else None,
        "level": additions.verified_level,
        "proof_of_existence": proof.moment.isoformat() if proof else None,
        "timestamps": [_timestamp(one) for one in additions.counted],
        "timestamps_not_counted": [one.code.value for one in additions.timestamps if isinstance(one, Failure)],
        "states_brought_by_signer": [one.fingerprint for one, known in verdict.revocation.statuses if known.is_brought]
        if verdict.revocation
        else [],
    }


def _timestamp(stamp: Timestamp) -> JsonObject:
    """Return a time stamp with the state of each certificate of its authority's path, and why where it is unknown."""
    statuses = stamp.revocation.statuses if stamp.revocation else ()
    return {
        "time": stamp.moment.isoformat(),
        "states": {one.fingerprint: status.doubt or status.state for one, status in statuses},
    }


def _replaced(message: Envelope, decided: Decided, *, precedents: Precedents) -> Iterator[Replacement]:
    """Yield which documents a replacement stands in the place of; one listed twice is replaced for all that are listed.

    An agency that the directory does not know is kept as it is written: a list of unknown ones is not a list of all.
    """
    sender, directory = decided.admission.sender.organ_id, decided.caller.directory
    listed: dict[EnvelopeId, dict[OrganId, None]] = {}
    for info in message.business.replacements:
        document = precedents.document_of(sender, info.document_id)
        if document is not None:
            named = listed.setdefault(document.envelope_id, {})
            for written in info.organ_ids:
                agency = directory.resolve(written)
                named[written if agency is None else agency.organ_id] = None
    for replaced_id, recipients in listed.items():
        yield Replacement(replaced_id, decided.envelope_id, tuple(recipients))
