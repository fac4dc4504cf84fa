"""Closed agencies: who gets their mail, who speaks of their old documents, and what strangers are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from axis.demo.letters import FIRST, URGENT
from axis.errors import Refused
from axis.exchange.outcomes import Acceptance, Refusal
from envelopes.codes import StatusCode
from envelopes.evidence import EvidenceType
from envelopes.evidence_facts import Decision
from envelopes.evidence_reader import read_evidence
from envelopes.identifiers import OrganId
from routing.lifecycle import DeliveryState
from tests.axis.exchange.recalling import answers, evidences, fetched, refused_answer, tags, way
from tests.axis.exchange.succeeding import WORD, close, forward, party
from tests.fixtures.exchange import SENDER, Exchange
from tests.fixtures.operations import recall_of, replacement_of, take_back, update_of

CLOSED, HEIR = "H26.18", "G22"
MINUTE = timedelta(minutes=1)


def codes(outcome: Acceptance) -> list[str]:
    return [one.code for one in outcome.warnings]


def test_without_a_rule_mail_is_refused_and_names_the_successor(exchange: Exchange) -> None:
    close(exchange, CLOSED, HEIR)
    accepted = exchange.accept(exchange.letter(to=(CLOSED, "H41.21")))
    (refused,) = (one for one in accepted.recipients if one.decision is Decision.REFUSED)
    assert refused.finding is not None
    assert (refused.finding.code, refused.successors) == ("recipient/closed", (OrganId(HEIR),))


def test_by_rule_the_successor_gets_it_and_everybody_is_told_of_both(exchange: Exchange) -> None:
    close(exchange, CLOSED, HEIR, forwards_to=HEIR)
    accepted = exchange.accept(exchange.letter(to=(CLOSED,)))
    (one,) = accepted.recipients
    assert (one.decision, one.asked_as, one.organ_id, one.successors) == (
        Decision.ACCEPTED,
        OrganId(CLOSED),
        OrganId(HEIR),
        (OrganId(HEIR),),
    )
    (warning,) = (one for one in accepted.warnings if one.code == "recipient/forwarded")
    for words in (warning.words.vi, warning.words.en):
        assert CLOSED in words
        assert HEIR in words
    (offer,) = exchange.lease(HEIR).offers
    assert (offer.recipient, offer.asked_as) == (OrganId(HEIR), OrganId(CLOSED))
    exchange.hand_over(offer, HEIR)
    assert way(exchange, accepted, HEIR).asked_as == OrganId(CLOSED)
    found = {one.type: party(one) for one in evidences(exchange, accepted) if one.type.is_per_delivery}
    assert found == {
        EvidenceType.CONTENT_CONSIGNMENT: (HEIR, CLOSED),
        EvidenceType.CONTENT_HANDOVER: (HEIR, CLOSED),
    }


def test_a_repeat_gets_the_receipt_that_names_both(exchange: Exchange) -> None:
    close(exchange, CLOSED, HEIR, forwards_to=HEIR)
    letter = exchange.letter(to=(CLOSED,))
    first, again = exchange.accept(letter), exchange.accept(letter)
    assert again.is_repeat
    assert (again.receipt, again.recipients) == (first.receipt, first.recipients)


def test_who_is_addressed_by_both_ids_gets_one_delivery(exchange: Exchange) -> None:
    close(exchange, CLOSED, HEIR, forwards_to=HEIR)
    accepted = exchange.accept(exchange.letter(to=(HEIR, CLOSED)))
    assert [one.decision for one in accepted.recipients] == [Decision.ACCEPTED, Decision.MERGED]
    assert {"recipient/forwarded", "recipient/duplicate"} <= set(codes(accepted))
    assert len(exchange.lease(HEIR).offers) == 1


def test_mail_that_would_come_back_to_its_sender_is_refused(exchange: Exchange) -> None:
    close(exchange, CLOSED, SENDER, forwards_to=SENDER)
    assert "recipient/is-sender" in exchange.refuse(exchange.letter(to=(CLOSED,)))


def test_what_waits_when_the_agency_closes_follows_its_rule(exchange: Exchange) -> None:
    letter = exchange.letter(to=(CLOSED,))
    accepted = exchange.accept(letter)
    close(exchange, CLOSED, HEIR)
    assert forward(exchange) == 0, "no rule"
    exchange.axis.registrar.forward(OrganId(CLOSED), None, instruction=WORD)
    exchange.clock.advance(MINUTE)
    assert forward(exchange) == 1
    assert forward(exchange) == 0
    (offer,) = exchange.lease(HEIR).offers
    assert (offer.envelope_id, offer.asked_as) == (accepted.envelope_id, OrganId(CLOSED))
    assert exchange.lease(CLOSED).offers == ()
    former, latter = way(exchange, accepted, CLOSED), way(exchange, accepted, HEIR)
    assert (former.state, former.redirected_to) == (DeliveryState.WITHDRAWN, latter.delivery_id)
    assert tags(former)[-1] == "delivery.forwarded"
    assert latter.redirected_from == former.delivery_id
    exchange.hand_over(offer, HEIR)
    told = {(one.type, party(one)): one for one in evidences(exchange, accepted) if one.type.is_per_delivery}
    withdrawal = told[EvidenceType.CONTENT_WITHDRAWAL, (CLOSED, None)]
    consignment = told[EvidenceType.CONTENT_CONSIGNMENT, (HEIR, CLOSED)]
    assert (EvidenceType.CONTENT_HANDOVER, (HEIR, CLOSED)) in told
    assert HEIR in withdrawal.reasons[0].vi
    assert str(latter.delivery_id) in withdrawal.reasons[0].en
    assert CLOSED in consignment.reasons[0].vi
    assert withdrawal.reasons[0].code == consignment.reasons[0].code == "delivery.forwarded"


def test_a_status_that_waits_at_a_closed_sender_follows_too(exchange: Exchange) -> None:
    letter, _ = fetched(exchange, CLOSED)
    status = exchange.accept(exchange.status(letter, CLOSED, StatusCode.RECEIVED), CLOSED)
    close(exchange, SENDER, HEIR, forwards_to=HEIR)
    assert forward(exchange) == 1
    assert [one.envelope_id for one in exchange.lease(HEIR).offers] == [status.envelope_id]


def test_a_notice_that_waits_follows_and_is_answered(exchange: Exchange) -> None:
    letter, document = fetched(exchange, CLOSED)
    recall = exchange.accept(recall_of(letter))
    close(exchange, CLOSED, HEIR, forwards_to=HEIR)
    assert forward(exchange) == 1
    assert [one.envelope_id for one in exchange.lease(HEIR).offers] == [recall.envelope_id]
    answers(exchange, letter, HEIR)
    assert way(exchange, document, CLOSED).demands[0].state.value == "agreed"


def test_evidence_of_a_recall_is_as_urgent_as_the_document(exchange: Exchange) -> None:
    letter = exchange.letter(URGENT, to=(CLOSED, "H41.21"))
    exchange.accept(letter)
    exchange.hand_over(exchange.lease("H41.21").offers[0], "H41.21")
    exchange.attest()
    exchange.accept(recall_of(letter))
    answers(exchange, letter, "H41.21")
    with exchange.axis.premises.transactions.read() as session:
        found = session.execute(text("SELECT type, min(priority_rank) AS least FROM owed_evidences GROUP BY type"))
        ranks = {row.type: row.least for row in found}
    assert ranks["ContentWithdrawal"] == ranks["RecallAgreement"] == 3


def test_what_was_fetched_or_is_held_stays(exchange: Exchange) -> None:
    exchange.accept(exchange.letter(to=(CLOSED,)))
    (offer,) = exchange.lease(CLOSED).offers
    exchange.fetch(offer, CLOSED)
    close(exchange, CLOSED, HEIR, forwards_to=HEIR)
    exchange.clock.advance(MINUTE * 90)
    assert forward(exchange) == 0
    assert exchange.lease(HEIR).offers == ()


def test_a_status_to_a_closed_sender_reaches_its_successor(exchange: Exchange) -> None:
    letter, _ = fetched(exchange, CLOSED)
    close(exchange, SENDER, HEIR, forwards_to=HEIR)
    accepted = exchange.accept(exchange.status(letter, CLOSED, StatusCode.RECEIVED), CLOSED)
    assert "recipient/forwarded" in codes(accepted)
    (offer,) = exchange.lease(HEIR).offers
    assert offer.envelope_id == accepted.envelope_id


def test_a_status_may_name_the_successor_of_the_sender_where_there_is_no_rule(exchange: Exchange) -> None:
    letter, document = fetched(exchange, CLOSED)
    close(exchange, SENDER, HEIR)
    report = exchange.status(letter, CLOSED, StatusCode.RECEIVED)
    assert exchange.refuse(report, CLOSED) == ("recipient/closed",)
    addressed = replace(report, response_for=replace(report.response_for, organ_id=OrganId(HEIR)))
    accepted = exchange.accept(addressed, CLOSED)
    assert exchange.lease(HEIR).offers[0].envelope_id == accepted.envelope_id
    assert [one.code for one in way(exchange, document, CLOSED, by=CLOSED).statuses] == ["03"]


@pytest.mark.parametrize("code", [StatusCode.ARRIVED, StatusCode.REFUSED, StatusCode.RECEIVED, StatusCode.COMPLETED])
def test_a_successor_says_what_became_of_an_old_document(exchange: Exchange, code: StatusCode) -> None:
    letter, document = fetched(exchange, CLOSED)
    close(exchange, CLOSED, HEIR)
    report = replace(exchange.status(letter, HEIR, code), description="Cơ quan kế thừa xử lý")
    accepted = exchange.accept(report, HEIR)
    assert codes(accepted) == ["sender/succeeds"]
    assert exchange.lease(SENDER).offers[0].envelope_id == accepted.envelope_id
    (said,) = way(exchange, document, CLOSED).statuses
    assert (said.code, said.sender, said.spoken_for) == (code.value, OrganId(HEIR), OrganId(CLOSED))
    assert CLOSED in read_evidence(accepted.receipt).reasons[0].vi


def test_who_is_no_successor_is_a_stranger(exchange: Exchange) -> None:
    letter, _ = fetched(exchange, CLOSED)
    close(exchange, CLOSED, HEIR)
    assert exchange.refuse(exchange.status(letter, "H41.21", StatusCode.RECEIVED), "H41.21") == (
        "status/unknown-document",
    )


def test_a_successor_of_an_open_agency_is_a_stranger(exchange: Exchange) -> None:
    letter, _ = fetched(exchange, CLOSED)
    registrar = exchange.axis.registrar
    registrar.succeed(OrganId(CLOSED), [OrganId(HEIR)], instruction=WORD)
    exchange.axis.atlas.refresh()
    assert exchange.refuse(exchange.status(letter, HEIR, StatusCode.RECEIVED), HEIR) == ("status/unknown-document",)


def test_a_successor_says_nothing_of_what_its_predecessor_never_got(exchange: Exchange) -> None:
    letter, _ = fetched(exchange, "H41.21")
    close(exchange, CLOSED, HEIR)
    assert exchange.refuse(exchange.status(letter, HEIR, StatusCode.RECEIVED), HEIR) == ("status/unknown-document",)


@pytest.mark.parametrize("agreed", [True, False])
def test_a_recall_goes_to_the_successor_and_its_answer_counts(exchange: Exchange, *, agreed: bool) -> None:
    letter, document = fetched(exchange, CLOSED)
    close(exchange, CLOSED, HEIR, forwards_to=HEIR)
    recall = exchange.accept(recall_of(letter))
    (notice,) = exchange.lease(HEIR).offers
    assert notice.envelope_id == recall.envelope_id
    answers(exchange, letter, HEIR, agreed=agreed)
    (demand,) = way(exchange, document, CLOSED).demands
    assert demand.state.value == ("agreed" if agreed else "declined")
    assert refused_answer(exchange, letter, HEIR) == ("status/already-answered",)
    kinds = [one.type for one in evidences(exchange, document)]
    assert kinds[-1] is (EvidenceType.RECALL_AGREEMENT if agreed else EvidenceType.RECALL_REFUSAL)


def test_a_successor_answers_what_it_was_told_and_nothing_before(exchange: Exchange) -> None:
    letter, document = fetched(exchange, CLOSED)
    exchange.accept(update_of(letter))
    close(exchange, CLOSED, HEIR, forwards_to=HEIR)
    exchange.accept(recall_of(letter))
    assert refused_answer(exchange, letter, HEIR) == ("status/demand-not-seen",)
    (notice,) = exchange.lease(HEIR).offers
    exchange.fetch(notice, HEIR)
    answers(exchange, letter, HEIR)
    assert [one.state.value for one in way(exchange, document, CLOSED).demands] == ["superseded", "agreed"]


def test_a_recall_without_a_rule_is_told_honestly_and_may_name_the_successor(exchange: Exchange) -> None:
    letter = exchange.letter(to=(CLOSED,))
    document = exchange.accept(letter)
    close(exchange, CLOSED, HEIR)
    assert "recipient/closed" in exchange.refuse(recall_of(letter))
    exchange.accept(recall_of(letter, HEIR))
    assert way(exchange, document, CLOSED).state is DeliveryState.WITHDRAWN
    assert exchange.lease(HEIR).offers == (), "nobody is told of what nobody fetched"


def test_a_recall_finds_what_followed_the_rule(exchange: Exchange) -> None:
    letter = exchange.letter(to=(CLOSED, "H41.21"))
    document = exchange.accept(letter)
    close(exchange, CLOSED, HEIR, forwards_to=HEIR)
    assert forward(exchange) == 1
    exchange.accept(recall_of(letter, CLOSED))
    assert way(exchange, document, HEIR).state is DeliveryState.WITHDRAWN
    assert way(exchange, document, HEIR).demands[0].state.value == "withdrawn"
    assert exchange.lease(HEIR).offers == ()


def test_one_answer_is_for_everything_a_successor_answers_for(exchange: Exchange) -> None:
    letter, document = fetched(exchange, CLOSED, HEIR)
    close(exchange, CLOSED, HEIR, forwards_to=HEIR)
    exchange.accept(recall_of(letter))
    assert len(exchange.lease(HEIR).offers) == 1
    answers(exchange, letter, HEIR)
    for organ_id in (CLOSED, HEIR):
        assert way(exchange, document, organ_id).demands[0].state.value == "agreed"
        assert way(exchange, document, organ_id).recalled_at is not None


def test_a_take_back_reaches_the_successor(exchange: Exchange) -> None:
    letter, document = fetched(exchange, CLOSED)
    close(exchange, CLOSED, HEIR, forwards_to=HEIR)
    exchange.accept(take_back(letter, exchange.people[SENDER], of=CLOSED, at=exchange.clock.now()))
    assert len(exchange.lease(HEIR).offers) == 1
    answers(exchange, letter, HEIR)
    assert way(exchange, document, CLOSED).demands[0].state.value == "agreed"


def test_an_update_takes_off_a_closed_agency(exchange: Exchange) -> None:
    letter, document = fetched(exchange, CLOSED)
    close(exchange, CLOSED, HEIR, forwards_to=HEIR)
    exchange.accept(update_of(letter, remove=(CLOSED,)))
    assert way(exchange, document, CLOSED).demands[0].kind.value == "removal"


def test_a_successor_of_the_sender_recalls_replaces_and_is_answered(exchange: Exchange) -> None:
    letter, document = fetched(exchange, CLOSED)
    close(exchange, SENDER, HEIR, forwards_to=HEIR)
    own = replace(letter, sender=replace(letter.sender, organ_id=OrganId(HEIR)))
    recall = exchange.accept(recall_of(own), HEIR)
    assert "sender/succeeds" in codes(recall)
    answers(exchange, letter, CLOSED)
    (demand,) = way(exchange, document, CLOSED, by=CLOSED).demands
    assert (demand.envelope_id, demand.state.value) == (recall.envelope_id, "agreed")
    assert [one.status_code for one in exchange.lease(HEIR).offers] == ["15"]
    new = exchange.letter(replace(FIRST, number=77), to=(CLOSED,))
    new = replace(new, sender=replace(new.sender, organ_id=OrganId(HEIR)))
    replaced = exchange.accept(replacement_of(new, letter), HEIR)
    assert "sender/succeeds" in codes(replaced)


def test_who_is_no_successor_of_the_sender_recalls_nothing(exchange: Exchange) -> None:
    letter, _ = fetched(exchange, CLOSED)
    close(exchange, SENDER, HEIR, forwards_to=HEIR)
    foreign = replace(letter, sender=replace(letter.sender, organ_id=OrganId("H41.21")))
    outcome = exchange.submit(recall_of(foreign), "H41.21")
    assert isinstance(outcome, Refusal)
    assert "business/unknown-target" in {one.code for one in outcome.findings}


def test_of_a_circle_nothing_goes_anywhere(exchange: Exchange) -> None:
    close(exchange, CLOSED, HEIR, forwards_to=HEIR)
    with pytest.raises(Refused, match="succession-cycle"):
        close(exchange, HEIR, CLOSED, forwards_to=CLOSED)
    close(exchange, HEIR, "H41.21")
    assert "recipient/closed" in exchange.refuse(exchange.letter(to=(CLOSED,)))
