"""An accepted message that is sent again, octet for octet, gets its first receipt, whatever became of its key since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from axis.demo.letters import URGENT
from axis.exchange.outcomes import Acceptance, Refusal
from axis.sdk import sign_package
from envelopes.codes import StatusCode
from envelopes.packages import package_of
from signing.keys import Signer
from storage.database.partitions import ensure
from tests.fixtures.exchange import RECIPIENTS, SENDER, Exchange
from tests.fixtures.world import DAY, World, ask, running


@pytest.fixture
def exchange(world: World, engine: Engine, tmp_path: Path) -> Iterator[Exchange]:
    """An axis that may ask the authorities, and did not yet."""
    with running(world, engine, tmp_path) as exchange:
        yield exchange


def signer_in(exchange: Exchange, world: World) -> Signer:
    """Return a key of the sender's whose certificate will be revoked in a day, registered."""
    holder = world.authorities["revoked-after"]
    exchange.register(SENDER, holder.certificate)
    return holder.signer


def submit(exchange: Exchange, octets: bytes, by: str = SENDER) -> Acceptance | Refusal:
    return exchange.axis.intake.submit(package_of(octets), exchange.caller(by))


def accept(exchange: Exchange, octets: bytes, by: str = SENDER) -> Acceptance:
    accepted = submit(exchange, octets, by)
    assert isinstance(accepted, Acceptance), accepted.findings
    return accepted


def later(exchange: Exchange, world: World, time: timedelta) -> None:
    """Let time pass for everybody, and ask what became of the certificates."""
    exchange.clock.advance(time)
    with exchange.axis.premises.transactions.begin() as session:
        ensure(session, exchange.clock.now())
    world.clock.set(exchange.clock.now())
    ask(exchange)


def test_after_its_key_was_revoked_the_same_octets_get_the_first_receipt(exchange: Exchange, world: World) -> None:
    signer = signer_in(exchange, world)
    package = sign_package(exchange.letter(), signer, at=exchange.clock.now())
    first = accept(exchange, package)
    later(exchange, world, 2 * DAY)
    again = accept(exchange, package)
    assert again.is_repeat
    assert (again.envelope_id, again.receipt) == (first.envelope_id, first.receipt)
    tags = [one.tag for one in exchange.axis.tracer.trace(first.envelope_id, exchange.caller(SENDER)).events]
    assert "envelope.repeated" in tags


def test_so_do_they_after_its_certificate_expired(exchange: Exchange, world: World) -> None:
    package = exchange.sign(exchange.letter())
    first = accept(exchange, package)
    later(exchange, world, 800 * DAY)
    again = accept(exchange, package)
    assert again.is_repeat
    assert again.receipt == first.receipt


def test_a_status_likewise(exchange: Exchange, world: World) -> None:
    letter = exchange.letter()
    exchange.accept(letter)
    package = exchange.sign(exchange.status(letter, RECIPIENTS[0], StatusCode.RECEIVED), RECIPIENTS[0])
    first = accept(exchange, package, RECIPIENTS[0])
    later(exchange, world, 800 * DAY)
    assert accept(exchange, package, RECIPIENTS[0]).receipt == first.receipt


def test_other_octets_with_that_key_are_refused(exchange: Exchange, world: World) -> None:
    """Also the same letter, one octet behind its end: what is not the very same is judged as of now."""
    signer = signer_in(exchange, world)
    package = sign_package(exchange.letter(), signer, at=exchange.clock.now())
    accept(exchange, package)
    another = sign_package(exchange.letter(URGENT), signer, at=exchange.clock.now())
    later(exchange, world, 2 * DAY)
    for octets in (another, package + b"\n"):
        refused = submit(exchange, octets)
        assert isinstance(refused, Refusal)
        assert [one.code for one in refused.findings] == ["signature/certificate-revoked"]


def test_who_may_not_speak_for_the_sender_learns_nothing(exchange: Exchange, world: World) -> None:
    signer = signer_in(exchange, world)
    package = sign_package(exchange.letter(), signer, at=exchange.clock.now())
    accept(exchange, package)
    later(exchange, world, 2 * DAY)
    refused = submit(exchange, package, RECIPIENTS[0])
    assert isinstance(refused, Refusal)
    assert [one.code for one in refused.findings] == ["signature/certificate-revoked"]


def test_what_was_refused_is_refused_again(exchange: Exchange, world: World) -> None:
    exchange.register(SENDER, world.authorities["revoked-before"].certificate)
    ask(exchange)
    package = sign_package(exchange.letter(), world.authorities["revoked-before"].signer, at=exchange.clock.now())
    for _ in range(2):
        assert isinstance(submit(exchange, package), Refusal)
