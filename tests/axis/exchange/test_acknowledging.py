"""Whose word ends a delivery: not that of a certificate which is known to be revoked or on hold at that moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Engine, text

from axis.demo.letters import FIRST, compose
from axis.errors import Refused
from axis.exchange.offers import Offer
from envelopes.identifiers import DeliveryId
from routing.lifecycle import DeliveryState
from tests.fixtures.exchange import Exchange
from tests.fixtures.world import DAY, World, ask, running

RECIPIENT: Final = "H51.15"
"""The agency that the certificates with something wrong are made out to; here it receives."""

WRITER: Final = "G22"


@pytest.fixture
def exchange(world: World, engine: Engine, tmp_path: Path) -> Iterator[Exchange]:
    """An axis that may ask the authorities, and did not yet."""
    with running(world, engine, tmp_path) as exchange:
        yield exchange


def fetched(exchange: Exchange) -> Offer:
    """Return a delivery that its recipient fetched."""
    writer, recipient = exchange.people[WRITER], exchange.people[RECIPIENT]
    exchange.accept(compose(FIRST, writer, recipients=[recipient], at=exchange.clock.now()), by=WRITER)
    (offer,) = exchange.lease(RECIPIENT).offers
    exchange.fetch(offer, RECIPIENT)
    return offer


def sign_with(exchange: Exchange, world: World, name: str) -> None:
    """Have the recipient sign with another certificate that bears its name, registered for it."""
    holder = world.authorities[name]
    exchange.register(RECIPIENT, holder.certificate)
    exchange.people[RECIPIENT] = replace(exchange.people[RECIPIENT], signer=holder.signer)


def acknowledge(exchange: Exchange, offer: Offer) -> DeliveryState:
    token = exchange.statement(offer, RECIPIENT)
    return exchange.axis.acknowledgements.acknowledge(offer.delivery_id, token, caller=exchange.caller(RECIPIENT)).state


def refused(exchange: Exchange, offer: Offer) -> list[str]:
    with pytest.raises(Refused) as caught:
        acknowledge(exchange, offer)
    assert exchange.axis.handover.delivery(offer.delivery_id, exchange.caller(RECIPIENT)).state is (
        DeliveryState.CONSIGNED
    )
    return [one.code for one in caught.value.findings]


def statuses_beside(exchange: Exchange, delivery_id: DeliveryId) -> list[dict[str, Any]]:
    """Return what the event of the handover says of certificates."""
    query = text("SELECT details -> 'statuses' FROM events WHERE details ? 'jws' AND delivery_id = :id")
    with exchange.axis.premises.transactions.read() as session:
        (kept,) = session.scalars(query, {"id": delivery_id})
    assert isinstance(kept, list)
    return kept


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("revoked-before", "signature/certificate-revoked"),
        ("on-hold", "signature/certificate-on-hold"),
    ],
)
def test_a_certificate_known_to_be_revoked_acknowledges_nothing(
    exchange: Exchange, world: World, name: str, code: str
) -> None:
    offer = fetched(exchange)
    sign_with(exchange, world, name)
    ask(exchange)
    assert refused(exchange, offer) == [code]
    trace = exchange.axis.tracer.trace(offer.envelope_id, exchange.caller(RECIPIENT))
    assert trace.deliveries[0].events[-1].tag == "acknowledgement.refused"


def test_nor_does_one_whose_authority_was_revoked(world: World, engine: Engine, tmp_path: Path) -> None:
    files, dismissed = world.ring.files, world.authorities["revoked-issuer"].signer.chain[0]
    intermediates = tmp_path / "intermediates.pem"
    intermediates.write_bytes(files.intermediates.read_bytes() + dismissed.pem)
    trust = {"anchors": files.anchors, "intermediates": intermediates}
    with running(world, engine, tmp_path, trust=trust) as exchange:
        offer = fetched(exchange)
        sign_with(exchange, world, "revoked-issuer")
        ask(exchange)
        assert refused(exchange, offer) == ["signature/authority-revoked"]


def test_a_revocation_found_out_elsewhere_is_seen_without_a_restart(
    exchange: Exchange, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that asks is another one: this one looks by itself, some seconds later."""
    ask(exchange)
    offer = fetched(exchange)
    sign_with(exchange, world, "revoked-before")
    monkeypatch.setattr(exchange.axis.court.standings, "_stopwatch", lambda: float("inf"))
    exchange.axis.court.examiner.adopt()
    while exchange.axis.court.examiner.examine_due():
        pass
    assert refused(exchange, offer) == ["signature/certificate-revoked"]


def test_after_its_key_was_revoked_the_same_statement_is_a_repeat_and_another_is_refused(
    exchange: Exchange, world: World
) -> None:
    offer = fetched(exchange)
    sign_with(exchange, world, "revoked-after")
    token, caller = exchange.statement(offer, RECIPIENT), exchange.caller(RECIPIENT)
    first = exchange.axis.acknowledgements.acknowledge(offer.delivery_id, token, caller=caller)
    for clock in (exchange.clock, world.clock):
        clock.advance(2 * DAY)
    ask(exchange)
    again = exchange.axis.acknowledgements.acknowledge(offer.delivery_id, token, caller=caller)
    assert again == replace(first, is_repeat=True)
    with pytest.raises(Refused) as caught:
        acknowledge(exchange, offer)
    assert caught.value.findings[0].code == "signature/certificate-revoked"


def test_what_was_known_stands_beside_the_statement(exchange: Exchange) -> None:
    ask(exchange)
    offer = fetched(exchange)
    assert acknowledge(exchange, offer) is DeliveryState.HANDED_OVER
    signer, *authorities = statuses_beside(exchange, offer.delivery_id)
    certificate = exchange.people[RECIPIENT].signer.certificate
    assert (signer["certificate"], signer["state"], signer["source"]) == (certificate.fingerprint, "good", "ocsp")
    assert [one["state"] for one in authorities] == ["good"]


def test_before_anybody_was_asked_it_is_taken_and_the_event_says_so(exchange: Exchange) -> None:
    offer = fetched(exchange)
    assert acknowledge(exchange, offer) is DeliveryState.HANDED_OVER
    assert {one["doubt"] for one in statuses_beside(exchange, offer.delivery_id)} == {"no-evidence"}


@pytest.mark.parametrize(
    ("settled", "is_refused"),
    [
        ({"unknown": "require", "senders": {WRITER: "allow"}}, True),
        ({"senders": {RECIPIENT: "require"}}, True),
        ({"unknown": "warn"}, False),
        ({"unknown": "require", "senders": {RECIPIENT: "allow", WRITER: "allow"}}, False),
    ],
)
def test_the_rule_for_the_one_who_signs_decides_about_what_is_unknown(
    world: World, engine: Engine, tmp_path: Path, settled: dict[str, Any], *, is_refused: bool
) -> None:
    with running(world, engine, tmp_path, revocation=settled) as exchange:
        offer = fetched(exchange)
        if is_refused:
            assert refused(exchange, offer) == ["signature/revocation-unknown"]
            ask(exchange)
        assert acknowledge(exchange, offer) is DeliveryState.HANDED_OVER
