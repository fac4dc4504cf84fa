"""The operator's hand: held, let go on, ended; one or many, with a reason, an event, and evidence where one is owed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Engine, text

from axis.demo.keys import KeyRing
from axis.demo.letters import FIRST
from axis.errors import LeaseLost
from axis.exchange.interventions import Interventions, Word
from envelopes.evidence import EvidenceType
from envelopes.evidence_reader import read_evidence
from envelopes.identifiers import OrganId
from routing.delivery import Delivery
from routing.lifecycle import DeliveryState
from storage.records import DeliveryFilter
from tests.fixtures.exchange import Exchange, opened

RECIPIENT: Final = "H26.18"
TO: Final = DeliveryFilter(recipient=OrganId(RECIPIENT))
WORD: Final = Word("tests", "Cơ quan nhận chuyển trụ sở")


@pytest.fixture
def exchange(engine: Engine, key_ring: KeyRing, tmp_path: Path) -> Iterator[Exchange]:
    with opened(engine, key_ring, tmp_path) as exchange:
        yield exchange


@pytest.fixture
def hand(exchange: Exchange) -> Interventions:
    axis = exchange.axis
    return Interventions(axis.premises.transactions, axis.clock, timekeeper=axis.timekeeper)


def only(hand: Interventions) -> Delivery:
    (one,) = hand.choose(TO)
    return one


def details(exchange: Exchange, tag: str) -> list[dict[str, str]]:
    with exchange.axis.premises.transactions.read() as session:
        return list(session.scalars(text("SELECT details FROM events WHERE tag = :tag ORDER BY id"), {"tag": tag}))


def test_what_is_held_nobody_gets_until_it_goes_on(exchange: Exchange, hand: Interventions) -> None:
    exchange.accept(exchange.letter(to=(RECIPIENT, "G22")))
    came = hand.hold(hand.choose(TO), WORD)
    assert [(one.state, one.held_from) for one in came.changed] == [(DeliveryState.HELD, DeliveryState.CONSIGNED)]
    assert exchange.lease(RECIPIENT).offers == ()
    assert len(exchange.lease("G22").offers) == 1, "the other recipient's goes its way"
    assert details(exchange, "delivery.held") == [{"actor": "tests", "reason": WORD.reason}]
    hand.resume(hand.choose(TO), WORD)
    (offer,) = exchange.lease(RECIPIENT).offers
    exchange.hand_over(offer, RECIPIENT)


def test_a_hold_ends_a_lease_and_its_holder_is_told(exchange: Exchange, hand: Interventions) -> None:
    exchange.accept(exchange.letter(to=(RECIPIENT,)))
    (offer,) = exchange.lease(RECIPIENT).offers
    hand.hold((only(hand),), WORD)
    with pytest.raises(LeaseLost):
        exchange.fetch(offer, RECIPIENT)


def test_what_is_held_while_it_leaves_is_not_given_out_any_more(exchange: Exchange, hand: Interventions) -> None:
    exchange.accept(exchange.letter(to=(RECIPIENT,)))
    (offer,) = exchange.lease(RECIPIENT).offers
    with closing(exchange.axis.handover.content(offer.delivery_id, exchange.caller(RECIPIENT))) as leaving:
        hand.hold((only(hand),), WORD)
        with pytest.raises(LeaseLost):
            leaving.require()


def test_of_what_is_held_the_recipient_is_not_late(exchange: Exchange, hand: Interventions) -> None:
    exchange.accept(exchange.letter(to=(RECIPIENT,)))
    hand.hold((only(hand),), WORD)
    exchange.clock.advance(timedelta(days=5))
    assert exchange.axis.deadlines.raise_alarms() == 0
    hand.resume((only(hand),), WORD)
    assert exchange.axis.deadlines.raise_alarms() == 1


def test_a_deadline_is_not_put_off_by_a_hold(exchange: Exchange, hand: Interventions) -> None:
    exchange.accept(exchange.letter(to=(RECIPIENT,)))
    due = only(hand).due_at
    hand.hold((only(hand),), WORD)
    exchange.clock.advance(timedelta(days=5))
    (resumed,) = hand.resume((only(hand),), WORD).changed
    assert resumed.due_at == due


@pytest.mark.parametrize("is_held", [False, True])
def test_what_is_ended_is_told_to_its_sender_with_the_reason(
    exchange: Exchange, hand: Interventions, *, is_held: bool
) -> None:
    accepted = exchange.accept(exchange.letter(to=(RECIPIENT,)))
    if is_held:
        hand.hold((only(hand),), WORD)
    (ended,) = hand.end((only(hand),), WORD).changed
    assert ended.state is DeliveryState.EXPIRED
    assert hand.choose(TO) == ()
    assert exchange.lease(RECIPIENT).offers == ()
    while exchange.attest():
        pass
    with exchange.axis.premises.transactions.read() as session:
        octets = session.scalars(
            text("SELECT octets FROM evidences WHERE type = 'ContentHandoverFailure' AND envelope_id = :id"),
            {"id": accepted.envelope_id},
        ).one()
    evidence = read_evidence(octets)
    assert evidence.type is EvidenceType.CONTENT_HANDOVER_FAILURE
    (reason,) = evidence.reasons
    assert reason.code == "delivery.ended"
    assert WORD.reason in reason.vi
    assert WORD.reason in reason.en


def test_what_it_does_not_apply_to_stays_as_it_was(exchange: Exchange, hand: Interventions) -> None:
    exchange.accept(exchange.letter(to=(RECIPIENT,)))
    going = only(hand)
    assert hand.resume((going,), WORD).passed_over == (going,)
    hand.end((going,), WORD)
    assert hand.hold((going,), WORD).changed == ()
    assert details(exchange, "delivery.held") == []


def test_many_are_chosen_by_what_they_have_in_common(exchange: Exchange, hand: Interventions) -> None:
    first = exchange.accept(exchange.letter(to=(RECIPIENT, "G22")))
    at = exchange.clock.now() + timedelta(seconds=1)
    exchange.clock.advance(timedelta(hours=1))
    exchange.accept(exchange.letter(replace(FIRST, number=2), to=(RECIPIENT,)))
    assert len(hand.choose(DeliveryFilter())) == 3
    assert len(hand.choose(TO)) == 2
    assert len(hand.choose(replace(TO, accepted_before=at))) == 1
    assert {one.recipient for one in hand.choose(DeliveryFilter(envelope_id=first.envelope_id))} == {
        OrganId(RECIPIENT),
        OrganId("G22"),
    }
    hand.hold(hand.choose(TO), WORD)
    assert len(hand.choose(DeliveryFilter(state=DeliveryState.HELD))) == 2
    (one,) = hand.choose(replace(TO, envelope_id=first.envelope_id))
    assert hand.choose(DeliveryFilter(delivery_ids=(one.delivery_id,))) == (one,)
