"""Who stamped a signature: what is known of its certificates, what waits for it, and what follows when it is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from axis.demo.letters import FIRST
from axis.exchange.explaining import explained
from axis.exchange.judgements import judgement_of
from axis.exchange.outcomes import Acceptance, Refusal
from axis.sdk import sign_package
from envelopes.evidence import Evidence
from envelopes.evidence_signatures import RevocationState, SignatureIndication, SignatureTimestamp
from envelopes.packages import package_of
from signing.certificates import Certificate
from signing.digests import sha256
from storage.database.envelopes import get_envelope
from tests.fixtures.exchange import SENDER, Exchange
from tests.fixtures.postgres import MOMENT
from tests.fixtures.world import DAY, World, ask, completions, receipt_of, running

BY_TSA = ("tsa", MOMENT)


@pytest.fixture
def exchange(world: World, engine: Engine, tmp_path: Path) -> Iterator[Exchange]:
    """An axis that knows its agencies' certificates and never saw a time stamp."""
    with running(world, engine, tmp_path) as exchange:
        ask(exchange)
        yield exchange


@pytest.fixture
def requiring(world: World, engine: Engine, tmp_path: Path) -> Iterator[Exchange]:
    """The same, and it takes no package without a time stamp."""
    files = world.ring.files
    trust = {"anchors": files.anchors, "intermediates": files.intermediates, "require_timestamp": True}
    with running(world, engine, tmp_path, trust=trust) as exchange:
        ask(exchange)
        yield exchange


def stamped(
    exchange: Exchange, world: World, *, number: int = 1, stamp: tuple[str, datetime] = BY_TSA, by: str = SENDER
) -> bytes:
    """Return a letter that was signed, and stamped by this authority, at this moment."""
    tsa, at = stamp

    def stamper(octets: bytes) -> bytes:
        return world.authorities.timestamp(sha256(octets), at=at, tsa=tsa)

    letter = exchange.letter(replace(FIRST, number=number))
    return sign_package(letter, world.authorities[by].signer, at=at, stamper=stamper)


def submitted(exchange: Exchange, package: bytes) -> Acceptance:
    outcome = exchange.axis.intake.submit(package_of(package), exchange.caller(SENDER))
    assert isinstance(outcome, Acceptance), outcome.findings
    return outcome


def stamp_in(evidence: Evidence) -> SignatureTimestamp:
    assert evidence.validation is not None
    (stamp,) = evidence.validation.timestamps
    return stamp


def outcome_in(evidence: Evidence) -> tuple[SignatureIndication, str | None, str | None]:
    assert evidence.sender_signature is not None
    signature = evidence.sender_signature
    return signature.indication, signature.verdict, signature.level


def told(evidence: Evidence) -> tuple[str, str]:
    judgement = judgement_of(evidence)
    assert judgement is not None
    vi, en = zip(*explained(judgement), strict=True)
    return " ".join(vi), " ".join(en)


def waiting_for(exchange: Exchange) -> set[str]:
    with exchange.axis.premises.transactions.read() as session:
        return {one.hex() for one in session.scalars(text("SELECT fingerprint FROM open_verdicts"))}


def watched(exchange: Exchange, certificate: Certificate) -> bool:
    query = text("SELECT count(*) FROM certificate_statuses WHERE fingerprint = :one")
    with exchange.axis.premises.transactions.read() as session:
        return bool(session.scalar(query, {"one": bytes.fromhex(certificate.fingerprint)}))


def test_a_stamp_of_an_authority_that_nobody_asked_yet_is_told_and_proves_nothing(
    exchange: Exchange, world: World
) -> None:
    accepted = submitted(exchange, stamped(exchange, world))
    receipt = receipt_of(accepted)
    assert outcome_in(receipt) == (SignatureIndication.TOTAL_PASSED, None, "B-B")
    stamp = stamp_in(receipt)
    assert [one.state for one in stamp.statuses] == [RevocationState.UNKNOWN, RevocationState.GOOD]
    assert (stamp.time, stamp.statuses[0].reason, stamp.is_relied_on) == (MOMENT, "no-evidence", False)
    vi, en = told(receipt)
    assert "chưa được dùng để chứng minh thời điểm ký: chứng thư số của tổ chức cấp dấu thời gian chưa có câu" in vi
    assert "is no proof of the time of signing for the moment: the certificate of the time-stamping authority" in en
    assert waiting_for(exchange) == set(), "nothing depends on it"
    with exchange.axis.premises.transactions.read() as session:
        record = get_envelope(session, accepted.envelope_id)
    assert record is not None
    stored: Any = record.verdict["timestamps"]
    (kept,) = stored
    assert kept["states"][world.authorities["tsa"].certificate.fingerprint] == "no-evidence"


def test_once_it_was_asked_its_stamps_prove_their_time(exchange: Exchange, world: World) -> None:
    submitted(exchange, stamped(exchange, world))
    ask(exchange)
    receipt = receipt_of(submitted(exchange, stamped(exchange, world, number=2)))
    assert outcome_in(receipt) == (SignatureIndication.TOTAL_PASSED, None, "B-T")
    assert {one.state for one in stamp_in(receipt).statuses} == {RevocationState.GOOD}
    vi, _ = told(receipt)
    assert "chứng thư số của tổ chức cấp dấu thời gian còn hiệu lực tại thời điểm cấp dấu thời gian, theo OCSP" in vi


def test_where_a_stamp_is_required_the_verdict_waits_for_its_authority(requiring: Exchange, world: World) -> None:
    accepted = submitted(requiring, stamped(requiring, world))
    receipt = receipt_of(accepted)
    assert outcome_in(receipt) == (SignatureIndication.INDETERMINATE, "signature/revocation-unknown", "B-T")
    assert receipt.validation is not None
    assert (receipt.validation.revocation, stamp_in(receipt).is_relied_on) == ("unknown", True)
    assert waiting_for(requiring) == {world.authorities["tsa"].certificate.fingerprint}
    vi, en = told(receipt)
    assert "(chưa rõ chứng thư số của tổ chức cấp dấu thời gian có bị thu hồi hay không)" in vi
    assert "(whether the certificate of the time-stamping authority was revoked is not known)" in en
    ask(requiring)
    (completed,) = completions(requiring, accepted)
    assert outcome_in(completed) == (SignatureIndication.TOTAL_PASSED, None, "B-T")
    assert {one.state for one in stamp_in(completed).statuses} == {RevocationState.GOOD}


def test_a_stamp_by_a_stolen_key_is_found_out_afterwards(requiring: Exchange, world: World) -> None:
    """It states a time from before the theft: whoever has the key states what time they like."""
    at = MOMENT - 31 * DAY
    accepted = submitted(requiring, stamped(requiring, world, stamp=("tsa-revoked", at)))
    assert outcome_in(receipt_of(accepted))[1] == "signature/revocation-unknown"
    ask(requiring)
    (completed,) = completions(requiring, accepted)
    assert outcome_in(completed) == (SignatureIndication.INDETERMINATE, "timestamp/untrusted", "B-B")
    assert stamp_in(completed).statuses[0].reason == "key_compromise"


def test_a_verdict_that_rests_on_a_stamp_stays_open_where_nobody_tells(requiring: Exchange, world: World) -> None:
    accepted = submitted(requiring, stamped(requiring, world))
    requiring.clock.advance(8 * DAY)
    assert requiring.axis.court.examiner.finish() == 1
    (given_up,) = completions(requiring, accepted)
    assert outcome_in(given_up)[:2] == (SignatureIndication.INDETERMINATE, "signature/revocation-unknown")
    assert given_up.validation is not None
    assert given_up.validation.revocation == "unknown"


def test_a_revoked_signer_is_refused_until_it_is_known_who_stamped(exchange: Exchange, world: World) -> None:
    """The authority is asked about because of the refusal: the same package passes another time."""
    tsa = world.authorities["tsa"].certificate
    exchange.register(SENDER, world.authorities["revoked-before"].certificate)
    ask(exchange)
    package = stamped(exchange, world, stamp=("tsa", MOMENT - 60 * DAY), by="revoked-before")
    submit = partial(exchange.axis.intake.submit, package_of(package), exchange.caller(SENDER))
    assert not watched(exchange, tsa)
    refused = submit()
    assert isinstance(refused, Refusal)
    assert refused.findings[0].code == "signature/certificate-revoked"
    assert watched(exchange, tsa)
    ask(exchange)
    receipt = receipt_of(submit())
    assert outcome_in(receipt) == (SignatureIndication.TOTAL_PASSED, None, "B-T")


def test_of_an_authority_that_nobody_asks_nothing_is_watched(world: World, engine: Engine, tmp_path: Path) -> None:
    with running(world, engine, tmp_path, authorities={"hosts": []}) as exchange:
        submitted(exchange, stamped(exchange, world))
        assert not watched(exchange, world.authorities["tsa"].certificate)
