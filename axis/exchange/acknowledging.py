"""Acknowledgements: the recipient's signed word ends a delivery, and is kept for the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from axis.caller import Caller
from axis.errors import NotFound, Refused
from axis.exchange.handover import find_own
from axis.exchange.happenings import delivery_event, owed_for
from axis.exchange.offers import Acknowledged
from axis.exchange.premises import Premises
from axis.exchange.signature_words import mark_finding
from axis.exchange.statements import Statement, StatementRefused, certificate_named, read_statement
from axis.logs import LogEvent, logger
from axis.metrics import DeliveryOutcome, LeaseOutcome
from axis.standings import Standings
from envelopes.acknowledgement import AckOutcome
from envelopes.errors import Finding, Severity
from envelopes.evidence_signatures import UnknownRule
from envelopes.identifiers import DeliveryId, OrganId, SystemId
from routing.assurance import Assurance
from routing.delivery import Delivery, LeaseId
from routing.events import EventTag
from routing.leases import (
    AcknowledgementJudgement,
    AcknowledgementRefused,
    Presentation,
    RecipientStatement,
    Settled,
    judge_acknowledgement,
)
from routing.lifecycle import DeliveryState
from signing.certificates import Certificate
from signing.statuses import RevocationStatus
from signing.trust import CurrentTrust
from signing.verdict import FailureCode
from storage.database.certificates import find_certificates
from storage.database.deliveries import get_delivery, lock_delivery, settle_delivery
from storage.database.events import append_events, end_of
from storage.database.owed import owe
from storage.database.transactions import WriteSession
from storage.records import EnvelopeRecord, JsonObject

_NO_LEASE: Final = LeaseId(UUID(int=0))


@dataclass(frozen=True, slots=True)
class Heard:
    """A statement whose signature verifies, the envelope it is about, and who brought it."""

    statement: Statement
    envelope: EnvelopeRecord
    caller: Caller


class Acknowledgements:
    """Takes recipients' statements."""

    def __init__(self, premises: Premises, trust: CurrentTrust, *, standings: Standings, assurance: Assurance) -> None:
        self._transactions = premises.transactions
        self._clock = premises.clock
        self._metrics = premises.metrics
        self._bell = premises.bell
        self._timekeeper = premises.timekeeper
        self._trust = trust
        self._standings = standings
        self._assurance = assurance

    def acknowledge(self, delivery_id: DeliveryId, token: str, *, caller: Caller) -> Acknowledged:
        """Return what a recipient's signed statement did; a refused one is recorded, then raised as `Refused`.

        1. The delivery is the caller's; otherwise it is not found.
        2. The statement's signature verifies under a certificate the directory knows, and which is not known to be
           revoked or on hold; where that is unknown, the rule for the recipient decides. The very statement that ended
           the delivery is a repeat, whatever became of its key since.
        3. Routing judges it against the delivery, locked; the end of the delivery, its event and the evidence owed are
           one commit. The statement itself is kept in the event, for the evidence to carry.
        4. Before anything of that is believed, the clock is asked for once more: one that jumped since the request came
           would have certificates be out of their time. Raises `ClockAstray` then.
        """
        heard = self.hear(delivery_id, token, caller=caller)
        if isinstance(heard, Finding):
            before = self._heard_before(delivery_id, token)
            if before is not None:
                return before
            self._timekeeper.require()
            raise self._refusal(delivery_id, (heard,), caller=caller)
        self._timekeeper.require()
        with self._transactions.begin() as session:
            delivery = lock_delivery(session, delivery_id)
            if delivery is None:
                raise NotFound
            judgement = self.settle(session, delivery, heard=heard)
        if isinstance(judgement, AcknowledgementRefused):
            self._timekeeper.require()
            raise self._refusal(delivery_id, judgement.findings, caller=caller)
        return self.told(delivery, judgement, heard=heard)

    def hear(self, delivery_id: DeliveryId, token: str, *, caller: Caller) -> Heard | Finding:
        """Return the statement in a token about the caller's delivery, or why it is none; raises `NotFound`.

        Its signature verifies, and nothing speaks against its certificate; nothing is judged against the delivery yet.
        """
        envelope, statement = self._read(delivery_id, token, caller=caller)
        return statement if isinstance(statement, Finding) else Heard(statement, envelope, caller)

    def settle(self, session: WriteSession, delivery: Delivery, *, heard: Heard) -> AcknowledgementJudgement:
        """Return what a statement does to a delivery, locked in this session, having written that.

        Nothing is written of one that is refused.
        """
        judgement = self._judge(delivery, heard.statement, envelope=heard.envelope, caller=heard.caller)
        if isinstance(judgement, Settled):
            self._settle(session, delivery, judgement=judgement, heard=heard)
        return judgement

    def _read(
        self, delivery_id: DeliveryId, token: str, *, caller: Caller
    ) -> tuple[EnvelopeRecord, Statement | Finding]:
        """Return the envelope of the caller's delivery, and the statement in the token or why it is none."""
        named = certificate_named(token)
        self._standings.refresh()
        with self._transactions.read() as session:
            record, envelope = find_own(session, delivery_id, caller=caller)
            kept = find_certificates(session, [named] if named else [])
        certificates = {one.registration.fingerprint: Certificate(one.der) for one in kept}
        try:
            statement = read_statement(
                token, certificates.get, trust=self._trust(), book=self._standings, at=self._clock.now()
            )
        except StatementRefused as error:
            return envelope, error.finding
        return envelope, self._doubted(statement, record.delivery.recipient) or statement

    def _heard_before(self, delivery_id: DeliveryId, token: str) -> Acknowledged | None:
        """Return what this very statement did, where it ended the delivery when its signature still passed."""
        with self._transactions.read() as session:
            delivery = get_delivery(session, delivery_id)
            ended = None if delivery is None else end_of(session, delivery.envelope_id, delivery_id=delivery_id)
        if delivery is None or ended is None or ended.details.get("jws") != token:
            return None
        outcome = AckOutcome.DONE if delivery.state is DeliveryState.HANDED_OVER else AckOutcome.FAIL
        return Acknowledged(delivery_id, delivery.envelope_id, delivery.state, outcome, is_repeat=True)

    def _doubted(self, statement: Statement, recipient: OrganId) -> Finding | None:
        """Return why a statement is refused whose certificate's state is unknown; None where that will do."""
        known = statement.revocation
        if not known.unknown:
            return None
        rule = self._assurance.rule_for(recipient, is_stale=known.is_stale)
        required = rule is UnknownRule.REQUIRE
        return mark_finding(FailureCode.REVOCATION_UNKNOWN, Severity.ERROR) if required else None

    def _judge(
        self, delivery: Delivery, statement: Statement, *, envelope: EnvelopeRecord, caller: Caller
    ) -> AcknowledgementJudgement:
        said = statement.acknowledgement
        lease_id = delivery.lease.lease_id if delivery.lease else _NO_LEASE
        return judge_acknowledgement(
            delivery,
            RecipientStatement(
                said.delivery,
                bytes.fromhex(said.digest),
                said.outcome,
                statement.certificate.fingerprint,
                said.recipient,
                said.time,
                said.reason,
            ),
            presentation=Presentation(lease_id, caller.authority, envelope.raw_digest),
            directory=caller.directory,
            moment=self._clock.now(),
        )

    def _settle(self, session: WriteSession, delivery: Delivery, *, judgement: Settled, heard: Heard) -> None:
        caller, statement = heard.caller, heard.statement
        event = delivery_event(self._clock, judgement.event, delivery=delivery, system=caller.system.system_id)
        details: JsonObject = {
            "jws": statement.token,
            "reason": statement.acknowledgement.reason,
            "statuses": [_known(one, status) for one, status in statement.revocation.statuses],
        }
        ended = replace(delivery, state=judgement.state, due_at=None, lease=None, final_at=event.at, alarm_at=None)
        settle_delivery(session, ended)
        append_events(session, [replace(event, details=details)])
        owe(session, owed_for((event,), is_status=heard.envelope.is_status, priority_rank=delivery.priority_rank))

    def _refusal(self, delivery_id: DeliveryId, findings: Sequence[Finding], *, caller: Caller) -> Refused:
        """Record a refused acknowledgement, with its reasons, and return what to raise."""
        with self._transactions.begin() as session:
            delivery = get_delivery(session, delivery_id)
            if delivery is not None:
                self.note_refusal(session, delivery, findings=findings, system=caller.system.system_id)
        return Refused(tuple(findings))

    def note_refusal(
        self, session: WriteSession, delivery: Delivery, *, findings: Sequence[Finding], system: SystemId
    ) -> None:
        """Write that an acknowledgement was refused, and why."""
        event = delivery_event(self._clock, EventTag.ACKNOWLEDGEMENT_REFUSED, delivery=delivery, system=system)
        append_events(session, [replace(event, details={"codes": [finding.code for finding in findings]})])
        logger.info(LogEvent.ACKNOWLEDGEMENT_REFUSED, delivery=delivery.delivery_id, code=findings[0].code)

    def told(self, delivery: Delivery, judgement: AcknowledgementJudgement, *, heard: Heard) -> Acknowledged:
        """Return what a statement did, once that is committed; it is counted, logged and rung for."""
        outcome = heard.statement.acknowledgement.outcome
        is_repeat = not isinstance(judgement, Settled)
        if isinstance(judgement, Settled):
            done = outcome is AckOutcome.DONE
            self._metrics.count_lease(LeaseOutcome.ACKNOWLEDGED)
            self._metrics.count_delivery(DeliveryOutcome.HANDED_OVER if done else DeliveryOutcome.REFUSED)
            logger.info(LogEvent.DELIVERY_ACKNOWLEDGED, delivery=delivery.delivery_id, outcome=outcome)
            self._bell.ring(delivery.envelope_id, ())
        state = judgement.state if isinstance(judgement, Settled) else delivery.state
        return Acknowledged(delivery.delivery_id, delivery.envelope_id, state, outcome, is_repeat=is_repeat)


def _known(certificate: Certificate, status: RevocationStatus) -> JsonObject:
    """Return what was known of a certificate, for the event: its state, what that rests on, and how old that is."""
    return {
        "certificate": certificate.fingerprint,
        "state": status.state.value,
        "source": status.source.value if status.source else None,
        "this_update": status.this_update.isoformat() if status.this_update else None,
        "evidence": status.evidence.hex() if status.evidence else None,
        "doubt": status.doubt.value if status.doubt else None,
    }
