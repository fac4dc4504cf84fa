"""What is remembered of a message: envelope, events, evidence, and the evidence that is still owed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from threading import Barrier
from typing import Any

import pytest

from envelopes.codes import BusinessDocType, StatusCode, UnknownCode
from envelopes.evidence import EvidenceType
from envelopes.identifiers import DeliveryId, EnvelopeId, EventId, EvidenceId, OrganId, SystemId
from routing.events import EventTag
from storage.database.assertions import forget_assertions, use_assertion
from storage.database.deliveries import insert_deliveries
from storage.database.envelopes import (
    envelopes_sent_by,
    find_envelopes,
    get_envelope,
    insert_envelope,
    statuses_about,
)
from storage.database.events import append_events, events_of, findings_since, get_event
from storage.database.evidences import (
    acceptance_of,
    evidences_of,
    get_evidence,
    insert_evidences,
    latest_evidences,
)
from storage.database.owed import discharge, due_owed, give_back, next_due, owe
from storage.database.traces import trace
from storage.database.transactions import Transactions
from storage.records import (
    EnvelopeRecord,
    EventLine,
    EvidenceLine,
    EvidenceRecord,
    StatusLine,
    Trace,
    UsedAssertion,
)
from tests.fixtures.postgres import MOMENT
from tests.storage.records import (
    MINUTE,
    RECIPIENT,
    SENDER,
    SYSTEM,
    delivery,
    envelope,
    event,
    evidence,
    new_id,
    owed,
)


def keep(transactions: Transactions, *records: EnvelopeRecord) -> None:
    with transactions.begin() as session:
        for record in records:
            insert_envelope(session, record)


@pytest.mark.parametrize(
    "record",
    [
        envelope(),
        envelope(
            business_type=BusinessDocType.UPDATE,
            original_id=EnvelopeId(new_id()),
            priority_rank=3,
            number="0012",
            notation="QĐ-UBND",
            subject="V/v điều chỉnh địa giới\n\thành chính \\ 100% 'nháy'",
            promulgation_date=date(2026, 11, 20),
            verdict={"indication": "TOTAL-PASSED", "algorithms": ["ecdsa-sha256"], "path": None},
            warnings=({"code": "document/duplicate-number", "value": "7"},),
        ),
        envelope(business_type=None, status_code=StatusCode.REFUSED, document_id=None),
        envelope(business_type=None, status_code=UnknownCode("x" * 300)),
    ],
    ids=["plain", "full", "status", "unknown status"],
)
def test_a_message_comes_back_as_it_was_written(transactions: Transactions, record: EnvelopeRecord) -> None:
    keep(transactions, record)
    with transactions.read() as session:
        assert get_envelope(session, record.envelope_id) == record
        assert find_envelopes(session, [record.envelope_id, EnvelopeId(new_id())]) == {record.envelope_id: record}
    assert record.is_status == (record.business_type is None)


def test_an_unknown_message_is_none_and_has_no_trace(transactions: Transactions) -> None:
    with transactions.read() as session:
        assert get_envelope(session, EnvelopeId(new_id())) is None
        assert trace(session, EnvelopeId(new_id())) == Trace((), (), (), ())


def test_what_senders_sent_is_paged_from_the_newest(transactions: Transactions) -> None:
    records = [envelope(sender=sender) for sender in (SENDER, RECIPIENT, SENDER, OrganId("Z01"), SENDER)]
    keep(transactions, *records)
    with transactions.read() as session:
        first = envelopes_sent_by(session, [SENDER, RECIPIENT], limit=3)
        second = envelopes_sent_by(session, [SENDER, RECIPIENT], limit=3, before=first[-1].envelope_id)
        assert envelopes_sent_by(session, [], limit=3) == ()
    assert [*first, *second] == [records[4], records[2], records[1], records[0]]


def said(original: EnvelopeRecord, moment: datetime = MOMENT, **changes: Any) -> EnvelopeRecord:
    changes = {"business_type": None, "status_code": StatusCode.RECEIVED} | changes
    return envelope(moment, original_id=original.envelope_id, **changes)


def line(status: EnvelopeRecord) -> StatusLine:
    assert status.status_code is not None
    return StatusLine(
        envelope_id=status.envelope_id,
        sender=status.sender,
        status_code=status.status_code,
        accepted_at=status.accepted_at,
        description=status.description,
        said_at=status.said_at,
    )


def test_what_was_said_of_a_message_is_found_with_it(transactions: Transactions) -> None:
    original = envelope()
    first = said(original, description="Chuyển Phòng Nội vụ", said_at=MOMENT - MINUTE)
    later = said(original, MOMENT + 60 * 24 * 20 * MINUTE, sender=RECIPIENT, status_code=UnknownCode("77"))
    keep(transactions, original, first, later, envelope(original_id=original.envelope_id), said(envelope()))
    with transactions.read() as session:
        assert statuses_about(session, original.envelope_id) == (line(first), line(later))
        assert statuses_about(session, original.envelope_id, speakers=[RECIPIENT]) == (line(later),)
        assert statuses_about(session, original.envelope_id, speakers=[]) == ()


def test_what_became_known_of_a_message_is_found_by_itself(transactions: Transactions) -> None:
    message = EnvelopeId(new_id())
    accepted = event(envelope_id=message)
    known = [
        event(envelope_id=message, tag=tag, details={"worth": "unsigned"})
        for tag in (EventTag.DOCUMENT_JUDGED, EventTag.SIGNATURE_JUDGED)
    ]
    others = event(envelope_id=EnvelopeId(new_id()), tag=EventTag.DOCUMENT_JUDGED)
    with transactions.begin() as session:
        append_events(session, [accepted, *known, others])
    with transactions.read() as session:
        assert findings_since(session, message) == tuple(known)


def test_events_come_back_in_the_order_they_were_minted_in(transactions: Transactions) -> None:
    message, told = EnvelopeId(new_id()), DeliveryId(new_id())
    full = event(
        envelope_id=message,
        delivery_id=told,
        system_id=SYSTEM,
        organ_id=RECIPIENT,
        tag=EventTag.DELIVERY_LEASED,
        details={"lease": "1", "count": 2, "codes": ["a", None]},
    )
    bare = event(envelope_id=message)
    lonely = event(tag=EventTag.SYSTEM_SUSPENDED)
    with transactions.begin() as session:
        append_events(session, [bare, full, lonely])
        append_events(session, [])
    with transactions.read() as session:
        lines = (EventLine(full.event_id, full.tag, MOMENT, told), EventLine(bare.event_id, bare.tag, MOMENT))
        assert events_of(session, message) == lines
        assert events_of(session, message, deliveries=[told]) == lines[:1]
        assert events_of(session, message, deliveries=[]) == ()
        assert get_event(session, full.event_id) == full
        assert get_event(session, lonely.event_id) == lonely
        assert get_event(session, EventId(new_id())) is None


def test_evidence_comes_back_octet_for_octet(transactions: Transactions) -> None:
    octets = bytes(range(256)) * 300
    record = evidence(octets=octets)
    with transactions.begin() as session:
        insert_evidences(session, [record])
    with transactions.read() as session:
        assert get_evidence(session, record.evidence_id) == record
        assert get_evidence(session, EvidenceId(new_id())) is None


def listed(record: EvidenceRecord) -> EvidenceLine:
    return EvidenceLine(
        evidence_id=record.evidence_id,
        type=record.type,
        event_id=record.event_id,
        issued_at=record.issued_at,
        digest=record.digest,
        delivery_id=record.delivery_id,
    )


def test_the_evidence_of_a_message_is_found_by_what_it_attests(transactions: Transactions) -> None:
    message, one, other = EnvelopeId(new_id()), DeliveryId(new_id()), DeliveryId(new_id())
    acceptance = evidence(envelope_id=message, type=EvidenceType.SUBMISSION_ACCEPTANCE)
    consignment = evidence(envelope_id=message, delivery_id=one)
    handover = evidence(envelope_id=message, delivery_id=one, type=EvidenceType.CONTENT_HANDOVER)
    with transactions.begin() as session:
        assert acceptance_of(session, message) is None
        assert latest_evidences(session, message, deliveries=[one]) == {}
        insert_evidences(session, [handover, consignment, acceptance, evidence()])
    with transactions.read() as session:
        assert evidences_of(session, message) == tuple(map(listed, (acceptance, consignment, handover)))
        assert evidences_of(session, message, deliveries=[one]) == (listed(consignment), listed(handover))
        assert evidences_of(session, message, deliveries=[]) == ()
        assert acceptance_of(session, message) == acceptance
        assert latest_evidences(session, message, deliveries=[one, other]) == {one: listed(handover)}


def test_due_evidence_is_given_out_once_until_its_time_comes_again(transactions: Transactions) -> None:
    late, later, future = owed(due_at=MOMENT - MINUTE), owed(), owed(due_at=MOMENT + MINUTE)
    with transactions.begin() as session:
        owe(session, [later, future, late])
    until = MOMENT + 5 * MINUTE
    with transactions.begin() as session:
        assert next_due(session, MOMENT) == late
        taken = due_owed(session, MOMENT, attempts=0, until=until, limit=1)
        assert taken == (replace(late, due_at=until, attempts=1),)
    with transactions.begin() as session:
        taken = due_owed(session, MOMENT, attempts=0, until=until, limit=9)
        assert taken == (replace(later, due_at=until, attempts=1),)
        assert due_owed(session, MOMENT, attempts=0, until=until, limit=9) == ()
        assert next_due(session, MOMENT) is None


def test_evidence_is_taken_with_what_was_taken_as_often(transactions: Transactions) -> None:
    often, fresh = [owed(attempts=2), owed(attempts=2)], owed(due_at=MOMENT - MINUTE)
    with transactions.begin() as session:
        owe(session, [*often, fresh])
    with transactions.begin() as session:
        assert next_due(session, MOMENT) == fresh
        again = due_owed(session, MOMENT, attempts=2, until=MOMENT + MINUTE, limit=9)
        assert {entry.event_id for entry in again} == {entry.event_id for entry in often}
        assert [entry.attempts for entry in again] == [3, 3]


def test_evidence_that_is_given_back_was_never_taken(transactions: Transactions) -> None:
    debt = owed()
    with transactions.begin() as session:
        owe(session, [debt])
        taken = due_owed(session, MOMENT, attempts=0, until=MOMENT + 5 * MINUTE, limit=9)
        give_back(session, taken, until=MOMENT + MINUTE)
        assert next_due(session, MOMENT) is None
        assert next_due(session, MOMENT + MINUTE) == replace(debt, due_at=MOMENT + MINUTE)


def test_what_another_worker_took_meanwhile_is_not_given_back(transactions: Transactions) -> None:
    mine, others = owed(), owed()
    with transactions.begin() as session:
        owe(session, [mine, others])
        first = due_owed(session, MOMENT, attempts=0, until=MOMENT + MINUTE, limit=9)
    later = MOMENT + MINUTE
    with transactions.begin() as session:
        (again,) = due_owed(session, later, attempts=1, until=later + 2 * MINUTE, limit=1)
        give_back(session, first, until=later)
    with transactions.begin() as session:
        given = due_owed(session, later, attempts=0, until=later + MINUTE, limit=9)
        assert [one.event_id for one in given] == [({mine.event_id, others.event_id} - {again.event_id}).pop()]
        assert due_owed(session, later, attempts=1, until=later + MINUTE, limit=9) == ()
        (held,) = due_owed(session, later + 2 * MINUTE, attempts=2, until=later + 9 * MINUTE, limit=9)
    assert held.event_id == again.event_id


def test_evidence_that_another_worker_is_taking_is_passed_over(transactions: Transactions) -> None:
    with transactions.begin() as session:
        owe(session, [owed()])
    with transactions.begin() as one, transactions.begin() as other:
        assert next_due(one, MOMENT) is not None
        assert next_due(other, MOMENT) is None
        assert due_owed(other, MOMENT, attempts=0, until=MOMENT + MINUTE, limit=9) == ()
        assert len(due_owed(one, MOMENT, attempts=0, until=MOMENT + MINUTE, limit=9)) == 1


def test_evidence_that_is_written_is_no_longer_owed(transactions: Transactions) -> None:
    debt = owed()
    sealed, again = evidence(debt.event_id), evidence(debt.event_id)
    with transactions.begin() as session:
        owe(session, [debt])
        assert discharge(session, [sealed, evidence()], after={}) == (sealed.evidence_id,)
        assert discharge(session, [again], after={}) == ()
        assert next_due(session, MOMENT) is None
        assert get_evidence(session, sealed.evidence_id) == sealed
        assert get_evidence(session, again.evidence_id) is None


def test_of_two_workers_who_sealed_for_one_event_one_is_heard(transactions: Transactions) -> None:
    debts, together = [owed() for _ in range(20)], Barrier(2)
    with transactions.begin() as session:
        owe(session, debts)

    def seal(_: int) -> tuple[EvidenceId, ...]:
        sealed = [evidence(debt.event_id) for debt in debts]
        together.wait(30)
        return transactions.run(lambda session: discharge(session, sealed, after={}))

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(seal, range(2))
    assert len(one) + len(other) == len(debts)
    with transactions.read() as reader:
        kept = [get_evidence(reader, evidence_id) for evidence_id in (*one, *other)]
    assert {record.event_id for record in kept if record is not None} == {debt.event_id for debt in debts}


def test_a_trace_holds_everything_about_one_message(transactions: Transactions) -> None:
    message = envelope()
    sent, also = delivery(message.envelope_id), delivery(message.envelope_id, recipient=OrganId("Z01"))
    accepted = event(envelope_id=message.envelope_id, tag=EventTag.ENVELOPE_ACCEPTED)
    consigned = [event(envelope_id=message.envelope_id, delivery_id=one.delivery.delivery_id) for one in (sent, also)]
    receipts = [
        evidence(one.event_id, envelope_id=message.envelope_id, delivery_id=one.delivery_id)
        for one in (accepted, *consigned)
    ]
    answers = [said(message, sender=one.delivery.recipient) for one in (sent, also)]
    keep(transactions, message, *answers)
    with transactions.begin() as session:
        insert_deliveries(session, [sent, also, delivery(answers[0].envelope_id)])
        append_events(session, [accepted, *consigned, event()])
        insert_evidences(session, [*receipts, evidence()])
    lines = tuple(EventLine(one.event_id, one.tag, one.at, one.delivery_id) for one in (accepted, *consigned))
    evidences, statuses = tuple(map(listed, receipts)), tuple(map(line, answers))
    with transactions.read() as session:
        assert trace(session, message.envelope_id) == Trace((sent, also), lines, evidences, statuses)
        own = trace(session, message.envelope_id, recipients=[sent.delivery.recipient])
    assert own == Trace((sent,), lines[1:2], evidences[1:2], statuses[:1])


def test_an_assertion_buys_one_token_in_whichever_process(transactions: Transactions) -> None:
    assertion = UsedAssertion(SYSTEM, "jti-1", MOMENT + MINUTE)
    together = Barrier(8)

    def exchange(_: int) -> bool:
        together.wait(30)
        with transactions.begin() as session:
            return use_assertion(session, assertion)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(exchange, range(8))) == [False] * 7 + [True]
    with transactions.begin() as session:
        assert use_assertion(session, replace(assertion, system_id=SystemId("another")))


def test_assertions_are_forgotten_when_they_have_expired(transactions: Transactions) -> None:
    with transactions.begin() as session:
        for number in range(3):
            use_assertion(session, UsedAssertion(SYSTEM, str(number), MOMENT + number * MINUTE))
        assert forget_assertions(session, MOMENT + MINUTE) == 2
        assert not use_assertion(session, UsedAssertion(SYSTEM, "2", MOMENT))
        assert use_assertion(session, UsedAssertion(SYSTEM, "1", MOMENT))
