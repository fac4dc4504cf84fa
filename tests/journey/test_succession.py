"""Agencies close while the exchange goes on: over HTTP, from the rule to the last evidence, and what must not work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from axis.demo.letters import report
from axis.exchange.forwarding import Forwarding
from axis.exchange.interventions import Word
from axis.exchange.redirecting import ToAgency
from axis.sdk import ProblemReported
from envelopes.codes import StatusCode
from envelopes.evidence import EvidenceType
from envelopes.identifiers import EnvelopeId
from envelopes.model import Envelope
from envelopes.texts import VIETNAM
from routing.calendar import WORKING_DAYS
from storage.records import DeliveryFilter
from tests.fixtures.operations import answer_to, recall_of
from tests.fixtures.operator import redirecting
from tests.fixtures.running import WORD, RunningAxis, Station
from tests.journey.test_recalls import content, refused, send, sent, taken


def close(running: RunningAxis, station: Station, heir: Station, *, forwards: bool = True) -> None:
    """Close an agency from today on, succeeded by another one, which gets its mail or not."""
    registrar, today = running.embedded.axis.registrar, running.clock.now().astimezone(VIETNAM).date()
    registrar.close(station.organ_id, today, successors=(heir.organ_id,), instruction=WORD)
    if forwards:
        registrar.forward(station.organ_id, None, instruction=WORD)


def forward(running: RunningAxis) -> int:
    """Have what waits at closed agencies follow its rule now, and not within the minute."""
    axis = running.embedded.axis
    return Forwarding(axis.premises, axis.atlas, WORKING_DAYS, axis.timekeeper).forward_due()


def redirect(running: RunningAxis, station: Station, to: Station) -> int:
    """Give what waits for an agency to another one, on an operator's word; return how many were made."""
    hand = redirecting(running.embedded.axis)
    meant = ToAgency(hand.find_target(to.organ_id, path="--to"), Word("tests", "Gửi nhầm cơ quan"))
    return len(hand.redirect(hand.choose(DeliveryFilter(recipient=station.organ_id)), meant).made)


def ways(station: Station, envelope_id: EnvelopeId) -> Mapping[str, dict[str, Any]]:
    """Return where each recipient stands, as a party sees it."""
    return {one["recipient"]: one for one in station.sdk.trace(envelope_id)["deliveries"]}


def says(running: RunningAxis, letter: Envelope, by: Station, code: StatusCode = StatusCode.RECEIVED) -> EnvelopeId:
    return send(running, report(letter, by.participant, code=code, at=running.clock.now()), by)


def kinds(station: Station, envelope_id: EnvelopeId) -> list[tuple[EvidenceType, str, str | None]]:
    """Return the evidence about deliveries: its kind, whom it is about, and the id the message has for that one."""
    found = []
    for evidence, _ in station.sdk.evidences(envelope_id):
        if evidence.type.is_per_delivery:
            party = evidence.recipients[0].party
            named = None if party.named_as is None else str(party.named_as)
            found.append((evidence.type, str(party.organ_id), named))
    return found


def test_the_whole_way_of_a_letter_to_a_closed_agency(running: RunningAxis) -> None:
    sender, closed, heir = running.agencies(3)
    close(running, closed, heir)
    letter = running.letter(sender, [closed])
    answer = sender.post(running.signed(letter, sender)).json()
    (recipient,) = answer["recipients"]
    was, now = str(closed.organ_id), str(heir.organ_id)
    assert (recipient["decision"], recipient["asked_as"], recipient["organ_id"]) == ("accepted", was, now)
    assert recipient["successor"] == now
    (warning,) = (one for one in answer["warnings"] if one["code"] == "recipient/forwarded")
    assert was in warning["vi"]
    assert now in warning["en"]
    offer = taken(heir)
    assert str(offer.asked_as) == was
    says(running, letter, heir)
    envelope_id = EnvelopeId(offer.envelope_id)
    running.settle()
    assert kinds(sender, envelope_id) == [
        (EvidenceType.CONTENT_CONSIGNMENT, now, was),
        (EvidenceType.CONTENT_HANDOVER, now, was),
    ]
    assert ways(sender, envelope_id)[now]["current"]["code"] == "03"
    shown = sender.http.get(f"/v1/directory/agencies/{was}").json()
    assert (shown["successors"], shown["forwards_to"]) == ([now], now)


def test_what_waits_when_an_agency_closes_is_not_stuck(running: RunningAxis) -> None:
    sender, closing, heir = running.agencies(3)
    letter, document = sent(running, sender, closing)
    close(running, closing, heir)
    assert forward(running) == 1
    assert forward(running) == 0
    offer = taken(heir)
    assert closing.sdk.lease().offers == ()
    running.settle()
    was, now = str(closing.organ_id), str(heir.organ_id)
    former, latter = ways(sender, document)[was], ways(sender, document)[now]
    assert (former["state"], former["redirected_to"]) == ("withdrawn", latter["delivery_id"])
    assert (latter["redirected_from"], latter["asked_as"]) == (former["delivery_id"], was)
    assert ways(heir, document)[now]["delivery_id"] == str(offer.delivery_id)
    assert set(kinds(sender, document)) == {
        (EvidenceType.CONTENT_CONSIGNMENT, was, None),
        (EvidenceType.CONTENT_WITHDRAWAL, was, None),
        (EvidenceType.CONTENT_CONSIGNMENT, now, was),
        (EvidenceType.CONTENT_HANDOVER, now, was),
    }
    recall = send(running, recall_of(letter), sender)
    assert taken(heir).envelope_id == recall
    send(running, answer_to(letter, heir.participant, agreed=True, at=running.clock.now()), heir)
    assert ways(sender, document)[now]["demands"][0]["state"] == "agreed"
    assert content(heir, offer) == (410, "delivery/recalled")


def test_a_successor_speaks_of_old_documents_and_strangers_do_not(running: RunningAxis) -> None:
    sender, closed, heir, stranger = running.agencies(4)
    letter, document = sent(running, sender, closed)
    taken(closed)
    close(running, closed, heir, forwards=False)
    for code in (StatusCode.ARRIVED, StatusCode.RECEIVED, StatusCode.COMPLETED):
        says(running, letter, heir, code)
    own = ways(sender, document)[str(closed.organ_id)]
    assert [one["code"] for one in own["statuses"]] == ["01", "03", "06"]
    assert {(one["sender"], one["spoken_for"]) for one in own["statuses"]} == {
        (str(heir.organ_id), str(closed.organ_id))
    }
    told = report(letter, stranger.participant, code=StatusCode.RECEIVED, at=running.clock.now())
    assert refused(running, told, stranger) == {"status/unknown-document"}
    with pytest.raises(ProblemReported) as reported:
        heir.sdk.trace(document)
    assert reported.value.problem.status == 404, "speaking is not reading"


def test_a_recall_of_what_a_closed_agency_has_is_answered_by_its_successor(running: RunningAxis) -> None:
    sender, closed, heir = running.agencies(3)
    letter, document = sent(running, sender, closed)
    offer = taken(closed)
    close(running, closed, heir)
    recall = send(running, recall_of(letter), sender)
    assert taken(heir).envelope_id == recall
    status = send(running, answer_to(letter, heir.participant, agreed=True, at=running.clock.now()), heir)
    (demand,) = ways(sender, document)[str(closed.organ_id)]["demands"]
    assert (demand["state"], demand["answer_id"]) == ("agreed", str(status))
    assert content(closed, offer) == (410, "delivery/recalled")
    running.settle()
    assert kinds(sender, document)[-1] == (EvidenceType.RECALL_AGREEMENT, str(closed.organ_id), None)


def test_a_recall_without_a_rule_is_refused_and_names_the_successor(running: RunningAxis) -> None:
    sender, closed, heir = running.agencies(3)
    letter, _ = sent(running, sender, closed)
    close(running, closed, heir, forwards=False)
    answer = sender.post(running.signed(recall_of(letter), sender)).json()
    (finding,) = (one for one in answer["findings"] if one["code"] == "recipient/closed")
    assert str(heir.organ_id) in finding["vi"]
    send(running, recall_of(letter, heir.organ_id), sender)
    assert closed.sdk.lease().offers == heir.sdk.lease().offers == ()


def test_a_successor_of_the_sender_hears_and_recalls(running: RunningAxis) -> None:
    closed, recipient, heir, stranger = running.agencies(4)
    letter, document = sent(running, closed, recipient)
    offer = taken(recipient)
    close(running, closed, heir)
    told = says(running, letter, recipient)
    assert taken(heir).envelope_id == told
    theirs = replace(letter, sender=replace(letter.sender, organ_id=stranger.organ_id))
    assert "business/unknown-target" in refused(running, recall_of(theirs), stranger)
    own = replace(letter, sender=replace(letter.sender, organ_id=heir.organ_id))
    recall = send(running, recall_of(own), heir)
    assert taken(recipient).envelope_id == recall
    answered = send(running, answer_to(letter, recipient.participant, agreed=True, at=running.clock.now()), recipient)
    assert taken(heir).envelope_id == answered
    assert content(recipient, offer) == (410, "delivery/recalled")
    assert ways(recipient, document)[str(recipient.organ_id)]["demands"][0]["envelope_id"] == str(recall)


def test_an_operator_gives_what_waits_to_another_agency(running: RunningAxis) -> None:
    sender, wrong, right = running.agencies(3)
    letter, document = sent(running, sender, wrong)
    (held,) = wrong.sdk.lease().offers
    assert redirect(running, wrong, right) == 1
    assert redirect(running, wrong, right) == 0
    assert content(wrong, held) == (410, "delivery/withdrawn")
    offer = taken(right)
    assert (offer.envelope_id, str(offer.asked_as)) == (document, str(wrong.organ_id))
    says(running, letter, right)
    running.settle()
    reasons = [one.reasons[0] for one, _ in sender.sdk.evidences(document) if one.reasons and one.type.is_per_delivery]
    assert [one.code for one in reasons] == ["delivery.redirected"] * 2
    for one in reasons:
        assert "Gửi nhầm cơ quan" in one.vi
    tags = [one["tag"] for one in ways(sender, document)[str(wrong.organ_id)]["events"]]
    assert tags[-1] == "delivery.redirected"
    recall = send(running, recall_of(letter), sender)
    assert taken(right).envelope_id == recall
