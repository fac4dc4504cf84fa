"""The recipient's side: leases, content, acknowledgements, and what each leaves behind."""

from __future__ import annotations

import hashlib
from contextlib import closing
from datetime import timedelta
from threading import Barrier, Thread
from typing import BinaryIO

import pytest

from axis.demo.letters import FIRST, URGENT
from axis.errors import LeaseLost, NotFound, PartAbsent, Refused
from axis.exchange.contents import Part
from axis.exchange.deadlines import PUT_OFF
from axis.exchange.offers import LeaseGrant, Offer
from axis.exchange.outcomes import Acceptance
from envelopes.acknowledgement import AckOutcome
from envelopes.evidence import EvidenceType
from envelopes.identifiers import OrganId
from envelopes.packages import package_of
from routing.delivery import Delivery, next_state
from routing.errors import ImpossibleStep
from routing.events import EventTag
from routing.leases import LeaseTerms
from routing.lifecycle import DeliveryState
from storage.blobs.filesystem import FilesystemBlobs
from storage.errors import BlobCorrupt, BlobMissing
from tests.axis.web.running import open_files_in
from tests.fixtures.exchange import SENDER, Exchange


def offered(exchange: Exchange, organ_id: str = "G22") -> Offer:
    """Return the offer of a letter that was sent to one agency, leased by it."""
    exchange.accept(exchange.letter(to=(organ_id,)))
    return exchange.lease(organ_id).offers[0]


def test_urgent_letters_come_first_then_the_oldest(exchange: Exchange) -> None:
    for letter in (FIRST, URGENT):
        exchange.accept(exchange.letter(letter, to=("G22",)))
        exchange.clock.advance(timedelta(seconds=1))
    assert [offer.number for offer in exchange.lease("G22").offers] == ["124", "123"]


def test_what_is_leased_is_not_offered_again_until_the_lease_runs_out(exchange: Exchange) -> None:
    offered(exchange)
    assert exchange.lease("G22").offers == ()
    exchange.clock.advance(timedelta(minutes=5))
    assert len(exchange.lease("G22").offers) == 1


def test_a_released_lease_comes_back_at_once(exchange: Exchange) -> None:
    exchange.accept(exchange.letter(to=("G22",)))
    grant = exchange.lease("G22")
    assert grant.lease_id is not None
    assert exchange.axis.handover.release(grant.lease_id, exchange.caller("H26.18")) == 0
    assert exchange.axis.handover.release(grant.lease_id, exchange.caller("G22")) == 1
    assert len(exchange.lease("G22").offers) == 1


def test_the_sweep_returns_leases_that_ran_out(exchange: Exchange) -> None:
    offered(exchange)
    assert exchange.axis.deadlines.return_leases() == 0
    exchange.clock.advance(timedelta(minutes=6))
    assert exchange.axis.deadlines.return_leases() == 1


def test_two_pullers_at_once_never_get_the_same_delivery(exchange: Exchange) -> None:
    exchange.accept(exchange.letter(to=("G22",)))
    caller, start, grants = exchange.caller("G22"), Barrier(2), list[LeaseGrant]()

    def pull() -> None:
        start.wait()
        grants.append(exchange.axis.handover.lease(caller, recipients=(OrganId("G22"),), terms=LeaseTerms()))

    threads = [Thread(target=pull) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(grant.offers) for grant in grants) == [0, 1]


def test_content_is_the_senders_octets_bit_for_bit(exchange: Exchange) -> None:
    package = exchange.sign(exchange.letter(to=("G22",)))
    exchange.axis.intake.submit(package_of(package), exchange.caller(SENDER))
    offer = exchange.lease("G22").offers[0]
    assert exchange.fetch(offer, "G22") == package
    view = exchange.axis.handover.delivery(offer.delivery_id, exchange.caller("G22"))
    assert view.fetched_at == exchange.clock.now()


def test_content_needs_the_turn(exchange: Exchange) -> None:
    offer = offered(exchange)
    exchange.clock.advance(timedelta(minutes=6))
    with pytest.raises(LeaseLost):
        exchange.fetch(offer, "G22")


def lies_with_recipient(exchange: Exchange, offer: Offer) -> bool:
    """Whether the delivery was fetched, by its own word and by that of its events."""
    view = exchange.axis.handover.delivery(offer.delivery_id, exchange.caller("G22"))
    trace = exchange.axis.tracer.trace(offer.envelope_id, exchange.caller("G22"))
    is_recorded = "delivery.fetched" in [event.tag for event in trace.deliveries[0].events]
    assert is_recorded is (view.fetched_at is not None)
    return is_recorded


def test_a_fetch_is_committed_before_the_first_octet_is_read(exchange: Exchange) -> None:
    offer = offered(exchange)
    with closing(exchange.axis.handover.content(offer.delivery_id, exchange.caller("G22"))) as content:
        assert content.stream.tell() == 0
        assert lies_with_recipient(exchange, offer)


def test_a_part_is_a_fetch_too_and_what_lies_beyond_the_end_is_none(exchange: Exchange) -> None:
    offer = offered(exchange)
    with pytest.raises(PartAbsent) as absent:
        exchange.fetch(offer, "G22", Part(first=offer.size))
    assert absent.value.size == offer.size
    assert not lies_with_recipient(exchange, offer)
    tail = exchange.fetch(offer, "G22", Part(first=100))
    assert lies_with_recipient(exchange, offer)
    assert exchange.fetch(offer, "G22") == exchange.fetch(offer, "G22", Part(last=99)) + tail


@pytest.mark.parametrize(("octets", "expected"), [(None, BlobMissing), (b"<edXML/>", BlobCorrupt)])
def test_what_the_store_does_not_have_any_more_was_not_fetched(
    exchange: Exchange, octets: bytes | None, expected: type[Exception]
) -> None:
    offer = offered(exchange)
    kept = next(exchange.blobs.rglob(offer.digest))
    if octets is None:
        kept.unlink()
    else:
        kept.write_bytes(octets)
    with pytest.raises(expected):
        exchange.fetch(offer, "G22")
    assert not lies_with_recipient(exchange, offer)
    with pytest.raises(expected):
        exchange.axis.tracer.content(offer.envelope_id, exchange.caller(SENDER))


def test_nothing_is_opened_for_whoever_has_no_turn(exchange: Exchange) -> None:
    """Of what is not there an open would say so."""
    offer = offered(exchange)
    next(exchange.blobs.rglob(offer.digest)).unlink()
    exchange.clock.advance(timedelta(minutes=6))
    with pytest.raises(LeaseLost):
        exchange.fetch(offer, "G22")


def test_whoever_loses_his_turn_while_the_object_is_opened_leaves_no_open_file(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer, opened = offered(exchange), FilesystemBlobs.open

    def slowly(blobs: FilesystemBlobs, digest: bytes) -> BinaryIO:
        stream = opened(blobs, digest)
        exchange.clock.advance(timedelta(minutes=6))
        return stream

    monkeypatch.setattr(FilesystemBlobs, "open", slowly)
    with pytest.raises(LeaseLost):
        exchange.fetch(offer, "G22")
    assert open_files_in(exchange.blobs) == []
    assert not lies_with_recipient(exchange, offer)


def test_a_sender_gets_its_own_octets_back_whole_or_in_part(exchange: Exchange) -> None:
    package = exchange.sign(exchange.letter(to=("G22",)))
    accepted = exchange.axis.intake.submit(package_of(package), exchange.caller(SENDER))
    assert isinstance(accepted, Acceptance)
    with closing(exchange.axis.tracer.content(accepted.envelope_id, exchange.caller(SENDER))) as content:
        assert content.read(len(package) + 1) == package
    tail = Part(tail=7)
    with closing(exchange.axis.tracer.content(accepted.envelope_id, exchange.caller(SENDER), part=tail)) as content:
        assert (content.read(100), content.read(100)) == (package[-7:], b"")
    with pytest.raises(PartAbsent):
        exchange.axis.tracer.content(accepted.envelope_id, exchange.caller(SENDER), part=Part(first=len(package)))


@pytest.mark.parametrize("other", [SENDER, "H26.18"])
def test_other_agencies_find_nothing(exchange: Exchange, other: str) -> None:
    offer, caller = offered(exchange), exchange.caller(other)
    with pytest.raises(NotFound):
        exchange.axis.handover.content(offer.delivery_id, caller)
    with pytest.raises(NotFound):
        exchange.axis.handover.delivery(offer.delivery_id, caller)
    with pytest.raises(NotFound):
        exchange.axis.acknowledgements.acknowledge(offer.delivery_id, exchange.statement(offer, other), caller=caller)
    with pytest.raises(NotFound):
        exchange.axis.handover.lease(caller, recipients=(OrganId("G22"),), terms=LeaseTerms())


def acknowledge(exchange: Exchange, offer: Offer, token: str) -> DeliveryState:
    return exchange.axis.acknowledgements.acknowledge(offer.delivery_id, token, caller=exchange.caller("G22")).state


def test_a_signed_acknowledgement_ends_the_delivery_and_repeats_harmlessly(exchange: Exchange) -> None:
    offer = offered(exchange)
    exchange.fetch(offer, "G22")
    token = exchange.statement(offer, "G22")
    assert acknowledge(exchange, offer, token) is DeliveryState.HANDED_OVER
    again = exchange.axis.acknowledgements.acknowledge(offer.delivery_id, token, caller=exchange.caller("G22"))
    assert again.is_repeat
    assert hashlib.sha256(exchange.fetch(offer, "G22")).hexdigest() == offer.digest


def test_a_failure_needs_a_reason_and_is_final(exchange: Exchange) -> None:
    offer = offered(exchange)
    token = exchange.statement(offer, "G22", outcome=AckOutcome.FAIL, reason="Tệp không mở được")
    assert acknowledge(exchange, offer, token) is DeliveryState.REFUSED
    exchange.attest()
    evidences = exchange.axis.tracer.evidences(offer.envelope_id, exchange.caller(SENDER))
    assert EvidenceType.CONTENT_HANDOVER_FAILURE in {one.type for one in evidences}


def refused(exchange: Exchange, offer: Offer, token: str) -> str:
    with pytest.raises(Refused) as caught:
        acknowledge(exchange, offer, token)
    view = exchange.axis.handover.delivery(offer.delivery_id, exchange.caller("G22"))
    assert view.state is DeliveryState.CONSIGNED
    trace = exchange.axis.tracer.trace(offer.envelope_id, exchange.caller("G22"))
    assert trace.deliveries[0].events[-1].tag == "acknowledgement.refused"
    return caught.value.findings[0].code


def test_a_wrong_digest_is_refused_and_recorded(exchange: Exchange) -> None:
    offer = offered(exchange)
    exchange.fetch(offer, "G22")
    token = exchange.statement(offer, "G22", digest="0" * 64)
    assert refused(exchange, offer, token) == "acknowledgement/wrong-digest"


def test_another_agencys_key_does_not_acknowledge(exchange: Exchange) -> None:
    offer = offered(exchange)
    exchange.fetch(offer, "G22")
    assert refused(exchange, offer, exchange.statement(offer, "H26.18")) == "acknowledgement/not-recipient"


def test_a_forged_token_is_refused_and_recorded(exchange: Exchange) -> None:
    offer = offered(exchange)
    header, payload, signature = exchange.statement(offer, "G22").split(".")
    forged = f"{header}.{payload}.{signature[:-4]}AAAA"
    assert refused(exchange, offer, forged) == "acknowledgement/invalid-signature"


def test_nobody_acknowledges_what_was_never_fetched(exchange: Exchange) -> None:
    offer = offered(exchange)
    assert refused(exchange, offer, exchange.statement(offer, "G22")) == "acknowledgement/not-fetched"


def test_a_delivery_nobody_came_for_expires_with_evidence(exchange: Exchange) -> None:
    accepted = exchange.accept(exchange.letter(to=("G22",)))
    exchange.clock.advance(timedelta(days=31))
    assert exchange.axis.deadlines.end_due() == 1
    exchange.attest()
    sender, tracer = exchange.caller(SENDER), exchange.axis.tracer
    trace = tracer.trace(accepted.envelope_id, sender)
    assert trace.deliveries[0].state is DeliveryState.EXPIRED
    assert exchange.lease("G22").offers == ()
    octets = [tracer.evidence(one.evidence_id, sender) for one in tracer.evidences(accepted.envelope_id, sender)]
    *_, last = (exchange.receipts.verify(one, at=exchange.clock.now()) for one in octets)
    assert last.type is EvidenceType.CONTENT_HANDOVER_FAILURE
    assert [reason.code for reason in last.reasons] == ["delivery.expired"]
    assert [str(one.party.organ_id) for one in last.recipients] == ["G22"]


def test_what_a_system_took_in_time_does_not_end_before_its_lease(exchange: Exchange) -> None:
    first, second = (exchange.accept(exchange.letter(letter, to=("G22",))) for letter in (FIRST, URGENT))
    exchange.clock.advance(timedelta(days=30) - timedelta(minutes=1))
    offers = {one.envelope_id: one for one in exchange.lease("G22").offers}
    exchange.fetch(offers[first.envelope_id], "G22")
    exchange.clock.advance(timedelta(minutes=2))
    assert exchange.axis.deadlines.end_due() == 0
    assert exchange.lease("G22").offers == (), "nobody takes it any more"
    exchange.hand_over(offers[first.envelope_id], "G22")
    exchange.clock.advance(timedelta(minutes=10))
    assert exchange.axis.deadlines.end_due() == 1
    states = {one: exchange.axis.tracer.trace(one.envelope_id, exchange.caller(SENDER)) for one in (first, second)}
    assert [one.deliveries[0].state for one in states.values()] == [DeliveryState.HANDED_OVER, DeliveryState.EXPIRED]


def test_a_delivery_that_cannot_be_ended_is_put_off_and_hinders_no_other(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = (exchange.accept(exchange.letter(letter, to=("G22",))) for letter in (FIRST, URGENT))

    def refuse_one(delivery: Delivery, event: EventTag) -> DeliveryState:
        if delivery.envelope_id == stuck.envelope_id:
            raise ImpossibleStep("poison")
        return next_state(delivery, event)

    def state_of(accepted: Acceptance) -> DeliveryState:
        (own,) = exchange.axis.tracer.trace(accepted.envelope_id, exchange.caller(SENDER)).deliveries
        return own.state

    exchange.clock.advance(timedelta(days=31))
    with monkeypatch.context() as patched:
        patched.setattr("axis.exchange.deadlines.next_state", refuse_one)
        assert exchange.axis.deadlines.end_due() == 1
        assert (state_of(stuck), state_of(other)) == (DeliveryState.CONSIGNED, DeliveryState.EXPIRED)
        assert exchange.axis.deadlines.end_due() == 0
    exchange.clock.advance(PUT_OFF - timedelta(seconds=1))
    assert exchange.axis.deadlines.end_due() == 0
    exchange.clock.advance(timedelta(seconds=1))
    assert exchange.axis.deadlines.end_due() == 1
    assert state_of(stuck) is DeliveryState.EXPIRED
