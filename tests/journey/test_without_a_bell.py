"""No bell, and the work is done all the same: whatever is lost between processes, the sweep finds what is owed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from axis.channels.bell import QUEUE, Bell
from axis.channels.memory_lines import MemoryLines
from axis.channels.strokes import LineBroker
from axis.embedded import Plan
from axis.workers.process import WorkerProcess
from axis.workers.rounds import rounds_of
from envelopes.evidence import EvidenceType
from envelopes.identifiers import EnvelopeId
from tests.fixtures.running import UNLIMITED, RunningAxis, Station, eventually, started

ALL = Counter([EvidenceType.SUBMISSION_ACCEPTANCE, EvidenceType.CONTENT_CONSIGNMENT, EvidenceType.CONTENT_HANDOVER])


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAxis]:
    """An axis without a worker and without a broker: nobody seals anything."""
    plan = Plan(is_throwaway=True, has_worker=False, limits={"requests_per_minute": UNLIMITED})
    with started(tmp_path_factory.mktemp("silent"), plan=plan) as running:
        yield running


def handed_over(running: RunningAxis) -> tuple[Station, EnvelopeId]:
    """Return the sender of a letter that was handed over, and about which nothing is sealed but the receipt."""
    sender, recipient = running.agencies(2)
    receipt = sender.sdk.send(running.package(sender, recipient))
    (offer,) = recipient.sdk.lease().offers
    recipient.sdk.fetch(offer)
    recipient.sdk.acknowledge(offer, recipient.signer)
    assert kinds(sender, receipt.envelope_id) == Counter([EvidenceType.SUBMISSION_ACCEPTANCE])
    return sender, receipt.envelope_id


def kinds(sender: Station, envelope_id: EnvelopeId) -> Counter[EvidenceType]:
    return Counter(one.type for one, _ in sender.sdk.evidences(envelope_id))


def awaits_all(sender: Station, envelope_id: EnvelopeId) -> None:
    eventually(lambda: kinds(sender, envelope_id) == ALL or None)


@contextmanager
def at_work(worker: WorkerProcess) -> Iterator[None]:
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def ring(running: RunningAxis, lines: MemoryLines, envelope_id: EnvelopeId, *, times: int) -> None:
    """Ring that often; return when every stroke has reached the broker."""
    for _ in range(times):
        bell = Bell(running.embedded.axis.premises.transactions, LineBroker(lines))
        bell.start()
        bell.ring(envelope_id, ())
        bell.stop()
    assert len(lines.open(QUEUE)) == times


def test_a_worker_that_nobody_rings_for_finds_its_work(silent: RunningAxis) -> None:
    sender, envelope_id = handed_over(silent)
    with at_work(WorkerProcess(rounds_of(silent.embedded.axis), None)):
        awaits_all(sender, envelope_id)


def test_a_broker_that_lost_everything_loses_no_evidence(silent: RunningAxis) -> None:
    sender, envelope_id = handed_over(silent)
    lines = MemoryLines()
    worker = WorkerProcess(rounds_of(silent.embedded.axis), LineBroker(lines))
    ring(silent, lines, envelope_id, times=3)
    lines.open(QUEUE).flush()
    with at_work(worker):
        awaits_all(sender, envelope_id)


def test_a_bell_that_rings_many_times_gives_each_evidence_once(silent: RunningAxis) -> None:
    sender, envelope_id = handed_over(silent)
    lines = MemoryLines()
    worker = WorkerProcess(rounds_of(silent.embedded.axis), LineBroker(lines))
    ring(silent, lines, envelope_id, times=5)
    with at_work(worker):
        awaits_all(sender, envelope_id)
        eventually(lambda: None if len(lines.open(QUEUE)) else True)
    assert kinds(sender, envelope_id) == ALL


def test_one_round_is_enough_and_a_second_finds_nothing(silent: RunningAxis) -> None:
    sender, envelope_id = handed_over(silent)
    rounds = rounds_of(silent.embedded.axis)
    assert rounds.make() >= 2
    assert rounds.make() == 0
    assert kinds(sender, envelope_id) == ALL
