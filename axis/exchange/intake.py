"""Taking a message on: verified, judged, kept, receipted and settled, in that order, with one commit at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from axis.caller import Caller
from axis.errors import Busy, NotFound
from axis.exchange.appraisals import Appraisals
from axis.exchange.attestations import Decided, Routed, Stamp, acceptance, rejection
from axis.exchange.gate import Gate, Inspected
from axis.exchange.notary import Notary
from axis.exchange.operations import Done, Overtaken
from axis.exchange.outcomes import Acceptance, Refusal
from axis.exchange.premises import Premises
from axis.exchange.retelling import retell
from axis.exchange.settlement import Settlement, Settler, evidence_record
from axis.exchange.signature_words import mark_finding
from axis.logs import LogEvent, logger
from axis.metrics import AcceptedType, DeliveryOutcome, IntakeStep
from axis.standings import Standings
from envelopes.codes import BusinessDocType
from envelopes.errors import Finding, Severity
from envelopes.evidence import EvidenceType
from envelopes.evidence_reader import read_evidence
from envelopes.evidence_signatures import UnknownRule
from envelopes.findings import capped
from envelopes.identifiers import DeliveryId, EnvelopeId, EventId, EvidenceId, OrganId
from envelopes.model import Envelope
from envelopes.packages import Package
from envelopes.status import StatusReport
from routing.admission import Accepted, Rejected, Repeated, Submission, admit_document, admit_status
from routing.assurance import Assurance
from routing.calendar import WorkingCalendar
from routing.demands import DemandState
from routing.enquiries import Enquiry, enquire_document, enquire_status
from routing.events import EventTag
from routing.lifecycle import DeliveryState
from routing.precedents import OccupiedKey, Precedents
from routing.reasons import ReasonCode
from routing.recall import parties_of
from routing.senders import Credentials
from routing.succession import kin_of
from signing.certificates import Certificate
from signing.revocation.requests import sources_of
from signing.verdict import ENDED_SINCE
from storage.database.envelopes import envelope_of, get_envelope
from storage.database.events import append_events
from storage.database.evidences import acceptance_of, insert_evidences
from storage.database.revocations import watch
from storage.database.submissions import find_precedents
from storage.database.transactions import WriteSession
from storage.errors import KeyTaken
from storage.records import EnvelopeRecord, EventRecord, EvidenceRecord, SeenCertificate

_CONFLICTS = frozenset({ReasonCode.DOCUMENT_CONFLICT.value, ReasonCode.STATUS_CONFLICT.value})


@dataclass(frozen=True, slots=True)
class _Judged:
    """A message that was let in to be judged, what was asked about it, and the answer."""

    inspected: Inspected
    message: Envelope | StatusReport
    enquiry: Enquiry
    precedents: Precedents
    admission: Accepted | Repeated | Rejected


@dataclass(frozen=True, slots=True)
class _Grounds:
    """Why a message is refused, beyond what is wrong with itself.

    `alarms` are recorded with the refusal and told to nobody; the authorities of certificates `seen` in it are asked.
    """

    findings: tuple[Finding, ...] = ()
    alarms: tuple[Finding, ...] = ()
    seen: tuple[SeenCertificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Judging:
    """What is asked beyond the package's signature: of unknown certificates, of documents inside, of the calendar."""

    assurance: Assurance = field(default_factory=Assurance)
    appraisals: Appraisals = field(default_factory=Appraisals)
    asks: Callable[[Certificate], bool] = lambda certificate: bool(sources_of(certificate))
    """Whether somebody asks the authority of a certificate: otherwise nothing waits for what it would say."""
    calendar: WorkingCalendar = field(default_factory=WorkingCalendar)


class Intake:
    """Steps 3 to 8 of the way of one envelope, for documents and statuses alike."""

    def __init__(
        self, premises: Premises, gate: Gate, *, notary: Notary, standings: Standings, judging: Judging
    ) -> None:
        self._transactions = premises.transactions
        self._blobs = premises.blobs
        self._clock = premises.clock
        self._metrics = premises.metrics
        self._bell = premises.bell
        self._timekeeper = premises.timekeeper
        self._gate = gate
        self._standings = standings
        self._assurance = judging.assurance
        self._appraisals = judging.appraisals
        self._notary = notary
        self._calendar = judging.calendar
        self._settler = Settler(premises.clock, judging.asks, judging.calendar)

    def submit(self, package: Package, caller: Caller) -> Acceptance | Refusal:
        """Return what became of a package; raises `UnreadableMessage` for what is none, and then nothing is kept.

        1. The package is inspected: signature, then the message in the covered octets, then the rules of the format.
           The very octets that were accepted before, and whose key came to its end since, get their first receipt.
        2. What went before is looked up, and routing decides; what is wrong is told at once, whoever found it.
        3. The octets are kept under their digest, the receipt is sealed in memory.
        4. One commit writes envelope, deliveries, events and receipt; the identity key decides between equal ones.
        5. Only then is anybody told.
        """
        received = self._clock.now()
        self._standings.refresh()
        with self._metrics.time_step(IntakeStep.VERIFY):
            inspected = self._gate.inspect(package, at=received)
        if inspected.message is None or inspected.digest is None:
            known = self._accepted_before(inspected, caller)
            if known is not None:
                return self._repeat(known.envelope_id, is_status=known.is_status, caller=caller)
            return self._refuse(inspected, _Grounds(), caller=caller, received=received)
        with self._metrics.time_step(IntakeStep.ADMIT):
            judged = self._judge(inspected, inspected.message, caller=caller, at=received)
        match judged.admission:
            case Repeated(envelope_id=envelope_id):
                is_status = isinstance(inspected.message, StatusReport)
                return self._repeat(envelope_id, is_status=is_status, caller=caller)
            case Rejected(findings=findings, alarms=alarms):
                grounds = _Grounds(tuple(findings), tuple(alarms))
                return self._refuse(judged.inspected, grounds, caller=caller, received=received)
            case Accepted() as admission if judged.inspected.errors:
                grounds = _Grounds(tuple(one.finding for one in admission.refused))
                return self._refuse(judged.inspected, grounds, caller=caller, received=received)
            case Accepted() as admission:
                return self._accept(judged, admission, caller=caller, received=received)

    def tell_again(self, envelope_id: EnvelopeId, caller: Caller) -> Acceptance:
        """Return the first receipt of an accepted message to whoever may act for its sender; raises `NotFound`."""
        with self._transactions.glance() as session:
            known = get_envelope(session, envelope_id)
        if known is None or not caller.may_act_for(known.sender):
            raise NotFound
        return self._repeat(envelope_id, is_status=known.is_status, caller=caller)

    def _judge(
        self, inspected: Inspected, message: Envelope | StatusReport, *, caller: Caller, at: datetime
    ) -> _Judged:
        """Ask storage for the precedents of a message, then let routing decide on it."""
        directory, digest = caller.directory, inspected.digest or b""
        facts = inspected.verdict.facts
        credentials = Credentials(facts.path.signer.fingerprint if facts else "", caller.authority)
        agency = None if message.sender.organ_id is None else directory.resolve(message.sender.organ_id)
        if agency is not None:
            inspected = self._assured(inspected, agency.organ_id)
        enquiry = Enquiry(None)
        if agency is not None and isinstance(message, Envelope):
            spoken_to = (*kin_of(directory, (agency,), moment=at), *parties_of(message, directory, moment=at))
            enquiry = enquire_document(agency.organ_id, message, content_digest=digest, parties=spoken_to)
        elif agency is not None and isinstance(message, StatusReport):
            asked = message.response_for.organ_id
            addressee = None if asked is None else directory.resolve(asked)
            kin = kin_of(directory, (one for one in (agency, addressee) if one is not None), moment=at)
            other = None if addressee is None else addressee.organ_id
            enquiry = enquire_status(agency.organ_id, message, addressee=other, kin=kin)
        # Of earlier documents several statements tell, which must see one state.
        look = self._transactions.read if enquiry.document_ids else self._transactions.glance
        with look() as session:
            precedents = find_precedents(session, enquiry)
        if isinstance(message, Envelope):
            document = Submission(message, credentials, digest)
            admission = admit_document(document, directory, precedents=precedents, moment=at, calendar=self._calendar)
        else:
            report = Submission(message, credentials, digest)
            admission = admit_status(report, directory, precedents=precedents, moment=at)
        return _Judged(inspected, message, enquiry, precedents, admission)

    def _assured(self, inspected: Inspected, sender: OrganId) -> Inspected:
        """Return a marked package with the rule for its sender, and what that makes of the mark."""
        verdict = inspected.verdict
        if verdict.mark is None or verdict.revocation is None or inspected.rule is not None:
            return inspected
        rule = self._assurance.rule_for(sender, is_stale=verdict.is_stale)
        inspected = replace(inspected, rule=rule)
        if rule is UnknownRule.ALLOW:
            return inspected
        severity = Severity.ERROR if rule is UnknownRule.REQUIRE else Severity.WARNING
        return replace(inspected, findings=(mark_finding(verdict.mark, severity), *inspected.findings))

    def _accept(
        self, judged: _Judged, admission: Accepted, *, caller: Caller, received: datetime
    ) -> Acceptance | Refusal:
        inspected = judged.inspected
        with self._metrics.time_step(IntakeStep.APPRAISE):
            sender = admission.sender.organ_id
            appraised = self._appraisals.first(judged.message, caller.directory, sender=sender, at=received)
        if appraised.errors:
            inspected = replace(inspected, findings=(*inspected.findings, *appraised.findings))
            grounds = _Grounds(tuple(one.finding for one in admission.refused), seen=appraised.seen)
            return self._refuse(inspected, grounds, caller=caller, received=received)
        decided = Decided(
            envelope_id=EnvelopeId(self._clock.mint(received)),
            message=judged.message,
            admission=admission,
            routed=tuple(Routed(one, DeliveryId(self._clock.mint(received))) for one in admission.routes),
            warnings=capped((*_nameless(admission), *admission.warnings, *inspected.warnings, *appraised.findings)),
            caller=caller,
            appraised=appraised,
        )
        with self._metrics.time_step(IntakeStep.STORE), inspected.package.whole() as octets:
            self._blobs.put(inspected.raw_digest, octets)
        self._timekeeper.require()  # a clock that jumped since the request came is in no receipt
        with self._metrics.time_step(IntakeStep.SEAL):
            evidence = acceptance(self._notary.letterhead, self._stamp(received), inspected=inspected, decided=decided)
            sealed = self._notary.seal(evidence)
        settlement = self._settler.settle(
            inspected, decided, enquiry=judged.enquiry, precedents=judged.precedents, sealed=(evidence, sealed)
        )
        try:
            with self._metrics.time_step(IntakeStep.SETTLE):
                done = self._transactions.run(settlement.write)
        except KeyTaken as taken:
            return self._outrun(judged, taken.holder, caller=caller, received=received)
        except Overtaken:
            return self._judge_again(judged, caller=caller, received=received)
        self._tell_operation(done, settlement)
        consigned = sum(one.delivery.state is DeliveryState.CONSIGNED for one in done.rows.deliveries)
        return self._told(retell(evidence, sealed.octets), judged.message, consigned=consigned)

    def _outrun(
        self, judged: _Judged, taken: OccupiedKey, *, caller: Caller, received: datetime
    ) -> Acceptance | Refusal:
        """Answer a submission that an equal one overtook between judgement and commit."""
        if taken.content_digest == judged.inspected.digest:
            is_status = isinstance(judged.message, StatusReport)
            return self._repeat(taken.envelope_id, is_status=is_status, caller=caller)
        return self._judge_again(judged, caller=caller, received=received)

    def _judge_again(self, judged: _Judged, *, caller: Caller, received: datetime) -> Acceptance | Refusal:
        """Answer by what happened meanwhile: a refusal, or the receipt of an equal one; for what is free now, again."""
        again = self._judge(judged.inspected, judged.message, caller=caller, at=received)
        if isinstance(again.admission, Repeated):
            is_status = isinstance(judged.message, StatusReport)
            return self._repeat(again.admission.envelope_id, is_status=is_status, caller=caller)
        if not isinstance(again.admission, Rejected):
            raise Busy(retry_after=1)
        return self._refuse(
            judged.inspected, _Grounds(tuple(again.admission.findings)), caller=caller, received=received
        )

    def _tell_operation(self, done: Done, settlement: Settlement) -> None:
        """Count and log what was done to earlier documents, now that it is durable."""
        for state in done.states:
            self._metrics.count_demand(state)
        withdrawn = done.withdrawn + len(done.withheld)
        self._metrics.count_delivery(DeliveryOutcome.WITHDRAWN, withdrawn)
        original = settlement.envelope.original_id
        if settlement.operation is not None and settlement.operation.answered:
            logger.info(LogEvent.DEMAND_ANSWERED, envelope=original, outcome=done.states[0])
        elif done.states:
            asked = done.states.count(DemandState.ASKED)
            logger.info(
                LogEvent.DEMAND_MADE, envelope=original, deliveries_count=done.withdrawn, recipients_count=asked
            )

    def _told(self, accepted: Acceptance, message: Envelope | StatusReport, *, consigned: int) -> Acceptance:
        self._metrics.count_accepted(_accepted_type(message))
        self._metrics.count_sealed(EvidenceType.SUBMISSION_ACCEPTANCE)
        self._metrics.count_delivery(DeliveryOutcome.CONSIGNED, consigned)
        logger.info(
            LogEvent.SUBMISSION_ACCEPTED,
            envelope=accepted.envelope_id,
            recipients_count=len(accepted.recipients),
            warnings_count=len(accepted.warnings),
        )
        recipients = [one.organ_id for one in accepted.recipients if one.organ_id is not None]
        self._bell.ring(accepted.envelope_id, recipients)
        return accepted

    def _accepted_before(self, inspected: Inspected, caller: Caller) -> EnvelopeRecord | None:
        """Return the caller's accepted message of these very octets, where only time or a revocation speaks against it.

        Whoever lost the first answer asks again, perhaps much later: the message was delivered all the same.
        """
        failure = inspected.verdict.failure
        if failure is None or failure.code not in ENDED_SINCE:
            return None
        with self._transactions.glance() as session:
            known = envelope_of(session, inspected.raw_digest)
        return known if known is not None and caller.may_act_for(known.sender) else None

    def _repeat(self, envelope_id: EnvelopeId, *, is_status: bool, caller: Caller) -> Acceptance:
        """Return the first receipt again, and record that it was asked for.

        The event is of now: of equal submissions at once, one that was received before the accepted one comes after it.
        """
        tag = EventTag.STATUS_REPEATED if is_status else EventTag.ENVELOPE_REPEATED
        with self._transactions.begin() as session:
            record = acceptance_of(session, envelope_id)
            if record is None:
                raise LookupError(f"envelope {envelope_id} has no receipt")
            append_events(session, (self._event(tag, caller, at=self._clock.now(), envelope_id=envelope_id),))
        logger.info(LogEvent.SUBMISSION_REPEATED, envelope=envelope_id)
        return retell(read_evidence(record.octets), record.octets, is_repeat=True)

    def _refuse(self, inspected: Inspected, grounds: _Grounds, *, caller: Caller, received: datetime) -> Refusal:
        """Seal the refusal with every reason and keep it; of the package itself nothing is kept.

        What routing found is told after what was wrong with the message itself; warnings come last and are no reasons.
        Who is refused for what is not known yet comes again: so the authorities of its certificates are asked.
        Nobody is refused by a clock that jumped since the request came: raises `ClockAstray`.
        """
        self._timekeeper.require()
        errors = capped((*inspected.errors, *grounds.findings))
        evidence = rejection(
            self._notary.letterhead, self._stamp(received), inspected=inspected, findings=errors, caller=caller
        )
        sealed = self._notary.seal(evidence)
        asked = (*self._settler.asked(inspected.verdict), *grounds.seen)
        is_status = isinstance(inspected.message, StatusReport)
        tag = EventTag.STATUS_REFUSED if is_status else EventTag.ENVELOPE_REFUSED
        event = self._event(tag, caller, at=received, envelope_id=None)
        events = (event, *self._alarm(grounds.alarms, caller, at=received))
        record = evidence_record(evidence, sealed, event_id=event.event_id)
        self._transactions.run(lambda session: _keep_refusal(session, events, evidence=record, seen=asked))
        self._metrics.count_refused(errors[0].code)
        self._metrics.count_sealed(EvidenceType.SUBMISSION_REJECTION)
        logger.info(LogEvent.SUBMISSION_REFUSED, evidence=evidence.identifier, code=errors[0].code)
        is_conflict = any(one.code in _CONFLICTS for one in errors)
        return Refusal(capped((*errors, *inspected.warnings)), evidence.identifier, sealed.octets, is_conflict)

    def _stamp(self, received: datetime) -> Stamp:
        return Stamp(EvidenceId(self._clock.mint(received)), received, self._clock.now())

    def _event(self, tag: EventTag, caller: Caller, *, at: datetime, envelope_id: EnvelopeId | None) -> EventRecord:
        return EventRecord(
            EventId(self._clock.mint(at)),
            tag,
            at,
            envelope_id=envelope_id,
            system_id=caller.system.system_id,
            organ_id=caller.system.organ_id,
        )

    def _alarm(self, alarms: Sequence[Finding], caller: Caller, *, at: datetime) -> tuple[EventRecord, ...]:
        """Return the event of what the caller is not told: it spoke of a document that belongs to others."""
        if not alarms:
            return ()
        logger.warning(LogEvent.SECURITY_ALARM, code=alarms[0].code, system=caller.system.system_id)
        codes = [{"code": alarm.code, "path": alarm.path, "value": alarm.value} for alarm in alarms]
        event = self._event(EventTag.TRESPASS_SUSPECTED, caller, at=at, envelope_id=None)
        return (replace(event, details={"alarms": codes}),)


def _nameless(admission: Accepted) -> Iterator[Finding]:
    """Yield why recipients were refused whose id cannot be read: without one they have no line of their own."""
    return (one.finding for one in admission.refused if one.asked_as is None)


def _accepted_type(message: Envelope | StatusReport) -> AcceptedType:
    if isinstance(message, Envelope) and isinstance(message.business.doc_type, BusinessDocType):
        return AcceptedType[message.business.doc_type.name]
    return AcceptedType.STATUS


def _keep_refusal(
    session: WriteSession, events: Sequence[EventRecord], *, evidence: EvidenceRecord, seen: Sequence[SeenCertificate]
) -> None:
    append_events(session, events)
    watch(session, seen, now=events[0].at)
    insert_evidences(session, (evidence,))
