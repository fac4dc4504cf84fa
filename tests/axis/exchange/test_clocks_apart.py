"""Processes whose clocks differ by less than anybody is stopped for: the chain of evidence has one end all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise

import pytest

from axis.exchange.attestor import WAIT_AFTER, Attestor
from axis.exchange.happenings import delivery_event, owed_for
from axis.timekeeper import TOLERANCE
from envelopes.evidence import Evidence, EvidenceType, SealedEvidence
from envelopes.evidence_facts import Digest
from envelopes.evidence_reader import read_evidence
from envelopes.identifiers import EnvelopeId
from routing.events import EventTag
from storage.database.deliveries import lock_delivery
from storage.database.events import append_events
from storage.database.owed import owe
from tests.axis.exchange.recalling import answers
from tests.fixtures.exchange import SENDER, Exchange
from tests.fixtures.operations import recall_of

APART = pytest.mark.parametrize("apart", [timedelta(milliseconds=50), TOLERANCE], ids=str)
A_MOMENT = timedelta(milliseconds=30)


@contextmanager
def elsewhere(exchange: Exchange, apart: timedelta) -> Iterator[None]:
    """What is done in it, another process does, whose clock is ahead, or behind."""
    exchange.clock.advance(apart)
    yield
    exchange.clock.advance(-apart)


def chain(exchange: Exchange, envelope_id: EnvelopeId) -> list[EvidenceType]:
    """Return the evidence about a message of one recipient, from the acceptance on; each names the one before it."""
    caller, tracer = exchange.caller(SENDER), exchange.axis.tracer
    octets = [tracer.evidence(one.evidence_id, caller) for one in tracer.evidences(envelope_id, caller)]
    known = [(read_evidence(one), Digest.sha256(one)) for one in octets]
    for (before, digest), (after, _) in pairwise(known):
        assert after.previous is not None
        assert (after.previous.identifier, after.previous.digest) == (before.identifier, digest), after.type
    return [evidence.type for evidence, _ in known]


@APART
def test_evidence_that_a_worker_seals_whose_clock_is_behind_is_named_by_the_next(
    exchange: Exchange, apart: timedelta
) -> None:
    letter = exchange.letter(to=("G22",))
    document = exchange.accept(letter)
    with elsewhere(exchange, apart):
        assert exchange.attest() == 1
    exchange.clock.advance(A_MOMENT)
    exchange.hand_over(exchange.lease("G22").offers[0], "G22")
    assert exchange.attest() == 1
    exchange.accept(recall_of(letter))
    answers(exchange, letter)
    exchange.attest()
    assert chain(exchange, document.envelope_id) == [
        EvidenceType.SUBMISSION_ACCEPTANCE,
        EvidenceType.CONTENT_CONSIGNMENT,
        EvidenceType.CONTENT_HANDOVER,
        EvidenceType.RECALL_AGREEMENT,
    ]


@APART
def test_what_was_consigned_by_a_door_that_is_ahead_is_sealed_before_its_handover(
    exchange: Exchange, apart: timedelta
) -> None:
    with elsewhere(exchange, apart):
        document = exchange.accept(exchange.letter(to=("G22",)))
    exchange.clock.advance(A_MOMENT)
    exchange.hand_over(exchange.lease("G22").offers[0], "G22")
    exchange.clock.advance(apart)
    exchange.attest()
    assert chain(exchange, document.envelope_id) == [
        EvidenceType.SUBMISSION_ACCEPTANCE,
        EvidenceType.CONTENT_CONSIGNMENT,
        EvidenceType.CONTENT_HANDOVER,
    ]


@APART
def test_what_happened_meanwhile_by_a_clock_that_is_behind_does_not_fork_the_chain(
    exchange: Exchange, apart: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one worker seals the handover, another seals the notification, whose event says an earlier time."""
    axis = exchange.axis
    document = exchange.accept(exchange.letter(to=("G22",)))
    exchange.clock.advance(2 * apart)
    exchange.attest()
    (offer,) = exchange.lease("G22").offers
    exchange.hand_over(offer, "G22")
    notary = axis.attestor._notary
    seal = notary.seal

    def overtaken(evidence: Evidence) -> SealedEvidence:
        monkeypatch.setattr(notary, "seal", seal)
        with elsewhere(exchange, -apart), axis.premises.transactions.begin() as session:
            delivery = lock_delivery(session, offer.delivery_id)
            assert delivery is not None
            told = delivery_event(exchange.clock, EventTag.NOTIFICATION_DELIVERED, delivery=delivery, system=None)
            append_events(session, (told,))
            owe(session, owed_for((told,), is_status=False))
        assert Attestor(axis.premises, notary).attest_due() == 1
        return seal(evidence)

    monkeypatch.setattr(notary, "seal", overtaken)
    assert axis.attestor.attest_due() == 0
    exchange.clock.advance(WAIT_AFTER)
    assert axis.attestor.attest_due() == 1
    assert chain(exchange, document.envelope_id) == [
        EvidenceType.SUBMISSION_ACCEPTANCE,
        EvidenceType.CONTENT_CONSIGNMENT,
        EvidenceType.CONSIGNMENT_NOTIFICATION,
        EvidenceType.CONTENT_HANDOVER,
    ]
