"""Recalls, updates and take-backs, recipient by recipient: what is withdrawn, what is asked, and what comes of it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from axis.errors import Recalled, Refused, Withdrawn
from envelopes.acknowledgement import AckOutcome
from envelopes.evidence import EvidenceType
from envelopes.identifiers import DocumentId
from routing.calendar import WORKING_DAYS
from routing.demands import ANSWER_WITHIN, DemandState
from routing.lifecycle import DeliveryState
from storage.database.deliveries import lock_delivery, settle_delivery
from tests.axis.exchange.recalling import answers, asks_back, evidences, fetched, outcome, tags, way
from tests.fixtures.exchange import SENDER, Exchange
from tests.fixtures.operations import REASON, recall_of, take_back

ASKED, AGREED, DECLINED = DemandState.ASKED, DemandState.AGREED, DemandState.DECLINED


# ── before the fetch ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_nobody_fetched_is_withdrawn_at_once_and_its_recipient_is_not_told(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22", "H26.18"))
    document = exchange.accept(letter)
    recall = exchange.accept(recall_of(letter))
    for organ_id in ("G22", "H26.18"):
        assert way(exchange, document, organ_id).state is DeliveryState.WITHDRAWN
        assert tags(way(exchange, document, organ_id)) == ["delivery.consigned", "delivery.withdrawn"]
        assert outcome(exchange, document, organ_id).state is DemandState.WITHDRAWN
        assert tags(way(exchange, recall, organ_id)) == ["delivery.withdrawn"]
        assert exchange.lease(organ_id).offers == ()
    assert outcome(exchange, document).reason == REASON
    assert outcome(exchange, document).due_at is None
    assert outcome(exchange, recall) == outcome(exchange, document)


def test_the_evidence_of_a_withdrawal_follows_the_consignment_and_names_the_recall(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22",))
    document = exchange.accept(letter)
    recall = exchange.accept(recall_of(letter))
    acceptance, consigned, withdrawn = evidences(exchange, document)
    assert (acceptance.type, consigned.type) == (EvidenceType.SUBMISSION_ACCEPTANCE, EvidenceType.CONTENT_CONSIGNMENT)
    assert withdrawn.type is EvidenceType.CONTENT_WITHDRAWAL
    assert withdrawn.previous is not None
    assert withdrawn.previous.identifier == consigned.identifier
    assert [str(recall.envelope_id) in one.vi for one in withdrawn.reasons] == [True]
    assert [one.type for one in evidences(exchange, recall)] == [
        EvidenceType.SUBMISSION_ACCEPTANCE,
        EvidenceType.CONTENT_WITHDRAWAL,
    ]


def test_a_turn_at_a_withdrawn_delivery_gives_nothing_any_more(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22",))
    exchange.accept(letter)
    (offer,) = exchange.lease("G22").offers
    exchange.accept(recall_of(letter))
    with pytest.raises(Withdrawn):
        exchange.fetch(offer, "G22")
    for changes in ({}, {"outcome": AckOutcome.FAIL, "reason": "Không mở được"}):
        statement = exchange.statement(offer, "G22", **changes)
        with pytest.raises(Refused) as refused:
            exchange.axis.acknowledgements.acknowledge(offer.delivery_id, statement, caller=exchange.caller("G22"))
        assert [one.code for one in refused.value.findings] == ["acknowledgement/already-final"]
        assert "đã rút lại" in refused.value.findings[0].words.vi
    assert exchange.axis.handover.delivery(offer.delivery_id, exchange.caller("G22")).leased_until is None


def test_only_those_the_recall_goes_to_lose_the_document(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22", "H26.18"))
    document = exchange.accept(letter)
    exchange.accept(recall_of(letter, "G22"))
    assert way(exchange, document).state is DeliveryState.WITHDRAWN
    assert way(exchange, document, "H26.18").state is DeliveryState.CONSIGNED
    assert way(exchange, document, "H26.18").demands == ()
    exchange.hand_over(exchange.lease("H26.18").offers[0], "H26.18")


def test_a_recall_reaches_what_an_operator_holds(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22",))
    document = exchange.accept(letter)
    with exchange.axis.premises.transactions.begin() as session:
        held = lock_delivery(session, way(exchange, document).delivery_id)
        assert held is not None
        settle_delivery(session, replace(held, state=DeliveryState.HELD, held_from=held.state))
    exchange.accept(recall_of(letter))
    assert way(exchange, document).state is DeliveryState.WITHDRAWN


def test_of_what_expired_unfetched_there_is_nothing_to_give_back(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22",))
    document = exchange.accept(letter)
    exchange.clock.advance(timedelta(days=31))
    exchange.axis.deadlines.end_due()
    exchange.accept(recall_of(letter))
    assert way(exchange, document).state is DeliveryState.EXPIRED
    assert outcome(exchange, document).state is DemandState.NEVER_FETCHED
    assert exchange.lease("G22").offers == ()


# ── after the fetch ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_fetched_it_gets_the_notice_and_agrees(exchange: Exchange) -> None:
    letter, document = fetched(exchange)
    recall = exchange.accept(recall_of(letter))
    assert outcome(exchange, document).state is ASKED
    assert outcome(exchange, document).due_at == WORKING_DAYS.add_working(exchange.clock.now(), ANSWER_WITHIN)
    (notice,) = exchange.lease("G22").offers
    assert (notice.envelope_id, notice.business_type) == (recall.envelope_id, "1")
    exchange.hand_over(notice, "G22")
    answer = answers(exchange, letter)
    done = outcome(exchange, document)
    assert (done.state, done.answer_id, done.due_at) == (AGREED, answer.envelope_id, None)
    assert tags(way(exchange, document))[-2:] == ["recall.asked", "recall.agreed"]
    assert [one.code for one in way(exchange, document).statuses] == ["15"]
    agreed = evidences(exchange, document)[-1]
    assert agreed.type is EvidenceType.RECALL_AGREEMENT
    assert str(agreed.recipients[0].party.organ_id) == "G22"
    assert str(recall.envelope_id) in agreed.reasons[0].en


def test_what_is_leaving_while_it_is_given_back_is_not_given_out_any_more(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22",))
    exchange.accept(letter)
    (offer,) = exchange.lease("G22").offers
    with closing(exchange.axis.handover.content(offer.delivery_id, exchange.caller("G22"))) as leaving:
        exchange.clock.advance(timedelta(hours=1))
        leaving.require()
        exchange.accept(recall_of(letter))
        leaving.require()
        answers(exchange, letter)
        with pytest.raises(Recalled):
            leaving.require()


def test_after_the_agreement_its_content_is_not_given_out_and_everything_else_stays(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22", "H26.18"))
    document = exchange.accept(letter)
    offers = {one: exchange.lease(one).offers[0] for one in ("G22", "H26.18")}
    for organ_id, offer in offers.items():
        exchange.hand_over(offer, organ_id)
    exchange.accept(recall_of(letter))
    assert exchange.fetch(offers["G22"], "G22")
    answers(exchange, letter)
    with pytest.raises(Recalled):
        exchange.fetch(offers["G22"], "G22")
    assert exchange.fetch(offers["H26.18"], "H26.18")
    view = exchange.axis.handover.delivery(offers["G22"].delivery_id, exchange.caller("G22"))
    assert view.recalled_at == exchange.clock.now() == way(exchange, document, by="G22").recalled_at
    assert view.offer.digest == offers["G22"].digest
    assert exchange.attest()
    assert exchange.axis.tracer.evidences(document.envelope_id, exchange.caller("G22"))
    with closing(exchange.axis.tracer.content(document.envelope_id, exchange.caller(SENDER))) as kept:
        assert kept.size == view.offer.size


def test_who_declines_says_why_and_may_be_asked_again(exchange: Exchange) -> None:
    letter, document = fetched(exchange)
    exchange.accept(recall_of(letter))
    answers(exchange, letter, agreed=False)
    assert outcome(exchange, document).state is DECLINED
    refusal = evidences(exchange, document)[-1]
    assert (refusal.type, refusal.reasons[0].vi) == (EvidenceType.RECALL_REFUSAL, "Đã xử lý xong văn bản")
    assert way(exchange, document).recalled_at is None
    exchange.accept(recall_of(letter, reason="Đề nghị xem xét lại"))
    assert outcome(exchange, document).state is ASKED
    for offer in exchange.lease("G22").offers:
        exchange.hand_over(offer, "G22")
    answers(exchange, letter)
    assert [one.state for one in way(exchange, document).demands] == [DECLINED, AGREED]


def test_a_fetch_without_an_acknowledgement_is_asked_too_and_not_offered_again(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22",))
    document = exchange.accept(letter)
    (offer,) = exchange.lease("G22").offers
    exchange.fetch(offer, "G22")
    recall = exchange.accept(recall_of(letter))
    assert way(exchange, document).state is DeliveryState.CONSIGNED
    answers(exchange, letter)
    exchange.clock.advance(timedelta(minutes=6))
    assert [one.envelope_id for one in exchange.lease("G22").offers] == [recall.envelope_id]
    with pytest.raises(Recalled):
        exchange.fetch(offer, "G22")


def test_of_what_was_given_back_the_recipient_is_not_late(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22",))
    document = exchange.accept(letter)
    exchange.fetch(exchange.lease("G22").offers[0], "G22")
    recall = exchange.accept(recall_of(letter))
    answers(exchange, letter)
    exchange.clock.advance(timedelta(days=5))
    assert exchange.axis.deadlines.raise_alarms() == 1, "of the message that asks"
    assert "delivery.delayed" in tags(way(exchange, recall))
    assert "delivery.delayed" not in tags(way(exchange, document))


def test_an_acknowledgement_of_what_was_recalled_after_the_fetch_still_counts(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22",))
    document = exchange.accept(letter)
    (offer,) = exchange.lease("G22").offers
    exchange.fetch(offer, "G22")
    exchange.accept(recall_of(letter))
    exchange.axis.acknowledgements.acknowledge(
        offer.delivery_id, exchange.statement(offer, "G22"), caller=exchange.caller("G22")
    )
    assert way(exchange, document).state is DeliveryState.HANDED_OVER


def test_each_recipient_has_its_own_outcome(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22", "H26.18", "H41.21"))
    document = exchange.accept(letter)
    for organ_id in ("G22", "H26.18"):
        exchange.hand_over(exchange.lease(organ_id).offers[0], organ_id)
    exchange.accept(recall_of(letter))
    answers(exchange, letter, "G22")
    answers(exchange, letter, "H26.18", agreed=False)
    states = {one: outcome(exchange, document, one).state for one in ("G22", "H26.18", "H41.21")}
    assert states == {"G22": AGREED, "H26.18": DECLINED, "H41.21": DemandState.WITHDRAWN}


def test_a_recall_with_an_id_of_its_own_may_be_answered_under_either_id(exchange: Exchange) -> None:
    letter, document = fetched(exchange, "G22", "H26.18")
    recall = replace(recall_of(letter), document_id=DocumentId("H51.15-TH-7"))
    exchange.accept(recall)
    answers(exchange, letter, "G22")
    answers(exchange, recall, "H26.18")
    assert {outcome(exchange, document, one).state for one in ("G22", "H26.18")} == {AGREED}


# ── an alarm ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_silence_raises_an_alarm_once_and_an_answer_counts_all_the_same(exchange: Exchange) -> None:
    letter, document = fetched(exchange)
    exchange.accept(recall_of(letter))
    due = WORKING_DAYS.add_working(exchange.clock.now(), ANSWER_WITHIN)
    exchange.clock.set(due - timedelta(seconds=1))
    assert exchange.axis.deadlines.tell_unanswered() == 0
    exchange.clock.advance(timedelta(seconds=1))
    raised_at = exchange.clock.now()
    assert [exchange.axis.deadlines.tell_unanswered() for _ in range(2)] == [1, 0]
    assert tags(way(exchange, document))[-1] == "recall.unanswered"
    assert outcome(exchange, document).alarmed_at == raised_at
    assert 'axis_demands_total{state="unanswered"} 1.0' in exchange.axis.metrics.exposition()[0].decode()
    answers(exchange, letter)
    assert (outcome(exchange, document).state, outcome(exchange, document).alarmed_at) == (AGREED, raised_at)


def test_who_answered_in_time_raises_no_alarm(exchange: Exchange) -> None:
    letter, _ = fetched(exchange)
    exchange.accept(recall_of(letter))
    answers(exchange, letter, agreed=False)
    exchange.clock.advance(timedelta(days=3))
    assert exchange.axis.deadlines.tell_unanswered() == 0


# ── status 13 ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_take_back_withdraws_what_was_not_fetched(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22", "H26.18"))
    document = exchange.accept(letter)
    asked = asks_back(exchange, letter)
    assert way(exchange, document).state is DeliveryState.WITHDRAWN
    assert way(exchange, document, "H26.18").state is DeliveryState.CONSIGNED
    assert exchange.lease("G22").offers == ()
    assert [one.type for one in evidences(exchange, asked)] == [EvidenceType.SUBMISSION_ACCEPTANCE]


def test_a_take_back_of_what_was_fetched_is_asked_and_answered(exchange: Exchange) -> None:
    letter, document = fetched(exchange)
    asks_back(exchange, letter)
    (notice,) = exchange.lease("G22").offers
    assert notice.status_code == "13"
    answers(exchange, letter)
    assert (outcome(exchange, document).kind.value, outcome(exchange, document).state) == ("take_back", AGREED)
    assert way(exchange, document).recalled_at is not None


def test_nothing_is_asked_for_twice(exchange: Exchange) -> None:
    letter, _ = fetched(exchange, "G22", "H26.18")
    asks_back(exchange, letter)
    exchange.clock.advance(timedelta(seconds=1))
    again = take_back(letter, exchange.people[SENDER], of="G22", at=exchange.clock.now())
    assert exchange.refuse(again) == ("status/already-recalled",)
    recall = exchange.accept(recall_of(letter))
    decided = {str(one.asked_as): one.finding and one.finding.code for one in recall.recipients}
    assert decided == {"G22": "recipient/already-recalled", "H26.18": None}
