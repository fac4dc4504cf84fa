"""Receipts of every kind, believed by a tool we did not write: those that are not about a delivery that went well."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from axis.exchange.outcomes import Refusal
from envelopes.acknowledgement import AckOutcome
from envelopes.codes import StatusCode
from envelopes.evidence import EvidenceType
from envelopes.evidence_facts import MessageKind
from envelopes.evidence_reader import read_evidence
from envelopes.packages import package_of
from tests.fixtures.exchange import SENDER, Exchange

needs_xmlsec1 = pytest.mark.skipif(
    shutil.which("xmlsec1") is None, reason="xmlsec1 is missing (Debian package xmlsec1)"
)


def rejected(exchange: Exchange) -> bytes:
    """A letter without recipients: the rejection is the answer."""
    refusal = exchange.submit(replace(exchange.letter(), recipients=()))
    assert isinstance(refusal, Refusal)
    return refusal.evidence


def altered(exchange: Exchange) -> bytes:
    """A letter somebody changed on its way: nothing it says of itself is attested."""
    package = exchange.sign(exchange.letter()).replace(b"SNV-VP<", b"SNV-VX<")
    refusal = exchange.axis.intake.submit(package_of(package), exchange.caller(SENDER))
    assert isinstance(refusal, Refusal)
    return refusal.evidence


def reported(exchange: Exchange) -> bytes:
    """The acceptance of a recipient's status."""
    letter = exchange.letter(to=("G22",))
    exchange.accept(letter)
    return exchange.accept(exchange.status(letter, "G22", StatusCode.RECEIVED), "G22").receipt


def not_taken(exchange: Exchange) -> bytes:
    """The recipient signs that it could not take the letter."""
    exchange.accept(exchange.letter(to=("G22",)))
    (offer,) = exchange.lease("G22").offers
    words = exchange.statement(offer, "G22", outcome=AckOutcome.FAIL, reason="Tệp đính kèm không mở được")
    exchange.axis.acknowledgements.acknowledge(offer.delivery_id, words, caller=exchange.caller("G22"))
    return last(exchange)


def never_fetched(exchange: Exchange) -> bytes:
    """The time ran out and nobody came."""
    exchange.accept(exchange.letter(to=("G22",)))
    exchange.clock.advance(timedelta(days=31))
    assert exchange.axis.deadlines.end_due() == 1
    return last(exchange)


def last(exchange: Exchange) -> bytes:
    """The last evidence of the only letter."""
    exchange.attest()
    caller, tracer = exchange.caller(SENDER), exchange.axis.tracer
    (letter,) = tracer.sent(caller, document_id=None, after=None, limit=9).items
    return tracer.evidence(tracer.evidences(letter.envelope_id, caller)[-1].evidence_id, caller)


CASES = (
    (rejected, EvidenceType.SUBMISSION_REJECTION, MessageKind.DOCUMENT),
    (altered, EvidenceType.SUBMISSION_REJECTION, MessageKind.UNVERIFIED),
    (reported, EvidenceType.SUBMISSION_ACCEPTANCE, MessageKind.STATUS),
    (not_taken, EvidenceType.CONTENT_HANDOVER_FAILURE, MessageKind.DOCUMENT),
    (never_fetched, EvidenceType.CONTENT_HANDOVER_FAILURE, MessageKind.DOCUMENT),
)


@needs_xmlsec1
@pytest.mark.parametrize(("make", "kind", "about"), CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_xmlsec1_believes_it_and_not_once_it_is_changed(
    exchange: Exchange, tmp_path: Path, make: Callable[[Exchange], bytes], kind: EvidenceType, about: MessageKind
) -> None:
    octets = make(exchange)
    evidence = exchange.receipts.verify(octets, at=exchange.clock.now())
    assert evidence == read_evidence(octets)
    assert (evidence.type, evidence.message.kind) == (kind, about)
    assert is_believed(exchange, octets, tmp_path)
    changed = octets.replace(b"<Identifier>", b"<Identifier>X", 1)
    assert changed != octets
    assert not is_believed(exchange, changed, tmp_path)


def is_believed(exchange: Exchange, octets: bytes, folder: Path) -> bool:
    """Return whether xmlsec1 verifies the seal at the moment of the exchange, going back to its root."""
    anchor, file = folder / "anchor.pem", folder / "evidence.xml"
    anchor.write_bytes(exchange.axis.trust.anchors[0].pem)
    file.write_bytes(octets)
    properties = "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"
    moment = f"{exchange.clock.now():%Y-%m-%d %H:%M:%S}"
    command = ["xmlsec1", "--verify", "--trusted-pem", str(anchor), "--verification-gmt-time", moment]
    return (
        subprocess.run([*command, "--id-attr:Id", properties, file], capture_output=True, check=False).returncode == 0
    )
