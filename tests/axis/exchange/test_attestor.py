"""Evidence that is sealed afterwards: in order, once, and believed by a tool we did not write."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import structlog
from sqlalchemy import select

from axis.demo.letters import FIRST
from axis.exchange.attestations import Happening, about_delivery
from axis.exchange.attestor import BATCHES, RETRY_MAX, pause_after
from axis.exchange.notary import SealBroken
from axis.logs import configure_logs
from axis.sdk import ReceiptRefused, ReceiptVerifier
from axis.workers.rounds import rounds_of
from envelopes.errors import InvalidModel
from envelopes.evidence import SIGNATURE_PARENT, Evidence, EvidenceType, SealedEvidence
from envelopes.evidence_facts import (
    Digest,
    DigestMethod,
    PreviousEvidence,
)
from envelopes.evidence_reader import read_evidence
from envelopes.evidence_writer import write_evidence
from envelopes.identifiers import EnvelopeId
from envelopes.parser import parse
from signing.errors import TrustUnusable
from signing.jws import verify_jws
from signing.xml.sign import XmlSigner
from storage.database.tables import OwedEvidenceRow, table_of
from storage.records import OwedEvidence
from tests.fixtures.exchange import RECIPIENTS, SENDER, Exchange

_A_MINUTE = timedelta(minutes=1)
_PAUSES_UNTIL_ALONE = 8
"""Minutes, and one to spare: 1, 2 and 4 between the four times a row is taken until it is alone."""

_TEN_MINUTES_OF_A_DAY = 144


def _die(_evidence: Evidence) -> SealedEvidence:
    raise KeyboardInterrupt


def evidence_of(exchange: Exchange, envelope_id: EnvelopeId) -> list[tuple[Evidence, bytes]]:
    """Return all evidence of an envelope, each verified."""
    caller, verifier = exchange.caller(SENDER), exchange.receipts
    views = exchange.axis.tracer.evidences(envelope_id, caller)
    octets = [exchange.axis.tracer.evidence(view.evidence_id, caller) for view in views]
    return [(verifier.verify(one, at=exchange.clock.now()), one) for one in octets]


def handed_over(exchange: Exchange) -> EnvelopeId:
    """Return a letter that one agency acknowledged, everything about it sealed."""
    accepted = exchange.accept(exchange.letter(to=("G22", "H26.18")))
    exchange.hand_over(exchange.lease("G22").offers[0], "G22")
    exchange.attest()
    return accepted.envelope_id


def still_owed(exchange: Exchange) -> list[OwedEvidence]:
    """Return what is still to be sealed."""
    with exchange.axis.engine.connect() as connection:
        rows = connection.execute(select(table_of(OwedEvidenceRow))).all()
    return [OwedEvidence(**(dict(row._mapping) | {"type": EvidenceType(row.type)})) for row in rows]


def test_each_evidence_names_the_one_before_it(exchange: Exchange) -> None:
    acceptance, *later = evidence_of(exchange, handed_over(exchange))
    by_type = {(one.type, str(one.recipients[0].party.organ_id)): (one, octets) for one, octets in later}
    consigned = by_type[EvidenceType.CONTENT_CONSIGNMENT, "G22"]
    handover = by_type[EvidenceType.CONTENT_HANDOVER, "G22"]
    for (evidence, _), (before, octets) in ((consigned, acceptance), (handover, consigned)):
        assert evidence.previous == PreviousEvidence(before.identifier, Digest.sha256(octets))


def test_a_handover_keeps_the_recipients_own_statement(exchange: Exchange) -> None:
    found = evidence_of(exchange, handed_over(exchange))
    handover = next(one for one, _ in found if one.type is EvidenceType.CONTENT_HANDOVER)
    assert handover.acknowledgement is not None
    assert handover.acknowledgement.jws is not None
    certificate = exchange.people["G22"].signer.certificate
    verified = verify_jws(handover.acknowledgement.jws, lambda _: certificate, kind="axis-acknowledgement+jws")
    assert handover.content is not None
    assert str(handover.content.raw).encode() in verified.payload


def test_two_workers_at_once_seal_each_evidence_once(exchange: Exchange) -> None:
    accepted = exchange.accept(exchange.letter())
    start, counts = Barrier(2), list[int]()

    def work() -> None:
        start.wait()
        counts.append(exchange.attest())

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 3
    assert len(evidence_of(exchange, accepted.envelope_id)) == 4


def test_a_worker_that_died_over_a_batch_leaves_it_to_the_next(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = exchange.accept(exchange.letter())
    with monkeypatch.context() as patched:
        patched.setattr(exchange.axis.notary, "seal", _die)
        with pytest.raises(KeyboardInterrupt):
            exchange.axis.attestor.attest_due()
    assert exchange.attest() == 0
    exchange.clock.advance(_A_MINUTE)
    assert exchange.attest() == 3
    assert len(evidence_of(exchange, accepted.envelope_id)) == 4


def test_what_cannot_be_sealed_hinders_no_other_and_is_tried_again_later(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = exchange.accept(exchange.letter())

    def refuse_one(*stamped: Any, acceptance: Evidence, happening: Happening) -> Evidence:
        if str(happening.recipient.organ_id) == "G22":
            raise InvalidModel("poison")
        return about_delivery(*stamped, acceptance=acceptance, happening=happening)

    with monkeypatch.context() as patched:
        patched.setattr("axis.exchange.attestor.about_delivery", refuse_one)
        assert exchange.attest() == 2
        exchange.clock.advance(_A_MINUTE)
        assert exchange.attest() == 0
    exchange.clock.advance(_A_MINUTE)
    assert exchange.attest() == 0, "its pause grows"
    exchange.clock.advance(_A_MINUTE)
    assert exchange.attest() == 1
    assert len(evidence_of(exchange, accepted.envelope_id)) == 4


@pytest.mark.parametrize("end", [KeyboardInterrupt, RuntimeError], ids=["dies", "fails as nobody foresaw"])
def test_what_ends_its_worker_every_time_is_soon_alone_and_hinders_no_other(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch, end: type[BaseException]
) -> None:
    letters = [exchange.accept(exchange.letter(replace(FIRST, number=number))) for number in range(1, 4)]

    def end_at_one(*stamped: Any, acceptance: Evidence, happening: Happening) -> Evidence:
        if (acceptance.message.envelope_id, str(happening.recipient.organ_id)) == (letters[1].envelope_id, "G22"):
            raise end
        return about_delivery(*stamped, acceptance=acceptance, happening=happening)

    def work() -> tuple[int, int]:
        """Return how many were sealed and how many workers ended, one after the other, until nothing is due."""
        sealed = ends = 0
        while True:
            try:
                return sealed + exchange.attest(), ends
            except end:
                ends += 1

    monkeypatch.setattr("axis.exchange.attestor.about_delivery", end_at_one)
    ends = [work()[1]]
    for _ in range(_PAUSES_UNTIL_ALONE):
        exchange.clock.advance(_A_MINUTE)
        ends.append(work()[1])
    assert sum(ends) <= len(BATCHES) + 1
    assert [len(evidence_of(exchange, one.envelope_id)) for one in letters] == [4, 3, 4], "all but one are sealed"
    late = exchange.accept(exchange.letter(replace(FIRST, number=4)))
    assert work() == (3, 0)
    assert len(evidence_of(exchange, late.envelope_id)) == 4
    ends = []
    for _ in range(_TEN_MINUTES_OF_A_DAY):
        exchange.clock.advance(10 * _A_MINUTE)
        ends.append(work()[1])
    assert 4 <= sum(ends) <= 8, "it is tried again, each time after a longer pause"
    monkeypatch.undo()
    exchange.clock.advance(RETRY_MAX)
    assert exchange.attest() == 1, "a mended program seals it"


def test_what_is_taken_once_more_alone_is_told_in_the_log(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    configure_logs(exchange.clock, stream, is_strict=True)
    accepted = exchange.accept(exchange.letter(to=("G22",)))
    monkeypatch.setattr(exchange.axis.notary, "seal", _die)
    for number in range(len(BATCHES) + 1):
        assert "evidence_delayed" not in stream.getvalue()
        with pytest.raises(KeyboardInterrupt):
            exchange.axis.attestor.attest_due()
        exchange.clock.advance(pause_after(number))
    structlog.reset_defaults()
    told = [json.loads(line) for line in stream.getvalue().splitlines() if "evidence_delayed" in line]
    assert [(one["level"], one["envelope"]) for one in told] == [("warning", str(accepted.envelope_id))]


def test_a_batch_of_nothing_but_failures_does_not_end_the_round(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = exchange.accept(exchange.letter())

    def refuse_one(*stamped: Any, acceptance: Evidence, happening: Happening) -> Evidence:
        if str(happening.recipient.organ_id) == RECIPIENTS[0]:
            raise InvalidModel("poison")
        return about_delivery(*stamped, acceptance=acceptance, happening=happening)

    monkeypatch.setattr("axis.exchange.attestor.about_delivery", refuse_one)
    monkeypatch.setattr("axis.exchange.attestor.BATCHES", (1,))
    assert rounds_of(exchange.axis).attest() == 2
    assert len(evidence_of(exchange, accepted.envelope_id)) == 3


def test_a_broken_seal_sets_nothing_aside(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange.accept(exchange.letter())

    def break_seal(_evidence: Evidence) -> SealedEvidence:
        raise SealBroken

    with monkeypatch.context() as patched:
        patched.setattr(exchange.axis.notary, "seal", break_seal)
        for _ in range(2 * len(BATCHES)):
            with pytest.raises(SealBroken):
                exchange.axis.attestor.attest_due()
            exchange.clock.advance(_A_MINUTE)
    assert exchange.axis.attestor.attest_due() == 3, "together, and no later than a minute after"


def test_what_only_waits_for_an_earlier_evidence_of_its_delivery_is_not_put_off_longer_and_longer(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = exchange.accept(exchange.letter(to=("G22",)))
    exchange.hand_over(exchange.lease("G22").offers[0], "G22")
    sealing = list[EvidenceType]()

    def refuse_first(*stamped: Any, acceptance: Evidence, happening: Happening) -> Evidence:
        sealing.append(happening.kind)
        if happening.kind is EvidenceType.CONTENT_CONSIGNMENT:
            raise InvalidModel("poison")
        return about_delivery(*stamped, acceptance=acceptance, happening=happening)

    with monkeypatch.context() as patched:
        patched.setattr("axis.exchange.attestor.about_delivery", refuse_first)
        for _ in range(2 * len(BATCHES)):
            assert exchange.attest() == 0
            exchange.clock.advance(10 * _A_MINUTE)
    assert set(sealing) == {EvidenceType.CONTENT_CONSIGNMENT}
    assert {one.type: one.attempts for one in still_owed(exchange)}[EvidenceType.CONTENT_HANDOVER] == 0
    exchange.clock.advance(RETRY_MAX)
    assert exchange.attest() >= 1
    exchange.clock.advance(_A_MINUTE)
    exchange.attest()
    assert len(evidence_of(exchange, accepted.envelope_id)) == 3, "a minute after the one it waited for"


def test_what_another_worker_has_in_hand_meanwhile_is_not_given_back(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange.accept(exchange.letter(to=("G22",)))

    def last_too_long(_evidence: Evidence) -> SealedEvidence:
        exchange.clock.advance(_A_MINUTE)
        with monkeypatch.context() as patched:
            patched.setattr(exchange.axis.notary, "seal", _die)
            with pytest.raises(KeyboardInterrupt):
                exchange.axis.attestor.attest_due()
        raise SealBroken

    with monkeypatch.context() as patched:
        patched.setattr(exchange.axis.notary, "seal", last_too_long)
        with pytest.raises(SealBroken):
            exchange.axis.attestor.attest_due()
    (one,) = still_owed(exchange)
    assert (one.attempts, one.due_at) == (2, exchange.clock.now() + pause_after(1))


def test_pauses_grow_to_a_limit_and_stay_numbers() -> None:
    assert [pause_after(number) for number in range(3)] == [_A_MINUTE, 2 * _A_MINUTE, 4 * _A_MINUTE]
    assert pause_after(1_000_000) == RETRY_MAX


@pytest.mark.skipif(shutil.which("xmlsec1") is None, reason="xmlsec1 is missing (Debian package xmlsec1)")
def test_xmlsec1_believes_every_kind_of_receipt(exchange: Exchange, tmp_path: Path) -> None:
    envelope_id = handed_over(exchange)
    anchor = tmp_path / "anchor.pem"
    anchor.write_bytes(exchange.axis.trust.anchors[0].pem)
    for number, (evidence, octets) in enumerate(evidence_of(exchange, envelope_id)):
        file = tmp_path / f"{number}.xml"
        file.write_bytes(octets)
        assert _xmlsec1(file, anchor) == 0, evidence.type
        file.write_bytes(octets.replace(b"H51.15", b"H51.16", 1))
        assert _xmlsec1(file, anchor) != 0


def _xmlsec1(file: Path, anchor: Path) -> int:
    properties = "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"
    command = ["xmlsec1", "--verify", "--trusted-pem", str(anchor), "--id-attr:Id", properties, str(file)]
    return subprocess.run(command, capture_output=True, check=False).returncode


def test_an_agency_under_the_same_authority_cannot_seal_a_receipt(exchange: Exchange) -> None:
    accepted = exchange.accept(exchange.letter())
    evidence = read_evidence(accepted.receipt)
    agency = exchange.people["H26.18"].signer
    digest = Digest(DigestMethod.SHA256, bytes.fromhex(agency.certificate.fingerprint))
    for named in (evidence.issuer, replace(evidence.issuer, seal_certificate=digest)):
        forged = write_evidence(replace(evidence, issuer=named))
        signed = XmlSigner(parse, SIGNATURE_PARENT, agency).sign(forged, at=exchange.clock.now())
        with pytest.raises(ReceiptRefused):
            exchange.receipts.verify(signed, at=exchange.clock.now())
    assert exchange.receipts.verify(accepted.receipt, at=exchange.clock.now()) == evidence


def test_an_authority_alone_is_no_pin(exchange: Exchange) -> None:
    with pytest.raises(TrustUnusable):
        ReceiptVerifier.pinned(exchange.axis.trust.anchors)
