"""The operator's hand gives deliveries to another agency: one withdrawn, one made, both told to the sender."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any, Final

import pytest
from sqlalchemy import Engine

from axis.demo.keys import KeyRing
from axis.demo.letters import FIRST, URGENT
from axis.errors import Busy, LeaseLost, Refused, Withdrawn
from axis.exchange.interventions import Word
from axis.exchange.redirecting import Redirecting, ToAgency
from axis.exchange.redirections import Redirected
from axis.exchange.settlement import Settlement
from envelopes.codes import StatusCode
from envelopes.evidence import EvidenceType
from envelopes.identifiers import OrganId
from envelopes.model import Envelope
from routing.delivery import Delivery
from routing.lifecycle import DeliveryState
from routing.redirection import Obstacle
from storage.database.evidences import evidences_of
from storage.database.webhooks import count_notices
from storage.records import DeliveryFilter
from tests.axis.exchange.recalling import answers, evidences, way
from tests.axis.exchange.succeeding import WORD as INSTRUCTION
from tests.axis.exchange.succeeding import close, party, record_of
from tests.fixtures.exchange import SENDER, Exchange, opened
from tests.fixtures.operations import recall_of, replacement_of, take_back
from tests.fixtures.operator import redirecting
from tests.fixtures.receiver import NETWORKS

WRONG, RIGHT, OTHER = "H26.18", "G22", "H41.21"
TO: Final = DeliveryFilter(recipient=OrganId(WRONG))
WORD: Final = Word("tests", "Gửi nhầm cơ quan")


@pytest.fixture
def hand(exchange: Exchange) -> Redirecting:
    return redirecting(exchange.axis)


def redirect(hand: Redirecting, chosen: tuple[Delivery, ...] | None = None, to: str = RIGHT) -> Redirected:
    meant = ToAgency(hand.find_target(OrganId(to), path="--to"), WORD)
    return hand.redirect(hand.choose(TO) if chosen is None else chosen, meant)


def obstacles(came: Redirected) -> list[Obstacle]:
    return [one.obstacle for one in came.passed_over]


def test_what_is_redirected_is_withdrawn_and_made_anew(exchange: Exchange, hand: Redirecting) -> None:
    accepted = exchange.accept(exchange.letter(to=(WRONG, OTHER)))
    came = redirect(hand)
    ((former,), (made,)) = came.taken, came.made
    assert record_of(exchange, former).delivery.state is DeliveryState.WITHDRAWN
    assert (made.redirected_from, made.asked_as) == (former.delivery_id, OrganId(WRONG))
    (offer,) = exchange.lease(RIGHT).offers
    assert (offer.delivery_id, offer.envelope_id) == (made.delivery.delivery_id, accepted.envelope_id)
    assert exchange.lease(WRONG).offers == ()
    assert len(exchange.lease(OTHER).offers) == 1
    exchange.hand_over(offer, RIGHT)
    told = {(one.type, party(one)): one for one in evidences(exchange, accepted) if one.type.is_per_delivery}
    withdrawal = told[EvidenceType.CONTENT_WITHDRAWAL, (WRONG, None)]
    consignment = told[EvidenceType.CONTENT_CONSIGNMENT, (RIGHT, WRONG)]
    handover = told[EvidenceType.CONTENT_HANDOVER, (RIGHT, WRONG)]
    for evidence, other, delivery in ((withdrawal, RIGHT, made.delivery), (consignment, WRONG, former)):
        (reason,) = evidence.reasons
        assert reason.code == "delivery.redirected"
        for words in (reason.vi, reason.en):
            assert other in words
            assert str(delivery.delivery_id) in words
            assert WORD.reason in words
    assert consignment.recipients[0].party.name
    assert handover.previous is not None


def test_a_recipient_that_had_a_lease_is_told(exchange: Exchange, hand: Redirecting) -> None:
    exchange.accept(exchange.letter(to=(WRONG,)))
    (offer,) = exchange.lease(WRONG).offers
    redirect(hand)
    with pytest.raises(Withdrawn):
        exchange.fetch(offer, WRONG)


def test_the_time_is_counted_anew(exchange: Exchange, hand: Redirecting) -> None:
    exchange.accept(exchange.letter(URGENT, to=(WRONG,)))
    (before,) = hand.choose(TO)
    exchange.clock.advance(timedelta(days=29))
    (made,) = redirect(hand).made
    assert before.due_at is not None
    assert before.alarm_at is not None
    assert made.delivery.due_at == before.due_at + timedelta(days=29)
    assert made.delivery.alarm_at == before.alarm_at + timedelta(days=29)
    assert made.delivery.priority_rank == before.priority_rank


def test_what_is_held_can_be_redirected(exchange: Exchange, hand: Redirecting) -> None:
    exchange.accept(exchange.letter(to=(WRONG,)))
    hand.interventions.hold(hand.choose(TO), WORD)
    assert len(redirect(hand).made) == 1
    assert len(exchange.lease(RIGHT).offers) == 1


def test_who_has_it_gets_no_second_one(exchange: Exchange, hand: Redirecting) -> None:
    accepted = exchange.accept(exchange.letter(to=(WRONG, RIGHT)))
    came = redirect(hand)
    assert (len(came.taken), came.made) == (1, ())
    assert len(exchange.lease(RIGHT).offers) == 1
    there = way(exchange, accepted, RIGHT)
    withdrawal = next(one for one in evidences(exchange, accepted) if one.type is EvidenceType.CONTENT_WITHDRAWAL)
    assert str(there.delivery_id) in withdrawal.reasons[0].vi


def test_what_was_fetched_stays(exchange: Exchange, hand: Redirecting) -> None:
    exchange.accept(exchange.letter(to=(WRONG,)))
    (offer,) = exchange.lease(WRONG).offers
    exchange.fetch(offer, WRONG)
    came = redirect(hand)
    assert (obstacles(came), came.taken, came.made) == ([Obstacle.FETCHED], (), ())
    assert exchange.lease(RIGHT).offers == ()


def test_a_repeated_redirect_is_harmless(exchange: Exchange, hand: Redirecting) -> None:
    exchange.accept(exchange.letter(to=(WRONG,)))
    chosen = hand.choose(TO)
    assert len(redirect(hand, chosen).made) == 1
    again = redirect(hand, chosen)
    assert (obstacles(again), again.made) == ([Obstacle.FINAL], ())
    assert len(exchange.lease(RIGHT).offers) == 1


def test_it_does_not_go_to_its_own_recipient_or_sender(exchange: Exchange, hand: Redirecting) -> None:
    exchange.accept(exchange.letter(to=(WRONG,)))
    assert obstacles(redirect(hand, to=WRONG)) == [Obstacle.OWN_RECIPIENT]
    assert obstacles(redirect(hand, to=SENDER)) == [Obstacle.OWN_SENDER]
    assert len(exchange.lease(WRONG).offers) == 1


def test_nor_to_who_was_asked_to_give_it_back(exchange: Exchange, hand: Redirecting) -> None:
    letter = exchange.letter(to=(WRONG, RIGHT))
    exchange.accept(letter)
    exchange.accept(recall_of(letter, RIGHT))
    assert obstacles(redirect(hand)) == [Obstacle.RECALLED]


def test_a_replacement_goes_where_the_old_document_was_asked_back(exchange: Exchange, hand: Redirecting) -> None:
    letter = exchange.letter(to=(OTHER, RIGHT))
    exchange.accept(letter)
    exchange.accept(recall_of(letter, RIGHT))
    exchange.accept(replacement_of(exchange.letter(replace(FIRST, number=31), to=(WRONG,)), letter))
    assert len(redirect(hand).made) == 1


def test_a_status_that_waits_is_redirected_without_evidence(exchange: Exchange, hand: Redirecting) -> None:
    letter = exchange.letter(to=(OTHER,))
    exchange.accept(letter)
    status = exchange.accept(exchange.status(letter, OTHER, StatusCode.ARRIVED), OTHER)
    came = redirect(hand, hand.choose(DeliveryFilter(recipient=OrganId(SENDER))))
    assert (len(came.made), came.made[0].delivery.alarm_at) == (1, None)
    assert [one.envelope_id for one in exchange.lease(RIGHT).offers] == [status.envelope_id]
    exchange.attest()
    with exchange.axis.premises.transactions.read() as session:
        assert len(evidences_of(session, status.envelope_id)) == 1, "its receipt"


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("X99", "recipient/unknown"),
        ("H51.W00", "recipient/group"),
        ("H41.21", "recipient/closed"),
        ("H26.30", "recipient/not-receiving"),
    ],
)
def test_who_cannot_have_it_is_refused_by_name(exchange: Exchange, hand: Redirecting, to: str, code: str) -> None:
    close(exchange, OTHER, RIGHT, forwards_to=RIGHT)
    exchange.accept(exchange.letter(to=(WRONG,)))
    with pytest.raises(Refused) as refused:
        redirect(hand, to=to)
    assert [one.code for one in refused.value.findings] == [code]
    assert len(exchange.lease(WRONG).offers) == 1


def test_a_dry_run_tells_what_would_stay(exchange: Exchange, hand: Redirecting) -> None:
    exchange.accept(exchange.letter(to=(WRONG,)))
    exchange.accept(exchange.letter(replace(FIRST, number=9), to=(WRONG,)))
    first, second = hand.choose(TO)
    (offer, *_) = exchange.lease(WRONG).offers
    exchange.fetch(offer, WRONG)
    meant = ToAgency(hand.find_target(OrganId(RIGHT), path="--to"), WORD)
    able, hindered = hand.sort(hand.choose(TO), meant)
    assert {one.delivery_id for one in able} == {first.delivery_id, second.delivery_id} - {offer.delivery_id}
    assert [one.obstacle for one in hindered] == [Obstacle.FETCHED]
    assert exchange.lease(RIGHT).offers == ()


def test_two_operators_at_once_make_one_delivery(exchange: Exchange, hand: Redirecting) -> None:
    for number in range(8):
        exchange.accept(exchange.letter(replace(FIRST, number=200 + number), to=(WRONG,)))
        chosen, start = hand.choose(TO), Barrier(2)

        def give(to: str, chosen: tuple[Delivery, ...] = chosen, start: Barrier = start) -> Redirected:
            start.wait(30)
            return redirect(hand, chosen, to=to)

        with ThreadPoolExecutor(2) as pool:
            one, other = pool.map(give, (RIGHT, OTHER))
        assert len(one.made) + len(other.made) == 1
        assert sorted((*obstacles(one), *obstacles(other))) == [Obstacle.FINAL]


def test_a_fetch_and_a_redirect_at_once_end_in_one_of_two_ways(exchange: Exchange, hand: Redirecting) -> None:
    for number in range(8):
        exchange.accept(exchange.letter(replace(FIRST, number=300 + number), to=(WRONG,)))
        chosen, start = hand.choose(TO), Barrier(2)
        offers = [one for one in exchange.lease(WRONG).offers if one.delivery_id == chosen[-1].delivery_id]

        def fetch(start: Barrier = start, offer: object = offers[0]) -> bool:
            start.wait(30)
            try:
                exchange.fetch(offer, WRONG)  # type: ignore[arg-type]
            except (Withdrawn, LeaseLost):
                return False
            return True

        def give(chosen: tuple[Delivery, ...] = chosen, start: Barrier = start) -> Redirected:
            start.wait(30)
            return redirect(hand, chosen[-1:])

        with ThreadPoolExecutor(2) as pool:
            fetched, came = pool.submit(fetch), pool.submit(give)
        assert fetched.result() is not bool(came.result().made)


def test_a_recall_follows_a_redirect(exchange: Exchange, hand: Redirecting) -> None:
    letter = exchange.letter(to=(WRONG, OTHER))
    document = exchange.accept(letter)
    redirect(hand)
    exchange.hand_over(exchange.lease(RIGHT).offers[0], RIGHT)
    recall = exchange.accept(recall_of(letter, WRONG))
    (notice,) = exchange.lease(RIGHT).offers
    assert (notice.envelope_id, notice.asked_as) == (recall.envelope_id, OrganId(WRONG))
    answers(exchange, letter, RIGHT)
    assert way(exchange, document, RIGHT).demands[0].state.value == "agreed"
    assert way(exchange, document, WRONG).demands[0].state.value == "never_fetched"


def test_a_take_back_follows_a_redirect(exchange: Exchange, hand: Redirecting) -> None:
    letter = exchange.letter(to=(WRONG,))
    document = exchange.accept(letter)
    redirect(hand)
    exchange.accept(take_back(letter, exchange.people[SENDER], of=WRONG, at=exchange.clock.now()))
    assert way(exchange, document, RIGHT).state is DeliveryState.WITHDRAWN
    assert exchange.lease(RIGHT).offers == ()


def test_who_was_given_a_document_says_what_became_of_it(exchange: Exchange, hand: Redirecting) -> None:
    letter = exchange.letter(to=(WRONG,))
    document = exchange.accept(letter)
    redirect(hand)
    exchange.accept(exchange.status(letter, RIGHT, StatusCode.RECEIVED), RIGHT)
    assert [one.code for one in way(exchange, document, RIGHT).statuses] == ["03"]


def test_a_recall_that_was_judged_before_a_redirect_is_not_carried_out(
    exchange: Exchange, hand: Redirecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = exchange.letter(to=(WRONG,))
    document = exchange.accept(letter)
    settler = exchange.axis.intake._settler

    def settle(*judged: Any, **by: Any) -> Settlement:
        redirect(hand)
        return settler.settle(*judged, **by)

    with monkeypatch.context() as patched:
        patched.setattr(exchange.axis.intake, "_settler", SimpleNamespace(settle=settle, asked=settler.asked))
        with pytest.raises(Busy):
            exchange.submit(recall_of(letter))
    assert len(exchange.lease(RIGHT).offers) == 1
    exchange.accept(recall_of(letter))
    assert way(exchange, document, RIGHT).state is DeliveryState.WITHDRAWN


def test_a_recall_and_a_redirect_at_once_leave_nothing_waiting(exchange: Exchange, hand: Redirecting) -> None:
    for number in range(6):
        letter = exchange.letter(replace(FIRST, number=400 + number), to=(WRONG, OTHER))
        document = exchange.accept(letter)
        chosen, start = hand.choose(DeliveryFilter(envelope_id=document.envelope_id)), Barrier(2)

        def recall(letter: Envelope = letter, start: Barrier = start) -> bool:
            start.wait(30)
            try:
                exchange.accept(recall_of(letter))
            except Busy:
                return False
            return True

        def give(chosen: tuple[Delivery, ...] = chosen, start: Barrier = start) -> Redirected:
            start.wait(30)
            return redirect(hand, chosen)

        with ThreadPoolExecutor(2) as pool:
            recalled, given = pool.submit(recall), pool.submit(give)
        assert recalled.result() or given.result().made, "one of the two was first"
        if not recalled.result():
            exchange.accept(recall_of(letter))
        trace = exchange.axis.tracer.trace(document.envelope_id, exchange.caller(SENDER))
        assert {one.state for one in trace.deliveries} == {DeliveryState.WITHDRAWN}


def test_systems_with_a_webhook_are_told(engine: Engine, key_ring: KeyRing, tmp_path: Path) -> None:
    with opened(engine, key_ring, tmp_path, more=NETWORKS) as exchange:
        system = exchange.people[RIGHT].credentials.system_id
        exchange.axis.registrar.set_webhook(system, "http://127.0.0.1:9/events", instruction=INSTRUCTION)
        exchange.accept(exchange.letter(to=(WRONG,)))
        redirect(redirecting(exchange.axis))
        with exchange.axis.premises.transactions.read() as session:
            assert sum(count_notices(session, system).values()) == 1
