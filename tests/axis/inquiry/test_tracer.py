"""What parties may see of an envelope, and how soon: also where 5,000 agencies received it, also what was refused."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from axis.errors import NotFound
from axis.exchange.outcomes import Refusal
from envelopes.codes import StatusCode
from envelopes.evidence import EvidenceType
from envelopes.identifiers import DeliveryId, EnvelopeId, EvidenceId, OrganId
from envelopes.texts import VIETNAM
from routing.events import EventTag
from routing.lifecycle import DeliveryState
from storage.database.deliveries import insert_deliveries
from storage.database.envelopes import insert_envelope
from storage.database.events import append_events
from storage.database.evidences import insert_evidences
from storage.records import DeliveryRecord, EventRecord, EvidenceRecord
from tests.fixtures.exchange import RECIPIENTS, SENDER, Exchange
from tests.storage.records import delivery, envelope, event, evidence, new_id

MANY: Final = 5_000
ONE: Final = "G22"
STEPS: Final = (
    EventTag.DELIVERY_CONSIGNED,
    EventTag.DELIVERY_LEASED,
    EventTag.DELIVERY_FETCHED,
    EventTag.DELIVERY_HANDED_OVER,
)
WORDS: Final = {"jws": "e" * 1_500}
"""About as much as the signed word of a recipient."""

LIMIT_SECONDS: Final = 3.0
"""Of this process's own work, several times what it takes, so that a busy machine does not matter. Looking at every
event for every delivery took three times as long as this."""


def keep_widely_received(exchange: Exchange) -> EnvelopeId:
    """Keep a letter that 5,000 agencies, one of them real, took over, with two evidences for each; return its id."""
    message = envelope()
    recipients = (OrganId(ONE), *(OrganId(f"T{number:05}") for number in range(1, MANY)))
    deliveries = [delivery(message.envelope_id, recipient=one) for one in recipients]
    events = [_event(one, tag) for tag in STEPS for one in deliveries]
    ends = (STEPS[0], STEPS[-1])
    evidences = [_evidence(one) for one in events if one.tag in ends]
    with exchange.axis.premises.transactions.begin() as session:
        insert_envelope(session, message)
        insert_deliveries(session, deliveries)
        append_events(session, (event(envelope_id=message.envelope_id, tag=EventTag.ENVELOPE_ACCEPTED), *events))
        insert_evidences(session, evidences)
    return message.envelope_id


def _event(record: DeliveryRecord, tag: EventTag) -> EventRecord:
    own = record.delivery
    return event(tag=tag, envelope_id=own.envelope_id, delivery_id=own.delivery_id, details=WORDS)


def _evidence(about: EventRecord) -> EvidenceRecord:
    return evidence(
        about.event_id,
        envelope_id=about.envelope_id,
        delivery_id=about.delivery_id,
        type=EvidenceType.CONTENT_CONSIGNMENT if about.tag is STEPS[0] else EvidenceType.CONTENT_HANDOVER,
    )


def test_a_letter_to_thousands_is_traced_in_a_moment(exchange: Exchange) -> None:
    envelope_id = keep_widely_received(exchange)
    sender, recipient, tracer = exchange.caller(SENDER), exchange.caller(ONE), exchange.axis.tracer
    began = time.process_time()
    whole, all_evidence = tracer.trace(envelope_id, sender), tracer.evidences(envelope_id, sender)
    own, own_evidence = tracer.trace(envelope_id, recipient), tracer.evidences(envelope_id, recipient)
    assert time.process_time() - began < LIMIT_SECONDS
    assert len(whole.deliveries) == MANY
    assert len(all_evidence) == 2 * MANY
    for one in whole.deliveries:
        assert tuple(step.tag for step in one.events) == STEPS
        assert [step.evidence_id is not None for step in one.events] == [True, False, False, True]
    assert [one.tag for one in whole.events] == [EventTag.ENVELOPE_ACCEPTED]
    assert own.deliveries == whole.deliveries[:1]
    assert own.events == ()
    mine = own.deliveries[0].delivery_id
    assert own_evidence == tuple(one for one in all_evidence if one.delivery_id == mine)
    assert len(own_evidence) == 2


def test_of_what_agencies_said_each_sees_its_own_and_the_sender_all(exchange: Exchange) -> None:
    letter = exchange.letter()
    accepted = exchange.accept(letter)
    said = {"G22": StatusCode.RECEIVED, "H26.18": StatusCode.ARRIVED}
    for speaker, code in said.items():
        exchange.accept(exchange.status(letter, speaker, code), speaker)
    tracer = exchange.axis.tracer
    whole = tracer.trace(accepted.envelope_id, exchange.caller(SENDER))
    codes = {str(one.recipient): [told.code for told in one.statuses] for one in whole.deliveries}
    assert codes == {"G22": ["03"], "H26.18": ["01"], "H41.21": []}
    for speaker in RECIPIENTS:
        (own,) = tracer.trace(accepted.envelope_id, exchange.caller(speaker)).deliveries
        assert own == next(one for one in whole.deliveries if str(one.recipient) == speaker)


def test_statuses_out_of_order_and_in_contradiction_are_all_kept_and_the_latest_said_counts(exchange: Exchange) -> None:
    letter = exchange.letter(to=(ONE,))
    accepted = exchange.accept(letter)
    said = {code: exchange.status(letter, ONE, code) for code in (StatusCode.RECEIVED, StatusCode.COMPLETED)}
    begun = exchange.clock.now()
    exchange.clock.advance(timedelta(hours=1))
    refusal = replace(exchange.status(letter, ONE, StatusCode.REFUSED), description="Sai nơi nhận")
    late = replace(said[StatusCode.RECEIVED], timestamp=begun.astimezone(VIETNAM) - timedelta(minutes=1))
    for report in (said[StatusCode.COMPLETED], refusal, late):
        assert not exchange.accept(report, ONE).is_repeat
    assert exchange.accept(refusal, ONE).is_repeat
    (own,) = exchange.axis.tracer.trace(accepted.envelope_id, exchange.caller(SENDER)).deliveries
    assert [told.code for told in own.statuses] == ["06", "02", "03"], "as they came"
    assert own.current is not None
    assert own.current.code == "02", "the latest by the speaker's own time"
    assert own.state is DeliveryState.CONSIGNED, "what agencies say of their work moves no delivery"


def test_for_others_there_is_nothing(exchange: Exchange) -> None:
    accepted = exchange.accept(exchange.letter(to=("G22",)))
    stranger, tracer = exchange.caller("H26.18"), exchange.axis.tracer
    for envelope_id in (accepted.envelope_id, EnvelopeId(new_id())):
        for question in (tracer.envelope, tracer.trace, tracer.content, tracer.evidences):
            with pytest.raises(NotFound):
                question(envelope_id, stranger)
    for evidence_id in (accepted.receipt_id, EvidenceId(new_id())):
        with pytest.raises(NotFound):
            tracer.evidence(evidence_id, stranger)


def test_a_recipient_gets_evidence_of_its_own_delivery_alone(exchange: Exchange) -> None:
    accepted = exchange.accept(exchange.letter())
    exchange.attest()
    tracer = exchange.axis.tracer
    by_delivery: dict[DeliveryId | None, EvidenceId] = {
        one.delivery_id: one.evidence_id for one in tracer.evidences(accepted.envelope_id, exchange.caller(SENDER))
    }
    for asker in RECIPIENTS:
        for outcome in accepted.recipients:
            evidence_id = by_delivery[outcome.delivery_id]
            if str(outcome.organ_id) == asker:
                assert tracer.evidence(evidence_id, exchange.caller(asker))
            else:
                with pytest.raises(NotFound):
                    tracer.evidence(evidence_id, exchange.caller(asker))
    with pytest.raises(NotFound):
        tracer.evidence(by_delivery[None], exchange.caller(ONE))


def test_a_rejection_whose_answer_was_lost_is_fetched_again_by_who_was_refused(exchange: Exchange) -> None:
    refusal = exchange.submit(replace(exchange.letter(), recipients=()))
    assert isinstance(refusal, Refusal)
    tracer = exchange.axis.tracer
    assert tracer.evidence(refusal.evidence_id, exchange.caller(SENDER)) == refusal.evidence
    for other in RECIPIENTS:
        with pytest.raises(NotFound):
            tracer.evidence(refusal.evidence_id, exchange.caller(other))
