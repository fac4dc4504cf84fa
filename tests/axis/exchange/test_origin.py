"""Where evidence comes from: each says its instance and whether it is in earnest, under the seal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from axis.demo.keys import KeyRing
from axis.exchange.outcomes import Refusal
from axis.sdk import EnvironmentKind, Origin, ReceiptRefused, ReceiptVerifier
from axis.settings import Environment, SealSettings, TrustSettings
from axis.wiring import Axis, build
from envelopes import evidence_facts as facts
from envelopes.acknowledgement import AckOutcome
from envelopes.evidence import Evidence, EvidenceType
from envelopes.evidence_reader import read_evidence
from envelopes.identifiers import EnvelopeId
from envelopes.packages import package_of
from tests.fixtures.exchange import RECIPIENTS, SENDER, Exchange
from tests.fixtures.postgres import MOMENT

HERE = facts.Environment(EnvironmentKind.TEST, "axis-test")
BuildsAnother = Callable[..., Axis]


@pytest.fixture
def another(exchange: Exchange) -> Iterator[BuildsAnother]:
    """Builds an axis on the same database whose settings differ as told."""
    built: list[Axis] = []

    def make(**changes: Any) -> Axis:
        settings = exchange.axis.settings.model_copy(update=changes)
        built.append(build(settings, clock=exchange.clock))
        return built[-1]

    yield make
    for axis in built:
        axis.close()


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    """The keys of another axis and of agencies that are known there alone."""
    return KeyRing(tmp_path_factory.mktemp("elsewhere"), MOMENT)


def sealed_with(ring: KeyRing) -> dict[str, object]:
    """Return the settings of an axis that seals with another ring's key, and trusts what stands above it."""
    files = ring.files
    return {
        "seal": SealSettings(key_file=files.seal_key, certificate_file=files.seal_certificate),
        "trust": TrustSettings(anchors=files.anchors, intermediates=files.intermediates),
    }


def kept(exchange: Exchange, envelope_id: EnvelopeId) -> list[bytes]:
    caller = exchange.caller(SENDER)
    views = exchange.axis.tracer.evidences(envelope_id, caller)
    return [exchange.axis.tracer.evidence(view.evidence_id, caller) for view in views]


def accepted_by(axis: Axis, exchange: Exchange) -> Evidence:
    """Return the acceptance of a new letter by an axis of the test's own."""
    outcome = axis.intake.submit(package_of(exchange.sign(exchange.letter())), exchange.caller(SENDER))
    assert not isinstance(outcome, Refusal)
    return read_evidence(outcome.receipt)


def test_every_kind_of_evidence_says_where_it_comes_from(exchange: Exchange) -> None:
    accepted = exchange.accept(exchange.letter())
    taken, failed = (exchange.lease(one).offers[0] for one in RECIPIENTS[:2])
    exchange.hand_over(taken, RECIPIENTS[0])
    token = exchange.statement(failed, RECIPIENTS[1], outcome=AckOutcome.FAIL, reason="Tệp không mở được")
    exchange.axis.acknowledgements.acknowledge(failed.delivery_id, token, caller=exchange.caller(RECIPIENTS[1]))
    exchange.attest()
    refused = exchange.submit(replace(exchange.letter(), subject="V/v việc khác"))
    assert isinstance(refused, Refusal)
    octets = [*kept(exchange, accepted.envelope_id), refused.evidence]
    evidence = [exchange.receipts.verify(one, at=exchange.clock.now()) for one in octets]
    assert {one.type for one in evidence} == {
        EvidenceType.SUBMISSION_ACCEPTANCE,
        EvidenceType.SUBMISSION_REJECTION,
        EvidenceType.CONTENT_CONSIGNMENT,
        EvidenceType.CONTENT_HANDOVER,
        EvidenceType.CONTENT_HANDOVER_FAILURE,
    }
    assert {one.environment for one in evidence} == {HERE}


@pytest.mark.parametrize("environment", Environment)
def test_production_and_nothing_else_says_that_it_is(
    exchange: Exchange, another: BuildsAnother, environment: Environment
) -> None:
    axis = another(environment=environment, instance="truc-quoc-gia")
    kind = EnvironmentKind.PRODUCTION if environment is Environment.PRODUCTION else EnvironmentKind.TEST
    assert accepted_by(axis, exchange).environment == facts.Environment(kind, "truc-quoc-gia")


@pytest.mark.parametrize(
    ("said", "changed"), [(b'kind="test"', b'kind="production"'), (b">axis-test<", b">truc-quoc-gia<")]
)
def test_where_it_comes_from_is_under_the_seal(exchange: Exchange, said: bytes, changed: bytes) -> None:
    octets = exchange.accept(exchange.letter()).receipt
    assert octets.count(said) == 1
    with pytest.raises(ReceiptRefused):
        exchange.receipts.verify(octets.replace(said, changed), at=exchange.clock.now())


@pytest.mark.parametrize(
    ("origin", "is_believed"),
    [
        (Origin(), True),
        (Origin(EnvironmentKind.TEST), True),
        (Origin(EnvironmentKind.TEST, "axis-test"), True),
        (Origin(instance="axis-test"), True),
        (Origin(EnvironmentKind.PRODUCTION), False),
        (Origin(EnvironmentKind.PRODUCTION, "axis-test"), False),
        (Origin(EnvironmentKind.TEST, "truc-quoc-gia"), False),
        (Origin(instance="truc-quoc-gia"), False),
    ],
)
def test_who_expects_evidence_of_one_axis_believes_no_other(
    exchange: Exchange, key_ring: KeyRing, origin: Origin, *, is_believed: bool
) -> None:
    octets, at = exchange.accept(exchange.letter()).receipt, exchange.clock.now()
    verifier = ReceiptVerifier.pinned(key_ring.seal, origin)
    if is_believed:
        assert verifier.verify(octets, at=at).environment == HERE
    else:
        with pytest.raises(ReceiptRefused, match="test axis-test"):
            verifier.verify(octets, at=at)


def test_a_receipt_counts_under_no_other_axis_s_seal(exchange: Exchange, elsewhere: KeyRing) -> None:
    octets, at = exchange.accept(exchange.letter()).receipt, exchange.clock.now()
    exchange.receipts.verify(octets, at=at)
    with pytest.raises(ReceiptRefused):
        ReceiptVerifier.pinned(elsewhere.seal).verify(octets, at=at)


def test_evidence_speaks_for_whoever_seals_it_and_not_for_whoever_accepted(
    exchange: Exchange, another: BuildsAnother, elsewhere: KeyRing
) -> None:
    """A test that runs on a copy of production's database seals what production owed: as a test, with its own seal."""
    accepted = accepted_by(another(environment=Environment.PRODUCTION, instance="truc-quoc-gia"), exchange)
    copy = another(instance="dien-tap", **sealed_with(elsewhere))
    assert copy.attestor.attest_due() == len(RECIPIENTS)
    assert accepted.message.envelope_id is not None
    _, *later = kept(exchange, accepted.message.envelope_id)
    verifier = ReceiptVerifier.pinned(elsewhere.seal)
    origins = {verifier.verify(one, at=exchange.clock.now()).environment for one in later}
    assert origins == {facts.Environment(EnvironmentKind.TEST, "dien-tap")}


def test_a_package_signed_for_one_axis_means_nothing_to_another(
    exchange: Exchange, another: BuildsAnother, elsewhere: KeyRing, tmp_path: Path
) -> None:
    """Test certificates come from test authorities, which production does not trust, whatever its directory says."""
    package = exchange.sign(exchange.letter())
    outcome = another(**sealed_with(elsewhere)).intake.submit(package_of(package), exchange.caller(SENDER))
    assert isinstance(outcome, Refusal)
    assert [one.code for one in outcome.findings] == ["signature/untrusted"]
