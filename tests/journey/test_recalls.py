"""Recalls over HTTP: before the fetch and after it, at the same moment, and everything that must not work."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from axis.sdk import Offer, ProblemReported
from envelopes.evidence import EvidenceType
from envelopes.identifiers import DocumentId, EnvelopeId
from envelopes.model import Envelope
from envelopes.status import StatusReport
from tests.fixtures.operations import answer_to, recall_of, replacement_of, take_back, update_of
from tests.fixtures.running import WORD, RunningAxis, Station, eventually

ROUNDS = 12
"""Races of each kind: the two that meet begin at the same moment, and either may win."""


def sent(running: RunningAxis, sender: Station, *recipients: Station) -> tuple[Envelope, EnvelopeId]:
    """Return a letter that its recipients wait for."""
    letter = running.letter(sender, recipients)
    return letter, sender.sdk.send(running.signed(letter, sender)).envelope_id


def send(running: RunningAxis, message: Envelope | StatusReport, by: Station) -> EnvelopeId:
    return by.sdk.send(running.signed(message, by)).envelope_id


def taken(station: Station) -> Offer:
    """Return what a station fetched and acknowledged."""
    (offer,) = station.sdk.lease().offers
    station.sdk.fetch(offer)
    station.sdk.acknowledge(offer, station.signer)
    return offer


def refused(running: RunningAxis, message: Envelope | StatusReport, by: Station) -> set[str]:
    """Return the codes of a refusal, which has evidence."""
    answer = by.post(running.signed(message, by))
    assert answer.status_code == 422
    assert answer.json()["evidence"]
    return {one["code"] for one in answer.json()["findings"] if one["severity"] == "error"}


def way(station: Station, envelope_id: EnvelopeId) -> dict[str, Any]:
    (own,) = station.sdk.trace(envelope_id)["deliveries"]
    return dict(own)


def answer(running: RunningAxis, letter: Envelope, by: Station, *, agreed: bool = True) -> StatusReport:
    return answer_to(letter, by.participant, agreed=agreed, at=running.clock.now())


def content(station: Station, offer: Offer) -> tuple[int, str]:
    answer = station.http.get(f"/v1/deliveries/{offer.delivery_id}/content")
    return answer.status_code, "" if answer.is_success else answer.json()["code"]


def test_before_the_fetch_the_document_is_withdrawn_at_once(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    letter, document = sent(running, sender, recipient)
    (offer,) = recipient.sdk.lease().offers
    recall = send(running, recall_of(letter), sender)
    assert content(recipient, offer) == (410, "delivery/withdrawn")
    with pytest.raises(ProblemReported) as reported:
        recipient.sdk.acknowledge(offer, recipient.signer)
    assert (reported.value.problem.status, reported.value.problem.code) == (409, "acknowledgement/already-final")
    assert recipient.sdk.lease().offers == ()
    for station in (sender, recipient):
        for envelope_id in (document, recall):
            own = way(station, envelope_id)
            assert own["state"] == "withdrawn"
            (demand,) = own["demands"]
            assert (demand["kind"], demand["state"], demand["envelope_id"]) == ("recall", "withdrawn", str(recall))
    running.settle()
    kinds = {one.type for one, _ in recipient.sdk.evidences(document)}
    assert kinds == {EvidenceType.CONTENT_CONSIGNMENT, EvidenceType.CONTENT_WITHDRAWAL}


def test_after_the_fetch_the_recipient_is_asked_and_agrees(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    letter, document = sent(running, sender, recipient)
    offer = taken(recipient)
    recall = send(running, recall_of(letter), sender)
    notice = taken(recipient)
    assert (notice.envelope_id, notice.business_type) == (recall, "1")
    assert content(recipient, offer) == (200, "")
    status = send(running, answer(running, letter, recipient), recipient)
    assert content(recipient, offer) == (410, "delivery/recalled")
    own = way(recipient, document)
    assert (own["state"], own["demands"][0]["state"]) == ("handed_over", "agreed")
    assert own["demands"][0]["answer_id"] == str(status)
    view = recipient.http.get(f"/v1/deliveries/{offer.delivery_id}").json()
    assert (view["recalled_at"], view["digest"]) == (own["recalled_at"], offer.digest)
    running.settle()
    assert [one.type for one, _ in sender.sdk.evidences(document)][-1] is EvidenceType.RECALL_AGREEMENT
    assert sender.http.get(f"/v1/envelopes/{document}/content").is_success


def test_a_replacement_is_seen_from_both_sides(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    old, before = sent(running, sender, recipient)
    new = replacement_of(running.letter(sender, [recipient]), old)
    after = send(running, new, sender)
    for station in (sender, recipient):
        assert station.http.get(f"/v1/envelopes/{before}").json()["replaced_by"][0]["envelope_id"] == str(after)
        assert station.sdk.trace(after)["envelope"]["replaces"][0]["document_id"] == str(old.document_id)
    offers = {one.envelope_id: one for one in recipient.sdk.lease().offers}
    assert (offers[before].replaced_by, offers[after].replaces) == ((after,), (before,))
    view = recipient.http.get(f"/v1/deliveries/{offers[before].delivery_id}").json()
    assert view["replaced_by"][0]["envelope_id"] == str(after)


def test_an_update_adds_one_agency_and_takes_another_off(running: RunningAxis) -> None:
    sender, stays, leaves, comes = running.agencies(4)
    letter, document = sent(running, sender, stays, leaves)
    taken(stays)
    update = send(running, update_of(letter, add=(comes.organ_id,), remove=(leaves.organ_id,)), sender)
    assert way(leaves, document)["state"] == "withdrawn"
    assert way(stays, document)["demands"][0]["kind"] == "update"
    assert [one.envelope_id for one in comes.sdk.lease().offers] == [update]
    assert leaves.sdk.lease().offers == ()


# ── at the same moment ────────────────────────────────────────────────────────────────────────────────────────────────


def at_once(first: Any, second: Any) -> tuple[Any, Any]:
    """Return what two deeds came to that began at the same moment."""
    start = Barrier(2)

    def do(deed: Any) -> Any:
        start.wait(30)
        return deed()

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.submit(do, first), pool.submit(do, second)
        return one.result(60), other.result(60)


def test_a_recall_and_a_fetch_at_once_end_in_one_of_two_ways(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    for _ in range(ROUNDS):
        letter, document = sent(running, sender, recipient)
        (offer,) = recipient.sdk.lease().offers
        recall = running.signed(recall_of(letter), sender)
        (status, code), posted = at_once(lambda one=offer: content(recipient, one), lambda one=recall: sender.post(one))
        assert posted.status_code == 201
        own = way(sender, document)
        notices = recipient.sdk.lease().offers
        if status == 200:
            assert (own["state"], own["demands"][0]["state"], len(notices)) == ("consigned", "asked", 1)
            recipient.sdk.acknowledge(notices[0], recipient.signer, failure="Chỉ thử nghiệm")
        else:
            assert (status, code, own["state"], notices) == (410, "delivery/withdrawn", "withdrawn", ())
            assert "delivery.fetched" not in [event["tag"] for event in own["events"]]


def test_two_recalls_at_once_ask_once(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    other = running.station(sender.participant)
    for _ in range(ROUNDS):
        letter, document = sent(running, sender, recipient)
        packages = [running.signed(recall_of(letter, reason=f"Lý do {one}"), sender) for one in range(2)]
        answers = at_once(lambda one=packages: sender.post(one[0]), lambda one=packages: other.post(one[1]))
        assert sorted(one.status_code for one in answers) == [201, 422]
        (loser,) = (one.json() for one in answers if one.status_code == 422)
        assert "recipient/already-recalled" in {one["code"] for one in loser["findings"]}
        assert [event["tag"] for event in way(sender, document)["events"]].count("delivery.withdrawn") == 1


def test_the_same_recall_twice_at_once_has_one_receipt(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    other = running.station(sender.participant)
    for _ in range(ROUNDS):
        letter, _ = sent(running, sender, recipient)
        package = running.signed(recall_of(letter), sender)
        answers = at_once(lambda one=package: sender.post(one), lambda one=package: other.post(one))
        assert sorted(one.status_code for one in answers) == [200, 201]
        assert len({one.json()["receipt"] for one in answers}) == 1


def test_a_yes_and_a_no_at_once_are_one_answer(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    other = running.station(recipient.participant)
    letter, document = sent(running, sender, recipient)
    taken(recipient)
    send(running, recall_of(letter), sender)
    packages = [running.signed(answer(running, letter, recipient, agreed=one), recipient) for one in (True, False)]
    answers = at_once(lambda: recipient.post(packages[0]), lambda: other.post(packages[1]))
    assert sorted(one.status_code for one in answers) == [201, 422]
    (loser,) = (one.json() for one in answers if one.status_code == 422)
    assert loser["code"] == "status/already-answered"
    tags = [event["tag"] for event in way(sender, document)["events"]]
    assert sum(tag in {"recall.agreed", "recall.declined"} for tag in tags) == 1


def test_an_answer_to_an_update_is_none_to_a_recall_that_came_before_it(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    letter, document = sent(running, sender, recipient)
    offer = taken(recipient)
    send(running, update_of(letter), sender)
    taken(recipient)
    late = running.signed(answer(running, letter, recipient), recipient)
    send(running, recall_of(letter), sender)
    refusal = recipient.post(late)
    assert (refusal.status_code, refusal.json()["code"]) == (422, "status/demand-not-seen")
    assert content(recipient, offer) == (200, "")
    assert [one["state"] for one in way(sender, document)["demands"]] == ["superseded", "asked"]
    taken(recipient)
    later = answer_to(letter, recipient.participant, agreed=True, at=running.clock.now() + timedelta(seconds=1))
    send(running, later, recipient)
    assert content(recipient, offer) == (410, "delivery/recalled")


def test_an_answer_to_an_update_and_a_recall_at_once_are_never_taken_for_each_other(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    for _ in range(ROUNDS):
        letter, document = sent(running, sender, recipient)
        offer = taken(recipient)
        send(running, update_of(letter), sender)
        taken(recipient)
        late = running.signed(answer(running, letter, recipient), recipient)
        recall = running.signed(recall_of(letter), sender)
        answered, recalled = at_once(lambda one=late: recipient.post(one), lambda one=recall: sender.post(one))
        assert recalled.status_code == 201
        states = [(one["kind"], one["state"]) for one in way(sender, document)["demands"]]
        first = "agreed" if answered.status_code == 201 else "superseded"
        assert states == [("update", first), ("recall", "asked")]
        assert content(recipient, offer) == (200, "")
        taken(recipient)


def test_a_second_no_is_none_to_a_recall_that_came_before_it(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    letter, document = sent(running, sender, recipient)
    taken(recipient)
    send(running, recall_of(letter), sender)
    taken(recipient)
    moment = running.clock.now()
    send(running, answer_to(letter, recipient.participant, agreed=False, at=moment), recipient)
    second = answer_to(letter, recipient.participant, agreed=False, at=moment + timedelta(seconds=1))
    send(running, recall_of(letter, reason="Một lần nữa"), sender)
    assert refused(running, second, recipient) == {"status/demand-not-seen"}
    assert [one["state"] for one in way(sender, document)["demands"]] == ["declined", "asked"]


# ── bad input ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_recalls_what_is_not_its_own(running: RunningAxis) -> None:
    sender, recipient, stranger = running.agencies(3)
    letter, document = sent(running, sender, recipient)
    for other, code in ((recipient, "business/not-original-sender"), (stranger, "business/unknown-target")):
        own = running.letter(other, [sender])
        business = replace(recall_of(letter).business, document_id=letter.document_id)
        assert code in refused(running, replace(own, business=business), other)
    assert way(sender, document)["state"] == "consigned"


def test_nothing_is_recalled_that_nobody_sent(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    letter = running.letter(sender, [recipient])
    assert "business/unknown-target" in refused(running, recall_of(letter), sender)


def test_nothing_is_recalled_twice_and_no_recall_at_all(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    letter, _ = sent(running, sender, recipient)
    recall = replace(recall_of(letter), document_id=DocumentId(f"{letter.document_id}-TH"))
    first = sender.sdk.send(running.signed(recall, sender))
    assert sender.sdk.send(running.signed(recall, sender)).octets == first.octets
    again = refused(running, recall_of(letter, reason="Một lần nữa"), sender)
    assert again == {"recipient/none-left", "recipient/already-recalled"}
    assert "business/not-a-document" in refused(running, recall_of(recall, reason="Thu hồi"), sender)


def test_who_never_had_it_is_told_of_nothing(running: RunningAxis) -> None:
    sender, recipient, other = running.agencies(3)
    letter, _ = sent(running, sender, recipient)
    receipt = sender.sdk.send(running.signed(recall_of(letter, recipient.organ_id, other.organ_id), sender))
    decided = {one["asked_as"]: one["decision"] for one in receipt.answer["recipients"]}  # type: ignore[attr-defined]
    assert decided == {str(recipient.organ_id): "accepted", str(other.organ_id): "refused"}
    assert other.sdk.lease().offers == ()


def test_an_agency_that_closed_recalls_nothing_and_its_successor_does(running: RunningAxis) -> None:
    sender, successor, recipient, stranger = running.agencies(4)
    letter, document = sent(running, sender, recipient)
    yesterday = running.clock.now().date() - timedelta(days=2)
    registrar = running.embedded.axis.registrar
    registrar.close(sender.organ_id, yesterday, successors=[successor.organ_id], instruction=WORD)

    def closed() -> set[str] | None:
        codes = refused(running, recall_of(letter), sender)
        return codes if "sender/closed" in codes else None

    assert eventually(closed)
    business = recall_of(letter).business
    theirs = replace(running.letter(stranger, [recipient]), business=business)
    assert "business/unknown-target" in refused(running, theirs, stranger)
    assert way(recipient, document)["state"] == "consigned"
    send(running, replace(running.letter(successor, [recipient]), business=business), successor)
    assert way(recipient, document)["state"] == "withdrawn"


def test_answers_that_nobody_asked_for_are_refused(running: RunningAxis) -> None:
    sender, recipient, other, stranger = running.agencies(4)
    letter, document = sent(running, sender, recipient, other)
    taken(recipient)
    assert refused(running, answer(running, letter, recipient), recipient) == {"status/not-asked"}
    asked = take_back(letter, sender.participant, of=recipient.organ_id, at=running.clock.now())
    send(running, asked, sender)
    assert refused(running, answer(running, letter, other), other) == {"status/not-asked"}
    assert refused(running, answer(running, letter, stranger), stranger) == {"status/unknown-document"}
    later = replace(asked, timestamp=(running.clock.now() + timedelta(seconds=2)).replace(microsecond=0))
    assert refused(running, later, sender) == {"status/already-recalled"}
    send(running, answer(running, letter, recipient), recipient)
    assert refused(running, answer(running, letter, recipient, agreed=False), recipient) == {"status/already-answered"}
    assert way(recipient, document)["demands"][0]["state"] == "agreed"
