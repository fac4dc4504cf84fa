"""Updates that change who has a document, and recalls, updates and answers that must not work."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from axis.demo.letters import URGENT
from axis.errors import LeaseLost, Recalled, Withdrawn
from envelopes.codes import StatusCode
from envelopes.evidence import EvidenceType
from envelopes.identifiers import DocumentId, EnvelopeId, OrganId
from routing.demands import DemandState
from routing.lifecycle import DeliveryState
from tests.axis.exchange.recalling import answers, evidences, fetched, outcome, refused_answer, tags, way
from tests.fixtures.exchange import SENDER, Exchange
from tests.fixtures.operations import answer_to, recall_of, update_of

ASKED, AGREED, DECLINED = DemandState.ASKED, DemandState.AGREED, DemandState.DECLINED


# ── updates ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_update_is_asked_of_those_who_have_the_document_and_takes_nothing_away(exchange: Exchange) -> None:
    letter, document = fetched(exchange)
    update = exchange.accept(update_of(letter))
    assert (outcome(exchange, document).kind.value, outcome(exchange, document).state) == ("update", ASKED)
    (offer,) = exchange.lease("G22").offers
    assert offer.envelope_id == update.envelope_id
    answers(exchange, letter)
    assert outcome(exchange, document).state is AGREED
    assert tags(way(exchange, document))[-2:] == ["update.asked", "update.agreed"]
    assert way(exchange, document).recalled_at is None
    assert EvidenceType.RECALL_AGREEMENT not in {one.type for one in evidences(exchange, document)}


def test_an_update_removes_an_agency_as_a_recall_does_whether_or_not_it_is_addressed(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22", "H26.18", "H41.21"))
    document = exchange.accept(letter)
    exchange.hand_over(exchange.lease("G22").offers[0], "G22")
    update = update_of(letter, remove=("G22", "H26.18"))
    exchange.accept(replace(update, recipients=letter.recipients[2:]))
    assert (outcome(exchange, document).kind.value, outcome(exchange, document).state) == ("removal", ASKED)
    assert outcome(exchange, document, "H26.18").state is DemandState.WITHDRAWN
    assert outcome(exchange, document, "H41.21").kind.value == "update"
    assert way(exchange, document, "H41.21").state is DeliveryState.CONSIGNED
    answers(exchange, letter)
    assert way(exchange, document).recalled_at is not None


def test_an_update_adds_an_agency_which_gets_it_and_has_the_document_from_then_on(exchange: Exchange) -> None:
    letter, document = fetched(exchange)
    update = exchange.accept(update_of(letter, add=("H26.18",)))
    (offer,) = exchange.lease("H26.18").offers
    assert offer.envelope_id == update.envelope_id
    assert way(exchange, update, "H26.18").demands == ()
    exchange.hand_over(offer, "H26.18")
    exchange.accept(exchange.status(letter, "H26.18", StatusCode.RECEIVED), "H26.18")
    assert refused_answer(exchange, letter, "H26.18") == ("status/not-asked",)
    exchange.accept(recall_of(letter, "H26.18"))
    assert outcome(exchange, update, "H26.18").state is ASKED
    answers(exchange, letter, "H26.18")
    with pytest.raises(Recalled):
        exchange.fetch(offer, "H26.18")
    assert evidences(exchange, update)[-1].type is EvidenceType.RECALL_AGREEMENT
    assert way(exchange, document).state is DeliveryState.HANDED_OVER


def test_a_recall_withdraws_updates_that_were_not_fetched_too(exchange: Exchange) -> None:
    letter, document = fetched(exchange)
    update = exchange.accept(update_of(letter))
    recall = exchange.accept(recall_of(letter))
    assert way(exchange, update).state is DeliveryState.WITHDRAWN
    assert outcome(exchange, document).state is ASKED
    assert [one.state for one in way(exchange, document).demands] == [DemandState.SUPERSEDED, ASKED]
    assert [one.envelope_id for one in exchange.lease("G22").offers] == [recall.envelope_id]


def test_a_later_update_takes_the_place_of_one_that_is_open(exchange: Exchange) -> None:
    letter, document = fetched(exchange)
    exchange.accept(update_of(letter))
    exchange.accept(update_of(letter, reason="Bổ sung căn cứ"))
    assert refused_answer(exchange, letter) == ("status/demand-not-seen",)
    for offer in exchange.lease("G22").offers:
        exchange.hand_over(offer, "G22")
    answers(exchange, letter)
    assert [one.state for one in way(exchange, document).demands] == [DemandState.SUPERSEDED, AGREED]
    assert refused_answer(exchange, letter, agreed=False) == ("status/already-answered",)


def test_an_update_that_adds_must_bring_the_document(exchange: Exchange) -> None:
    letter, _ = fetched(exchange)
    update = replace(update_of(letter, add=("H26.18",)), attachments=())
    assert "business/nothing-for-added" in exchange.refuse(update)


def test_who_is_added_and_removed_is_refused(exchange: Exchange) -> None:
    letter, document = fetched(exchange)
    update = exchange.accept(update_of(letter, add=("H26.18",), remove=("H26.18",)))
    refused = {str(one.asked_as): one.finding.code for one in update.recipients if one.finding}
    assert refused == {"H26.18": "recipient/added-and-removed"}
    assert outcome(exchange, document).state is ASKED


def test_a_list_that_is_not_announced_changes_nobody(exchange: Exchange) -> None:
    letter, document = fetched(exchange)
    update = update_of(letter, remove=("G22",))
    changes = replace(update.business.updates[0], document_changes=True, receivers_change=False)
    exchange.accept(replace(update, business=replace(update.business, updates=(changes,))))
    assert outcome(exchange, document).kind.value == "update"


# ── bad input ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_document_is_not_recalled_twice(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22",))
    document = exchange.accept(letter)
    recall = recall_of(letter)
    first = exchange.accept(recall)
    assert exchange.accept(recall).receipt == first.receipt
    codes = exchange.refuse(recall_of(letter, reason="Một lần nữa"))
    assert {"recipient/none-left", "recipient/already-recalled"} <= set(codes)
    assert tags(way(exchange, document)).count("delivery.withdrawn") == 1


def test_a_recall_is_not_recalled(exchange: Exchange) -> None:
    letter, _ = fetched(exchange)
    recall = replace(recall_of(letter), document_id=DocumentId("H51.15-TH-7"))
    exchange.accept(recall)
    assert "business/not-a-document" in exchange.refuse(recall_of(recall, reason="Thu hồi thông báo thu hồi"))


def test_who_never_had_it_has_nothing_to_give_back(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22",))
    exchange.accept(letter)
    assert "recipient/never-had-it" in exchange.refuse(recall_of(letter, "H26.18"))
    recall = exchange.accept(recall_of(letter, "G22", "H26.18"))
    assert [one.finding.code for one in recall.recipients if one.finding] == ["recipient/never-had-it"]


def test_an_answer_nobody_asked_for_is_refused(exchange: Exchange) -> None:
    letter, document = fetched(exchange, "G22", "H26.18")
    assert refused_answer(exchange, letter) == ("status/not-asked",)
    exchange.accept(recall_of(letter, "G22"))
    assert refused_answer(exchange, letter, "H26.18", agreed=False) == ("status/not-asked",)
    assert outcome(exchange, document).state is ASKED


def test_what_was_withdrawn_waits_for_no_answer(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22",))
    exchange.accept(letter)
    exchange.accept(recall_of(letter))
    assert refused_answer(exchange, letter) == ("status/not-asked",)


def test_an_answer_is_given_once(exchange: Exchange) -> None:
    letter, document = fetched(exchange)
    exchange.accept(recall_of(letter))
    said = answer_to(letter, exchange.people["G22"], agreed=True, at=exchange.clock.now())
    first = exchange.accept(said, "G22")
    assert exchange.accept(said, "G22").receipt == first.receipt
    assert refused_answer(exchange, letter, agreed=False) == ("status/already-answered",)
    assert tags(way(exchange, document)).count("recall.agreed") == 1


def test_nobody_answers_for_another_agency(exchange: Exchange) -> None:
    letter, document = fetched(exchange)
    exchange.accept(recall_of(letter))
    said = answer_to(letter, exchange.people["G22"], agreed=True, at=exchange.clock.now())
    assert "sender/not-owner" in exchange.refuse(said, "H26.18")
    by_stranger = answer_to(letter, exchange.people["H26.18"], agreed=True, at=exchange.clock.now())
    assert exchange.refuse(by_stranger, "H26.18") == ("status/unknown-document",)
    assert outcome(exchange, document).state is ASKED


def test_what_was_recalled_is_neither_updated_nor_given_again_by_an_update(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22",))
    exchange.accept(letter)
    exchange.accept(recall_of(letter))
    for update in (update_of(letter), update_of(letter, add=("G22",)), update_of(letter, remove=("G22",))):
        assert "recipient/already-recalled" in exchange.refuse(update)
    assert exchange.lease("G22").offers == ()


def test_another_letter_under_the_id_of_a_recall_is_a_document_of_its_own(exchange: Exchange) -> None:
    letter, _ = fetched(exchange)
    exchange.accept(replace(recall_of(letter), document_id=DocumentId("H51.15-8")))
    other = replace(exchange.letter(URGENT, to=("G22",)), document_id=DocumentId("H51.15-8"))
    document = exchange.accept(other)
    recall = exchange.accept(recall_of(other))
    assert way(exchange, document).state is DeliveryState.WITHDRAWN
    assert exchange.axis.tracer.envelope(recall.envelope_id, exchange.caller(SENDER)).original_id == (
        document.envelope_id
    )


def test_a_lease_that_was_lost_says_so_only_where_nothing_was_taken_back(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22",))
    exchange.accept(letter)
    (offer,) = exchange.lease("G22").offers
    exchange.clock.advance(timedelta(minutes=6))
    with pytest.raises(LeaseLost):
        exchange.fetch(offer, "G22")
    exchange.accept(recall_of(letter))
    with pytest.raises(Withdrawn):
        exchange.fetch(offer, "G22")


def test_everything_that_is_traced_is_traced_for_the_recipient_too(exchange: Exchange) -> None:
    letter, document = fetched(exchange, "G22", "H26.18")
    exchange.accept(recall_of(letter))
    own = exchange.axis.tracer.trace(EnvelopeId(document.envelope_id), exchange.caller("G22"))
    assert [one.recipient for one in own.deliveries] == [OrganId("G22")]
    assert [one.state for one in own.deliveries[0].demands] == [ASKED]
